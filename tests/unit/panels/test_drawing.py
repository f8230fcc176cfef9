"""A run is drawn: its steps, its table and its text say the same, and nothing in them runs or loads."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from medallion_lab.observe.run import Run, Step
from medallion_lab.panels.drawing import run_html, run_text, step_html, steps_html
from medallion_lab.panels.flow_picture import flow_svg
from tests.unit.panels.markup import SVG, Page, cells, numbers
from tests.unit.panels.runs import FLOWS, RUNS, STREAMS, WITH_FAILURE, a_flow, a_run, a_step


# ------------------------------------------------------------ the whole run
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_page_is_well_formed_and_holds_nothing_that_runs_or_loads(run):
    page = Page(run_html(run))
    assert len(page.ids) == len(set(page.ids))
    assert {tag for tag, _ in page.elements}.isdisjoint(
        {"script", "style", "img", "link", "iframe", "foreignobject", "a"}
    )
    for _, values in page.elements:
        assert not [name for name in values if name.startswith("on") or name in ("href", "src")]
    for values in page.all("svg"):
        if values.get("role") == "img":
            assert set(values["aria-labelledby"].split()) <= set(page.ids)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_comparison_can_cut_a_run_out(run):
    page = run_html(run)
    assert re.fullmatch(r"(?s)<!-- recorded run: begin -->.*?<!-- recorded run: end -->", page)


def test_without_a_script_the_last_step_shows_and_the_slider_does_not():
    page = Page(run_html(a_run(3)))
    steps = page.all("div", "medallion-step")
    assert ["hidden" in step for step in steps] == [True, True, False]
    (controls,) = page.all("div", "medallion-steps")
    assert "hidden" in controls
    assert page.all("details") == [{}]


def test_the_slider_knows_every_step_by_its_sentence():
    page = Page(run_html(a_run(3)))
    (slider,) = page.all("input")
    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == ("range", "1", "3", "3")
    steps = page.all("div", "medallion-step")
    assert steps[1]["data-sentence"] == "step 2 of 3: silver, micro-batch 1: 5 rows read"
    assert slider["aria-valuetext"] == steps[-1]["data-sentence"]
    assert page.all("output") == [{"aria-live": "polite"}]
    assert steps[-1]["data-sentence"] in page.text


def test_rows_that_landed_since_the_last_step_make_a_step_of_their_own():
    run = a_run(2)
    later = replace(run, now=replace(run.now, flow=a_flow(landed=99)))
    assert "step 2 of 2" in run_html(run)
    assert "step 3 of 3: bronze is idle" in run_html(later)
    assert run_text(later).splitlines()[-2].split()[:4] == ["3", "no", "micro-batch", "99"]


def test_a_run_without_steps_has_no_slider_and_shows_the_present():
    page = Page(run_html(RUNS["empty"]))
    assert page.all("input") == []
    assert len(page.all("div", "medallion-step")) == 1
    assert "No stream has been started." in page.text
    assert "no micro-batch yet" in page.text


def test_of_a_long_run_the_last_24_steps_are_drawn_and_all_are_in_the_table():
    page = run_html(a_run(60))
    read = Page(page)
    (slider,) = read.all("input")
    assert (slider["min"], slider["max"]) == ("37", "60")
    assert len(read.all("div", "medallion-step")) == 24
    assert "Its last 24 steps are drawn" in read.text
    assert len(cells(steps_html(a_run(60)))) == 61
    assert len(run_html(a_run(24)).encode()) < 250_000


def test_an_error_is_not_told_twice_at_one_step():
    assert "step 2 of 2: silver failed<" in run_html(WITH_FAILURE)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_number_of_the_picture_is_in_the_table(flow):
    texts = [element.text for element in ElementTree.fromstring(flow_svg(flow)).iter(f"{SVG}text")]
    step = Step("bronze, micro-batch 0", STREAMS, flow, None)
    _, row = cells(steps_html(Run("streams", (step,), step)))
    assert numbers(texts) <= numbers(row)


def test_the_table_has_a_row_for_each_step_with_what_it_wrote():
    head, first, *_ = cells(steps_html(a_run(3)))
    told = dict(zip(head, first, strict=True))
    assert told["step"] == "1"
    assert told["what"] == "bronze, micro-batch 0: 5 rows read"
    assert told["rows written"] == "bronze_sales_tbl version 1: 5 rows"
    assert (told["landed"], told["waiting for bronze"], told["duplicates"]) == ("20", "5", "1")


# ------------------------------------------------------------ the text
def test_the_text_is_a_table_with_the_sum_at_its_end():
    lines = run_text(WITH_FAILURE).split("\n")
    assert lines[0].split() == [
        "step", "stream", "read", "written", "landed", "bronze", "silver", "quarantine", "duplicates", "gold",
    ]  # fmt: skip
    assert lines[2].split() == ["1", "bronze", "5", "bronze_sales_tbl", "5", "17", "15", "8", "3", "1", "4"]
    assert lines[3].split() == ["2", "silver", "failed", "17", "15", "8", "3", "1", "4"]
    assert lines[-1] == (
        "17 rows landed = 2 waiting for bronze + 3 waiting for silver + 8 silver + 3 quarantine + 1 duplicate"
    )


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_text_has_nothing_that_differs_between_machines(run):
    text = run_text(run)
    assert not re.search(r"\d\.\d|\d:\d|/|[0-9a-f]{8}-", text)


def test_times_ids_and_paths_do_not_change_the_text():
    def changed(step):
        batch = step.batch and replace(
            step.batch, seconds=9.9, parts=(9, 9, 9, 9), started="2030-01-01 00:00:00", rows_per_second=0.1,
            batch_id=77, sources=(), written=tuple(replace(one, version=99) for one in step.batch.written),
        )  # fmt: skip
        streams = tuple(
            replace(stream, seconds=9.9, history=(9.9,), error=stream.error and "x")
            for stream in step.streams
        )
        return replace(step, what="anything", batch=batch, streams=streams)

    run = WITH_FAILURE
    other = replace(run, name="other", steps=tuple(map(changed, run.steps)), now=changed(run.now))
    assert run_text(other) == run_text(run)


def test_drawing_is_the_same_twice():
    for draw in (run_html, run_text, steps_html):
        assert draw(a_run()) == draw(a_run())
    assert step_html(a_step(0), key="a") == step_html(a_step(0), key="a")
