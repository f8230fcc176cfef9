import pytest
from pyspark.errors import StreamingQueryException

from medallion_lab.errors import StreamNotFoundError, StreamTimeoutError
from medallion_lab.layers.bronze import start_bronze
from medallion_lab.observe.streams import (
    find_stream,
    list_streams,
    micro_batches,
    stop_all,
    stream_state,
    wait_until_caught_up,
)


@pytest.fixture
def slow_stream(spark, spark_folder):
    """A stream whose every row takes five seconds in the JVM, so that it is busy when we look."""
    (spark_folder / "slow").mkdir(exist_ok=True)
    (spark_folder / "slow" / "one.txt").write_text("one\n")
    rows = spark.readStream.text(str(spark_folder / "slow")).selectExpr(
        "reflect('java.lang.Thread', 'sleep', 5000L)"
    )
    query = rows.writeStream.format("noop").queryName("slow").start()
    yield query
    query.stop()


def test_in_whatever_order_streams_are_named_all_are_waited_for_and_listed_as_rows_pass_them(lab):
    lab.shop.land(5)
    bronze, silver, gold = lab.start_pipeline()
    wait_until_caught_up(gold, silver, bronze)
    states = list_streams(lab.spark)
    assert [(s.name, s.state, s.input_rows) for s in states] == [
        ("bronze", "running", 5),
        ("silver", "running", 5),
        ("gold", "running", 5),
    ]


def test_idle_moments_are_no_micro_batches(lab):
    lab.shop.land(5)
    bronze = start_bronze(lab.spark, lab.workspace)
    wait_until_caught_up(bronze)
    lab.shop.land(3)
    wait_until_caught_up(bronze)
    assert [(batch.batch_id, batch.input_rows) for batch in micro_batches(bronze)] == [(0, 5), (1, 3)]


def test_all_streams_are_stopped_sources_first(lab):
    lab.start_pipeline()
    assert stop_all(lab.spark) == ["bronze", "silver", "gold"]
    assert list_streams(lab.spark) == []
    assert stop_all(lab.spark) == []


def test_a_stopped_stream_still_has_a_state(lab):
    lab.shop.land(5)
    bronze = start_bronze(lab.spark, lab.workspace, available_now=True)
    bronze.awaitTermination()
    assert (stream_state(bronze).state, stream_state(bronze).last_batch) == ("stopped", 0)


def test_an_unknown_name_is_answered_with_the_running_ones(lab):
    start_bronze(lab.spark, lab.workspace)
    assert find_stream(lab.spark, "bronze").name == "bronze"
    with pytest.raises(StreamNotFoundError, match="running: bronze"):
        find_stream(lab.spark, "platinum")


def test_a_wait_has_a_bound_and_names_the_stream_that_is_still_busy(slow_stream):
    with pytest.raises(StreamTimeoutError, match=r"'slow' still working after 0\.1 s"):
        wait_until_caught_up(slow_stream, timeout_seconds=0.1)


def test_a_failed_stream_ends_the_wait_with_sparks_own_error(spark, spark_folder):
    (spark_folder / "bad").mkdir()
    (spark_folder / "bad" / "one.txt").write_text("one\n")
    rows = spark.readStream.text(str(spark_folder / "bad")).selectExpr("raise_error('no such region')")
    query = rows.writeStream.format("noop").queryName("bad").start()
    with pytest.raises(StreamingQueryException, match="no such region"):
        wait_until_caught_up(query)
    assert stream_state(query).state == "failed"
