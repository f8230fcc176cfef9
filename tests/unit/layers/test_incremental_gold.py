from datetime import date, datetime

import pytest
from pyspark.errors import AnalysisException

from medallion_lab.layers.gold import sum_by_region_and_day
from medallion_lab.layers.incremental_gold import (
    describe_customers,
    on_days,
    refresh_customer_features,
    replace_days,
    sum_revenue,
    write_gold_batch,
)
from medallion_lab.layers.writing import create_table
from medallion_lab.runtime.session import stream_settings

SILVER = (
    "order_id string, customer_id bigint, region string, product_id bigint, quantity int, "
    "order_timestamp timestamp, order_date date"
)


def order(order_id, *, customer_id=1, region="North", product_id=101, quantity=1, day=2):
    moment = datetime(2026, 3, day, 12)
    return (order_id, customer_id, region, product_id, quantity, moment, moment.date())


def test_revenue_is_quantity_times_price_by_region_day_and_product(lab):
    orders = [order("A", quantity=2), order("B", quantity=3), order("C", product_id=102, quantity=4)]
    rows = sum_revenue(
        lab.spark.createDataFrame(orders, SILVER), products=lab.spark.table("products")
    ).orderBy("product_id")
    assert [tuple(row) for row in rows.collect()] == [
        ("North", date(2026, 3, 2), 101, "Laptop", 2, 5, 4000),
        ("North", date(2026, 3, 2), 102, "Mouse", 1, 4, 100),
    ]


def test_a_customer_is_described_by_all_of_their_orders(lab):
    orders = [order("A"), order("B", product_id=102, quantity=2, day=4), order("C", product_id=102)]
    (row,) = describe_customers(
        lab.spark.createDataFrame(orders, SILVER), products=lab.spark.table("products")
    ).collect()
    assert tuple(row) == (1, "North", 3, 4, 875, 2, date(2026, 3, 2), date(2026, 3, 4))


def test_a_customer_who_has_moved_is_one_row_in_the_region_of_the_last_order(lab):
    orders = [order("A", region="West"), order("B", region="North", day=4), order("C", region="East", day=3)]
    (row,) = describe_customers(
        lab.spark.createDataFrame(orders, SILVER), products=lab.spark.table("products")
    ).collect()
    assert (row.customer_id, row.region, row.orders) == (1, "North", 3)


def test_only_the_days_that_are_named_are_replaced_and_one_without_orders_is_emptied(lab):
    second, third, fourth = (date(2026, 3, day) for day in (2, 3, 4))
    before = lab.spark.createDataFrame([order("A", day=2), order("B", day=3), order("C", day=4)], SILVER)
    create_table(before.transform(sum_by_region_and_day), "sums", partition_by="order_date")
    replace_days("sums", before.transform(sum_by_region_and_day), days=[second, third, fourth])
    after = lab.spark.createDataFrame([order("A", quantity=9, day=3)], SILVER)
    untouched = [path.name for path in (lab.workspace.tables / "sums" / "order_date=2026-03-04").iterdir()]
    for _ in range(2):
        replace_days("sums", after.transform(sum_by_region_and_day), days=[second, third])
        rows = lab.spark.table("sums").orderBy("order_date").collect()
        assert [tuple(row) for row in rows] == [("North", third, 9), ("North", fourth, 1)]
    files = (lab.workspace.tables / "sums" / "order_date=2026-03-04").iterdir()
    assert [path.name for path in files] == untouched


def test_few_days_are_named_one_by_one():
    assert (
        on_days([date(2026, 3, 4), date(2026, 3, 2)]) == "order_date IN (DATE'2026-03-02', DATE'2026-03-04')"
    )


@pytest.fixture
def silver(lab):
    """Three orders of three days in silver, with its change feed, and empty gold tables."""
    spark = lab.spark
    properties = "TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
    spark.sql(f"CREATE TABLE silver_sales_tbl ({SILVER}) {properties}")
    spark.sql("""
        INSERT INTO silver_sales_tbl
        SELECT id, 1, 'North', 101, quantity, TIMESTAMP'2026-03-01 12:00:00', day
        FROM VALUES ('A', 2, DATE'2026-03-02'), ('B', 3, DATE'2026-03-03'), ('C', 4, DATE'2026-03-04')
        AS orders (id, quantity, day)
    """)
    rows = spark.table("silver_sales_tbl")
    revenue = rows.transform(sum_revenue, products=spark.table("products"))
    create_table(rows.transform(sum_by_region_and_day), "gold_sales_tbl", partition_by="order_date")
    create_table(revenue, "gold_revenue_tbl", partition_by="order_date")
    # As in a stream.
    with stream_settings(spark):
        yield lab


def changes(lab, first_version):
    feed = lab.spark.read.option("readChangeFeed", "true").option("startingVersion", first_version)
    return feed.table("silver_sales_tbl")


def by_day(lab, table, column):
    rows = lab.spark.table(table).orderBy("order_date").collect()
    return [(row.order_date.day, row[column]) for row in rows]


def test_a_correction_that_moves_an_order_to_another_day_changes_both_days_and_no_third_one(silver):
    for _ in range(2):
        write_gold_batch(changes(silver, 1), 0, application="here")
    assert by_day(silver, "gold_sales_tbl", "total_quantity") == [(2, 2), (3, 3), (4, 4)]
    silver.spark.sql("UPDATE silver_sales_tbl SET order_date = DATE'2026-03-03' WHERE order_id = 'A'")
    fourth = silver.workspace.tables / "gold_sales_tbl" / "order_date=2026-03-04"
    before = sorted(fourth.iterdir())
    for _ in range(2):
        write_gold_batch(changes(silver, 2), 1, application="here")
    assert by_day(silver, "gold_sales_tbl", "total_quantity") == [(3, 5), (4, 4)]
    assert by_day(silver, "gold_revenue_tbl", "revenue") == [(3, 5 * 800), (4, 4 * 800)]
    assert sorted(fourth.iterdir()) == before


def test_more_days_than_can_be_named_are_replaced_from_the_first_to_the_last(silver):
    silver.spark.sql("""
        INSERT INTO silver_sales_tbl
        SELECT concat('M', id), 1, 'North', 101, 5, TIMESTAMP'2026-05-01 12:00:00',
               date_add(DATE'2026-05-01', cast(id AS int))
        FROM range(40)
    """)
    for _ in range(2):
        write_gold_batch(changes(silver, 1), 0, application="here")
        rows = silver.spark.table("gold_sales_tbl").orderBy("order_date").collect()
        assert [row.total_quantity for row in rows] == [2, 3, 4, *[5] * 40]
        assert rows[-1].order_date == date(2026, 6, 9)
    assert silver.spark.table("gold_revenue_tbl").count() == 43


def test_a_gold_table_that_cannot_be_written_fails_the_micro_batch(silver):
    silver.spark.sql("DROP TABLE gold_revenue_tbl")
    silver.spark.sql("CREATE TABLE gold_revenue_tbl (other string)")
    with pytest.raises(AnalysisException):
        write_gold_batch(changes(silver, 1), 0, application="here")


def test_features_are_written_anew_each_time(silver):
    for _ in range(2):
        refresh_customer_features(silver.spark)
        (row,) = silver.spark.table("gold_customer_features_tbl").collect()
        assert (row.orders, row.total_quantity) == (3, 9)
