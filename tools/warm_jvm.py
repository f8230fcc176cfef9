"""A JVM that several chapters share, one after the other: the second one finds it loaded and compiled.

A chapter that runs alone spends half of its time on what every chapter needs: Java loads Spark's classes
and compiles them. Here one JVM stays, and each chapter's kernel is told where it is. All else is new for
each: its process, its SparkContext with catalogue, settings and listeners, its workspace. What a chapter
leaves behind nevertheless is named, see ``leftovers``, and taken away.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from py4j.java_gateway import JavaGateway, JavaObject
from pyspark import SparkConf
from pyspark.java_gateway import launch_gateway

from medallion_lab.runtime.jars import ensure_jars
from medallion_lab.runtime.java import find_java
from medallion_lab.runtime.session import memory_bytes
from tools.leftovers import Leftovers, end_everything

# The heap of each such JVM, in gigabytes; a machine with less memory than two of them has one JVM a chapter.
HEAP_GB = 2

# Both of Java's compilers: what one chapter has made them compile, the next one runs. A JVM whose heap is
# full ends at once, and the chapter with it, instead of crawling on.
JVM_FLAGS = "-XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m -XX:+ExitOnOutOfMemoryError"

# A kernel that ends closes its lab: streams end their micro-batch, Spark stops. After so long it is killed.
SECONDS_TO_CLOSE = 60

PORT, SECRET = "PYSPARK_GATEWAY_PORT", "PYSPARK_GATEWAY_SECRET"


def how_many_fit(*, cores: int | None = None, memory: int | None = None) -> int:
    """Return how many warm JVMs this machine can run beside each other: one for two cores, none below 4 GB.

    Parameters
    ----------
    cores : int, optional
        By default those of this machine.
    memory : int, optional
        In bytes; by default what this machine, or the container around this process, has.
    """
    cores, memory = cores or os.cpu_count() or 1, memory or memory_bytes()
    # A little less than a machine sold with so much memory says that it has.
    by_memory = int((memory + 2**28) // (2 * HEAP_GB * 2**30))
    return min(by_memory, max(1, cores))


class WarmJvm:
    """One JVM for many chapters; started by the first, and again after one that has killed it.

    Parameters
    ----------
    log_file : Path
        Where the JVM's own messages go.

    Attributes
    ----------
    left : list of str
        What the last chapter has left behind.
    """

    def __init__(self, log_file: Path) -> None:
        self.log_file = log_file
        self.left: list[str] = []
        # py4j has no types: a JavaGateway, once the first chapter has asked for it.
        self._gateway: Any = None
        self._before = Leftovers((), frozenset(), {})

    def environment(self) -> Mapping[str, str]:
        """Return what a kernel must find in its environment to use this JVM; note what is in the JVM now."""
        gateway = self._gateway = self._gateway if self._is_running() else self._start()
        self._before = Leftovers.of(gateway.jvm)
        parameters = gateway.java_parameters
        return {PORT: str(parameters.port), SECRET: parameters.auth_token}

    def left_behind(self) -> list[str]:
        """Return what a chapter has left in this JVM since ``environment``, one name each; best nothing."""
        if not self._is_running():
            return [f"a JVM that has ended with status {self._gateway.proc.poll()}: see {self.log_file}"]
        return Leftovers.of(self._gateway.jvm).beyond(self._before)

    def finish(self, left: list[str]) -> None:
        """Note what a chapter has left behind, and take it away: the next one finds the JVM as it did."""
        self.left = left
        if not self._is_running():
            return
        end_everything(self._gateway.jvm, self._before)
        # What a kernel held by name, this JVM would keep for ever: nobody is left to let go of it.
        server = JavaObject("GATEWAY_SERVER", self._gateway._gateway_client)
        bindings = server.getGateway().getBindings()
        ours = [name for name in bindings.keySet() if not name.startswith("o")]
        bindings.keySet().retainAll(ours)
        self._gateway.jvm.java.lang.System.gc()

    def close(self) -> None:
        """End the JVM and wait until it has gone. Twice is fine."""
        if self._is_running():
            self._gateway.proc.stdin.close()
            self._gateway.proc.wait(timeout=60)

    def kernel_manager(self, *, left_open: bool) -> type[AsyncKernelManager]:
        """Return a class that starts a chapter's kernel on this JVM, and looks at what it leaves.

        Parameters
        ----------
        left_open : bool
            Whether the chapter leaves its lab open on purpose: then its kernel, as it ends, closes the lab.
        """
        warm = self

        class OnWarmJvm(AsyncKernelManager):
            # jupyter_client types both of its classes as the one that does not wait: hence "override".
            async def start_kernel(self, **settings: Any) -> None:  # type: ignore[override]  # awaited
                surroundings = {**os.environ, **(settings.pop("env", None) or {}), **warm.environment()}
                await super().start_kernel(env=surroundings, **settings)

            async def shutdown_kernel(  # type: ignore[override]  # awaited
                self, now: bool = False, restart: bool = False
            ) -> None:
                self.shutdown_wait_time = SECONDS_TO_CLOSE
                left = [] if left_open else warm.left_behind()
                await super().shutdown_kernel(now=now, restart=restart)
                warm.finish(left or warm.left_behind())

        return OnWarmJvm

    def _is_running(self) -> bool:
        return self._gateway is not None and self._gateway.proc.poll() is None

    def _start(self) -> JavaGateway:
        java, jars = find_java(), ensure_jars()
        os.environ["JAVA_HOME"] = str(java.home)
        conf = SparkConf(loadDefaults=False)
        conf.set("spark.driver.memory", f"{HEAP_GB}g")
        conf.set("spark.driver.extraClassPath", os.pathsep.join(map(str, jars)))
        conf.set("spark.driver.extraJavaOptions", JVM_FLAGS)
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as log:
            return launch_gateway(conf, {"stdout": log, "stderr": log})
