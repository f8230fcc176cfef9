from datetime import datetime

import pytest
from pyspark.sql import functions as F

from medallion_lab.layers import exact_silver
from medallion_lab.layers.exact_silver import deduplicate, judge, write_silver_batch
from medallion_lab.layers.silver import COLUMNS
from medallion_lab.layers.writing import create_table
from medallion_lab.runtime.session import stream_settings

UUID = "8cb147ce-5e1c-40b5-a8c7-ad0f9baec673"
SILVER = (
    "order_id string, customer_id bigint, region string, product_id bigint, quantity int, "
    "order_timestamp timestamp, order_date date, load_time timestamp"
)
NOON = datetime(2026, 3, 2, 12)


def silver_row(quantity, *, minute=0, load_minute=0, order_id=UUID):
    ordered = NOON.replace(minute=minute)
    return (order_id, 1, "North", 101, quantity, ordered, ordered.date(), NOON.replace(minute=load_minute))


def judged(lab, *rows):
    """Judge bronze rows: each a dict of what differs from a good order."""
    good = {
        "order_id": UUID,
        "customer_id": "1",
        "product_id": "101",
        "quantity": "2",
        "order_timestamp": "2026-03-02 12:00:00",
        "_rescued_data": None,
        "input_file": "f",
    }
    texts = [["NULL" if text is None else f"'{text}'" for text in (good | row).values()] for row in rows]
    values = ", ".join(f"({', '.join(row)}, TIMESTAMP'2026-03-02 16:00:00')" for row in texts)
    # VALUES of nothing but NULL has no type that Delta could store.
    frame = lab.spark.sql(f"SELECT * FROM VALUES {values} AS bronze ({', '.join(good)}, load_time)")
    frame = frame.withColumn("_rescued_data", F.col("_rescued_data").cast("string"))
    return judge(frame, customers=lab.spark.table("customers"), products=lab.spark.table("products"))


@pytest.fixture
def tables(lab):
    labelled = judged(lab, {})
    create_table(labelled.select(*COLUMNS), "silver_sales_tbl")
    create_table(labelled.select("as_received.*", "failed_rules"), "quarantine_sales_tbl")
    # As in a stream.
    with stream_settings(lab.spark):
        yield lab


def held(lab):
    silver = lab.spark.table("silver_sales_tbl").orderBy("order_id").collect()
    broken = lab.spark.table("quarantine_sales_tbl").orderBy("order_id").collect()
    return [row.quantity for row in silver], [(row.order_id, row.failed_rules) for row in broken]


def test_of_two_versions_the_later_one_stays_whichever_came_first(spark):
    for rows in ([silver_row(7), silver_row(2, minute=5)], [silver_row(2, minute=5), silver_row(7)]):
        (row,) = deduplicate(spark.createDataFrame(rows, SILVER)).collect()
        assert row.quantity == 2


def test_of_exact_copies_the_one_that_was_loaded_first_stays(spark):
    rows = [silver_row(1, load_minute=9), silver_row(1, load_minute=3)]
    (row,) = deduplicate(spark.createDataFrame(rows, SILVER)).collect()
    assert row.load_time.minute == 3


def test_a_bronze_row_is_kept_as_received_beside_what_was_made_of_it(lab):
    (row,) = judged(lab, {"order_id": f" {UUID.upper()} ", "quantity": "2.0"}).collect()
    assert (row.order_id, row.quantity, row.failed_rules) == (UUID, 2, [])
    assert (row.as_received.order_id, row.as_received.quantity) == (f" {UUID.upper()} ", "2.0")


def test_an_order_of_an_unknown_customer_or_product_is_judged_and_not_dropped(lab):
    rows = judged(lab, {"customer_id": "99"}, {"product_id": "999"}).collect()
    assert sorted(row.failed_rules for row in rows) == [["customer_is_known"], ["product_is_known"]]


def test_copies_in_one_micro_batch_make_one_row(tables):
    write_silver_batch(judged(tables, {}, {}, {"quantity": "3"}), 0, application="here")
    assert held(tables) == ([3], [])


def test_a_micro_batch_that_is_written_twice_leaves_what_it_left_once(tables):
    labelled = judged(tables, {}, {"quantity": "0"}, {"order_id": "no id", "customer_id": "99"})
    write_silver_batch(labelled, 0, application="here")
    once = held(tables)
    write_silver_batch(labelled, 0, application="here")
    assert held(tables) == once
    assert once == (
        [2],
        [(UUID, ["quantity_is_positive"]), ("no id", ["order_id_is_uuid", "customer_is_known"])],
    )


def test_the_next_micro_batch_is_quarantined_too(tables):
    write_silver_batch(judged(tables, {"quantity": "0"}), 0, application="here")
    write_silver_batch(judged(tables, {"quantity": "-1"}), 1, application="here")
    assert len(held(tables)[1]) == 2


def test_another_checkpoint_begins_at_0_again_and_is_not_passed_over(tables):
    write_silver_batch(judged(tables, {"quantity": "0"}), 0, application="one checkpoint")
    write_silver_batch(judged(tables, {"quantity": "-1"}), 0, application="another checkpoint")
    assert len(held(tables)[1]) == 2


def test_a_later_version_replaces_the_row_and_an_earlier_one_does_not(tables):
    later = {"quantity": "1", "order_timestamp": "2026-03-02 13:00:00"}
    write_silver_batch(judged(tables, {}), 0, application="here")
    write_silver_batch(judged(tables, later), 1, application="here")
    write_silver_batch(judged(tables, {}), 2, application="here")
    assert held(tables) == ([1], [])


def test_of_two_versions_of_one_second_the_greater_stays_whichever_came_first(tables):
    for batch_id, quantity in enumerate(["2", "5", "3"]):
        write_silver_batch(judged(tables, {"quantity": quantity}), batch_id, application="here")
    assert held(tables) == ([5], [])


def test_a_copy_that_comes_later_leaves_the_row_as_it_was_loaded(tables):
    an_hour_later = judged(tables, {}).withColumn("load_time", F.expr("load_time + INTERVAL 1 HOUR"))
    write_silver_batch(judged(tables, {}), 0, application="here")
    write_silver_batch(an_hour_later, 1, application="here")
    (row,) = tables.spark.table("silver_sales_tbl").collect()
    assert row.load_time.hour == 16


OTHER = "0b1c1f0e-6f0e-4c55-9d3f-1f6f3e1f2a77"


def test_a_new_order_and_a_correction_in_one_micro_batch_are_both_written(tables):
    write_silver_batch(judged(tables, {}), 0, application="here")
    write_silver_batch(judged(tables, {"quantity": "5"}, {"order_id": OTHER}), 1, application="here")
    assert held(tables) == ([2, 5], [])


def test_a_delivery_that_is_repeated_beside_a_new_order_rewrites_no_file(tables):
    write_silver_batch(judged(tables, {}), 0, application="here")
    (file,) = tables.spark.table("silver_sales_tbl").inputFiles()
    write_silver_batch(judged(tables, {}, {"order_id": OTHER}), 1, application="here")
    assert file in tables.spark.table("silver_sales_tbl").inputFiles()
    assert held(tables) == ([2, 2], [])


@pytest.mark.parametrize("most_named", [1, 3, 100])
def test_a_repeated_delivery_of_more_orders_than_are_named_is_found_whole(tables, monkeypatch, most_named):
    monkeypatch.setattr(exact_silver, "MOST_NAMED", most_named)
    delivery = [{"order_id": UUID.replace("8cb147ce", f"8cb147c{number}")} for number in range(3)]
    write_silver_batch(judged(tables, *delivery), 0, application="one")
    corrected = [order | {"quantity": "9", "order_timestamp": "2026-03-02 12:30:00"} for order in delivery]
    write_silver_batch(judged(tables, *corrected, {"quantity": "5"}), 1, application="one")
    assert held(tables) == ([9, 9, 9, 5], [])
