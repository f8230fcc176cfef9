"""The exact pipeline against the oracle, which works everything out again from the landed files alone."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion_lab import open_lab
from medallion_lab.errors import MixedFormsError
from medallion_lab.observe import ledger, oracle
from medallion_lab.shop import Shop
from medallion_lab.shop.faults import FAULTS

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


@pytest.mark.parametrize("exact", [True, False])
def test_a_workspace_holds_one_form_and_refuses_the_other_with_nothing_changed(lab, exact):
    lab.shop.land(3)
    lab.start_pipeline(exact=exact, available_now=True)
    before = sorted(lab.workspace.path.rglob("*"))
    with pytest.raises(MixedFormsError, match=f"start_pipeline\\(exact={exact}\\)"):
        lab.start_pipeline(exact=not exact)
    assert sorted(lab.workspace.path.rglob("*")) == before


def arriving_lines(place, *, seed, faults):
    """Return the lines of two files; the second has these faults, among them copies of the first's orders."""
    shop = Shop(place / "landing", seed=seed, answer_key=place / "answer_key")
    for folder in (shop.landing, shop.answer_key):
        folder.mkdir(parents=True)
    shop.land(6)
    shop.land(14, faults={name: 1 for name in sorted(faults)})
    return [line for file in shop.files() for line in file.read_text().splitlines()]


@settings(max_examples=2)
@given(
    seed=st.integers(0, 999),
    faults=st.sets(st.sampled_from(sorted(MIX)), min_size=4, max_size=12),
    data=st.data(),
)
def test_any_order_of_arrival_and_any_split_into_files_batches_and_runs_gives_the_same_tables(
    home, tmp_path_factory, seed, faults, data
):
    """Conservation, order independence, repeated deliveries, restarts, and oracle = tables."""
    lines = arriving_lines(tmp_path_factory.mktemp("shop"), seed=seed, faults=faults)
    results = []
    for name in ("one_arrival", "another_arrival"):
        arriving = data.draw(st.permutations(lines), label="arriving")
        cuts = sorted(data.draw(st.sets(st.integers(1, len(lines) - 1), max_size=4), label="cuts"))
        run_after = data.draw(st.integers(0, len(cuts)), label="run_after")
        files_per_batch = data.draw(st.sampled_from([1, 2, 1000]), label="files_per_batch")
        with open_lab(name, seed=seed) as lab:
            for number, (begin, end) in enumerate(zip([0, *cuts], [*cuts, len(lines)], strict=True)):
                lab.shop.land_lines(list(arriving[begin:end]))
                if number == run_after:
                    lab.start_pipeline(exact=True, available_now=True, files_per_batch=files_per_batch)
            lab.shop.land_again(data.draw(st.sampled_from(lab.shop.files()), label="delivered twice"))
            lab.start_pipeline(exact=True, available_now=True, files_per_batch=files_per_batch)
            assert_exact(lab)
            results.append(tables(lab))
    assert results[0] == results[1]
