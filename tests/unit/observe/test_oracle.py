import ast
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from medallion_lab.observe import expected, judgement, landed, landed_records, landed_values, oracle, wording
from medallion_lab.observe.oracle import compare
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
    in_folders,
)


@pytest.mark.parametrize(
    "module", [expected, judgement, landed, landed_records, landed_values, oracle, wording]
)
def test_the_oracle_shares_no_code_with_what_it_judges(module):
    tree = ast.parse(Path(module.__file__).read_text())
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not {
        name for name in names if name.startswith(("medallion_lab.layers", "medallion_lab.autoloader"))
    }


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


def test_files_that_were_moved_out_of_folders_are_still_compared(tables, spark, workspace, tmp_path):
    in_folders(tables, workspace)
    assert compare(spark, workspace)
    (tmp_path / "archive").mkdir()
    (workspace.landing / "monday").rename(tmp_path / "archive" / "monday")
    moved = [*landed.landed_files(workspace), *(tmp_path / "archive").rglob("*.json")]
    assert compare(spark, workspace, files=moved)


def test_orders_whose_files_are_gone_are_compared_as_bronze_has_them(tables, spark, workspace):
    in_folders(tables, workspace)
    shutil.rmtree(workspace.landing)
    differences = compare(spark, workspace)
    files = "monday/1.json, monday/late/1.json"
    note = f"7 orders were landed and are gone from the folder: {files}; bronze has them"
    assert differences and repr(differences).endswith(note)
    assert f"<p>{note}</p>" in differences._repr_html_()
    tables.hold(**{SILVER_TABLE: [SILVER_A, SILVER_D]})
    assert said(spark, workspace, SILVER_TABLE) == [(B, "rows", "1", "0")]


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
