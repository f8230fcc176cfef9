"""What is deleted by hand while the pipeline runs: one clear sentence, and no row is lost or there twice."""

import bz2
import gzip
import shutil
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException

from medallion_lab.errors import BrokenTableError, CheckpointError
from medallion_lab.observe.ledger import balance
from medallion_lab.observe.oracle import compare
from medallion_lab.observe.streams import wait_until_caught_up


def ended_with(query):
    """The error that comes to whoever waits for this stream's end, without the name of its module."""
    with pytest.raises(StreamingQueryException) as raised:
        query.awaitTermination(60)
    return str(raised.value).removeprefix("medallion_lab.errors.")


@pytest.mark.parametrize("slip", [shutil.rmtree, lambda folder: folder.rename(folder.with_name("yesterday"))])
def test_a_landing_folder_that_is_gone_ends_bronze_and_the_next_file_makes_it_anew(lab, slip):
    lab.shop.land(5)
    queries = lab.start_pipeline(exact=True)
    wait_until_caught_up(*queries)
    slip(lab.workspace.landing)
    assert ended_with(queries[0]).startswith(
        f"LandingNotFoundError: Got: {lab.workspace.landing}, which was deleted"
    )
    bronze = lab.recorder.wait().now.streams[0]
    assert (bronze.state, bronze.error[:26]) == ("failed", "LandingNotFoundError: Got:")
    lab.shop.land(4)
    wait_until_caught_up(lab.start_stream("bronze"), *queries[1:])
    assert lab.spark.table("silver_sales_tbl").count() == 9
    flow = lab.recorder.wait().now.flow
    assert (flow.files, flow.landed, flow.bronze, flow.waiting_for_bronze) == (2, 9, 9, 0)
    ledger = balance(lab.spark, lab.workspace)
    assert ledger and ledger.notes[0].startswith(
        "5 orders were landed and are gone from the folder: sales_000001.json"
    )
    assert compare(
        lab.spark, lab.workspace, tables=["silver_sales_tbl", "quarantine_sales_tbl", "gold_sales_tbl"]
    )


@pytest.mark.parametrize(
    ("gone", "stream", "error"),
    [
        ("tables/bronze_sales_tbl", 0, BrokenTableError),
        ("checkpoints/silver", 1, CheckpointError),
        ("tables/gold_revenue_tbl", 2, BrokenTableError),
    ],
)
def test_a_table_or_a_checkpoint_that_is_gone_ends_its_stream_and_it_does_not_start_anew(
    lab, gone, stream, error
):
    lab.shop.land(5, faults={"malformed_line": 1})
    queries = lab.start_pipeline(exact=True)
    wait_until_caught_up(*queries)
    shutil.rmtree(lab.workspace.path / gone)
    text = f"{error.__name__}: Got: {lab.workspace.path / gone}, which was deleted"
    assert ended_with(queries[stream]).startswith(text)
    lab.shop.land(4)
    with pytest.raises(error):
        lab.start_pipeline(exact=True)
    with pytest.raises(error):
        lab.start_stream(queries[stream].name)


def test_a_file_that_was_renamed_after_it_was_read_is_another_file_for_streams_and_ledger(lab):
    landed = lab.shop.land(5).path
    lab.start_pipeline(exact=True, available_now=True)
    landed.rename(landed.with_name("old.json"))
    ledger = balance(lab.spark, lab.workspace)
    assert [(problem.kind, problem.count) for problem in ledger.problems] == [("outstanding", 5)]
    lab.start_pipeline(exact=True, available_now=True)
    ledger = balance(lab.spark, lab.workspace)
    assert ledger.headline == "balanced: 10 landed = 5 silver + 0 quarantined + 5 duplicates"
    assert ledger.notes[0].startswith("5 orders were landed and are gone from the folder: sales_000001.json;")
    assert compare(lab.spark, lab.workspace)


def test_packed_files_and_files_in_folders_are_read_and_counted(lab):
    for number, name in enumerate(("a/1.json", "b/1.json", "a/2.json.gz", "3.json.bz2"), start=1):
        (lab.workspace.landing / name).parent.mkdir(exist_ok=True)
        landed = lab.shop.land(number).path
        pack = {".gz": gzip.compress, ".bz2": bz2.compress}.get(Path(name).suffix, bytes)
        (lab.workspace.landing / name).write_bytes(pack(landed.read_bytes()))
        landed.unlink()
    lab.start_pipeline(exact=True, available_now=True)
    assert lab.spark.table("bronze_sales_tbl").count() == 10
    ledger = balance(lab.spark, lab.workspace)
    assert (ledger.headline, ledger.notes) == (
        "balanced: 10 landed = 10 silver + 0 quarantined + 0 duplicates",
        (),
    )
    assert compare(lab.spark, lab.workspace)
    flow = lab.recorder.wait().now.flow
    assert (flow.files, flow.landed, flow.bronze) == (4, 10, 10)


def test_records_of_every_kind_are_judged_of_bronze_as_they_were_of_their_file(lab):
    kinds = {"messy_format": 6, "renamed_column": 2, "key_case": 2, "missing_field": 2, "malformed_line": 2,
             "unknown_customer": 2, "wrong_type": 2, "new_column": 2, "duplicate_in_file": 2}  # fmt: skip
    lab.shop.land(30, faults=kinds)
    odd = ['{"_file_path": "mine", "quantity": 2}', '{"order_id": {"a": 1}}', "[1, 2]", '{"quantity": 1.50}']
    (lab.workspace.landing / "odd.json").write_bytes("\n".join(odd).encode() + b"\nhalf \xff\n{}\n")
    lab.start_pipeline(exact=True, available_now=True)
    before = balance(lab.spark, lab.workspace)
    assert before and compare(lab.spark, lab.workspace)
    shutil.rmtree(lab.workspace.landing)
    after = balance(lab.spark, lab.workspace)
    assert (after.headline, after.batches) == (before.headline, before.batches)
    assert compare(lab.spark, lab.workspace)
