"""The exact pipeline against the oracle, which works everything out again from the landed files alone."""

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from medallion_lab import open_lab
from medallion_lab.observe import ledger, oracle
from medallion_lab.shop.faults import FAULTS
from medallion_lab.shop.orders import as_json_lines, make_orders

MIX = {
    "duplicate_in_file": 1,
    "duplicate_of_earlier_file": 1,
    "late": 1,
    "future": 1,
    "malformed_line": 1,
    "missing_field": 1,
    "wrong_type": 1,
    "unknown_customer": 1,
    "unknown_product": 1,
    "non_positive_quantity": 1,
    "messy_format": 2,
    "new_column": 1,
    "renamed_column": 1,
    "key_case": 1,
    "correction": 1,
}


def run(lab):
    lab.start_pipeline(exact=True, available_now=True)


def assert_exact(lab):
    differences = oracle.compare(lab.spark, lab.workspace)
    assert differences, str(differences)
    book = ledger.balance(lab.spark, lab.workspace)
    assert book, str(book)


def tables(lab):
    """Return what silver and gold hold, without the moments of loading."""
    names = ("silver_sales_tbl", "gold_sales_tbl", "gold_revenue_tbl", "gold_customer_features_tbl")
    frames = [lab.spark.table(name).drop("load_time") for name in names]
    return [sorted(map(str, frame.collect())) for frame in frames]


def test_a_week_with_every_fault_ends_as_the_oracle_says_and_again_after_a_second_run(lab):
    assert set(MIX) | {"redelivered_file"} == {fault.name for fault in FAULTS}
    lab.shop.land(30)
    run(lab)
    lab.shop.land(40, faults=MIX)
    lab.shop.land_again(lab.shop.files()[0])
    run(lab)
    assert_exact(lab)
    before = tables(lab)
    run(lab)
    assert tables(lab) == before


def test_a_correction_takes_the_place_of_its_order_in_silver_and_moves_its_pieces_in_gold(lab):
    order = {
        "order_id": "8cb147ce-5e1c-40b5-a8c7-ad0f9baec673",
        "customer_id": 1,
        "product_id": 101,
        "quantity": 5,
        "order_timestamp": "2026-03-02 10:00:00",
    }
    later = order | {"quantity": 2, "customer_id": 2, "order_timestamp": "2026-03-03 09:00:00"}
    lab.shop.land_lines([json.dumps(order)])
    run(lab)
    lab.shop.land_lines([json.dumps(later)])
    run(lab)
    rows = lab.spark.table("gold_sales_tbl").collect()
    assert [(row.region, str(row.order_date), row.total_quantity) for row in rows] == [
        ("South", "2026-03-03", 2)
    ], "the group that lost its only order is gone"
    lab.shop.land_lines([json.dumps(order)])
    run(lab)
    assert_exact(lab)


def spoilt_lines(seed):
    """Return good lines, copies, cut-off ones, broken ones, and some under another name."""
    dice = random.Random(seed)
    good = as_json_lines(make_orders(12, seed=seed, file_number=1))
    copies = dice.choices(good, k=4)
    cut_off = [line[: dice.randint(1, 60)] for line in good[:2]]
    negative = [line.replace('"quantity": ', '"quantity": -') for line in good[2:4]]
    renamed = [line.replace('"quantity"', '"QTY"') for line in good[4:6]]
    later = [line.replace("2026-03-02", "2026-03-04") for line in good[6:8]]
    return [*good, *copies, *cut_off, *negative, *renamed, *later]


@settings(max_examples=1)
@given(seed=st.integers(0, 999), data=st.data())
def test_any_order_of_arrival_and_any_split_into_files_and_runs_gives_the_same_tables(home, seed, data):
    """Conservation, order independence, restarts, and oracle = tables, for lines spoilt at random."""
    lines, results = spoilt_lines(seed), []
    for name in ("one_arrival", "another_arrival"):
        arriving = data.draw(st.permutations(lines), label="arriving")
        cuts = sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=4), label="cuts"))
        run_after = data.draw(st.integers(0, len(cuts)), label="run_after")
        with open_lab(name, seed=seed) as lab:
            for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(lines)], strict=True)):
                lab.shop.land_lines(list(arriving[begin:end]))
                if number == run_after:
                    run(lab)
            run(lab)
            assert_exact(lab)
            results.append(tables(lab))
    assert results[0] == results[1]
