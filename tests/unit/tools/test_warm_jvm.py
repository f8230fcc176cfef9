"""One warm JVM, real kernels' processes: what each leaves behind is named, whoever left it."""

import os
import subprocess
import sys

import pytest

from tools.warm_jvm import WarmJvm, how_many_fit

GB = 2**30

OPEN = """
from medallion_lab import open_lab
lab = open_lab("leaky")
spark = lab.spark
"""

# What a chapter does, and what is said of it. Each leaves its SparkContext running: what is in one that was
# stopped is gone with it.
LEAKS = {
    "a stream": (
        "lab.shop.land(5)\nlab.start_pipeline()",
        [
            "a SparkContext that still runs",
            "the stream 'bronze'",
            "the table name medallion.bronze_sales_tbl",
        ],
    ),
    "a stream from a foreign thread": (
        """
from threading import Thread
def start():
    other = spark.newSession()
    rows = other.readStream.format("rate").load()
    rows.writeStream.format("noop").queryName("from_a_thread").start()
thread = Thread(target=start); thread.start(); thread.join()""",
        ["the stream 'from_a_thread'"],
    ),
    "a temporary view": ("spark.range(3).createTempView('three')", ["the temporary view 'three'"]),
    "a view of all sessions": (
        "spark.range(3).createGlobalTempView('three')",
        ["the temporary view 'global_temp.three'"],
    ),
    "a setting": (
        "spark.conf.set('spark.sql.ansi.enabled', 'false')",
        ["the setting spark.sql.ansi.enabled='false' (None before)"],
    ),
    "a listener": (
        """
lab.close()  # and its own listeners with it
from medallion_lab.runtime.session import start_session
spark = start_session()
from pyspark.sql.streaming import StreamingQueryListener
class Listener(StreamingQueryListener):
    def onQueryStarted(self, event): pass
    def onQueryProgress(self, event): pass
    def onQueryIdle(self, event): pass
    def onQueryTerminated(self, event): pass
spark.streams.addListener(Listener())""",
        ["the listener org.apache.spark.sql.streaming.PythonStreamingQueryListenerWrapper"],
    ),
    "a listener of Spark's own kind": (
        "listener = spark._jvm.org.apache.spark.scheduler.StatsReportListener()\n"
        "spark.sparkContext._jsc.sc().addSparkListener(listener)",
        ["the listener org.apache.spark.scheduler.StatsReportListener"],
    ),
    "a table name": (
        "spark.range(3).write.saveAsTable('default.left_over')",
        ["the table name default.left_over"],
    ),
}

# What stays in the JVM although Spark was stopped.
LEAKS_OF_THE_JVM = {
    "a thread": (
        """
jvm = spark._jvm
timer = jvm.java.util.Timer("a chapter's own clock", True)""",
        ['the thread "a chapter\'s own clock"'],
    ),
    "a setting of Java's": (
        "spark._jvm.java.lang.System.setProperty('spark.sql.shuffle.partitions', '7')",
        ["the setting Java's spark.sql.shuffle.partitions='7' (None before)"],
    ),
    "a time zone": (
        "zones = spark._jvm.java.util.TimeZone\nzones.setDefault(zones.getTimeZone('Asia/Tokyo'))",
        ["the setting Java's time zone='Asia/Tokyo'"],
    ),
}


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    jvm = WarmJvm(tmp_path_factory.mktemp("warm") / "jvm.log")
    yield jvm
    jvm.close()


@pytest.fixture
def run(warm, tmp_path):
    """Run a program as a kernel would, cut off at its end, and return what it has left behind."""

    def left_by(program):
        surroundings = {**os.environ, **warm.environment(), "MEDALLION_LAB_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", f"{OPEN}{program}\nimport os; os._exit(0)"],
            env=surroundings,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        left = warm.left_behind()
        warm.finish(left)
        return left

    return left_by


def test_a_chapter_that_closes_its_lab_leaves_nothing(run):
    assert run("lab.shop.land(5)\nlab.start_pipeline(available_now=True)\nlab.close()") == []


def test_a_session_that_is_left_alone_is_named_alone(run):
    left = run("lab.close()\nfrom medallion_lab.runtime.session import start_session\nstart_session()")
    assert left == ["a SparkContext that still runs"]


@pytest.mark.parametrize("leak", LEAKS)
def test_what_is_left_in_spark_is_named_and_taken_away(run, warm, leak):
    program, named = LEAKS[leak]
    left = run(program)
    assert [name for name in named if name not in left] == []
    assert warm.left_behind() == []


@pytest.mark.parametrize("leak", LEAKS_OF_THE_JVM)
def test_what_is_left_in_the_jvm_is_named_though_the_lab_was_closed(run, warm, leak):
    program, named = LEAKS_OF_THE_JVM[leak]
    left = run(f"{program}\nlab.close()")
    assert len(left) == len(named)
    assert left[0].startswith(named[0])


def test_the_next_chapter_finds_settings_as_they_were(run, warm):
    run("spark._jvm.java.lang.System.setProperty('spark.sql.shuffle.partitions', '7')\nlab.close()")
    assert run("assert spark.conf.get('spark.sql.shuffle.partitions') == '2'\nlab.close()") == []


def test_what_java_forgets_of_an_earlier_chapter_is_nothing_of_the_next_one(run):
    start = "lab.shop.land(9)\nlab.start_pipeline(exact=True, available_now=True)\n"
    assert run(f"{start}lab.close()") == []
    forget = "for _ in range(3): java = spark._jvm.java.lang.System; java.gc(); java.runFinalization()\n"
    counted = "assert spark.table('silver_sales_tbl').count() == 18\n"
    assert run(f"{start}{forget}{start}{counted}lab.close()") == []


def test_a_program_that_ends_its_jvm_only_lets_go_of_one_that_it_shares(run):
    assert run("from medallion_lab.runtime.session import stop_jvm\nstop_jvm()") == []
    assert run("lab.close()") == []


def test_a_jvm_that_has_ended_is_named_and_started_again(warm, run):
    warm.environment()
    warm._gateway.proc.kill()
    warm._gateway.proc.wait()
    assert warm.left_behind()[0].startswith("a JVM that has ended with status -9")
    warm.finish([])
    assert run("lab.close()") == []


@pytest.mark.parametrize(
    ("cores", "gigabytes", "jvms"), [(2, 2, 0), (8, 3.6, 0), (2, 4, 1), (2, 8, 2), (1, 64, 1), (16, 64, 16)]
)
def test_a_machine_has_as_many_warm_jvms_as_fit(cores, gigabytes, jvms):
    assert how_many_fit(cores=cores, memory=int(gigabytes * GB)) == jvms
