"""A recorded run on a built page: its steps behind a slider, without a kernel, without a network."""

import re

import pytest
from playwright.sync_api import expect

RECORDED = ("book/foundations/introduction.html", "book/foundations/control_room.html")
STEP = re.compile(r"step ([\d,]+) of ([\d,]+): .+")

# Boxes in the shown step that scroll sideways, and that no Tab reaches or that say nothing.
SILENT_SCROLLERS = """(run) => [...run.querySelectorAll(".medallion-step:not([hidden]) *")].filter((e) =>
    e.scrollWidth > e.clientWidth + 1 && ["auto", "scroll"].includes(getComputedStyle(e).overflowX)
    && (e.tabIndex < 0 || !e.getAttribute("aria-label"))).map((e) => e.className)"""

# What takes longer than a blink to change, in the run and all that is in it.
MOTION = """(run) => [run, ...run.querySelectorAll("*")].filter((e) => {
    const style = getComputedStyle(e);
    const durations = `${style.transitionDuration}, ${style.animationDuration}`.split(", ");
    return durations.some((one) => parseFloat(one) > 0.001)
      || style.scrollBehavior === "smooth";
  }).map((e) => e.outerHTML.slice(0, 80)).concat(
    document.getAnimations().filter((a) => run.contains(a.effect.target)).map((a) => a.playState))"""


@pytest.fixture(params=RECORDED, ids=lambda name: name.removeprefix("book/").removesuffix(".html"))
def recorded(request):
    """A page with a recorded run."""
    return request.param


def find_run(page):
    """Return the page's first run that has a choice of steps; it opens a fold around it, as a reader does."""
    for fold in page.locator("details.hide:has(.medallion-run)").all():
        fold.locator("> summary").click()
    return page.locator(".medallion-run").filter(has=page.locator(".medallion-steps")).first


def find_slider(run):
    return run.get_by_role("slider", name="Step")


def shown_step(run):
    """Return the number of the one step that shows; slider, sentence and drawing agree on it."""
    steps = run.locator(".medallion-step:visible")
    expect(steps).to_have_count(1)
    sentence = steps.get_attribute("data-sentence")
    expect(run.get_by_role("status")).to_have_text(sentence)
    expect(find_slider(run)).to_have_attribute("aria-valuetext", sentence)
    return int(STEP.fullmatch(sentence)[1].replace(",", ""))


def tab_to(page, wanted, *, most=10):
    """Press Tab until the wanted element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("wanted => wanted === document.activeElement"):
            return
    raise AssertionError(f"{wanted} is more than {most} Tabs away")


def test_a_run_shows_its_last_step_first(visit, recorded):
    run = find_run(visit(recorded).page)
    slider = find_slider(run)
    assert shown_step(run) == int(slider.get_attribute("max"))
    assert int(slider.get_attribute("min")) < int(slider.get_attribute("max"))


def test_the_arrow_keys_go_through_every_step_and_back(visit, recorded):
    page = visit(recorded).page
    run = find_run(page)
    slider = find_slider(run)
    run.locator("figcaption").click()
    tab_to(page, slider)
    first, last = (int(slider.get_attribute(end)) for end in ("min", "max"))
    there = []
    for _ in range(first, last + 1):
        there.append(shown_step(run))
        page.keyboard.press("ArrowLeft")
    assert there == [*range(last, first - 1, -1)]
    assert shown_step(run) == first
    page.keyboard.press("ArrowRight")
    assert shown_step(run) == first + 1
    page.keyboard.press("End")
    assert shown_step(run) == last
    page.keyboard.press("Home")
    assert shown_step(run) == first


def test_the_buttons_step_by_keyboard_and_keep_the_focus_at_the_ends(visit, recorded):
    page = visit(recorded).page
    run = find_run(page)
    back, following = (run.get_by_role("button", name=name) for name in ("Back", "Next"))
    last = shown_step(run)
    expect(following).to_have_attribute("aria-disabled", "true")
    run.locator("figcaption").click()
    tab_to(page, back)
    page.keyboard.press("Enter")
    assert shown_step(run) == last - 1
    tab_to(page, following)
    for _ in range(2):
        page.keyboard.press("Space")
        assert shown_step(run) == last
    expect(following).to_be_focused()


def test_what_the_slider_and_the_buttons_do_can_be_seen_when_they_have_the_focus(visit, recorded):
    page = visit(recorded).page
    run = find_run(page)
    ring = "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]"
    for control in (run.get_by_role("button", name="Back"), find_slider(run), run.locator("summary")):
        assert control.evaluate(ring) != ["solid", "3px"]
        run.locator("figcaption").click()
        tab_to(page, control, most=20)
        assert control.evaluate(ring) == ["solid", "3px"]


def test_a_step_that_scrolls_on_a_phone_is_in_reach_of_the_keyboard(visit, recorded):
    page = visit(recorded, "phone").page
    run = find_run(page)
    find_slider(run).focus()
    for _ in range(3):
        assert run.evaluate(SILENT_SCROLLERS) == []
        page.keyboard.press("ArrowLeft")
        shown_step(run)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_all_of_the_run_is_also_a_table(visit, recorded):
    run = find_run(visit(recorded).page)
    run.get_by_text("The same run as a table").click()
    rows = run.locator("details tbody tr")
    assert rows.count() == int(find_slider(run).get_attribute("max"))
    expect(rows.last).to_be_visible()


def test_without_a_script_the_last_step_and_the_table_are_there(visit, recorded):
    page = visit(recorded, java_script_enabled=False).page
    run = find_run(page)
    expect(find_slider(run)).to_have_count(0)  # a slider that does nothing is not shown
    steps = run.locator(".medallion-step:visible")
    expect(steps).to_have_count(1)
    number, of = STEP.fullmatch(steps.get_attribute("data-sentence")).groups()
    assert number == of
    expect(run.get_by_role("status")).to_have_text(steps.get_attribute("data-sentence"))
    run.get_by_text("The same run as a table").click()
    expect(run.locator("details tbody tr").last).to_be_visible()


def test_a_page_from_the_file_system_has_a_slider_and_asks_no_site(browser, html, recorded):
    context = browser.new_context()
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((html / recorded).as_uri())
    run = find_run(page)
    last = shown_step(run)
    find_slider(run).focus()
    page.keyboard.press("ArrowLeft")
    assert shown_step(run) == last - 1
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    assert errors == []
    context.close()


def test_nothing_moves_for_a_reader_who_wants_no_motion(visit, recorded):
    page = visit(recorded, reduced_motion="reduce").page
    run = find_run(page)
    find_slider(run).focus()
    page.keyboard.press("ArrowLeft")
    assert run.evaluate(MOTION) == []
