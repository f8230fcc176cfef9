import ast
import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.observe import landed, oracle
from medallion_lab.observe.landed import Line
from medallion_lab.observe.oracle import compare, judge, read_number, read_time, recompute
from medallion_lab.runtime.workspace import (
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
)
from medallion_lab.shop.orders import as_json_lines, make_orders
from tests.unit.observe.tables import (
    ALL_BROKEN,
    MONDAY,
    ONE,
    QUARANTINED_C,
    QUARANTINED_NO_JSON,
    RIGHT,
    SILVER_A,
    SILVER_B,
    SILVER_D,
    TUESDAY,
    TWO,
    A,
    B,
    C,
    D,
    order,
)


def judged(**fields):
    """Judge order A with some fields changed."""
    good = {name: str(value) for name, value in order(A, 1, 101, 2, "2026-03-02 10:00:00").items()}
    return judge(Line(ONE, 1, "", good | fields))


def expected_of(tmp_path, *files):
    """Land each list of records as a file and recompute."""
    paths = []
    for number, records in enumerate(files, start=1):
        paths.append(tmp_path / f"sales_{number:06}.json")
        paths[-1].write_text("".join(json.dumps(record) + "\n" for record in records))
    return recompute(paths)


@pytest.mark.parametrize("module", [landed, oracle])
def test_the_oracle_shares_no_code_with_what_it_judges(module):
    tree = ast.parse(Path(module.__file__).read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not {
        name for name in names if name.startswith(("medallion_lab.layers", "medallion_lab.autoloader"))
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("007", 7), ("+7", 7), ("-7", -7), ("-0", 0), ("2.0", 2), ("2.000", 2), ("1,200", 1200),
        ("1,200,000.0", 1200000), ("-1,200", -1200), ("0" * 30 + "7", 7), ("2147483647", 2147483647),
        ("-2147483648", -2147483648),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_however_it_is_written(text, number):
    assert read_number(text, bits=32) == number


@pytest.mark.parametrize(
    "text",
    [
        "2.5", "2.", ".0", "1e2", "12,00", "1,2000", ",200", "1,", "1200,000", "1.200", "0x10", "", "+",
        "two", "true", "{...}", "1 200", "--1", "٣", "２", "2\n", "2147483648", "-2147483649", "9" * 5000,
        None,
    ],
)  # fmt: skip
def test_anything_else_is_no_number(text):
    assert read_number(text, bits=32) is None


def test_a_key_has_twice_the_room_of_a_quantity():
    assert read_number("9223372036854775807", bits=64) == 2**63 - 1
    assert read_number("9223372036854775808", bits=64) is None
    assert read_number("-9223372036854775808", bits=64) == -(2**63)


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(["{}", "{:,}", "{:+}", "{:+,}", "{}.0", "{:,}.00"]))
def test_every_int_is_read_in_every_format(number, format_):
    assert read_number(format_.format(number), bits=32) == number


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 15:04:05",
        "2026-03-02T15:04:05Z",
        "2026-03-02T15:04:05+00:00",
        "2026-03-02T16:34:05+01:30",
        "2026-03-02T01:04:05-14:00",
        "2026-03-03T06:03:05+14:59",
        "02.03.2026 15:04:05",
        "1772463845",
    ],
)
def test_one_moment_is_read_in_every_format(text):
    assert read_time(text) == datetime(2026, 3, 2, 15, 4, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29 10:00:00", "2026-13-01 10:00:00", "2026-00-01 10:00:00", "2026-04-31 10:00:00",
        "2026-03-02 24:00:00", "2026-03-02 10:60:00", "2026-03-02 10:00:60", "31.02.2026 10:00:00",
        "2026-03-02", "2026-03-02 10:00", "2026-03-02T10:00:00", "2026-03-02 10:00:00Z", "2026-3-2 10:00:00",
        "2026-03-02T10:00:00+15:00", "2026-03-02T10:00:00+01:60", "2026-03-02T10:00:00+0100",
        "2026-03-02T10:00:00z", "2026-03-02t10:00:00Z", "2026-03-02  10:00:00", "2026-03-02 10:00:00.5",
        "0026-03-02 10:00:00", "3026-03-02 10:00:00", "02/03/2026 10:00:00", "177246384", "17724638450",
        "+772463845", "٢٠٢٦-03-02 10:00:00", "2026-03-02 10:00:00\n", "soon", "{...}", "", None,
    ],
)  # fmt: skip
def test_anything_else_is_no_moment(text):
    assert read_time(text) is None


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M:%S"]),
)
def test_every_moment_is_read_in_every_format(moment, format_):
    assert read_time(moment.strftime(format_)) == moment
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    assert read_time(f"{seconds:010}") == moment


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


def test_a_correction_wins_whenever_it_arrives(tmp_path):
    first, second = order(A, 1, 101, 2, "2026-03-02 10:00:00"), order(A, 1, 101, 5, "2026-03-02 10:00:01")
    for files in ([[first, second]], [[second], [first]], [[first], [second], [first]]):
        expected = expected_of(tmp_path, *files)
        assert [row["quantity"] for row in expected.silver] == [5]
        assert expected.duplicates == expected.records - 1


def test_at_the_same_moment_the_greatest_values_win(tmp_path):
    moment = "2026-03-02 10:00:00"
    records = [order(A, 1, 102, 9, moment), order(A, 2, 101, 1, moment), order(A, 2, 101, 3, moment)]
    (row,) = expected_of(tmp_path, records).silver
    assert (row["customer_id"], row["product_id"], row["quantity"]) == (2, 101, 3)


def test_a_later_order_that_breaks_a_rule_corrects_nothing(tmp_path):
    files = [[order(A, 1, 101, 2, "2026-03-02 10:00:00"), order(A, 1, 101, 0, "2026-03-02 11:00:00")]]
    expected = expected_of(tmp_path, *files)
    assert [row["quantity"] for row in expected.silver] == [2]
    assert (expected.valid, expected.duplicates, len(expected.quarantine)) == (1, 0, 1)


def test_a_correction_moves_an_order_from_one_group_of_gold_to_another(tmp_path):
    files = [[order(A, 1, 101, 2, "2026-03-02 10:00:00")], [order(A, 2, 102, 3, "2026-03-03 10:00:00")]]
    expected = expected_of(tmp_path, *files)
    assert expected.gold_sales == [{"region": "South", "order_date": TUESDAY, "total_quantity": 3}]
    assert [row["revenue"] for row in expected.gold_revenue] == [75]
    assert [row["customer_id"] for row in expected.gold_customer_features] == [2]


def test_the_day_is_that_of_utc(tmp_path):
    (row,) = expected_of(tmp_path, [order(A, 1, 101, 2, "2026-03-03T00:30:00+01:00")]).silver
    assert (row["order_timestamp"], row["order_date"]) == (datetime(2026, 3, 2, 23, 30), MONDAY)


def test_the_small_shop_is_recomputed_as_by_hand(tables, workspace):
    expected = recompute(landed.landed_files(workspace))
    assert (expected.records, expected.valid, expected.duplicates) == (7, 5, 2)
    assert [(r.file, r.line, r.text[:11]) for r in expected.quarantine] == [
        (ONE, 4, "half an ord"),
        (TWO, 2, '{"order_id"'),
    ]
    assert [row["order_id"] for row in expected.silver] == [A, B, D]
    assert [tuple(row.values()) for row in expected.gold_customer_features] == RIGHT[GOLD_FEATURES_TABLE]


@given(seed=st.integers(0, 1000), copies=st.integers(0, 5))
def test_the_order_of_arrival_changes_nothing(tmp_path, seed, copies):
    lines = as_json_lines(make_orders(12, seed=seed, file_number=1))
    lines += [line.replace("2026-03-02", "2026-03-05") for line in lines[:copies]] + ["no JSON"]
    shuffled = random.Random(seed).sample(lines, len(lines))
    files = []
    for name, some in (("a", lines), ("b", shuffled[:5]), ("c", shuffled[5:])):
        files.append(tmp_path / name)
        files[-1].write_text("\n".join(some))
    whole, parts = recompute(files[:1]), recompute(files[1:])
    assert whole.records == len(whole.silver) + len(whole.quarantine) + whole.duplicates == 13 + copies
    for name in ("silver", "gold_sales", "gold_revenue", "gold_customer_features", "duplicates"):
        assert getattr(whole, name) == getattr(parts, name)


def test_delta_tables_that_are_right_are_equal(tables, spark, workspace):
    tables.hold_in_delta()
    differences = compare(spark, workspace)
    assert differences
    assert repr(differences).startswith("equal, row by row, to what the landed files say: silver_sales_tbl, ")
    assert "<table" not in differences._repr_html_()


def said(spark, workspace, *names):
    """What is said about the tables, row by row without the table's name."""
    found = compare(spark, workspace, tables=names)
    assert not found
    return [(row.key, row.what, row.expected, row.found) for row in found.rows]


def test_a_table_that_is_not_there_is_named(tables, spark, workspace):
    tables.hold(SILVER_TABLE, QUARANTINE_TABLE, GOLD_TABLE)
    differences = compare(spark, workspace)
    assert not differences
    assert [(row.table, row.found) for row in differences.rows] == [
        (GOLD_REVENUE_TABLE, "no such table"),
        (GOLD_FEATURES_TABLE, "no such table"),
    ]
    assert compare(spark, workspace, tables=[SILVER_TABLE, GOLD_TABLE])


def test_lost_doubled_and_invented_rows_of_silver_are_named(tables, spark, workspace):
    invented = (C, *SILVER_A[1:])
    tables.hold(**{SILVER_TABLE: [SILVER_A, SILVER_A, invented, SILVER_D]})
    assert said(spark, workspace, SILVER_TABLE) == [
        (A, "rows", "1", "2"),
        (B, "rows", "1", "0"),
        (C, "rows", "0", "1"),
    ]


def test_a_value_that_differs_is_named_with_both_values(tables, spark, workspace):
    old_b = (B, 2, "South", 102, 3, datetime(2026, 3, 2, 11, tzinfo=UTC), MONDAY, SILVER_B[-1])
    no_region = (D, 1, None, *SILVER_D[3:])
    tables.hold(**{SILVER_TABLE: [SILVER_A, old_b, no_region]})
    assert said(spark, workspace, SILVER_TABLE) == [
        (B, "quantity", "5", "3"),
        (B, "order_timestamp", "2026-03-02 12:00:00", "2026-03-02 11:00:00"),
        (D, "region", "North", "NULL"),
    ]


def test_when_a_row_was_loaded_makes_no_difference(tables, spark, workspace):
    tables.hold(**{SILVER_TABLE: [(*row[:-1], None) for row in RIGHT[SILVER_TABLE]]})
    assert compare(spark, workspace, tables=[SILVER_TABLE])


def test_a_time_is_the_same_in_every_time_zone(tables, spark, workspace):
    tables.hold(SILVER_TABLE)
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        assert compare(spark, workspace, tables=[SILVER_TABLE])
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_wrong_sums_and_groups_of_gold_are_named(tables, spark, workspace):
    tables.hold(
        **{
            GOLD_TABLE: [("North", MONDAY, 4), ("North", TUESDAY, 1), ("South", TUESDAY, 5)],
            GOLD_REVENUE_TABLE: RIGHT[GOLD_REVENUE_TABLE][:2] * 2,
            GOLD_FEATURES_TABLE: [
                (1, "North", 2, 3, 1625, 1, MONDAY, MONDAY),
                *RIGHT[GOLD_FEATURES_TABLE][1:],
            ],
        }
    )
    assert said(spark, workspace, GOLD_TABLE) == [
        ("North, 2026-03-02", "total_quantity", "2", "4"),
        ("South, 2026-03-02", "rows", "1", "0"),
        ("South, 2026-03-03", "rows", "0", "1"),
    ]
    assert said(spark, workspace, GOLD_REVENUE_TABLE) == [
        ("North, 2026-03-02, 101", "rows", "1", "2"),
        ("North, 2026-03-03, 102", "rows", "1", "0"),
        ("South, 2026-03-02, 102", "rows", "1", "2"),
    ]
    assert said(spark, workspace, GOLD_FEATURES_TABLE) == [
        ("1", "products", "2", "1"),
        ("1", "last_order_date", "2026-03-03", "2026-03-02"),
    ]


def test_rows_that_quarantine_lacks_or_judges_otherwise_are_named(tables, spark, workspace):
    misjudged = (*QUARANTINED_C[:-1], ["product_is_known", "quantity_is_positive"])
    tables.hold(**{QUARANTINE_TABLE: [misjudged]})
    no_json = f"rows with failed_rules [{', '.join(ALL_BROKEN)}]"
    assert said(spark, workspace, QUARANTINE_TABLE) == [
        (ONE, no_json, "1 (line 4)", "0"),
        (TWO, "rows with failed_rules [product_is_known, quantity_is_positive]", "0", "1"),
        (TWO, "rows with failed_rules [quantity_is_positive]", "1 (line 2)", "0"),
    ]
    tables.hold(**{QUARANTINE_TABLE: [QUARANTINED_NO_JSON, QUARANTINED_C, QUARANTINED_C]})
    assert said(spark, workspace, QUARANTINE_TABLE) == [
        (TWO, "rows with failed_rules [quantity_is_positive]", "1 (line 2)", "2")
    ]


def test_a_column_of_another_type_is_named_and_its_rows_are_not_compared(tables, spark, workspace):
    spark.sql(f"CREATE VIEW medallion.{GOLD_TABLE} AS SELECT 'North' AS region, 2.5D AS total_quantity")
    assert said(spark, workspace, GOLD_TABLE) == [
        ("", "type of order_date", "date", "no such column"),
        ("", "type of total_quantity", "bigint", "double"),
    ]


def test_files_that_were_moved_away_are_still_compared(tables, spark, workspace, tmp_path):
    moved = [path.rename(tmp_path / path.name) for path in landed.landed_files(workspace)]
    tables.hold(*RIGHT)
    assert compare(spark, workspace, files=moved)
    assert not compare(spark, workspace)


def test_many_differences_are_shown_in_part_and_counted(tables, spark, workspace):
    lines = as_json_lines(make_orders(30, seed=7, file_number=3))
    tables.land("sales_000003.json", *lines, '{"order_id": "<b>"}')
    tables.hold(SILVER_TABLE)
    differences = compare(spark, workspace, tables=[SILVER_TABLE])
    lines = repr(differences).split("\n")
    assert lines[0] == "30 differences from what the landed files say"
    assert lines[1].split() == ["table", "key", "what", "expected", "found"]
    assert (len(lines), lines[-1]) == (24, "and 10 more")
    page = differences._repr_html_()
    assert page.count('<th scope="col">') == 5
    assert page.count("<td>") == 100


def test_what_stands_in_the_data_never_becomes_markup(tables, spark, workspace):
    tables.hold(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], ("<b>bold</b>", *SILVER_A[1:])]})
    assert "&lt;b&gt;" in compare(spark, workspace, tables=[SILVER_TABLE])._repr_html_()


def test_letters_that_one_cannot_see_are_shown_by_their_number(tables, spark, workspace):
    tables.hold(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], (f"{A}\u2028", *SILVER_A[1:])]})
    assert said(spark, workspace, SILVER_TABLE) == [(f"{A}\\u2028", "rows", "0", "1")]
