import json

import pytest

from medallion_lab.errors import RunRecordError
from medallion_lab.observe.run import Batch, Flow, Run, Source, Step, Stream, Written, load_run

FLOW = Flow(files=2, landed=20, bronze=15, read_by_silver=10, silver=7, quarantine=1, read_by_gold=6, gold=4)


def a_run():
    source = Source("landing", "null", '{"logOffset": 0}', 10, ("sales_000001.json",))
    written = Written("bronze_sales_tbl", 1, "STREAMING UPDATE", None)
    batch = Batch(
        "bronze", 0, "2026-03-02 10:00:00", 10, 10, 20.0, 0.5, (0.1, 0.1, 0.2, 0.1), (source,), (written,)
    )
    stream = Stream(
        "bronze",
        ("bronze_sales_tbl",),
        "idle",
        "",
        0,
        10,
        10,
        20.0,
        0.5,
        (0.5,),
        batch.parts,
        "",
        None,
        None,
        None,
        1,
        "files",
    )
    step = Step("bronze, micro-batch 0: 10 rows read", (stream,), FLOW, batch)
    return Run("test", (step,), Step("bronze is idle", (stream,), FLOW, None))


def test_every_landed_row_is_somewhere():
    assert (FLOW.waiting_for_bronze, FLOW.waiting_for_silver, FLOW.duplicates, FLOW.waiting_for_gold) == (
        5,
        5,
        2,
        1,
    )
    assert FLOW.landed == (
        FLOW.waiting_for_bronze + FLOW.waiting_for_silver + FLOW.silver + FLOW.quarantine + FLOW.duplicates
    )


def test_a_saved_run_is_read_back_as_it_was(tmp_path):
    assert load_run(a_run().save(tmp_path / "run.json")) == a_run()


def test_a_record_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunRecordError, match="could not be written"):
        a_run().save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        json.dumps({"format": 99, "run": {}}),
        json.dumps({"format": 1, "run": {"name": "test"}}),
        json.dumps({"format": 1, "run": {"name": 7, "steps": [], "now": {}}}),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_its_name(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(RunRecordError, match=r"other\.json, which does not read as a record of a run"):
        load_run(tmp_path / "other.json")


def test_a_record_that_is_not_there_is_refused_too(tmp_path):
    with pytest.raises(RunRecordError, match=r"none\.json"):
        load_run(tmp_path / "none.json")
