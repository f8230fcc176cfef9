import io
import os
import subprocess
import sys

import pytest
from rich.console import Console
from typer.testing import CliRunner

from medallion_lab import bookshelf, cli
from medallion_lab.bookshelf import FIRST_PAGE
from medallion_lab.classroom.progress import note_try
from medallion_lab.cli import app
from medallion_lab.demo import run_demo
from medallion_lab.runtime.places import cache_folder
from medallion_lab.runtime.workspace import Workspace, list_workspaces

run = CliRunner().invoke


def command(*arguments, **surroundings):
    return subprocess.run(
        [sys.executable, "-m", "medallion_lab", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **surroundings},
    )


def test_the_demo_shows_gold_before_and_after_and_cleans_up(home):
    page = io.StringIO()
    run_demo(Console(file=page, width=100))
    shown = page.getvalue()
    assert "bronze 10 rows → silver 10 rows" in shown
    assert "bronze 40 rows → silver 40 rows" in shown
    assert "Stream gold: running" in shown
    assert "Stopped: bronze, silver, gold." in shown
    assert list_workspaces() == []


def test_the_exact_demo_sets_spoilt_orders_aside_and_its_ledger_is_balanced(home):
    page = io.StringIO()
    run_demo(Console(file=page, width=100), exact=True)
    assert "✓ balanced: 41 landed = 37 silver + 3 quarantined + 1 duplicate" in page.getvalue()


def test_doctor_ends_well_on_a_machine_that_is_set_up(home):
    assert run(app, ["doctor"]).exit_code == 0


def test_doctor_ends_with_status_1_when_something_is_missing(home, tmp_path):
    result = command("doctor", MEDALLION_LAB_CACHE=str(tmp_path / "empty"))
    assert result.returncode == 1
    assert "✗ missing  Delta's jars: 7 of 7" in result.stdout


def test_an_error_is_three_lines_and_no_traceback():
    result = command("demo", MEDALLION_LAB_HOME="/dev/null/home")
    assert result.returncode == 1
    assert "NotWritableError\nGot: " in result.stderr
    assert "Traceback" not in result.stderr


def test_progress_shows_what_was_tried_and_solved(home):
    note_try("silver", "repair", solved=False)
    note_try("silver", "repair", solved=True)
    note_try("silver", "build", solved=False)
    lines = [line.split("│") for line in run(app, ["progress"]).output.splitlines() if "silver" in line]
    said = {cells[2].strip(): cells[3].strip() for cells in lines}
    assert said == {"predict": "not tried", "repair": "solved (2 tries)", "build": "1 try"}


def test_progress_that_does_not_read_is_told_where_it_was_put(home):
    assert "could not be read" not in run(app, ["progress"]).output
    home.mkdir()
    (home / "progress.json").write_text("{")
    for _ in "12":
        said = "".join(run(app, ["progress"]).output.split())
        assert (
            f"put aside as {home / 'progress.broken.json'}, and a new one is begun.".replace(" ", "") in said
        )


def test_clean_lists_and_removes_nothing_by_itself(home):
    Workspace("bronze").close()
    assert "bronze" in run(app, ["clean"]).output
    assert list_workspaces() == ["bronze"]


def test_clean_asks_before_it_removes(home):
    Workspace("bronze").close()
    assert run(app, ["clean", "bronze"], input="n\n").exit_code == 1
    assert list_workspaces() == ["bronze"]
    assert run(app, ["clean", "bronze"], input="y\n").exit_code == 0
    assert list_workspaces() == []


def test_clean_all_touches_only_what_the_lab_made(home):
    (home / "photos").mkdir(parents=True)
    (home / "photos" / "holiday.jpg").write_text("precious")
    Workspace("bronze").close()
    assert run(app, ["clean", "--all", "--yes"]).exit_code == 0
    assert [path.name for path in home.iterdir()] == ["photos"]


def test_clean_with_an_unknown_name_says_which_there_are(home):
    Workspace("bronze").close()
    result = run(app, ["clean", "silver", "--yes"])
    assert result.exit_code == 2
    assert "bronze" in result.output


# ---------------------------------------------------------------- the fast start, and the book
@pytest.fixture
def without_archive(home, tmp_path, monkeypatch):
    """A machine without the fast start; what would train it is noted, for it takes a minute."""
    archive, trained = tmp_path / "cache" / "fast-start.jsa", []

    def train(path, *, java, workload):
        trained.append(workload)
        path.parent.mkdir(exist_ok=True)
        path.write_text("classes")
        return True

    monkeypatch.setattr(cli, "current_archive", lambda: archive)
    monkeypatch.setattr(cli, "build_archive", train)
    return trained


@pytest.fixture
def opened(monkeypatch):
    """What became JupyterLab: the folder and how."""
    calls = []
    monkeypatch.setattr(cli, "become_jupyter", lambda folder, **how: calls.append((folder, how)))
    return calls


def test_setup_makes_the_fast_start_once(without_archive):
    assert "each Spark starts seconds sooner" in run(app, ["setup"]).output
    assert "there already" in run(app, ["setup"]).output
    assert without_archive == [["-m", "medallion_lab", "demo", "--twice"]]


def test_setup_leaves_the_fast_start_to_who_opens_a_lab(without_archive):
    result = run(app, ["setup", "--without-fast-start"])
    assert result.exit_code == 0 and "is left out" in result.output
    assert without_archive == []


def test_lab_copies_the_chapters_makes_the_fast_start_and_opens_them(tmp_path, without_archive, opened):
    result = run(app, ["lab", str(tmp_path / "copy"), "--no-browser", "--port", "9000"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "copy" / FIRST_PAGE).is_file()
    assert len(without_archive) == 1
    assert opened == [(tmp_path / "copy", {"browser": False, "port": 9000})]


def test_lab_without_a_folder_says_where_the_copy_is(tmp_path, monkeypatch, without_archive, opened):
    # What is in the usual cache stays in use.
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(cache_folder()))
    monkeypatch.setenv("HOME", str(tmp_path))
    result = run(app, ["lab", "--without-fast-start"])
    assert f"Your copy of the chapters is {tmp_path / 'medallion-lab-book'}" in result.output
    assert without_archive == [] and opened[0][1] == {"browser": True, "port": None}


def test_lab_names_each_file_that_needs_a_look(tmp_path, without_archive, opened, monkeypatch):
    run(app, ["lab", str(tmp_path / "copy")])
    (tmp_path / "copy" / FIRST_PAGE).write_text("mine")
    newer = tmp_path / "newer"
    (newer / FIRST_PAGE).parent.mkdir(parents=True)
    (newer / FIRST_PAGE).write_text("newer")
    monkeypatch.setattr(bookshelf, "chapters_folder", lambda: newer)
    shown = run(app, ["lab", str(tmp_path / "copy")]).output
    assert "Files that you changed, and that are as you left them: 1" in shown
    assert (
        f"{FIRST_PAGE} is yours; the book's new version is beside it: foundations/introduction.new" in shown
    )
    assert "index.md is no longer in the book; it stays" in shown
    assert (tmp_path / "copy" / FIRST_PAGE).read_text() == "mine"


def test_lab_in_a_strangers_folder_changes_nothing_and_opens_nothing(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_text("precious")
    result = command("lab", str(tmp_path / "photos"))
    assert result.returncode == 1 and "ForeignFolderError\nGot: " in result.stderr
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["holiday.jpg"]


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A package with which the built pages came along."""
    page = tmp_path / "medallion_lab" / "_book" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<h1>Medallion Lab</h1>")
    monkeypatch.setattr(bookshelf, "PACKAGE", tmp_path / "medallion_lab")
    return page


@pytest.mark.parametrize("answers", [True, False])
def test_book_opens_the_built_pages_and_says_where_they_are(built, monkeypatch, answers):
    asked = []
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: asked.append(address) or answers)
    result = run(app, ["book"])
    assert asked == [built.as_uri()]
    assert str(built) in result.output
    assert ("No browser answered" in result.output) is not answers


def test_book_without_a_browser_only_says_where_the_pages_are(built, monkeypatch):
    monkeypatch.setattr(cli.webbrowser, "open", lambda address: pytest.fail("a browser was asked"))
    assert run(app, ["book", "--no-browser"]).output.strip() == f"The book: {built}"


def test_book_without_built_pages_says_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setattr(bookshelf, "PACKAGE", tmp_path / "medallion_lab")
    result = run(app, ["book"])
    assert result.exit_code == 1
    assert "make html" in result.exception.next_step and "medallion-lab lab" in result.exception.next_step
