import pytest

from tools.timings import bare_start, chapters_by_bare_start, minutes_by_report, seconds_by_part, warnings

UNIT = """<testsuites><testsuite time="90">
<testcase classname="tests.unit.observe.test_ledger" name="test_a" time="2.5"/>
<testcase classname="tests.unit.observe.test_ledger" name="test_b" time="0.5"/>
</testsuite></testsuites>"""

CHAPTERS = """<testsuites><testsuite>
<testcase classname="book.layers.silver.ipynb" name="Cell 0" time="12"/>
<testcase classname="book.layers.silver.ipynb" name="Cell 1" time="8"/>
<testcase classname="tests.notebooks.test_papermill" name="test_a_chapter_holds[silver]" time="30"/>
<testcase classname="tests.notebooks.test_bare_start" name="test_a_bare_start" time="4">
<properties><property name="bare_start_seconds" value="4.0"/></properties></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def reports(tmp_path):
    (tmp_path / "notebooks.xml").write_text(CHAPTERS)
    (tmp_path / "unit.xml").write_text(UNIT)
    return sorted(tmp_path.glob("*.xml"))


def test_the_cells_of_a_chapter_are_one_part_and_so_are_the_tests_of_a_file(reports):
    assert seconds_by_part(reports) == {
        "chapter silver, compared": 20,
        "chapter silver, with other parameters": 30,
        "tests/notebooks/test_bare_start": 4,
        "tests/unit/observe/test_ledger": 3,
    }


def test_a_run_of_the_suite_has_the_minutes_that_its_report_says(reports):
    assert {report.stem: minutes for report, minutes in minutes_by_report(reports).items()} == {
        "notebooks": 0,
        "unit": 1.5,
    }


def test_a_chapter_is_measured_in_bare_starts_of_the_same_run(reports):
    now = chapters_by_bare_start(seconds_by_part(reports), bare_start(reports))
    assert now == {"chapter silver, compared": 5, "chapter silver, with other parameters": 7.5}


def test_without_a_bare_start_nothing_is_compared(reports):
    assert bare_start(reports[1:]) is None
    assert chapters_by_bare_start({"chapter silver, compared": 20}, None) == {}


def test_a_chapter_a_third_slower_is_warned_of_and_one_a_quarter_slower_is_not():
    stored = {"chapter gold, compared": 4.0, "chapter silver, compared": 4.0}
    now = {"chapter gold, compared": 5.4, "chapter silver, compared": 5.0}
    assert [warning.split(" took ")[0] for warning in warnings(now, stored)] == ["chapter gold, compared"]


def test_a_chapter_that_is_gone_or_new_is_no_warning():
    assert warnings({"chapter new, compared": 9.0}, {"chapter gone, compared": 1.0}) == []
