import shutil

import pytest
from pyspark.errors import StreamingQueryException

from medallion_lab.errors import MixedFormsError
from medallion_lab.layers.writing import (
    CHANGE_FEED,
    create_table,
    require_form,
    running_stream,
    start_batches,
    stop_running,
)


def properties(lab, table):
    return {row.key: row.value for row in lab.spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}


def test_a_table_is_made_empty_with_its_columns_and_properties_and_left_alone_when_it_is_there(lab):
    rows = lab.spark.sql("SELECT 1 AS quantity, 'North' AS region")
    create_table(rows, "sums", properties={CHANGE_FEED: "true"})
    assert (lab.spark.table("sums").dtypes, lab.spark.table("sums").count()) == (rows.dtypes, 0)
    assert properties(lab, "sums")[CHANGE_FEED] == "true"
    lab.spark.sql("INSERT INTO sums VALUES (1, 'North')")
    create_table(rows, "sums")
    assert lab.spark.table("sums").count() == 1


def test_micro_batches_are_numbered_under_their_checkpoint_not_under_the_streams_name(lab):
    seen = []

    def write(rows, batch_id, *, application):
        seen.append((application, batch_id))

    def run():
        rows = lab.spark.readStream.table("medallion.customers")
        start_batches(
            rows, write, name="test", workspace=lab.workspace, available_now=True
        ).awaitTermination()

    run()
    lab.spark.sql("INSERT INTO medallion.customers SELECT * FROM medallion.customers LIMIT 1")
    run()
    shutil.rmtree(lab.workspace.checkpoints / "test")
    run()
    (first, _), (second, _), (third, _) = seen
    assert first == second != third
    assert [number for _, number in seen] == [0, 1, 0]


def copy_customers(lab, name, write, after=None):
    rows = lab.spark.readStream.table("medallion.customers")
    return start_batches(rows, write, name=name, workspace=lab.workspace, available_now=True, after=after)


def test_a_stream_after_another_starts_when_that_one_has_ended(lab):
    seen = []
    first = copy_customers(lab, "first", lambda rows, *_, **__: seen.append(("first", rows.count())))
    second = copy_customers(
        lab, "second", lambda *_, **__: seen.append(("second", first.isActive)), after=first
    )
    second.awaitTermination()
    assert seen == [("first", 15), ("second", False)]


def test_a_stream_after_one_that_fails_does_not_start_and_the_error_comes_out(lab):
    def fail(*_, **__):
        raise RuntimeError("the disk is full")

    first = copy_customers(lab, "first", fail)
    with pytest.raises(StreamingQueryException, match="the disk is full"):
        copy_customers(lab, "second", fail, after=first)
    assert not lab.spark.streams.active
    assert not (lab.workspace.checkpoints / "second").exists()


def test_a_stream_is_found_and_stopped_by_its_name_and_no_other_is(spark, spark_folder):
    (spark_folder / "named").mkdir()
    rows = spark.readStream.text(str(spark_folder / "named"))
    one, other = (rows.writeStream.format("noop").queryName(name).start() for name in ("one", "other"))
    try:
        assert running_stream(spark, "one").id == one.id
        assert running_stream(spark, "none") is None
        stop_running(spark, "one")
        assert running_stream(spark, "one") is None
        assert other.isActive
        stop_running(spark, "none")
    finally:
        one.stop()
        other.stop()


@pytest.mark.parametrize("exact", [True, False])
def test_a_silver_of_one_form_refuses_the_other(lab, exact):
    require_form(lab.spark, exact=exact)
    create_table(
        lab.spark.sql("SELECT 1 AS quantity"),
        "silver_sales_tbl",
        properties={CHANGE_FEED: "true"} if exact else None,
    )
    require_form(lab.spark, exact=exact)
    with pytest.raises(MixedFormsError):
        require_form(lab.spark, exact=not exact)
