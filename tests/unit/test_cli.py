import io
import os
import subprocess
import sys

from rich.console import Console
from typer.testing import CliRunner

from medallion_lab.cli import app
from medallion_lab.demo import run_demo
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
