import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.layers.bronze import PAYLOAD, parse_lines

GOOD = (
    '{"order_id": "A1", "customer_id": 3, "product_id": 101, "quantity": 2, '
    '"order_timestamp": "2026-03-02 15:00:00"}'
)


def parse(spark, *lines):
    rows = spark.createDataFrame([(line,) for line in lines], "value string").transform(parse_lines).collect()
    return [row.asDict() for row in rows]


def test_a_good_line_becomes_columns_of_strings(spark):
    assert parse(spark, GOOD) == [
        {
            "order_id": "A1",
            "customer_id": "3",
            "product_id": "101",
            "quantity": "2",
            "order_timestamp": "2026-03-02 15:00:00",
            "_rescued_data": None,
        }
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('{"order_id": "A1", "quant', id="half a line"),
        pytest.param("not json at all", id="no JSON"),
        pytest.param("42", id="a number alone"),
        pytest.param("null", id="null alone"),
        pytest.param('[{"order_id": "A1"}, {"order_id": "A2"}]', id="an array of orders"),
        pytest.param('{"order_id": "A1"}{"order_id": "A2"}', id="two orders on one line"),
        pytest.param('{"order_id": "A1"}, {"order_id": "A2"}', id="two orders with a comma"),
        pytest.param('{"order_id": "A1"} // checked by Eve', id="something after the order"),
        pytest.param('{"order_id": "A1", "order_id": "A2"}', id="one key twice"),
        pytest.param('{"order_id": "A1", "coupon": "SPRING"}', id="a field that nobody announced"),
        pytest.param('{"ORDER_ID": "A1"}', id="a key in another case"),
        pytest.param('{"order_id": "A1", "_rescued_data": "mine"}', id="a field with our own column's name"),
        pytest.param("\ufeff" + GOOD, id="a byte-order mark"),
        pytest.param("[" * 3000 + "]" * 3000, id="a very deep array"),
    ],
)
def test_a_line_that_the_columns_cannot_hold_is_kept_whole(spark, line):
    (row,) = parse(spark, line)
    assert row["_rescued_data"] == line


def test_what_can_be_read_of_a_rescued_line_stands_in_its_columns_too(spark):
    (row,) = parse(spark, '{"order_id": "A1", "coupon": "SPRING"}')
    assert row["order_id"] == "A1"


def test_a_missing_field_is_null_and_nothing_is_rescued(spark):
    (row,) = parse(spark, '{"order_id": "A1"}')
    assert (row["order_id"], row["quantity"], row["_rescued_data"]) == ("A1", None, None)


def test_an_object_in_the_place_of_a_value_is_kept_as_its_text(spark):
    (row,) = parse(spark, '{"quantity": {"pieces": 2}}')
    assert (row["quantity"], row["_rescued_data"]) == ('{"pieces":2}', None)


def test_blank_lines_hold_no_record(spark):
    assert parse(spark, "", "   ", "\t\r") == []


LINES = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30),
    st.dictionaries(st.sampled_from([*PAYLOAD, "coupon"]), st.text(max_size=5) | st.integers()).map(
        json.dumps
    ),
    st.just(GOOD).flatmap(lambda line: st.integers(0, len(line)).map(lambda end: line[:end])),
)


@given(lines=st.lists(LINES, min_size=1, max_size=30))
def test_every_line_that_is_not_blank_is_one_row_and_readable_again(spark, lines):
    records = [line for line in lines if line.strip(" \t\r")]
    rows = parse(spark, *lines)
    assert len(rows) == len(records)
    for line, row in zip(records, rows, strict=True):
        if row["_rescued_data"] is None:
            said = {key: value for key, value in json.loads(line).items() if value is not None}
            kept = {key: value for key, value in row.items() if value is not None}
            assert kept == {
                key: value if isinstance(value, str) else json.dumps(value) for key, value in said.items()
            }
        else:
            assert row["_rescued_data"] == line
