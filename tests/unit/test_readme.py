"""The README, and what it promises: files that are there, commands that exist, figures that were measured."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from medallion_lab.cli import app
from tests.benchmarks.page import README, around, telling
from tests.unit.reference.stored_figures import STORED

ROOT = Path(__file__).parents[2]
TEXT = README.read_text(encoding="utf-8")
# Text and target of each picture, in Markdown or with a width of its own in HTML.
PICTURES = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", TEXT) + [
    (alt, source) for source, alt in re.findall(r'<img src="([^"]+)"[^>]* alt="([^"]*)">', TEXT)
]


def test_it_shows_its_pictures_and_says_what_is_on_them():
    assert {target for _, target in PICTURES} == {"book/figures/cover.svg", ".github/readme.png"}
    for alt, target in PICTURES:
        assert (ROOT / target).is_file(), target
        assert len(alt) >= 30, f"say what {target} shows"


def test_its_still_is_small_enough_for_every_clone():
    assert (ROOT / ".github" / "readme.png").stat().st_size <= 300 * 1024


def test_its_links_lead_to_files_that_are_there():
    targets = [target for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", TEXT) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []


def test_its_ratios_are_those_that_were_measured():
    _, shown, _ = around(TEXT, "benchmark", file=README.name)
    assert shown.strip() == telling(STORED)
    assert len(re.findall(r"^- \*\*× \d", shown, flags=re.MULTILINE)) == 3


def test_a_reader_meets_the_clone_and_the_two_commands_before_any_heading():
    top = TEXT.partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", top, flags=re.MULTILINE | re.DOTALL)
    assert [line.split("#")[0].strip() for line in blocks[-1].splitlines()] == ["make book", "make test"]
    assert "Two commands" in top
    assert "git clone" in top.partition("make book")[0]


def test_it_fits_where_a_reader_decides_whether_to_go_on():
    assert len(TEXT.splitlines()) <= 65


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_target_of_make_that_a_page_names_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z][a-z-]*)", text, flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert named
    assert named - targets == set()


def test_every_command_of_the_lab_that_it_names_exists():
    named = set(re.findall(r"medallion-lab ([a-z]+)`", TEXT))
    assert named >= {"demo", "doctor", "lab", "book"}
    assert named - set(get_command(app).commands) == set()
