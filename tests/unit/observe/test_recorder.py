import threading

import pytest
from pyspark.errors import StreamingQueryException

from medallion_lab import autoloader, open_lab
from medallion_lab.errors import StreamTimeoutError
from medallion_lab.layers.bronze import start_bronze
from medallion_lab.observe.ledger import balance
from medallion_lab.observe.streams import stop_all, wait_until_caught_up

FAULTS = {"duplicate_in_file": 2, "malformed_line": 1, "unknown_customer": 1}


def steps_of(run):
    return [(step.batch.stream, step.batch.rows_in) for step in run.steps if step.batch]


def landed_in(flow):
    return flow.waiting_for_bronze + flow.waiting_for_silver + flow.silver + flow.quarantine + flow.duplicates


def test_each_micro_batch_is_a_step_in_the_order_in_which_they_ended(lab):
    queries = lab.start_pipeline()
    for count in (5, 3):
        lab.shop.land(count)
        wait_until_caught_up(*queries)
    assert steps_of(lab.recorder.wait()) == [
        ("bronze", 5),
        ("silver", 5),
        ("gold", 5),
        ("bronze", 3),
        ("silver", 3),
        ("gold", 3),
    ]


def test_a_step_says_what_was_read_and_which_version_it_made(lab):
    lab.shop.land(5)
    # One after the other: a live silver may look before bronze wrote, and make a version without rows.
    lab.start_pipeline(available_now=True)
    run = lab.recorder.wait()
    bronze, silver, gold = (run.batches(name)[0] for name in ("bronze", "silver", "gold"))
    assert [(source.name, source.files, source.rows) for source in bronze.sources] == [
        ("landing", ("sales_000001.json",), 5)
    ]
    assert [(one.table, one.version, one.rows) for one in bronze.written] == [("bronze_sales_tbl", 1, 5)]
    assert [(one.table, one.version, one.rows) for one in silver.written] == [("silver_sales_tbl", 1, 5)]
    assert silver.sources[0].name == "bronze_sales_tbl"
    assert [one.table for one in gold.written] == ["gold_sales_tbl"]
    assert 0 < sum(bronze.parts) <= bronze.seconds
    history = lab.spark.sql("DESCRIBE HISTORY silver_sales_tbl LIMIT 1").first()
    assert history.version == silver.written[0].version


def test_the_flow_adds_up_after_every_step_and_agrees_with_the_ledger(lab):
    lab.shop.land(20, faults=FAULTS)
    queries = lab.start_pipeline(exact=True)
    wait_until_caught_up(*queries)
    lab.shop.land(10, faults={"duplicate_of_earlier_file": 2})
    wait_until_caught_up(*queries)
    run = lab.recorder.wait()
    assert all(landed_in(step.flow) == step.flow.landed for step in (*run.steps, run.now))
    counted = balance(lab.spark, lab.workspace)
    flow = run.now.flow
    assert counted.is_balanced
    assert (flow.landed, flow.silver, flow.quarantine, flow.duplicates) == (
        counted.landed,
        counted.silver,
        counted.quarantined,
        counted.duplicates,
    )
    assert flow.gold == lab.spark.table("gold_sales_tbl").count()
    assert (flow.waiting_for_bronze, flow.waiting_for_silver, flow.waiting_for_gold) == (0, 0, 0)


def test_files_and_rows_that_wait_are_counted(lab):
    lab.shop.land(5)
    bronze = start_bronze(lab.spark, lab.workspace)
    wait_until_caught_up(bronze)
    bronze.stop()
    lab.shop.land(3)
    lab.shop.land(4)
    now = lab.recorder.wait().now
    assert (now.streams[0].waiting, now.streams[0].waiting_for) == (2, "files")
    assert (now.flow.landed, now.flow.waiting_for_bronze, now.flow.waiting_for_silver) == (12, 7, 5)


def test_a_stream_is_idle_stopped_or_failed(lab):
    lab.shop.land(2)
    wait_until_caught_up(*lab.start_pipeline())
    assert {stream.state for stream in lab.recorder.wait().now.streams} == {"idle"}
    stop_all(lab.spark)
    run = lab.recorder.wait()
    assert {stream.state for stream in run.now.streams} == {"stopped"}
    assert [stream.name for stream in run.now.streams] == ["bronze", "silver", "gold"]


def wait_for(lab, holds, seconds=30):
    """Spark tells of a stream's end in its own time: wait for the word of it."""
    end = threading.Event()
    for _ in range(seconds * 10):
        if holds(run := lab.recorder.run()):
            return run
        end.wait(0.1)
    raise AssertionError(run.now)


def test_a_failed_stream_says_its_cause_in_one_sentence_and_is_a_step(lab):
    lab.shop.land(2)
    start_bronze(lab.spark, lab.workspace, available_now=True).awaitTermination()
    rows = lab.spark.readStream.table("bronze_sales_tbl").selectExpr(
        "CAST(raise_error('no such region') AS string) AS x"
    )
    checkpoint = str(lab.workspace.checkpoints / "bad")
    query = rows.writeStream.queryName("bad").option("checkpointLocation", checkpoint).toTable("bad_tbl")
    with pytest.raises(StreamingQueryException):
        wait_until_caught_up(query)
    run = wait_for(lab, lambda run: run.now.streams[-1].state == "failed")
    assert "no such region" in run.now.streams[-1].error
    assert "\n" not in run.now.streams[-1].error
    assert run.steps[-1].what.startswith("bad failed: ")
    assert run.steps[-1].batch is None


def test_a_stream_that_met_a_new_field_says_which_and_goes_on_after_a_restart(lab):
    def start():
        options = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": str(lab.workspace.schemas)}
        rows = autoloader.read(lab.spark, lab.workspace.landing, options=options)
        writer = rows.writeStream.queryName("orders").option("mergeSchema", "true")
        return writer.option("checkpointLocation", str(lab.workspace.checkpoints / "orders")).toTable(
            "orders_tbl"
        )

    lab.shop.land(3)
    wait_until_caught_up(lab.add_stream("orders", start))
    lab.shop.land(3, faults={"new_column": 3})
    run = wait_for(lab, lambda run: run.now.streams[-1].state == "failed")
    assert run.now.streams[-1].error.startswith("[UNKNOWN_FIELD_EXCEPTION] New fields: ")
    assert "file:/" not in run.now.streams[-1].error
    wait_until_caught_up(lab.start_stream("orders"))
    run = lab.recorder.wait()
    assert (run.now.streams[-1].state, run.now.streams[-1].error) == ("idle", "")
    assert steps_of(run) == [("orders", 3), ("orders", 3)]
    assert [one.table for one in run.batches("orders")[0].written] == ["orders_tbl"]


def test_a_watermark_its_lag_and_the_state_are_reported(lab):
    lab.shop.land(20)
    start_bronze(lab.spark, lab.workspace, available_now=True).awaitTermination()
    hours = (
        lab.spark.readStream.table("bronze_sales_tbl")
        .selectExpr("to_timestamp(order_timestamp) AS at")
        .withWatermark("at", "10 minutes")
        .groupBy("at")
        .count()
    )
    checkpoint = str(lab.workspace.checkpoints / "hours")
    query = hours.writeStream.queryName("hours").option("checkpointLocation", checkpoint).toTable("hours_tbl")
    wait_until_caught_up(query)
    stream = lab.recorder.wait().now.streams[-1]
    assert stream.name == "hours"
    assert stream.watermark.startswith("2026-03-02 ")
    assert stream.watermark_lag_seconds == 600
    assert stream.state_rows > 0
    assert stream.late_rows == 0


def test_a_lab_that_goes_on_knows_what_was_there_before(home):
    with open_lab("test") as lab:
        lab.shop.land(5)
        lab.start_pipeline(available_now=True)
    with open_lab("test", fresh=False) as lab:
        lab.shop.land(3)
        wait_until_caught_up(*lab.start_pipeline())
        run = lab.recorder.wait()
        assert (run.now.flow.landed, run.now.flow.bronze, run.now.flow.silver) == (8, 8, 8)
        assert steps_of(run) == [("bronze", 3), ("silver", 3), ("gold", 3)]
        assert run.now.streams[0].waiting == 0


def test_an_emptied_workspace_begins_a_new_run(lab):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline())
    stop_all(lab.spark)
    lab.spark.sql("DROP DATABASE medallion CASCADE")
    lab.workspace.reset()
    run = lab.recorder.run()
    assert (run.steps, run.now.streams, run.now.flow.landed, run.now.flow.bronze) == ((), (), 0, 0)


def test_the_run_can_be_read_after_the_lab_was_closed_and_no_listener_is_left(home):
    with open_lab("test") as lab:
        before = lab.recorder
        lab.shop.land(5)
        lab.start_pipeline()
        wait_until_caught_up(*lab.spark.streams.active)
        lab.recorder.wait()
    run = before.run()
    assert run.now.flow.silver == 5
    assert {stream.state for stream in run.now.streams} == {"stopped"}
    with open_lab("test") as lab:
        lab.shop.land(5)
        lab.start_pipeline(available_now=True)
        lab.recorder.wait()
        assert before.run() == run, "the old recorder hears nothing of the new session"


def test_a_wait_for_word_of_a_micro_batch_has_a_bound(lab):
    lab.shop.land(2)
    wait_until_caught_up(start_bronze(lab.spark, lab.workspace))
    lab.recorder.wait()
    (lab.workspace.checkpoints / "bronze" / "commits" / "7").write_text("v1\n{}")
    with pytest.raises(StreamTimeoutError, match="no word of a micro-batch"):
        lab.recorder.wait(timeout_seconds=0.2)
