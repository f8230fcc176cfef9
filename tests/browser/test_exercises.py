"""An exercises' page in a real JupyterLab, as a learner works on it: hints, wrong and right, progress.

Pictures of it are kept in ``_build/screenshots``, to be looked at.
"""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import jupyter_lab, open_notebook

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = "book/exercises/silver.ipynb"
SCREENSHOTS = ROOT / "_build" / "screenshots"

WRONG = """\
def mine(orders, *, customers):
    latest = customers.groupBy("customer_id").agg(F.max_by("region", "since").alias("region"))
    region = F.when(F.col("quantity") > 0, F.col("region")).otherwise("quarantine")
    placed = orders.join(latest, "customer_id").groupBy(region.alias("region"))
    return placed.agg(F.count("*").alias("orders"))


practice.check("repair", mine)"""

RIGHT = WRONG.replace('F.col("region"))', 'F.coalesce("region", F.lit("unknown")))').replace(
    'join(latest, "customer_id")', 'join(latest, "customer_id", "left")'
)


@pytest.fixture(scope="module")
def learner(browser, tmp_path_factory):
    with (
        jupyter_lab(tmp_path_factory.mktemp("jupyter"), ROOT / "book") as jupyter,
        open_notebook(browser, jupyter, EXERCISES) as notebook,
    ):
        notebook.run_above('verdict = practice.check("repair"')
        yield notebook


def hand_in(learner, code):
    """Run this code in a cell at the end, and return what it shows."""
    learner.add_cell(code)
    learner.run_cell(code)
    return learner.page.locator(".jp-Cell").last.locator(".jp-OutputArea-output")


def test_hints_unfold_one_at_a_time(learner):
    first = learner.page.locator("details", has_text="a rule and its opposite").first
    second = first.locator("details", has_text="F.max_by").first
    expect(second).to_be_hidden()
    first.locator("summary").first.click()
    expect(second.locator("summary").first).to_be_visible()
    second.locator("summary").first.click()
    expect(second.locator("details summary")).to_have_text("The solution")


def test_a_wrong_answer_is_told_its_own_rows_and_a_hint_and_no_right_value(learner):
    said = hand_in(learner, WRONG)
    expect(said).to_contain_text("Not yet")
    expect(said).to_contain_text("Missing: a row for 'unknown'.")
    expect(said).to_contain_text("Hint: An order whose customer nobody knows")
    said.screenshot(path=SCREENSHOTS / "exercise-wrong.png")
    learner.remove_last_cell()


def test_a_right_answer_is_said_to_be_right_and_the_progress_shows_it(learner):
    expect(hand_in(learner, RIGHT)).to_contain_text("✓ Right")
    learner.remove_last_cell()
    table = hand_in(learner, "practice  # how far").locator("table")
    expect(table.locator("tr", has_text="repair")).to_contain_text("solved (2 tries)")
    expect(table.locator("tr", has_text="build")).to_contain_text("not tried")
    learner.page.screenshot(path=SCREENSHOTS / "exercise-progress.png")
    assert learner.foreign_requests == []
