import pytest

from medallion_lab.observe.judgement import judge
from medallion_lab.observe.landed import Line
from tests.unit.observe.tables import ALL_BROKEN, ONE, A, order


def judged(**fields):
    """Judge order A with some fields changed."""
    good = {name: str(value) for name, value in order(A, 1, 101, 2, "2026-03-02 10:00:00").items()}
    return judge(Line(ONE, 1, "", good | fields))


def test_spaces_around_a_value_say_nothing_and_an_empty_value_is_none():
    padded = judged(order_id=f"\u00a0 {A.upper()}\t\r\n", quantity="\u00a0+2 ", customer_id=" 1")
    assert (padded.order_id, padded.quantity, padded.failed_rules) == (A, 2, ())
    assert judged(quantity=" \u00a0").failed_rules == ("quantity_is_positive",)
    assert judged(quantity="\u20032").failed_rules == ("quantity_is_positive",), (
        "another space is none of ours"
    )


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"order_id": "A1"}, "order_id_is_uuid"),
        ({"order_id": A.replace("-", "")}, "order_id_is_uuid"),
        ({"order_id": "g" + A[1:]}, "order_id_is_uuid"),
        ({"order_id": A + "\u2028"}, "order_id_is_uuid"),
        ({"order_id": None}, "order_id_is_uuid"),
        ({"customer_id": "16"}, "customer_is_known"),
        ({"customer_id": None}, "customer_is_known"),
        ({"product_id": "100"}, "product_is_known"),
        ({"product_id": "101.5"}, "product_is_known"),
        ({"quantity": "0"}, "quantity_is_positive"),
        ({"quantity": "-1"}, "quantity_is_positive"),
        ({"quantity": "two"}, "quantity_is_positive"),
        ({"order_timestamp": "2019-12-31 23:59:59"}, "order_time_is_plausible"),
        ({"order_timestamp": "2100-01-01 00:00:00"}, "order_time_is_plausible"),
        ({"order_timestamp": None}, "order_time_is_plausible"),
    ],
)
def test_an_order_names_the_rule_that_it_breaks(fields, broken):
    assert judged(**fields).failed_rules == (broken,)


def test_the_bounds_of_a_plausible_time_are_themselves_judged():
    assert judged(order_timestamp="2020-01-01 00:00:00").is_valid
    assert judged(order_timestamp="2099-12-31 23:59:59").is_valid
    assert judged(order_timestamp="2020-01-01T00:30:00+01:00").failed_rules == ("order_time_is_plausible",)


def test_every_broken_rule_is_named_in_one_order():
    assert judge(Line(ONE, 1, "half an ord", None)).failed_rules == tuple(ALL_BROKEN)
    assert judge(Line(ONE, 1, "{}", {})).failed_rules == tuple(ALL_BROKEN[1:])
    assert judged(quantity="0", customer_id="99").failed_rules == (
        "customer_is_known",
        "quantity_is_positive",
    )


def test_names_in_another_case_and_aliases_are_read():
    fields = {"ORDER_NO": A, "CustomerId": "1", "PROD_ID": "101", "Qty": "2", "ordered_at": "1772463845"}
    record = judge(Line(ONE, 1, "", fields))
    assert (record.order_id, record.customer_id, record.product_id, record.quantity) == (A, 1, 101, 2)
    assert record.is_valid
