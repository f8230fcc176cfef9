import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.errors import NoRulesError
from medallion_lab.layers.quality import SALES_RULES, keep_quarantined, keep_valid, label_failed_rules

ORDERS = (
    "order_id string, region string, product_name string, quantity int, order_timestamp timestamp, "
    "_rescued_data string"
)
SIMPLE = {"customer_is_known": "customer_id IS NOT NULL", "quantity_is_positive": "quantity > 0"}
UUID = "8cb147ce-5e1c-40b5-a8c7-ad0f9baec673"


def judged(spark, **changes):
    """Return the rules that one order breaks: a good one, but for the changes."""
    good = {
        "order_id": UUID,
        "region": "East",
        "product_name": "Mouse",
        "quantity": 1,
        "order_timestamp": "2026-03-02 10:00:00",
        "_rescued_data": None,
    } | changes
    row = spark.createDataFrame([tuple(good.values())], ", ".join(f"{name} string" for name in good))
    row = row.selectExpr(
        "order_id", "region", "product_name", "int(quantity)", "timestamp(order_timestamp)", "_rescued_data"
    )
    return label_failed_rules(row, rules=SALES_RULES).first().failed_rules


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"order_id": None}, ["order_id_is_uuid"]),
        ({"order_id": UUID[:-1]}, ["order_id_is_uuid"]),
        ({"order_id": f"{UUID}\u2028"}, ["order_id_is_uuid"]),
        ({"order_id": UUID.upper()}, ["order_id_is_uuid"]),
        ({"region": None}, ["customer_is_known"]),
        ({"product_name": None}, ["product_is_known"]),
        ({"quantity": 0}, ["quantity_is_positive"]),
        ({"quantity": -1}, ["quantity_is_positive"]),
        ({"quantity": None}, ["quantity_is_positive"]),
        ({"order_timestamp": None}, ["order_time_is_plausible"]),
        ({"order_timestamp": "2019-12-31 23:59:59"}, ["order_time_is_plausible"]),
        ({"order_timestamp": "2020-01-01 00:00:00"}, []),
        ({"order_timestamp": "2099-12-31 23:59:59"}, []),
        ({"order_timestamp": "2100-01-01 00:00:00"}, ["order_time_is_plausible"]),
        ({"_rescued_data": '{"_corrupt_record":"{half"}'}, ["line_is_readable"]),
        ({"_rescued_data": '{"_corrupt_record_base64":"/w=="}'}, ["line_is_readable"]),
        ({"_rescued_data": '{"coupon":"SPRING"}'}, []),
        ({"region": None, "quantity": 0}, ["customer_is_known", "quantity_is_positive"]),
    ],
)
def test_an_order_names_every_rule_it_breaks_in_the_order_of_the_rules(spark, changes, broken):
    assert judged(spark, **changes) == broken


def test_no_rules_at_all_is_refused_with_a_next_step(spark):
    with pytest.raises(NoRulesError, match="SALES_RULES"):
        label_failed_rules(spark.createDataFrame([], "quantity int"), rules={})


@given(quantities=st.lists(st.none() | st.integers(-3, 3), max_size=6))
def test_every_order_lands_on_exactly_one_side(spark, quantities):
    rows = [(f"A{n}", 1, quantity) for n, quantity in enumerate(quantities)]
    frame = spark.createDataFrame(rows, "order_id string, customer_id int, quantity int")
    labelled = label_failed_rules(frame, rules=SIMPLE)
    valid, broken = keep_valid(labelled).collect(), keep_quarantined(labelled).collect()
    assert sorted(row.order_id for row in valid + broken) == [order_id for order_id, *_ in rows]
    assert all(row.quantity is not None and row.quantity > 0 for row in valid)
