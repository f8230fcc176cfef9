"""A cluster that is not there, is taken, or is unlike the driver: one clear error, before the first stream.

The cluster is a real one on loopback. The session goes to it in the JVM of this run.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pyspark
import pytest
from pyspark.sql import SparkSession

from medallion_lab.errors import MasterError, NoExecutorError, NotSharedError, VersionMismatchError
from medallion_lab.runtime import cluster as cluster_module
from medallion_lab.runtime.cluster import chosen_master, driver_address, work_out
from medallion_lab.runtime.doctor import examine
from medallion_lab.runtime.jars import jar_folder
from medallion_lab.runtime.session import start_session, stop_session
from tests.clusters import kill, running_cluster, wait_for
from tests.serving import free_port


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A master and one worker with one core."""
    with running_cluster(tmp_path_factory.mktemp("cluster"), workers=1) as cluster:
        yield cluster


@pytest.fixture
def on_the_cluster(spark, cluster, home, monkeypatch):
    """Let the next session of this process go to the cluster."""
    home.mkdir()
    stop_session(spark)
    monkeypatch.setenv("MEDALLION_LAB_MASTER", cluster.master)
    # Half a minute is for readers.
    monkeypatch.setattr(cluster_module, "PATIENCE", (cluster_module.PATIENCE[0], "20s"))
    wait_for("the executors of the session before to end", lambda: not cluster.executors())
    yield
    if running := SparkSession.getActiveSession():
        stop_session(running)


def master_finding():
    [finding] = [finding for finding in examine() if finding.thing == "master"]
    return finding


# ---------------------------------------------------------------- the master
@pytest.mark.parametrize(
    "master", ["spark://", "spark://host", "spark:/host:7077", "http://host:8080", "local["]
)
def test_a_master_of_no_known_form_is_refused(monkeypatch, master):
    monkeypatch.setenv("MEDALLION_LAB_MASTER", master)
    with pytest.raises(MasterError, match=f"Got: MEDALLION_LAB_MASTER={re.escape(master)}"):
        chosen_master()


@pytest.mark.parametrize(
    "master",
    ["local", "local[*]", "local[2]", "spark://h:7077", "spark://h:1,i:2", "yarn", "k8s://https://h:6443"],
)
def test_a_master_of_a_known_form_is_taken_as_it_is(monkeypatch, master):
    monkeypatch.setenv("MEDALLION_LAB_MASTER", master)
    assert chosen_master() == master


def test_without_a_master_spark_stays_on_this_machine(home, monkeypatch):
    monkeypatch.delenv("MEDALLION_LAB_MASTER", raising=False)
    assert (chosen_master(), driver_address(chosen_master())) == ("local[*]", "127.0.0.1")
    assert master_finding().state == "ok"


def test_a_master_that_does_not_answer_is_named_before_java_starts(home, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_MASTER", f"spark://127.0.0.1:{free_port()}")
    with pytest.raises(MasterError, match=r"does not answer .*refused"):
        driver_address(chosen_master())


def test_where_the_first_of_two_masters_is_down_the_second_answers(cluster):
    two = f"spark://127.0.0.1:{free_port()},127.0.0.1:{cluster.port}"
    assert driver_address(two) == "127.0.0.1"


# ---------------------------------------------------------------- the executors
def test_the_doctor_says_what_a_cluster_has(on_the_cluster, cluster, home):
    finding = master_finding()
    assert finding.state == "ok", finding
    assert "executors: 1 on" in finding.found
    assert f"cores: 1; Spark {pyspark.__version__}" in finding.found
    assert str(home) in finding.found
    assert list(home.iterdir()) == [], "what was written for the look is gone"


def test_what_a_micro_batch_has_worked_out_outlives_its_executor(on_the_cluster, cluster, home):
    rows = work_out(start_session(warehouse=home).range(1000))
    [executor] = cluster.executors()
    kill(executor)
    wait_for("the executor to end", lambda: executor not in cluster.executors())
    assert rows.count() == 1000


def test_a_cluster_whose_cores_are_all_taken_is_an_error_and_not_a_silence(
    on_the_cluster, cluster, monkeypatch
):
    taken = """
import sys
from medallion_lab.runtime.session import start_session
start_session()
print("taken", flush=True)
sys.stdin.read()
"""
    monkeypatch.setattr(cluster_module, "PATIENCE", (cluster_module.PATIENCE[0], "5s"))
    with subprocess.Popen(
        [sys.executable, "-c", taken], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "taken\n"
        with pytest.raises(NoExecutorError, match="within 5 s"):
            start_session()
        other.stdin.close()
    assert SparkSession.getActiveSession() is None


def test_an_executor_with_another_spark_is_named(on_the_cluster, monkeypatch):
    monkeypatch.setattr(pyspark, "__version__", "4.1.0")
    with pytest.raises(VersionMismatchError, match=r"Spark 4\.2\.0 on the executor"):
        start_session()


def test_a_machine_without_this_python_is_an_error(on_the_cluster, monkeypatch):
    monkeypatch.setenv("PYSPARK_PYTHON", "/nowhere/python3")
    with pytest.raises(VersionMismatchError, match="/nowhere/python3"):
        start_session()


def python_that_first(folder, code):
    """Return a Python which runs this before all else: it stands for one of another machine."""
    (folder / "sitecustomize.py").write_text(f"import sys, collections\n{code}\n")
    python = folder / "python3"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}:$PYTHONPATH" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return str(python)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        # Spark's own comparison meets the version that it says it has.
        (
            "Version = collections.namedtuple('Version', 'major minor micro releaselevel serial')\n"
            "sys.version_info = Version(3, 14, 0, 'final', 0)",
            r"Python 3\.14 on an executor",
        ),
        ("sys.exit('this Python is broken')", "Python that fails on an executor .*this Python is broken"),
    ],
    ids=["another version", "broken"],
)
def test_another_python_on_an_executor_is_an_error(on_the_cluster, monkeypatch, tmp_path, code, words):
    monkeypatch.setenv("PYSPARK_PYTHON", python_that_first(tmp_path, code))
    with pytest.raises(VersionMismatchError, match=words):
        start_session()


# Each starts a worker of its own.
slow = pytest.mark.skipif("KILL_ROUNDS" not in os.environ, reason="`make kills` runs it")
can_show_another_machine = pytest.mark.skipif(
    not shutil.which("unshare")
    or subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode != 0,
    reason="this system lets nobody show a process other disks",
)


@contextmanager
def worker_that_sees(cluster, command):
    """Run one more worker, which sees the disks as this command has changed them."""
    behind = ["unshare", "-rm", "bash", "-c", f'{command} && exec "$@"', "-"]
    worker = cluster.start_worker(behind=behind)
    try:
        yield
    finally:
        cluster.end_worker(worker)


@can_show_another_machine
@pytest.mark.parametrize(
    ("command", "error", "words"),
    [
        ("mount -t tmpfs none {home}", NotSharedError, "No such file or directory"),
        pytest.param(
            "mount --bind -o ro {home} {home}",
            NotSharedError,
            "Read-only file system",
            marks=slow,
        ),
        pytest.param(
            "mount -t tmpfs none {jars}",
            VersionMismatchError,
            r"no delta-spark.*\.jar on the executor",
            marks=slow,
        ),
    ],
    ids=["another disk", "read only", "without Delta"],
)
def test_one_executor_of_two_that_lives_elsewhere_is_found(
    on_the_cluster, cluster, home, command, error, words
):
    with (
        worker_that_sees(cluster, command.format(home=home, jars=jar_folder())),
        pytest.raises(error, match=words),
    ):
        start_session()


@slow
@can_show_another_machine
def test_one_executor_of_two_that_has_no_such_python_is_found(on_the_cluster, cluster, monkeypatch, tmp_path):
    """Spark gives the tasks that fail there to the other one, and the job may end well."""
    (tmp_path / "bin").mkdir()
    python = python_that_first(tmp_path / "bin", "")
    with worker_that_sees(cluster, f"mount -t tmpfs none {tmp_path / 'bin'}"):
        monkeypatch.setenv("PYSPARK_PYTHON", python)
        with pytest.raises(
            (VersionMismatchError, NoExecutorError), match=r"an executor that has no|no answer"
        ):
            start_session()
