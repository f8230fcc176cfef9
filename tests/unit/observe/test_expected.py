import json
import random
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.observe import landed
from medallion_lab.observe.expected import recompute
from medallion_lab.runtime.workspace import GOLD_FEATURES_TABLE
from medallion_lab.shop.orders import as_json_lines, make_orders
from tests.unit.observe.tables import MONDAY, ONE, RIGHT, TUESDAY, TWO, A, B, D, order


def expected_of(tmp_path, *files):
    """Land each list of records as a file and recompute."""
    paths = []
    for number, records in enumerate(files, start=1):
        paths.append(tmp_path / f"sales_{number:06}.json")
        paths[-1].write_text("".join(json.dumps(record) + "\n" for record in records))
    return recompute(paths)


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
