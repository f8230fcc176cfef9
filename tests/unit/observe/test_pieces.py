"""What a pipeline says when a part of its workspace was deleted between two sessions."""

import shutil

import pytest

from medallion_lab import open_lab
from medallion_lab.errors import BrokenTableError, CheckpointError
from medallion_lab.observe.ledger import balance
from medallion_lab.observe.oracle import compare
from medallion_lab.observe.pieces import require_pieces
from medallion_lab.observe.streams import PIPELINE_ORDER
from medallion_lab.runtime.workspace import Workspace

LOST, TORN = "and no checkpoint of", ", of which a part is gone"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A home in which the exact pipeline has run, and in which no lab is open."""
    home = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDALLION_LAB_HOME", str(home))
        with open_lab("test") as lab:
            lab.shop.land(10, faults={"malformed_line": 2})
            lab.start_pipeline(exact=True, available_now=True)
    return home


@pytest.fixture
def copy(run, tmp_path):
    shutil.copytree(run, tmp_path / "home", copy_function=shutil.copy)
    workspace = Workspace("test", home=tmp_path / "home")
    yield workspace
    workspace.close()


def refused(workspace, *, exact=True):
    """The first stream that is refused, and what was found; None if all may start."""
    for name in PIPELINE_ORDER:
        try:
            require_pieces(workspace, name, exact=exact)
        except (BrokenTableError, CheckpointError) as error:
            return name, error.got.replace(str(workspace.path), "")
    return None


def test_what_is_whole_may_start_and_so_may_what_has_never_run(copy, tmp_path):
    assert refused(copy) is None
    new = Workspace("new", home=tmp_path)
    assert refused(new) is None and refused(new, exact=False) is None
    new.close()


@pytest.mark.parametrize(
    ("gone", "answer"),
    [
        ("checkpoints/bronze", f"bronze, bronze_sales_tbl with rows, {LOST} bronze"),
        ("checkpoints", f"bronze, bronze_sales_tbl with rows, {LOST} bronze"),
        ("checkpoints/bronze/offsets", f"bronze, /checkpoints/bronze{TORN}"),
        ("checkpoints/bronze/sources", f"bronze, /checkpoints/bronze{TORN}"),
        ("checkpoints/bronze/sources/0/0", f"bronze, /checkpoints/bronze{TORN}"),
        ("checkpoints/silver/metadata", f"silver, /checkpoints/silver{TORN}"),
        ("checkpoints/silver", f"silver, quarantine_sales_tbl with rows, {LOST} silver"),
        ("checkpoints/gold", None),
        ("tables/bronze_sales_tbl", "bronze, no table bronze_sales_tbl in /tables"),
        ("tables/silver_sales_tbl", "silver, no table silver_sales_tbl in /tables"),
        ("tables/silver_sales_tbl/_delta_log", "silver, no table silver_sales_tbl in /tables"),
        ("tables/quarantine_sales_tbl", "silver, no table quarantine_sales_tbl in /tables"),
        ("tables/gold_revenue_tbl", "gold, no table gold_revenue_tbl in /tables"),
        ("tables", "bronze, no table bronze_sales_tbl in /tables"),
        ("tables checkpoints", None),
        ("tables/gold_sales_tbl tables/gold_revenue_tbl checkpoints/gold", None),
        ("tables/bronze_sales_tbl checkpoints/bronze", "silver, no table bronze_sales_tbl in /tables"),
        ("landing schemas answer_key", None),
    ],
)
def test_what_would_lose_rows_or_double_them_is_refused(copy, gone, answer):
    for name in gone.split():
        path = copy.path / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = refused(copy)
    assert found is None if answer is None else ", ".join(found).startswith(answer)


@pytest.mark.parametrize(
    ("gone", "name"), [("checkpoints/silver", "silver"), ("tables/silver_sales_tbl", "silver")]
)
def test_the_simple_form_doubles_silver(copy, gone, name):
    assert refused(copy, exact=False) is None
    shutil.rmtree(copy.path / gone)
    assert refused(copy, exact=False)[0] == name


def test_a_table_whose_log_begins_later_is_taken_as_it_is(copy):
    (copy.tables / "bronze_sales_tbl" / "_delta_log" / f"{0:020}.json").unlink()
    assert refused(copy) is None


def in_the_lab(run, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_HOME", str(run))
    return open_lab("test", fresh=False)


def test_a_lab_refuses_to_start_and_nothing_is_changed(run, monkeypatch):
    notes = (run / "test" / "checkpoints" / "bronze").rename(run / "notes")
    with in_the_lab(run, monkeypatch) as lab:
        for start in (lambda: lab.start_pipeline(exact=True), lambda: lab.start_stream("bronze")):
            with pytest.raises(
                CheckpointError, match="bronze_sales_tbl with rows, and no checkpoint of bronze"
            ):
                start()
        assert not lab.spark.streams.active
        assert not (lab.workspace.checkpoints / "bronze").exists()
        notes.rename(lab.workspace.checkpoints / "bronze")
        lab.shop.land(4)
        lab.start_pipeline(exact=True, available_now=True)
        assert lab.spark.table("bronze_sales_tbl").count() == 14
        assert balance(lab.spark, lab.workspace)


def test_what_may_start_is_right_afterwards(run, monkeypatch):
    shutil.rmtree(run / "test" / "checkpoints" / "gold")
    with in_the_lab(run, monkeypatch) as lab:
        lab.start_pipeline(exact=True, available_now=True)
        assert compare(lab.spark, lab.workspace)
    for room in ("tables", "checkpoints"):
        shutil.rmtree(run / "test" / room)
    with in_the_lab(run, monkeypatch) as lab:
        lab.start_pipeline(exact=True, available_now=True)
        assert balance(lab.spark, lab.workspace) and compare(lab.spark, lab.workspace)
