import os
import subprocess
import sys
from threading import Barrier

import psutil
import pytest
from pyspark import SparkContext
from pyspark.errors import AnalysisException, ArithmeticException
from pyspark.sql import functions as F

from medallion_lab.errors import ForeignSessionError, UnknownProfileError
from medallion_lab.runtime import session
from medallion_lab.runtime.session import at_once, memory_bytes, start_session

START_AND_WRITE = """
import sys
from pathlib import Path
from medallion_lab.runtime.session import start_session, stop_jvm
folder = Path(sys.argv[1])
spark = start_session(profile=sys.argv[2], warehouse=folder, log_file=folder / "spark.log")
spark.range(3).write.saveAsTable("numbers")
print("rows:", spark.table("numbers").count(), "format:", spark.conf.get("spark.sql.sources.default"))
stop_jvm()
"""


END_THE_JVM = """
import sys
import threading
from pathlib import Path
import psutil
from medallion_lab.runtime.session import start_session
start_session(log_file=Path(sys.argv[1]) / "spark.log")
[jvm] = psutil.Process().children()
[waiter] = [thread for thread in threading.enumerate() if thread.name == "jvm-waiter"]
jvm.terminate()
waiter.join(timeout=60)
print("there:", psutil.pid_exists(jvm.pid))
"""


def run_python(code, *arguments, **surroundings):
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **surroundings},
    )


def test_tables_are_delta_and_times_are_utc(spark):
    spark.range(3).write.mode("overwrite").saveAsTable("numbers")
    assert spark.sql("DESCRIBE DETAIL numbers").first().format == "delta"
    assert spark.sql("SELECT current_timezone() AS zone").first().zone == "UTC"
    spark.sql("DROP TABLE numbers")


def test_a_wrong_query_says_so_once(spark, capfd):
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.sql("SELECT * FROM no_such_table")
    with pytest.raises(ArithmeticException, match="DIVIDE_BY_ZERO"):
        spark.range(1).select(F.col("id") / F.lit(0)).collect()
    assert capfd.readouterr() == ("", "")


def test_the_lab_listens_on_this_machine_only(spark):
    jvm = psutil.Process(SparkContext._gateway.proc.pid)
    listening = [c.laddr.ip for c in jvm.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    assert listening, (
        "Spark's driver listens somewhere; if this list is empty, the test looks in the wrong place"
    )
    assert {address.removeprefix("::ffff:") for address in listening} <= {"127.0.0.1", "::1"}


def test_executors_on_other_machines_get_deltas_jars_too(spark):
    driver = spark.conf.get("spark.driver.extraClassPath")
    assert "delta-spark" in driver
    assert spark.conf.get("spark.executor.extraClassPath") == driver


@pytest.mark.parametrize(("limit", "megabytes"), [("268435456", 256), ("max", None), (str(2**62), None)])
def test_a_container_has_the_memory_that_it_may_use(tmp_path, monkeypatch, limit, megabytes):
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    monkeypatch.setattr(session, "CONTAINER_LIMITS", ())
    whole = memory_bytes()
    monkeypatch.setattr(session, "CONTAINER_LIMITS", (tmp_path / "none", tmp_path / "memory.max"))
    assert memory_bytes() == (megabytes * 2**20 if megabytes else whole)


def test_a_running_session_is_shared_and_not_started_twice(spark):
    assert start_session() is spark


def test_actions_at_once_wait_for_each_other_and_the_first_error_comes_out(spark):
    # One after the other, the first would wait at this barrier until its time is over.
    both_are_there = Barrier(2, timeout=60)
    done = []

    def act(name, fails):
        both_are_there.wait()
        done.append((name, spark.sql("SELECT 1").count()))
        if fails:
            raise ValueError(name)

    with pytest.raises(ValueError, match="one"):
        at_once(spark, lambda: act("one", True), lambda: act("two", False))
    assert sorted(done) == [("one", 1), ("two", 1)]


def test_a_jvm_that_is_told_to_end_does_not_stay_behind_as_a_zombie(tmp_path):
    # A kernel that shuts down tells its JVM to end, and waits until it is gone.
    assert run_python(END_THE_JVM, tmp_path).stdout == "there: False\n"


def test_an_unknown_profile_is_answered_with_the_known_ones():
    with pytest.raises(UnknownProfileError, match="quick, throughput"):
        start_session(profile="warp")


def test_another_profile_in_the_same_process_is_refused(spark):
    with pytest.raises(ForeignSessionError, match="restart the kernel"):
        start_session(profile="throughput")


def test_a_spark_that_someone_else_started_is_left_alone(tmp_path):
    code = """
from pyspark.sql import SparkSession
theirs = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
from medallion_lab.runtime.session import start_session
try:
    start_session()
except Exception as error:
    print(type(error).__name__, "still works:", theirs.range(4).count())
theirs.stop()
"""
    assert run_python(code).stdout.strip() == "ForeignSessionError still works: 4"


@pytest.mark.parametrize("profile", ["quick", "throughput"])
def test_a_start_says_nothing_and_puts_the_jvms_messages_into_the_log(tmp_path, profile):
    run = run_python(START_AND_WRITE, tmp_path, profile)
    assert (run.stdout, run.stderr) == ("rows: 3 format: delta\n", "")
    assert (tmp_path / "spark.log").stat().st_size > 0


def test_a_fast_start_archive_that_is_damaged_is_ignored(tmp_path):
    from medallion_lab.runtime.jars import jar_folder
    from medallion_lab.runtime.session import current_archive

    (tmp_path / "cache" / "jars").mkdir(parents=True)
    (tmp_path / "cache" / "jars" / jar_folder().name).symlink_to(jar_folder())
    surroundings = {"MEDALLION_LAB_CACHE": str(tmp_path / "cache")}
    where = run_python(
        "from medallion_lab.runtime.session import current_archive; print(current_archive())", **surroundings
    )
    archive = tmp_path / "cache" / "fast-start" / os.path.basename(where.stdout.strip())
    assert archive.parent.name == current_archive().parent.name
    archive.parent.mkdir()
    archive.write_bytes(b"not an archive")
    run = run_python(START_AND_WRITE, tmp_path, "quick", **surroundings)
    assert run.stdout == "rows: 3 format: delta\n"


def test_the_master_can_be_chosen_from_outside(tmp_path):
    code = (
        "from medallion_lab.runtime.session import start_session; print(start_session().sparkContext.master)"
    )
    assert run_python(code, MEDALLION_LAB_MASTER="local[1]").stdout == "local[1]\n"
