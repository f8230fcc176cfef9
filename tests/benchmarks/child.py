"""The process of one side (``side.py``), seen from the one that measures it."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread

from medallion_lab.runtime.jars import ensure_jars
from medallion_lab.runtime.java import find_java
from medallion_lab.runtime.workspace import Workspace
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS
from tests.benchmarks.measuring import seconds_until
from tests.benchmarks.side import JARS, PAD_TO, REFERENCE, WORKSPACE

ROOT = Path(__file__).parents[2]
END_SECONDS = 90
LAST_LINES = 15


def prepare(folder):
    """Make what a side expects to find, without Spark: a workspace's folders, and the reference data."""
    Workspace(WORKSPACE, home=folder).close()
    reference = {
        "customers": (("customer_id", "customer_name", "region"), CUSTOMERS),
        "products": (("product_id", "product_name", "unit_price"), PRODUCTS),
    }
    (folder / REFERENCE).write_text(json.dumps(reference))


class Child:
    """A side's process. Leaving its ``with`` block ends it, and its JVM, whatever happened.

    Attributes
    ----------
    launched : float
        When the process was started, by ``time.perf_counter``.
    """

    def __init__(self, side, folder, *, pad_to=0, timeout_seconds=300.0):
        self.side, self.timeout_seconds = side, timeout_seconds
        self._log = folder / "side.log"
        # Where Java and the jars are is given: looking for them is no part of what is measured.
        environment = {
            **os.environ,
            "MEDALLION_LAB_HOME": str(folder),
            "JAVA_HOME": str(find_java().home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            JARS: ",".join(map(str, ensure_jars())),
            PAD_TO: str(pad_to),
        }
        command = [sys.executable, "-m", "tests.benchmarks.side", side, str(folder)]
        with self._log.open("w") as log:
            self.launched = time.perf_counter()
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=environment,
                # A group of its own: its JVM is in it, and ends with it.
                start_new_session=True,
            )
        self._is_started = False
        self._lines = queue.Queue()
        Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        try:
            # A side ends when it has no more to read. What it has not read breaks the pipe.
            with suppress(BrokenPipeError, subprocess.TimeoutExpired):
                self._process.stdin.close()
                self._process.wait(timeout=END_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=END_SECONDS)

    def wait_until_started(self, *, timeout_seconds=None):
        """Wait for the line that says that the streams have been started."""
        if not self._is_started:
            self._next_reply("a start", timeout_seconds or self.timeout_seconds)
            self._is_started = True

    def total_of(self, files):
        """Return the sum of ``total_quantity`` over these Parquet files."""
        return self._ask({"total_of": [str(file) for file in files]})["total"] if files else 0

    def settle(self):
        """Wait until the streams have nothing more to do."""
        self._ask({"settle": True})

    def seconds_until(self, condition, what):
        """Return how long it took until the condition held, while this process lives."""

        def holds():
            if self._process.poll() is not None:
                raise self._failure(f"ended before there was {what}")
            return condition()

        try:
            return seconds_until(holds, timeout_seconds=self.timeout_seconds)
        except TimeoutError as error:
            failures = self._ask({"failures": True})["failures"] if self._is_started else []
            raise self._failure(
                f"no {what} within {self.timeout_seconds:g} s; streams that failed: {failures or 'none'}"
            ) from error

    def _ask(self, request):
        self.wait_until_started()
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
        except BrokenPipeError as error:
            raise self._failure(f"ended before it was asked for {next(iter(request))}") from error
        return self._next_reply(f"an answer to {next(iter(request))}", self.timeout_seconds)

    def _next_reply(self, what, timeout_seconds):
        try:
            line = self._lines.get(timeout=timeout_seconds)
        except queue.Empty as error:
            raise self._failure(f"no {what} within {timeout_seconds:g} s") from error
        if line is None:
            raise self._failure(f"ended before {what}")
        return json.loads(line)

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _failure(self, what):
        last = "\n".join(self._log.read_text(errors="replace").splitlines()[-LAST_LINES:])
        return RuntimeError(f"side {self.side!r}: {what}. Its log ends:\n{last}")
