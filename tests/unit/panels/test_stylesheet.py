"""The look of panels has one home, from which the book, JupyterLab and the wheel take it."""

import re
import tomllib
from pathlib import Path

import yaml

from medallion_lab.panels.stylesheet import STYLE
from tests.unit.panels.test_palette import ALLOWED

ROOT = Path(__file__).parents[3]
SHEET = ROOT / "medallion_lab" / "panels" / "panels.css"
RULES = SHEET.read_text(encoding="utf-8")
BOOK_RULES = (ROOT / "book" / "_static" / "medallion.css").read_text(encoding="utf-8")


def selectors(css):
    """Return every selector of a style sheet, those inside @media too."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return {" ".join(found.split()) for found in re.findall(r"([^{}]+)\{", plain) if "@" not in found}


def test_a_panel_brings_the_rules_along():
    assert f"<style>\n{RULES}</style>" == STYLE
    # An end tag in them would end the style where the rules go on.
    assert "<" not in RULES


def test_a_page_of_the_book_loads_the_same_file_after_its_own():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    assert SHEET.relative_to(ROOT).as_posix() in settings["html_static_path"]
    assert settings["html_css_files"] == ["medallion.css", SHEET.name]


def test_the_wheel_holds_the_file():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["medallion_lab"]
    assert SHEET in {path for pattern in patterns for path in (ROOT / "medallion_lab").glob(pattern)}


def test_no_rule_stands_in_both_style_sheets():
    assert len(selectors(RULES)) > 30
    assert selectors(RULES) & selectors(BOOK_RULES) == set()


def test_the_panels_take_their_colours_from_the_page_or_the_palette():
    assert {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", RULES)} <= ALLOWED
    # Each rule names what it is for: nothing else of a notebook changes its look.
    for selector in selectors(RULES):
        assert ".medallion-" in selector
