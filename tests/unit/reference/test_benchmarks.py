"""The page on how fast the lab is shows the stored figures, and says why an aim was missed or is none."""

import re

import pytest

from tests.benchmarks.chart import all_figures, draw, with_aims
from tests.benchmarks.measuring import Comparison
from tests.benchmarks.page import CHART, PAGE, around, table_with_aims, table_without_aims, written
from tests.unit.reference.stored_figures import STORED

TEXT = PAGE.read_text(encoding="utf-8")


def reasons(heading):
    """Return the terms that are explained under a heading."""
    part = TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^(\S.*)\n: ", part, flags=re.MULTILINE)


def starts_with(name, term):
    return name.lower().startswith(term.lower())


def results(*figures):
    return {"some": {"machine": "2 cores", "measured": "2026-11-25", "figures": list(figures)}}


def figure(name, aim, *, ours=1.0, theirs=2.0):
    return Comparison(name, "s", "one side", [ours], "the other", [theirs], aim).as_json()


@pytest.mark.parametrize("name", written(STORED)[PAGE])
def test_the_page_shows_the_stored_figures(name):
    assert around(TEXT, name, file=PAGE.name)[1] == written(STORED)[PAGE][name]


def test_the_chart_is_drawn_from_the_stored_figures():
    assert CHART.read_text(encoding="utf-8") == draw(STORED)


def test_each_missed_aim_has_its_reason_and_no_other_has():
    missed = [figure["name"] for figure in with_aims(STORED) if not figure["is_met"]]
    explained = reasons("Where an aim was missed, and why")
    assert [name for name in missed if not any(starts_with(name, term) for term in explained)] == []
    assert [term for term in explained if not any(starts_with(name, term) for name in missed)] == []


def test_each_figure_without_an_aim_has_its_sentence():
    without = [figure["name"] for figure in all_figures(STORED) if not figure["aim"]]
    explained = reasons("Measured without an aim")
    assert without
    assert [name for name in without if not any(starts_with(name, term) for term in explained)] == []
    assert [term for term in explained if not any(starts_with(name, term) for name in without)] == []


def test_a_figure_without_an_aim_is_neither_met_nor_missed():
    assert figure("listing", None)["is_met"] is None
    assert [figure("launch", "<= 0.4")["is_met"], figure("launch", "<= 0.5")["is_met"]] == [False, True]


def test_figures_with_and_without_an_aim_stand_in_tables_of_their_own():
    older = {key: value for key, value in figure("older", None).items() if key not in ("aim", "is_met")}
    found = results(figure("launch", "<= 0.4"), figure("listing", None), older)
    assert "| launch | 0.50 | ≤ 0.4, **missed** | one side: 1.00 s | the other: 2.00 s |" in table_with_aims(
        found
    )
    assert "listing" not in table_with_aims(found) and "older" not in table_with_aims(found)
    assert "| older | 0.50 | one side: 1.00 s | the other: 2.00 s |" in table_without_aims(found)
    assert "launch" not in table_without_aims(found)


def test_the_chart_has_bars_for_figures_with_an_aim_alone():
    assert "listing" not in draw(results(figure("launch", "<= 0.4"), figure("listing", None)))


def test_a_page_without_its_marks_is_refused_by_name():
    with pytest.raises(ValueError, match=r"notes\.md needs a line <!-- benchmark: begin -->"):
        around("no mark at all", "benchmark", file="notes.md")


def test_a_chapter_is_stored_with_the_bare_start_of_its_run():
    for chapter in STORED["chapters"]["figures"]:
        (seconds,), (bare,) = chapter["ours"], chapter["theirs"]
        assert re.fullmatch(r"chapter [\w/]+, top to bottom", chapter["name"])
        assert seconds > bare > 0
        assert chapter["ratio"] == round(seconds / bare, 3)
