"""A Spark cluster on this machine's loopback: a master and workers, by the commands of the book's page."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from medallion_lab.runtime.java import find_java
from tests.serving import free_port

PAGE = Path(__file__).parents[1] / "book" / "beyond" / "scale_out.md"
PORT_OF_THE_PAGE = "7077"
START_SECONDS = 120


def commands(word):
    """Return the page's commands in a terminal that hold this word, in their order."""
    blocks = re.findall(r"^```bash\n(.+?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    found = [line for line in lines if word in line]
    assert found, f"the page has no command with {word!r}"
    return found


def wait_for(what, condition, *, timeout_seconds=240):
    deadline = time.monotonic() + timeout_seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_seconds} s for {what}")
        time.sleep(0.05)
    return found


class Cluster:
    """What runs of it, and what its executors have written down."""

    def __init__(self, folder):
        self.folder, self.port = folder, str(free_port())
        self.master = f"spark://127.0.0.1:{self.port}"
        self.workers, self._daemons = [], []
        folder.mkdir(parents=True, exist_ok=True)
        self._start("deploy.master.Master", "I have been elected leader")

    def start_worker(self, *, behind=()):
        """Start one more worker, perhaps behind a command that shows it another machine."""
        self.workers.append(self._start("deploy.worker.Worker", "Successfully registered", behind))
        return self.workers[-1]

    def _start(self, word, said, behind=()):
        [command] = commands(word)
        log = self.folder / f"{len(self._daemons)}.log"
        with log.open("w") as output:
            daemon = psutil.Popen(
                [*behind, "bash", "-c", command.replace(PORT_OF_THE_PAGE, self.port)],
                cwd=self.folder,
                env=surroundings(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._daemons.append(daemon)
        wait_for(
            f"{word}: {log}",
            lambda: said in log.read_text() or daemon.poll() is not None,
            timeout_seconds=START_SECONDS,
        )
        assert daemon.poll() is None, log.read_text()[-3000:]
        return daemon

    def executors(self, *workers):
        """Return the processes of the executors that these workers run now; by default of all workers."""
        found = [
            child
            for worker in workers or self.workers
            if worker.is_running()
            for child in worker.children(recursive=True)
        ]
        return [
            process for process in found if "CoarseGrainedExecutorBackend" in " ".join(command_of(process))
        ]

    def is_working(self, executor):
        """Return whether an executor says that it has begun a task and has not ended it."""
        text = self.log_of(executor).read_text(errors="replace")
        ended = len(
            re.findall(r"Executor: Finished task|Executor: Exception in task|Executor killed task", text)
        )
        return len(re.findall("Executor: Running task", text)) > ended

    def log_of(self, executor):
        words = command_of(executor)
        app, number = (words[words.index(name) + 1] for name in ("--app-id", "--executor-id"))
        [log] = self.folder.glob(f"**/{app}/{number}/stderr")
        return log

    def freeze(self, executor):
        """Stop a process, and wait until its worker has written down all that it had said."""
        executor.suspend()
        sizes = [-1]

        def is_quiet():
            sizes.append(self.log_of(executor).stat().st_size)
            return len(sizes) > 5 and len(set(sizes[-5:])) == 1

        wait_for("the last words of an executor", is_quiet)

    def end_worker(self, worker):
        self.workers.remove(worker)
        self._end(worker)

    def _end(self, daemon):
        for process in [*descendants(daemon), daemon]:
            kill(process)
        daemon.wait(timeout=60)

    def stop(self):
        for daemon in self._daemons:
            self._end(daemon)


def surroundings(**more):
    """Return the environment of a terminal in which the page's commands are typed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    known = {**os.environ, "PATH": path, "JAVA_HOME": str(find_java().home), "SPARK_LOCAL_IP": "127.0.0.1"}
    return {**known, **more}


def descendants(process):
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def command_of(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def has_ended(process):
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def kill(process):
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        # It ended by itself.
        return


@contextmanager
def running_cluster(folder, *, workers=2):
    cluster = Cluster(folder)
    try:
        for _ in range(workers):
            cluster.start_worker()
        yield cluster
    finally:
        cluster.stop()
