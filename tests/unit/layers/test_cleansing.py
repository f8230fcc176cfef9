import json
from datetime import datetime
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from medallion_lab.layers.bronze import PAYLOAD
from medallion_lab.layers.cleansing import (
    cleanse,
    conform_case,
    conform_money,
    conform_numbers,
    conform_times,
    recover_names,
    trim_texts,
)

BRONZE = ", ".join(f"{name} string" for name in (*PAYLOAD, "_rescued_data"))


def orders(spark, *rows):
    """Bronze rows of which only some fields matter; the others are NULL."""
    names = [*PAYLOAD, "_rescued_data"]
    return spark.createDataFrame([tuple(row.get(name) for name in names) for row in rows], BRONZE)


def values(spark, transform, column, texts):
    """Return what a transform makes of each text in one column."""
    rows = spark.createDataFrame(
        [
            (place, *[text if name == column else None for name in PAYLOAD])
            for place, text in enumerate(texts)
        ],
        "place int, " + ", ".join(f"{name} string" for name in PAYLOAD),
    )
    found = rows.transform(transform).orderBy("place").select(column).collect()
    return dict(zip(texts, [row[0] for row in found], strict=True))


def test_a_missing_field_comes_from_a_rescued_one_with_another_case_or_an_alias(spark):
    rescued = json.dumps({"Quantity": 3, "cust_id": "7", "_file_path": "file:///x"})
    (row,) = orders(spark, {"order_id": "A", "_rescued_data": rescued}).transform(recover_names).collect()
    assert (row.order_id, row.quantity, row.customer_id, row.product_id) == ("A", "3", "7", None)


def test_a_field_that_is_there_is_not_replaced(spark):
    rescued = json.dumps({"QUANTITY": 3})
    (row,) = orders(spark, {"quantity": "5", "_rescued_data": rescued}).transform(recover_names).collect()
    assert row.quantity == "5"


def test_its_own_name_comes_before_an_alias_and_a_null_says_nothing(spark):
    rescued = json.dumps({"qty": 1, "Quantity": 2, "QUANTITY": None})
    (row,) = orders(spark, {"_rescued_data": rescued}).transform(recover_names).collect()
    assert row.quantity == "2"


def test_of_two_names_that_differ_in_case_the_same_one_wins_in_either_order(spark):
    texts = ['{"Quantity": 1, "QUANTITY": 2}', '{"QUANTITY": 2, "Quantity": 1}']
    rows = orders(spark, *[{"_rescued_data": text} for text in texts]).transform(recover_names).collect()
    assert [row.quantity for row in rows] == ["2", "2"]


def test_a_broken_line_gives_no_field(spark):
    rescued = json.dumps({"_corrupt_record": '{"quantity": 3', "_file_path": "file:///x"})
    (row,) = orders(spark, {"_rescued_data": rescued}).transform(recover_names).collect()
    assert [row[name] for name in PAYLOAD] == [None] * 5


def test_spaces_go_at_both_ends_only_and_nothing_else_is_null(spark):
    found = values(spark, trim_texts, "order_id", [" a b\t", "\u00a07\u00a0", " \r\n ", "", "x"])
    assert list(found.values()) == ["a b", "7", None, None, "x"]


def test_an_order_id_is_in_lower_case(spark):
    assert values(spark, conform_case, "order_id", ["8CB147CE-5e1c"]) == {"8CB147CE-5e1c": "8cb147ce-5e1c"}


def test_whole_numbers_are_read_as_people_write_them_and_nothing_else_is(spark):
    good = {"7": 7, "+7": 7, "-7": -7, "7.0": 7, "7.000": 7, "1,007": 1007, "1,000,000": 1_000_000, "007": 7}
    bad = ["7.5", "7.", "seven", "1,07", ",007", "7e2", "0x7", "--7", "7\u2028", "٧", "3000000000", "7 8"]
    assert values(spark, conform_numbers, "quantity", list(good)) == good
    assert values(spark, conform_numbers, "quantity", bad) == dict.fromkeys(bad)


def test_a_key_may_be_larger_than_a_quantity(spark):
    assert values(spark, conform_numbers, "customer_id", ["3000000000"]) == {"3000000000": 3_000_000_000}


def test_a_moment_is_read_in_each_of_its_forms_as_utc(spark):
    texts = [
        "2026-03-02 15:10:00",
        "2026-03-02T15:10:00Z",
        "2026-03-02T17:10:00+02:00",
        "2026-03-02T09:40:00-05:30",
        "02.03.2026 15:10:00",
        "1772464200",
    ]
    found = values(spark, conform_times, "order_timestamp", texts)
    assert set(found.values()) == {datetime(2026, 3, 2, 15, 10)}


def test_what_is_in_no_calendar_or_of_no_known_form_is_null(spark):
    bad = [
        "2026-02-30 10:00:00",
        "2026-13-01 10:00:00",
        "2026-03-02 24:00:00",
        "2026-03-02 23:60:00",
        "03/02/2026 10:00:00",
        "2026-03-02",
        "2026-03-02T10:00:00+15:00",
        "31.02.2026 10:00:00",
        "177246420",
        "yesterday",
        "2026-03-02 15:10:00\u0085",
    ]
    assert values(spark, conform_times, "order_timestamp", bad) == dict.fromkeys(bad)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,200.50", "1200.50"),
        ("1.200,50 €", "1200.50"),
        ("USD 12", "12.00"),
        ("-3,50", "-3.50"),
        ("1,200", "1200.00"),
        ("12.345", "12345.00"),
        ("1.005,5", None),
        ("12.3456", None),
        ("free", None),
    ],
)
def test_money_is_read_with_either_decimal_mark_and_never_rounded(spark, text, amount):
    rows = spark.createDataFrame([(text,)], "price string").transform(conform_money, column="price")
    assert rows.first().price == (None if amount is None else Decimal(amount))


def test_a_rescued_field_is_cleansed_like_any_other(spark):
    (row,) = orders(spark, {"_rescued_data": '{"cust_id": " 1,007 "}'}).transform(cleanse).collect()
    assert row.customer_id == 1007


def test_all_steps_together_keep_every_row_and_every_other_column(spark):
    rows = orders(spark, {"order_id": " AB "}, {"quantity": "x"}, {}).withColumn("input_file", F.lit("f"))
    found = rows.transform(cleanse)
    assert found.count() == 3
    assert found.columns == rows.columns
    assert dict(found.dtypes)["order_timestamp"] == "timestamp"
