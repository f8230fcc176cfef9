"""What readers do by mistake: either it works, or a sentence says what to do, and nothing is spoilt by it."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from tests.misuse.playing import code_cells, play, unclear
from tools.contents import ROOT, chapters

# The first chapter of all, an exact one, and one whose files change under it.
THREE = [page for page in chapters() if page.stem in ("introduction", "silver", "schema_drift")]
CLOCK_WENT_BACK = """
import os, time
for landed in lab.workspace.landing.iterdir():
    if landed.is_file():
        os.utime(landed, (time.time() + 86_400,) * 2)
"""


def by_name(pages):
    return pytest.mark.parametrize("page", pages, ids=lambda page: page.stem)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path / "home"


def assert_right(page, folder=None):
    """The whole page, from the top, as it was meant: each assert of it holds."""
    assert play(code_cells(page), folder=folder or page.parent) == []


@by_name(chapters())
def test_a_cell_is_skipped(page):
    cells = code_cells(page)
    third = len(cells) // 3
    errors = play(cells[:third] + cells[third + 1 :], folder=page.parent)
    assert unclear(errors) == []
    assert_right(page)


@by_name(chapters())
def test_the_kernel_is_restarted_half_way(page):
    cells = code_cells(page)
    assert play(cells, folder=page.parent, interrupted_after=len(cells) // 2) == []
    assert_right(page)


@by_name(THREE)
def test_cells_run_in_reverse(page):
    assert unclear(play(code_cells(page)[::-1], folder=page.parent)) == []
    assert_right(page)


@by_name(THREE)
def test_a_stream_is_forgotten(page):
    cells = [cell for cell in code_cells(page) if "lab.close()" not in cell.source]
    assert play(cells, folder=page.parent) == []
    assert_right(page)


@by_name(THREE)
def test_the_notebook_was_copied_elsewhere(page, tmp_path):
    shutil.copy(page, tmp_path)
    assert_right(tmp_path / page.name, folder=tmp_path)


@by_name(THREE)
def test_the_clock_goes_back_while_files_land(page):
    cells = code_cells(page)
    opened = next(number for number, cell in enumerate(cells) if "open_lab(" in cell.source)
    middle = (opened + 1 + len(cells)) // 2
    changed = nbformat.v4.new_code_cell(CLOCK_WENT_BACK)
    errors = play([*cells[:middle], changed, *cells[middle:]], folder=page.parent)
    assert [error for error in errors if error[0] != CLOCK_WENT_BACK] == []


@by_name(THREE)
def test_two_notebooks_on_one_workspace(page, home):
    cells = code_cells(page)
    opened = next(number for number, cell in enumerate(cells) if "open_lab(" in cell.source)
    # The other kernel holds the workspace until it has read a line.
    script = "\n".join(cell.source for cell in cells[: opened + 1]) + "\nprint('open', flush=True); input()\n"
    other = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=page.parent,
    )
    try:
        assert any("open" in line for line in other.stdout)
        errors = play(cells, folder=page.parent)
        assert errors[0][1] == "WorkspaceInUseError" and unclear(errors) == []
        other.communicate("\n", timeout=120)
    finally:
        other.kill()
    assert other.returncode == 0
    assert_right(page)


def hindered(page, tmp_path, *arguments):
    report = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-m", "tests.misuse.playing", str(page), str(report), *arguments],
        check=True,
        cwd=ROOT,
        env=dict(os.environ),
    )
    return json.loads(report.read_text())


@by_name(THREE)
def test_there_is_no_network(page, tmp_path):
    assert hindered(page, tmp_path, "--no-network")["hindered"] == []


@by_name(THREE)
def test_the_disk_is_full_for_a_while(page, tmp_path):
    reports = hindered(page, tmp_path, "--disk-mb", "1")
    assert reports["hindered"] != []
    assert unclear(reports["hindered"]) == []
    assert reports["after"] == []
