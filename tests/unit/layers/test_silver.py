from datetime import date, datetime

from medallion_lab.layers.silver import COLUMNS, add_order_date, add_region, conform_types, refine

RAW = "order_id string, customer_id string, product_id string, quantity string, order_timestamp string"
CUSTOMERS = "customer_id bigint, customer_name string, region string"


def test_each_field_gets_its_type(spark):
    raw = spark.createDataFrame([("A1", "3", "101", "2", "2026-03-02 15:00:00")], RAW)
    (row,) = raw.transform(conform_types).collect()
    assert tuple(row) == ("A1", 3, 101, 2, datetime(2026, 3, 2, 15, 0))


def test_what_does_not_read_as_its_type_becomes_null_and_stops_nothing(spark):
    raw = spark.createDataFrame([("A1", "three", "", "2.5", "02.03.2026")], RAW)
    (row,) = raw.transform(conform_types).collect()
    assert tuple(row) == ("A1", None, None, None, None)


def test_a_number_too_large_for_its_type_becomes_null(spark):
    raw = spark.createDataFrame([("A1", "99999999999999999999", "101", "3000000000", None)], RAW)
    (row,) = raw.transform(conform_types).collect()
    assert (row.customer_id, row.quantity) == (None, None)


def test_an_order_gets_the_region_of_its_customer(spark):
    orders = spark.createDataFrame([("A1", 1), ("A2", 2)], "order_id string, customer_id bigint")
    customers = spark.createDataFrame([(1, "Alice", "North"), (2, "Bob", "South")], CUSTOMERS)
    rows = add_region(orders, customers=customers).orderBy("order_id").collect()
    assert [(row.order_id, row.region) for row in rows] == [("A1", "North"), ("A2", "South")]


def test_an_order_of_an_unknown_customer_stays_without_a_region(spark):
    orders = spark.createDataFrame([("A1", 99), ("A2", None)], "order_id string, customer_id bigint")
    customers = spark.createDataFrame([(1, "Alice", "North")], CUSTOMERS)
    rows = add_region(orders, customers=customers).orderBy("order_id").collect()
    assert [(row.order_id, row.region) for row in rows] == [("A1", None), ("A2", None)]


def test_the_order_date_is_the_day_of_the_event_in_utc(spark):
    orders = spark.sql("""
        SELECT * FROM VALUES (TIMESTAMP'2026-03-02 00:00:00', TIMESTAMP'2026-03-09 12:00:00'),
                             (TIMESTAMP'2026-03-02 23:59:59', TIMESTAMP'2026-03-09 12:00:00')
        AS orders (order_timestamp, load_time)""")
    assert {row.order_date for row in add_order_date(orders).collect()} == {date(2026, 3, 2)}


def test_a_refined_order_has_silvers_columns_in_order(spark):
    raw = spark.createDataFrame(
        [("A1", "1", "101", "2", "2026-03-02 15:00:00", None, "f", datetime(2026, 3, 2))],
        RAW + ", _rescued_data string, input_file string, load_time timestamp",
    )
    customers = spark.createDataFrame([(1, "Alice", "North")], CUSTOMERS)
    (row,) = refine(raw, customers=customers).collect()
    assert tuple(row.asDict()) == COLUMNS
    assert (row.customer_id, row.region, row.quantity, row.order_date) == (1, "North", 2, date(2026, 3, 2))
