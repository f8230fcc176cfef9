"""Start Spark with Delta, quickly and quietly, inside this process.

Two profiles: ``quick`` for chapters, which start often and run small micro-batches, and ``throughput`` for
backfills, which start once and run long.
Term: session.
Taught in: book/foundations/the_lab.ipynb.
Source: https://spark.apache.org/docs/latest/configuration.html and
https://docs.delta.io/latest/quick-start.html
"""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

from py4j.java_gateway import JavaGateway
from pyspark import SparkContext, inheritable_thread_target
from pyspark.sql import SparkSession

from medallion_lab.errors import ForeignSessionError, MedallionLabError, SparkStartError, UnknownProfileError
from medallion_lab.runtime import cluster
from medallion_lab.runtime.archive import archive_flags, archive_path
from medallion_lab.runtime.failures import take_every_step
from medallion_lab.runtime.jars import ensure_jars
from medallion_lab.runtime.java import Java, find_java
from medallion_lab.runtime.places import home_folder
from medallion_lab.runtime.versions import check_versions

# The profile that this process's JVM was born with; it outlives a stopped session.
_jvm_profile: str | None = None
_before_stop: dict[int, list[Callable[[SparkSession], None]]] = {}

# C1 alone compiles at once, which a short run never earns back; a long one wants C2. C1's own code cache is
# 48 MB and fills up within minutes, and a full one stops compiling.
JVM_FLAGS = {
    "quick": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m",
    "throughput": "-XX:+UseParallelGC -XX:ReservedCodeCacheSize=256m",
}

CORES = os.cpu_count() or 1

# Where Linux says how much memory a container may use: a number, or "max". Control groups version 2, and 1.
CONTAINER_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_bytes() -> int:
    """Return all memory of this machine, or of the container that this process runs in, in bytes."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [
        limit for file in CONTAINER_LIMITS if file.is_file() and (limit := file.read_text().strip()).isdigit()
    ]
    return min([whole, *map(int, limits)])


def half_of_memory_mb() -> int:
    """Return half of this machine's memory in megabytes, 4096 at most: others need room too."""
    return min(memory_bytes() // 2**21, 4096)


PROFILE_SETTINGS = {
    # 1 GB of heap fits into a small Binder; two partitions are plenty for a few thousand rows.
    "quick": {
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2",
        # Delta reads the log of each table with 50 tasks unless told how small it is.
        "spark.databricks.delta.snapshotPartitions": "1",
        # Code that is generated for a whole stage pays over millions of rows. Over ten rows, compiling it
        # takes longer than it saves.
        "spark.sql.codegen.wholeStage": "false",
        # Planning the rest of a query anew after each of its stages pays for big joins. A Delta commit of ten
        # rows, five small queries, took a tenth longer for it.
        "spark.sql.adaptive.enabled": "false",
    },
    "throughput": {
        "spark.driver.memory": f"{half_of_memory_mb()}m",
        "spark.sql.shuffle.partitions": str(CORES * 2),
        "spark.databricks.delta.snapshotPartitions": "2",
    },
}

# A stream keeps the settings that its session had when it started. Over ten rows it pays to compile nothing
# at all; but then spark.catalog.listTables() fails, so the session of the reader's own cells compiles.
STREAM_SETTINGS = {"quick": {"spark.sql.codegen.factoryMode": "NO_CODEGEN"}, "throughput": {}}

SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Without this toTable makes Parquet, and a complete-mode stream fails with STREAMING_OUTPUT_MODE.
    "spark.sql.sources.default": "delta",
    "spark.sql.session.timeZone": "UTC",
    # For its first lower() Spark asks its own tables of letters, and fills them with a title case for each
    # letter that there is: two seconds, and 3 GB of rubbish. Java's tables are there already.
    "spark.sql.icu.caseMappings.enabled": "false",
    # For a micro-batch of more than 32 files Spark lists them in a job with a task a file, made for a cloud's
    # slow answers: on a local disk that took ten seconds for 1000 files, and one loop takes 0.2.
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    # VACUUM lists a table's folder in 10,000 tasks by default: a minute for a table of two files.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
    # Parquet would read each column in a thread of its own, made for a cloud's slow answers: on a local disk
    # the threads waited longer for each other than for the disk. A thousand small files: 2.1 s, not 2.4.
    "spark.hadoop.parquet.hadoop.vectored.io.enabled": "false",
    # A Delta checkpoint takes seconds on a small machine: at every tenth commit a reader would feel it.
    "spark.databricks.delta.properties.defaults.checkpointInterval": "100",
    # Delta keeps the state of each table that it has seen, megabytes of it, and 10,000 tables by default.
    "spark.databricks.delta.delta.log.cacheSize": "40",
    "spark.sql.streaming.pollingDelay": "200ms",
    # The default one starts a process, chmod, for every file of a checkpoint. On a local disk both rename a
    # finished file into its place.
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
    # See cluster.work_out: its files go when their rows are no longer used.
    "spark.cleaner.referenceTracking.cleanCheckpoints": "true",
    # A stream that does not stop within a minute is an error, not a silence.
    "spark.sql.streaming.stopTimeout": "60s",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def start_session(
    *, profile: str = "quick", warehouse: Path | None = None, log_file: Path | None = None
) -> SparkSession:
    """Return a Spark session with Delta, starting it if this process has none.

    Parameters
    ----------
    profile : str, default "quick"
        ``quick`` for chapters, ``throughput`` for backfills.
    warehouse : Path, optional
        Folder for managed tables.
    log_file : Path, optional
        Where the JVM's own messages go, so that they never stand between a reader and a result.

    Returns
    -------
    SparkSession
        On ``MEDALLION_LAB_MASTER``, by default every core of this machine; Delta is the default format,
        times are UTC.

    Raises
    ------
    UnknownProfileError
        If the profile does not exist.
    VersionMismatchError, JavaNotFoundError, JarDownloadError, CorruptJarError, MasterError, NoExecutorError
        If something that Spark needs is missing or does not fit; on a cluster ``NotSharedError`` too.
    ForeignSessionError
        If this process runs a Spark of another origin or profile.
    SparkStartError
        If Spark does not start nevertheless.
    """
    global _jvm_profile
    if profile not in JVM_FLAGS:
        raise UnknownProfileError(
            got=f"profile={profile!r}",
            needed=f"one of {', '.join(JVM_FLAGS)}",
            next_step="leave it out for chapters; choose 'throughput' for a backfill",
        )
    if SparkContext._gateway is not None and _jvm_profile != profile:
        raise ForeignSessionError(
            got=f"a JVM started with profile {_jvm_profile!r}"
            if _jvm_profile
            else "a Spark that the lab did not start",
            needed=f"no JVM in this process yet, or one with profile {profile!r}: it cannot change later",
            next_step="restart the kernel, then open the lab first",
        )
    if running := SparkSession.getActiveSession():
        return running
    check_versions()
    java, jars, master = find_java(), ensure_jars(), cluster.chosen_master()
    builder = SparkSession.builder.appName("medallion-lab").master(master)
    for key, value in {**SETTINGS, **PROFILE_SETTINGS[profile], **_jvm_settings(java, jars, profile)}.items():
        builder = builder.config(key, value)
    if address := cluster.driver_address(master):
        # Only executors can reach it, on one machine nobody, and Spark need not look up a host name.
        builder = builder.config("spark.driver.host", address).config("spark.driver.bindAddress", address)
        # Before it reads a setting, Spark looks up this machine's address, and warns of a loopback one.
        os.environ.setdefault("SPARK_LOCAL_IP", address)
    if warehouse:
        builder = builder.config("spark.sql.warehouse.dir", str(warehouse))
    # pyspark starts Java through a shell script that looks here.
    os.environ["JAVA_HOME"] = str(java.home)
    # A Python worker must be this Python: the first python3 on PATH may be another version.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        with _stderr_to(log_file):
            session = builder.getOrCreate()
    except Exception as error:
        messages = f"Spark's messages are in {log_file or 'the lines above'}"
        if context := SparkContext._active_spark_context:
            context.stop()  # In Java it has ended, and must not be taken for a Spark that runs.
            if cluster.is_cluster(master):
                raise cluster.no_master(master, f"which gave no session ({messages})") from error
        raise SparkStartError(
            got=f"Spark did not start on {_first_line(java.banner)} ({_first_line(str(error))})",
            needed="a JVM that starts, with 1 GB of memory for itself",
            next_step=f"run `medallion-lab doctor`; {messages}",
        ) from error
    finally:
        if SparkContext._gateway is not None:
            if _jvm_profile is None:
                _make_own(SparkContext._gateway)
            _jvm_profile = profile
    # pyspark logs each error once more, with the JVM's whole stack, before the exception that says it better.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    session.sparkContext.setLogLevel("ERROR")
    if cluster.is_cluster(master):
        try:
            cluster.check_executors(session, master=master, jars=jars, folder=warehouse or home_folder())
        except MedallionLabError:
            session.stop()
            raise
    return session


def _make_own(gateway: JavaGateway) -> None:
    if gateway.proc:
        # A kernel that shuts down ends the JVM and waits until it has gone: one that nobody waits for stays.
        Thread(target=gateway.proc.wait, name="jvm-waiter", daemon=True).start()
    else:
        # A JVM that PYSPARK_GATEWAY_PORT names has served others, and forgets what they had it call back when
        # it comes to it: by a number, which must not be one of ours.
        gateway.gateway_property.pool.next_id = os.getpid() * 1_000_000


@contextmanager
def stream_settings(session: SparkSession) -> Iterator[None]:
    """Give a stream that starts in this block the settings which suit small micro-batches."""
    settings = STREAM_SETTINGS.get(_jvm_profile or "", {})
    before = {name: str(session.conf.get(name)) for name in settings}
    for name, value in settings.items():
        session.conf.set(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            session.conf.set(name, value)


def activate(session: SparkSession) -> None:
    """Make this the session of the thread that calls.

    Spark keeps the active session for each thread, and a notebook's button is answered in a thread of its
    own, which has none. Delta then takes a table of the catalog for one that is only a path, and a stream
    into it fails with ``DELTA_INVALID_V1_TABLE_CALL``.
    """
    assert session._jvm is not None, "a session has a JVM from its start on"
    session._jvm.org.apache.spark.sql.classic.SparkSession.setActiveSession(session._jsparkSession)


def at_once(session: SparkSession, *actions: Callable[[], object]) -> None:
    """Run these actions at the same time, each in a thread that has this session, and wait for all of them.

    Most of a small write is Delta's own work in the driver, and there is more than one core for it.

    Raises
    ------
    Exception
        What the first of the actions that failed has raised; the others have run to their end.
    """
    with ThreadPoolExecutor() as pool:
        running = [pool.submit(inheritable_thread_target(session)(action)) for action in actions]
    for one in running:
        one.result()


def before_stop(session: SparkSession, action: Callable[[SparkSession], None]) -> None:
    """Have ``stop_session`` call this with the session, after the session's streams have stopped."""
    _before_stop.setdefault(id(session), []).append(action)


def stop_session(session: SparkSession) -> None:
    """Stop every stream, then Spark. The JVM stays: the next start in this process is quick."""

    def stop_streams() -> None:
        take_every_step(*[query.stop for query in session.streams.active])

    actions = [partial(action, session) for action in _before_stop.pop(id(session), [])]
    take_every_step(stop_streams, *actions, session.stop)


def stop_jvm() -> None:
    """End the JVM of this process and wait until it has gone; for programs that are about to end.

    A JVM that others share, whose place ``PYSPARK_GATEWAY_PORT`` names, stays: only Spark is stopped.
    """
    global _jvm_profile
    gateway = SparkContext._gateway
    if gateway is None:
        return
    if session := SparkSession.getActiveSession():
        stop_session(session)
    if gateway.proc:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=300)
    SparkContext._gateway = SparkContext._jvm = _jvm_profile = None


def jvm_is_running() -> bool:
    """Return whether this process has a JVM, its own or one that it was given, that has not ended."""
    gateway = SparkContext._gateway
    return gateway is not None and (gateway.proc is None or gateway.proc.poll() is None)


def current_archive(profile: str = "quick") -> Path:
    """Return where the fast-start archive of this Java and these jars is, or would be."""
    return archive_path(find_java(), ensure_jars(), JVM_FLAGS[profile])


def _jvm_settings(java: Java, jars: list[Path], profile: str) -> dict[str, str]:
    flags, class_path = JVM_FLAGS[profile], os.pathsep.join(map(str, jars))
    # Only classes on the application's class path can be archived; those of spark.jars cannot.
    return {
        "spark.driver.extraClassPath": class_path,
        # On a cluster other processes read and write Delta's tables. The archive is the driver's alone.
        "spark.executor.extraClassPath": class_path,
        "spark.executor.extraJavaOptions": flags,
        "spark.driver.extraJavaOptions": f"{flags} {archive_flags(archive_path(java, jars, flags))}".strip(),
    }


@contextmanager
def _stderr_to(log_file: Path | None) -> Iterator[None]:
    """Give processes that start in this block another standard error, which they keep for life."""
    if log_file is None:
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with log_file.open("ab") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
