from datetime import date, datetime

from medallion_lab.layers.gold import sum_by_region_and_day
from medallion_lab.layers.incremental_gold import describe_customers, replace_groups, sum_revenue
from medallion_lab.layers.writing import create_table

SILVER = (
    "order_id string, customer_id bigint, region string, product_id bigint, quantity int, "
    "order_timestamp timestamp, order_date date"
)
KEYS = ["region", "order_date"]


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


def test_only_touched_groups_are_replaced_and_one_without_orders_goes(lab):
    orders = lab.spark.createDataFrame([order("A"), order("B", region="South")], SILVER)
    totals = orders.transform(sum_by_region_and_day)
    create_table(totals, "sums")
    replace_groups("sums", totals.select(*KEYS), totals, keys=KEYS)
    changed = lab.spark.createDataFrame([order("A", quantity=9, day=3)], SILVER)
    touched = lab.spark.createDataFrame(
        [("North", date(2026, 3, 2)), ("North", date(2026, 3, 3))], "region string, order_date date"
    )
    for _ in range(2):
        replace_groups("sums", touched, changed.transform(sum_by_region_and_day), keys=KEYS)
        rows = lab.spark.table("sums").orderBy("region").collect()
        assert [tuple(row) for row in rows] == [
            ("North", date(2026, 3, 3), 9),
            ("South", date(2026, 3, 2), 1),
        ]
