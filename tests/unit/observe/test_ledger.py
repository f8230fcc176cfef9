import gzip
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.observe.landed import Line
from medallion_lab.observe.landed_records import told_of_gone
from medallion_lab.observe.ledger import balance
from medallion_lab.runtime.workspace import BRONZE_TABLE, QUARANTINE_TABLE, SILVER_TABLE
from tests.unit.observe.tables import (
    BRONZE,
    FIRST,
    LANDED,
    ONE,
    ORDER_A,
    QUARANTINED_C,
    QUARANTINED_NO_JSON,
    RIGHT,
    SECOND,
    SILVER_A,
    SILVER_B,
    SILVER_D,
    TWO,
    A,
    B,
    C,
    D,
    in_folders,
)

LEDGER_TABLES = (BRONZE_TABLE, SILVER_TABLE, QUARANTINE_TABLE)


@pytest.fixture
def found(tables, spark, workspace):
    """Give some tables wrong rows, and return what is said of them."""

    def look(**wrong):
        tables.hold(*(name for name in LEDGER_TABLES if name not in wrong), **wrong)
        return balance(spark, workspace)

    return look


def problems(ledger):
    assert not ledger and not ledger.is_balanced
    return [(problem.kind, problem.count, problem.places) for problem in ledger.problems]


def test_delta_tables_that_hold_every_record_are_balanced(tables, spark, workspace):
    tables.hold_in_delta()
    ledger = balance(spark, workspace)
    assert ledger and ledger.is_balanced
    assert repr(ledger) == "✓ balanced: 7 landed = 3 silver + 2 quarantined + 2 duplicates"


def test_every_micro_batch_has_its_own_balance(found):
    first, second = found().batches
    assert (first.number, first.files, first.landed) == (1, ONE, 4)
    assert (first.silver, first.quarantined, first.duplicates) == (1, 1, 2)
    assert (second.number, second.files, second.landed) == (2, TWO, 3)
    assert (second.silver, second.quarantined, second.duplicates) == (2, 1, 0)
    assert first.is_balanced and second.is_balanced


def test_several_files_can_make_one_micro_batch(tables, spark, workspace):
    tables.hold(
        SILVER_TABLE,
        **{
            BRONZE_TABLE: [(*row[:-1], FIRST) for row in RIGHT[BRONZE_TABLE]],
            QUARANTINE_TABLE: [(*row[:-2], FIRST, row[-1]) for row in RIGHT[QUARANTINE_TABLE]],
            SILVER_TABLE: [(*row[:-1], FIRST) for row in RIGHT[SILVER_TABLE]],
        },
    )
    ledger = balance(spark, workspace)
    assert ledger
    assert [str(batch) for batch in ledger.batches] == [
        f"micro-batch 1 (2 files, {ONE} to {TWO}): 7 landed = 3 silver + 2 quarantined + 2 duplicates"
    ]


def test_a_row_that_silver_lost_is_named_by_file_and_line(found):
    ledger = found(**{SILVER_TABLE: [SILVER_A, SILVER_B]})
    assert problems(ledger) == [("missing", 1, (f"{TWO} line 3 (order {D})",))]
    assert repr(ledger).split("\n") == [
        "✗ not balanced: 7 landed ≠ 2 silver + 2 quarantined + 2 duplicates; 7 in bronze",
        "missing: 1 record in bronze and neither in silver_sales_tbl nor in quarantine_sales_tbl: "
        f"{TWO} line 3 (order {D})",
        f"micro-batch 2 ({TWO}): 3 landed ≠ 1 silver + 1 quarantined + 0 duplicates",
    ]


def test_an_order_that_silver_lost_is_missing_with_all_its_records(found):
    ledger = found(**{SILVER_TABLE: [SILVER_B, SILVER_D]})
    assert problems(ledger) == [("missing", 2, (f"{ONE} lines 1, 2 (order {A})",))]


def test_an_order_that_silver_has_twice_is_too_much(found):
    ledger = found(**{SILVER_TABLE: [SILVER_A, SILVER_A, SILVER_B, SILVER_D]})
    assert problems(ledger) == [("too much", 1, (f"order {A}",))]


def test_equal_sums_do_not_hide_a_lost_row_behind_a_doubled_one(found):
    ledger = found(**{SILVER_TABLE: [SILVER_A, SILVER_A, SILVER_B]})
    assert ledger.headline == (
        "not balanced: 7 landed = 3 silver + 2 quarantined + 2 duplicates; 7 in bronze"
    )
    assert problems(ledger) == [
        ("missing", 1, (f"{TWO} line 3 (order {D})",)),
        ("too much", 1, (f"order {A}",)),
    ]


def test_a_silver_row_that_never_landed_is_too_much(found):
    stranger = A.replace("0000", "1234", 1)
    ledger = found(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], (stranger, *SILVER_A[1:])]})
    assert problems(ledger) == [("too much", 1, (f"order {stranger}",))]


def test_a_silver_row_without_an_order_id_is_too_much(found):
    ledger = found(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], (None, *SILVER_A[1:])]})
    assert problems(ledger)[0] == ("too much", 1, ("order NULL",))


def test_an_order_that_is_in_silver_and_in_quarantine_is_too_much_in_silver(found):
    ledger = found(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], (C, *SILVER_A[1:])]})
    assert problems(ledger) == [("too much", 1, (f"order {C}",))]


def test_letters_that_one_cannot_see_are_shown_by_their_number(found):
    ledger = found(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], (f"{A}\u2028", *SILVER_A[1:])]})
    assert problems(ledger) == [("too much", 1, (f"order {A}\\u2028",))]


def test_silver_must_hold_the_cleansed_order_id(found):
    ledger = found(**{SILVER_TABLE: [SILVER_A, (B.upper(), *SILVER_B[1:]), SILVER_D]})
    assert problems(ledger) == [
        ("missing", 2, (f"{ONE} line 5 (order {B})", f"{TWO} line 1 (order {B})")),
        ("too much", 1, (f"order {B.upper()}",)),
    ]


def test_a_row_that_quarantine_lacks_is_missing(found):
    assert problems(found(**{QUARANTINE_TABLE: [QUARANTINED_NO_JSON]})) == [
        ("missing", 1, (f"{TWO} line 2 (order {C})",))
    ]
    assert problems(found(**{QUARANTINE_TABLE: [QUARANTINED_C]})) == [
        ("missing", 1, (f"{ONE} line 4 (no order id)",))
    ]


def test_a_row_that_quarantine_has_twice_is_too_much(found):
    ledger = found(**{QUARANTINE_TABLE: [*RIGHT[QUARANTINE_TABLE], QUARANTINED_C]})
    assert problems(ledger) == [("too much", 1, (f"{TWO} line 2 (order {C})",))]


def test_a_row_that_quarantine_has_changed_is_missing_and_too_much(found):
    changed = (*QUARANTINED_C[:3], "1", *QUARANTINED_C[4:])
    ledger = found(**{QUARANTINE_TABLE: [QUARANTINED_NO_JSON, changed]})
    assert [problem[:2] for problem in problems(ledger)] == [("missing", 1), ("too much", 1)]


def test_a_broken_record_does_not_pass_for_a_duplicate_of_the_order_in_silver(tables, spark, workspace):
    """Its order is in silver, so looking for the order alone would not notice that the record is gone."""
    broken = (A, "1", "101", "0", "2026-03-02 10:00:00", None, f"file:/landing/{ONE}", FIRST)
    tables.land(ONE, *LANDED[ONE], ORDER_A.replace('"quantity": 2', '"quantity": 0'))
    tables.hold(SILVER_TABLE, QUARANTINE_TABLE, **{BRONZE_TABLE: [*RIGHT[BRONZE_TABLE], broken]})
    ledger = balance(spark, workspace)
    assert problems(ledger) == [("missing", 1, (f"{ONE} line 6 (order {A})",))]
    assert "though they break a rule" in repr(ledger)
    tables.hold(**{QUARANTINE_TABLE: [*RIGHT[QUARANTINE_TABLE], (*broken, ["quantity_is_positive"])]})
    assert balance(spark, workspace).headline == (
        "balanced: 8 landed = 3 silver + 3 quarantined + 2 duplicates"
    )


def test_a_duplicate_that_is_in_quarantine_too_is_counted_twice(found):
    ledger = found(**{QUARANTINE_TABLE: [*RIGHT[QUARANTINE_TABLE], (*BRONZE["B"], ["is_old"])]})
    assert problems(ledger) == [("too much", 1, (f"{ONE} line 5 (order {B})",))]


def test_a_row_that_bronze_lost_is_named(found):
    without_b = [row for row in RIGHT[BRONZE_TABLE] if row is not BRONZE["B"]]
    ledger = found(**{BRONZE_TABLE: without_b})
    assert problems(ledger) == [("missing", 1, (f"{ONE} line 5 (order {B})",))]


def test_of_equal_records_it_is_not_known_which_one_bronze_lost(found):
    ledger = found(**{BRONZE_TABLE: list(BRONZE.values())})
    assert problems(ledger) == [("missing", 1, (f"{ONE} 1 of lines 1, 2 (order {A})",))]


def test_a_file_that_bronze_read_twice_is_too_much(found):
    again = [(*row[:-1], SECOND) for row in RIGHT[BRONZE_TABLE] if ONE in row[6]]
    ledger = found(**{BRONZE_TABLE: [*RIGHT[BRONZE_TABLE], *again]})
    kind, count, places = problems(ledger)[0]
    assert (kind, count) == ("too much", 4)
    assert f"{ONE} lines 1, 2 (order {A})" in places


def test_bronze_rows_of_a_file_that_did_not_land_are_too_much(found, workspace):
    (workspace.landing / TWO).unlink()
    kind, count, places = problems(found())[0]
    assert (kind, count, places[1]) == ("too much", 3, f"{TWO} (order {C}, no such line)")


def test_files_of_one_name_in_two_folders_are_two(tables, spark, workspace):
    in_folders(tables, workspace)
    ledger = balance(spark, workspace)
    assert ledger
    assert [batch.files for batch in ledger.batches] == ["monday/1.json", "monday/late/1.json"]
    (workspace.landing / "monday" / "late" / "2.json").write_text(f"{ORDER_A}\n")
    assert problems(balance(spark, workspace)) == [
        ("outstanding", 1, (f"monday/late/2.json line 1 (order {A})",))
    ]


def test_packed_files_are_counted(tables, spark, workspace):
    in_folders(tables, workspace)
    tables.hold(
        **{
            name: [tuple(packed(value) for value in row) for row in held(spark, name)]
            for name in LEDGER_TABLES
        }
    )
    for path in workspace.landing.rglob("*.json"):
        path.with_name("1.json.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    assert balance(spark, workspace)


def packed(value):
    return f"{value}.gz" if str(value).startswith("file:") else value


def held(spark, table):
    return spark.table(f"medallion.{table}").collect()


@pytest.mark.parametrize("path", ["monday", "monday/late", "monday/late/1.json", "."])
def test_orders_whose_files_are_gone_have_landed_all_the_same(tables, spark, workspace, path):
    in_folders(tables, workspace)
    place = workspace.landing / path
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    ledger = balance(spark, workspace)
    count, files = (
        (7, "monday/1.json, monday/late/1.json") if path in (".", "monday") else (3, "monday/late/1.json")
    )
    assert repr(ledger) == (
        "✓ balanced: 7 landed = 3 silver + 2 quarantined + 2 duplicates\n"
        f"{count} orders were landed and are gone from the folder: {files}; bronze has them"
    )
    assert "are gone from the folder" in ledger._repr_html_()


def test_what_silver_lost_of_a_file_that_is_gone_is_missed(tables, spark, workspace):
    in_folders(tables, workspace)
    shutil.rmtree(workspace.landing / "monday" / "late")
    tables.hold(**{SILVER_TABLE: [SILVER_A, SILVER_B]})
    assert problems(balance(spark, workspace)) == [
        ("missing", 1, (f"monday/late/1.json (order {D}, no such line)",))
    ]


def test_a_file_that_is_gone_and_was_read_twice_is_too_much(tables, spark, workspace):
    in_folders(tables, workspace)
    rows = [tuple(row) for row in held(spark, BRONZE_TABLE)]
    again = [(*row[:-1], SECOND) for row in rows if row[6].endswith("monday/1.json")]
    tables.hold(**{BRONZE_TABLE: [*rows, *again]})
    shutil.rmtree(workspace.landing)
    ledger = balance(spark, workspace)
    assert problems(ledger)[0][:2] == ("too much", 4)
    assert ledger.notes[0].startswith("7 orders were landed")


def test_one_order_that_is_gone_is_told_of_in_the_singular():
    assert told_of_gone([Line("1.json", 0, "", {})]) == [
        "1 order was landed and is gone from the folder: 1.json; bronze has them"
    ]
    assert told_of_gone([]) == []


def test_files_that_were_moved_away_can_be_named(tables, spark, workspace, tmp_path):
    moved = [path.rename(tmp_path / path.name) for path in sorted(workspace.landing.iterdir())]
    tables.hold(*LEDGER_TABLES)
    assert balance(spark, workspace, files=moved)


def test_a_file_that_no_stream_has_read_is_outstanding(tables, spark, workspace):
    tables.land("sales_000003.json", "", ORDER_A, "no JSON")
    tables.hold(*LEDGER_TABLES)
    ledger = balance(spark, workspace)
    assert problems(ledger) == [
        (
            "outstanding",
            2,
            (f"sales_000003.json line 2 (order {A})", "sales_000003.json line 3 (no order id)"),
        )
    ]
    assert (ledger.landed, ledger.in_bronze, len(ledger.batches)) == (9, 7, 2)


def test_while_streams_run_what_is_missing_is_outstanding(tables, spark, workspace, tmp_path):
    (tmp_path / "in").mkdir()
    query = spark.readStream.text(str(tmp_path / "in")).writeStream.format("noop").queryName("busy").start()
    try:
        tables.hold(BRONZE_TABLE, QUARANTINE_TABLE, **{SILVER_TABLE: [SILVER_A]})
        ledger = balance(spark, workspace)
    finally:
        query.stop()
    assert [(kind, count) for kind, count, _ in problems(ledger)] == [("outstanding", 3)]
    assert repr(ledger).endswith("still running: busy; wait_until_caught_up, then look again")


def test_a_silver_row_of_another_micro_batch_is_named(found):
    ledger = found(**{SILVER_TABLE: [SILVER_A, (*SILVER_B[:-1], FIRST), SILVER_D]})
    assert problems(ledger) == [("too much", 1, (f"order {B} (micro-batch 1, not 2)",))]
    assert [batch.is_balanced for batch in ledger.batches] == [False, False]


def test_of_equal_records_in_two_micro_batches_either_may_be_the_one_in_silver(tables, spark, workspace):
    tables.land("sales_000003.json", ORDER_A)
    copy = (*BRONZE["A"][:6], "file:/landing/sales_000003.json", SECOND)
    for load_time in (FIRST, SECOND):
        tables.hold(
            QUARANTINE_TABLE,
            **{
                BRONZE_TABLE: [*RIGHT[BRONZE_TABLE], copy],
                SILVER_TABLE: [(*SILVER_A[:-1], load_time), SILVER_B, SILVER_D],
            },
        )
        assert balance(spark, workspace)


def test_tables_that_are_not_there_are_named(tables, spark, workspace):
    ledger = balance(spark, workspace)
    assert [problem.places for problem in ledger.problems[:3]] == [(name,) for name in LEDGER_TABLES]
    assert problems(ledger)[3][:2] == ("outstanding", 7)


def test_nothing_landed_and_nothing_held_is_balanced(tables, spark, workspace):
    for path in workspace.landing.iterdir():
        path.unlink()
    tables.hold(**{name: [] for name in LEDGER_TABLES})
    assert (
        balance(spark, workspace).headline == "balanced: 0 landed = 0 silver + 0 quarantined + 0 duplicates"
    )


def test_many_places_are_named_in_part_and_counted(tables, spark, workspace):
    for number in range(3, 16):
        tables.land(f"sales_{number:06}.json", "no JSON")
    tables.hold(*LEDGER_TABLES)
    ledger = balance(spark, workspace)
    assert len(ledger.problems[0].places) == 13
    assert repr(ledger).count("(no order id)") == 10
    assert "sales_000012.json line 1 (no order id), and 3 more" in repr(ledger)


def test_what_a_notebook_shows_is_text_and_never_markup_from_the_data(found):
    page = found(**{SILVER_TABLE: [*RIGHT[SILVER_TABLE], ("<b>", *SILVER_A[1:])]})._repr_html_()
    assert "not balanced" in page and "&lt;b&gt;" in page and "<b>" not in page


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ('{"order_id": {"a": 1}}', ('{"a":1}', None)),
        ('{"ORDER_ID": [1.50]}', (None, '{"ORDER_ID": [1.5]}')),
        ('{"OrderId": true}', (None, '{"OrderId": true}')),
        ('{"order_id": "\\ud800"}', (None, '{"_corrupt_record": "{\\"order_id\\": \\"\\\\ud800\\"}"}')),
        ('{"order_id": " \\u00a0"}', (" \u00a0", None)),
        ('{"order_no": 12.50}', (None, '{"order_no": 12.50}')),
        ("{}", (None, None)),
    ],
)
def test_a_record_is_found_in_bronze_however_its_order_id_was_written(
    tables, spark, workspace, line, columns
):
    tables.land("sales_000003.json", line)
    order_id, rescued = columns
    row = (order_id, None, None, None, None, rescued, "file:/landing/sales_000003.json", SECOND)
    tables.hold(
        SILVER_TABLE,
        **{
            BRONZE_TABLE: [*RIGHT[BRONZE_TABLE], row],
            QUARANTINE_TABLE: [*RIGHT[QUARANTINE_TABLE], (*row, ["order_id_is_uuid"])],
        },
    )
    assert balance(spark, workspace)


@given(
    kept=st.tuples(*(st.sets(st.sampled_from(range(size))) for size in (7, 3, 2))),
    doubled=st.tuples(*(st.none() | st.sampled_from(range(size)) for size in (7, 3, 2))),
)
def test_only_tables_that_hold_every_row_once_are_balanced(tables, spark, workspace, kept, doubled):
    """Equal rows may stand for one another; else each row that is taken away or doubled is noticed."""
    wrong = {}
    for name, numbers, extra in zip(LEDGER_TABLES, kept, doubled, strict=True):
        rows = [RIGHT[name][number] for number in sorted(numbers)]
        wrong[name] = rows + ([RIGHT[name][extra]] if extra is not None else [])
    tables.hold(**wrong)
    is_right = all(sorted(map(str, wrong[name])) == sorted(map(str, RIGHT[name])) for name in LEDGER_TABLES)
    ledger = balance(spark, workspace)
    assert bool(ledger) == is_right
    assert is_right or ledger.problems, "what is not balanced is named"
