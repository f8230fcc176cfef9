"""More than one machine: which master the session goes to, and whether its executors can do the work.

On a cluster each executor has its own Spark, its own Python and its own disks, and a difference would show in
the middle of a stream. So the lab looks before the first one starts: a small job goes to every executor. On
one machine nothing of this happens.
Terms: cluster, master, executor, worker.
Taught in: book/beyond/scale_out.md.
Source: https://spark.apache.org/docs/latest/spark-standalone.html
"""

import os
import platform
import re
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pyspark
from py4j.protocol import Py4JJavaError
from pyspark import inheritable_thread_target
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from medallion_lab.errors import MasterError, NoExecutorError, NotSharedError, VersionMismatchError
from medallion_lab.runtime.places import delete

VARIABLE = "MEDALLION_LAB_MASTER"
FORMS = r"local(\[.+\])?|spark://[^/:,]+:\d+(,[^/:,]+:\d+)*|yarn|k8s://.+"
ANSWER_SECONDS = 5
# Spark's own setting for how long to wait for executors, and its default.
PATIENCE = ("spark.scheduler.maxRegisteredResourcesWaitingTime", "30s")
# What Spark says when a first small job fails, and what is wrong then.
UNLIKE = {
    r"PYTHON_VERSION_MISMATCH\] Python in worker has different version: ([\d.]+)": "Python {} on an executor",
    r'Cannot run program ("[^"]+")': "an executor that has no Python {}",
    r"Error from python worker:(?:\n  .*)*\n  (.+)": "a Python that fails on an executor ({})",
    r"((?:InvalidClass|ClassNotFound)Exception)": "another Spark on an executor, where tasks fail ({})",
}
# Its machine, its process, its Spark's version, which of Delta's jars it lacks, why it cannot write.
Look = tuple[str, int, str, list[str], str]


def chosen_master() -> str:
    """Return the master that ``MEDALLION_LAB_MASTER`` names, by default every core of this machine.

    Raises
    ------
    MasterError
        If it has no form that Spark knows.
    """
    master = os.environ.get(VARIABLE) or "local[*]"
    if not re.fullmatch(FORMS, master):
        raise MasterError(
            got=f"{VARIABLE}={master}",
            needed="spark://HOST:PORT, yarn, k8s://ADDRESS, or local[*] for this machine alone",
            next_step=f"correct {VARIABLE}, or unset it to stay on this machine",
        )
    return master


def is_cluster(master: str) -> bool:
    """Return whether this master has executors in other processes, perhaps on other machines."""
    return not master.startswith("local")


def driver_address(master: str) -> str | None:
    """Return the address of this machine at which executors reach the driver; None leaves it to Spark.

    On one machine that is the loopback address. For a master of Spark's own it is the address of the line to
    it, which is also the proof that it answers.

    Raises
    ------
    MasterError
        If no master answers.
    """
    if not is_cluster(master):
        return "127.0.0.1"
    if not master.startswith("spark://"):
        return None
    why: OSError | None = None
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS) as line:
                return str(line.getsockname()[0])
        except OSError as error:
            why = error
    raise no_master(master, f"which does not answer ({why})")


def no_master(master: str, why: str) -> MasterError:
    """Return the error for an address at which no master is."""
    return MasterError(
        got=f"{master}, {why}",
        needed="the address of a running master, with its own port and not that of its web page",
        next_step=f"start it, or correct {VARIABLE}: a master's first lines say its address",
    )


def check_executors(session: SparkSession, *, master: str, jars: Sequence[Path], folder: Path) -> str:
    """Look at every executor of a cluster, and return in a few words what is there.

    Parameters
    ----------
    session : SparkSession
        A session on that master that has run nothing yet.
    master : str
        The master, to be named.
    jars : sequence of Path
        Delta's jars, which each executor must have at the same place.
    folder : Path
        A folder that driver and executors must share.

    Raises
    ------
    NoExecutorError
        If the cluster gives no executor in time, or none that works.
    VersionMismatchError
        If an executor has another Spark, another Python, or no Delta of ours.
    NotSharedError
        If an executor does not see the folder, or may not write there.
    """
    note = folder / f".look-{uuid4().hex}"
    note.mkdir(parents=True)
    try:
        looks = _look(session, master, note, jars)
        for host, process, spark, missing, trouble in looks:
            if spark != pyspark.__version__:
                raise _unlike(f"Spark {spark} on the executor {host}")
            if missing:
                raise _unlike(f"no {missing[0]} on the executor {host}")
            if trouble or not (note / f"{host}-{process}").exists():
                raise NotSharedError(
                    got=f"{folder}, where the executor {host} cannot write for us ({trouble})",
                    needed="one folder for driver and executors, under the same path on each machine",
                    next_step="set MEDALLION_LAB_HOME to one on shared storage that the workers may write to",
                )
    finally:
        delete(note)
    hosts = ", ".join(sorted({look[0] for look in looks}))
    return f"executors: {len(looks)} on {hosts}; cores: {_slots(session)}; Spark {pyspark.__version__}"


def work_out(rows: DataFrame) -> DataFrame:
    """Return the same rows, worked out now and once, however often they are used.

    On one machine they stay with Spark. On a cluster they go to the shared disk: what an executor keeps dies
    with it, and Spark does not work such rows out again, so the stream would fail.
    """
    session = rows.sparkSession
    if not is_cluster(str(session.sparkContext.master)):
        return rows.localCheckpoint()
    if not session.sparkContext.getCheckpointDir():
        session.sparkContext.setCheckpointDir(f"{session.conf.get('spark.sql.warehouse.dir')}/.worked_out")
    return rows.checkpoint()


def _look(session: SparkSession, master: str, note: Path, jars: Sequence[Path]) -> list[Look]:
    """Send a look to each executor that is there, the first of which may still be on its way."""
    place, paths = str(note), [str(jar) for jar in jars]

    # It goes to the executors as code, so that they need not have this package.
    def look(_: Iterable[int]) -> Iterator[Look]:
        import pyspark

        host, daemon, trouble = socket.gethostname(), os.getppid(), ""
        try:
            open(os.path.join(place, f"{host}-{daemon}"), "w").close()
        except OSError as error:
            trouble = str(error.strerror)
        missing = [os.path.basename(path) for path in paths if not os.path.isfile(path)]
        yield host, daemon, pyspark.__version__, missing, trouble

    context = session.sparkContext
    found: dict[tuple[str, int], Look] = {}
    core = context._jsc.sc()
    seconds = core.conf().getTimeAsSeconds(*PATIENCE)
    deadline = time.monotonic() + seconds

    def unseen() -> int:
        # The driver is in the list too.
        return len(core.statusTracker().getExecutorInfos()) - 1 - len(found)

    with ThreadPoolExecutor(1) as pool:
        # As many tasks as there are cores: while nothing else runs, each executor gets one. The first job
        # waits for the first executor, and another one may come while it runs.
        while not found or (unseen() > 0 and time.monotonic() < deadline):
            tasks = max(1, _slots(session))
            rows = context.parallelize(range(tasks), tasks).mapPartitions(look)
            job = pool.submit(inheritable_thread_target(session)(rows.collect))
            try:
                found |= {seen[:2]: seen for seen in job.result(timeout=seconds)}
            except TimeoutError as error:
                context.cancelAllJobs()
                raise NoExecutorError(
                    got=f"no executor from {master} within {seconds} s",
                    needed="one worker with a free core and free memory, that can reach this machine",
                    next_step="look at the master's page: end another program, or give it less with "
                    "spark.cores.max; or ask for less with spark.executor.memory; or open the firewall",
                ) from error
            except (Py4JJavaError, PySparkException) as error:
                raise _reason(str(getattr(error, "java_exception", error)), master) from error
    # Where one executor fails, Spark may have had its tasks done by another: then the job ended well.
    if unseen() > 0:
        raise _reason("no answer from all of them", master)
    return list(found.values())


def _slots(session: SparkSession) -> int:
    core = session.sparkContext._jsc.sc()
    return int(core.maxNumConcurrentTasks(core.resourceProfileManager().defaultResourceProfile()))


def _reason(text: str, master: str) -> NoExecutorError | VersionMismatchError:
    for said, wrong in UNLIKE.items():
        if found := re.search(said, text):
            return _unlike(wrong.format(found[1]))
    return NoExecutorError(
        got=f"executors of {master} that fail ({text.partition(chr(10))[0]})",
        needed="executors that run a small job",
        next_step="read their own messages: the folder `work` of each worker",
    )


def _unlike(got: str) -> VersionMismatchError:
    return VersionMismatchError(
        got=got,
        needed=f"as here: Spark {pyspark.__version__}, Python {platform.python_version()}, Delta's jars",
        next_step="give each machine the same environment at the same path: PYSPARK_PYTHON names its Python, "
        "MEDALLION_LAB_CACHE the folder of the jars",
    )
