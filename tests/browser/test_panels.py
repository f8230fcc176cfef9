"""The panels in a real JupyterLab, as a reader meets them: by the names of their buttons, and by keyboard.

A notebook is opened and run once, and its tests follow each other; each leaves the panels working. Pictures
of the panels are kept in ``_build/screenshots``, to be looked at.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.jupyter import jupyter_lab, open_notebook

ROOT = Path(__file__).resolve().parents[2]
INTRODUCTION = "book/foundations/introduction.ipynb"
CONTROL_ROOM = "book/foundations/control_room.ipynb"
SCREENSHOTS = ROOT / "_build" / "screenshots"

SECONDS = 60  # for whatever the streams do next; a micro-batch takes one or two

PANELS = ".medallion-panel"
# What a cell shows: one panel, or two beside each other.
OUTPUTS = ".jp-OutputArea-output:has(.medallion-panel)"


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory):
    with jupyter_lab(tmp_path_factory.mktemp("jupyter"), ROOT / "book") as jupyter:
        yield jupyter


@pytest.fixture(scope="module")
def introduction(browser, jupyter):
    with open_notebook(browser, jupyter, INTRODUCTION) as notebook:
        notebook.run_all()
        yield notebook


@pytest.fixture(scope="module")
def control_room(browser, jupyter):
    """The control room with the stream ``orders``; what happens to that one is left to the panel.

    The introduction is closed when this is opened, so its tests come before.
    """
    with open_notebook(browser, jupyter, CONTROL_ROOM) as notebook:
        notebook.run_above("lab.recorder.wait().steps")
        notebook.run_cell("def start_orders")
        notebook.run_cell('lab.add_stream("orders"')
        yield notebook


# ---------------------------------------------------------------- what a reader does and sees
def button(notebook, name):
    return notebook.page.get_by_role("button", name=name, exact=True)


def field(notebook, name):
    return notebook.page.locator(PANELS).get_by_label(name, exact=True)


def shown(notebook):
    """Return what the stream panel shows now."""
    notebook.page.wait_for_function("look.shown() !== null")
    return notebook.page.evaluate("look.shown()")


def wait_until_at_least(notebook, **least):
    """Wait until the stream panel shows at least these numbers."""
    try:
        notebook.page.wait_for_function("least => look.isAtLeast(least)", arg=least, timeout=SECONDS * 1000)
    except TimeoutError as error:
        raise AssertionError(f"needed {least}, shown {notebook.page.evaluate('look.shown()')}") from error
    return shown(notebook)


def wait_for_state(notebook, stream, *states):
    notebook.page.wait_for_function(
        "([stream, states]) => look.isIn(stream, states)", arg=[stream, states], timeout=SECONDS * 1000
    )


def wait_until_at_rest(notebook):
    """Wait until a click that has begun has ended: its stream may run, or rest, while it still works."""
    expect(notebook.page.locator(".medallion-busy")).to_have_count(0, timeout=SECONDS * 1000)


def rows_in(seen):
    """Return each stream's rows in, from the table."""
    return {name: int(row["rows in"].replace(",", "")) for name, row in seen["streams"].items()}


def land_a_file(notebook):
    """Press the button, wait until its rows are through, and return what was shown before and after."""
    before = shown(notebook)
    rows = int(field(notebook, "Rows per file").input_value())
    button(notebook, "Land a file").click()
    least = {place: before[place] + rows for place in ("landed", "bronze", "silver", "gold")}
    return before, wait_until_at_least(notebook, files=before["files"] + 1, **least), rows


def tab_to(notebook, wanted, *, most=60):
    """Press Tab until the wanted control has the focus."""
    for _ in range(most):
        if wanted.evaluate("wanted => wanted === document.activeElement"):
            return
        notebook.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is more than {most} Tabs away")


def require_fit(notebook):
    """Wait until nothing sticks out of the output areas: JupyterLab lays out in its own time."""
    try:
        notebook.page.wait_for_function("look.stickingOut().length === 0", timeout=10_000)
    except TimeoutError as error:
        raise AssertionError(notebook.page.evaluate("look.stickingOut()")) from error


@pytest.fixture
def look_at(find_violations):
    """Show the panels in a theme and a width, and judge them: ``look_at(notebook, name, theme, width)``."""

    def look(notebook, name, theme, width):
        # So high that all of a panel is in the picture.
        notebook.page.set_viewport_size({"width": width, "height": 3000})
        notebook.use_theme(theme)
        try:
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            for number, panel in enumerate(notebook.page.locator(OUTPUTS).all()):
                panel.screenshot(path=SCREENSHOTS / f"{name}-{number}-{width}-{theme}.png")
            require_fit(notebook)
            assert find_violations(notebook.page, within=PANELS) == []
        finally:
            notebook.page.set_viewport_size({"width": 1280, "height": 900})
            notebook.use_theme("light")

    return look


# ---------------------------------------------------------------- the introduction
def test_a_file_landed_by_its_button_passes_all_three_layers(introduction):
    # On a busy machine gold still works on the last cell's rows.
    introduction.page.wait_for_function(
        """() => {
            const streams = Object.values(look.shown()?.streams ?? {});
            return streams.length === 3 && new Set(streams.map((row) => row["rows in"])).size === 1;
        }""",
        timeout=SECONDS * 1000,
    )
    before, after, rows = land_a_file(introduction)
    assert after["landed"] == before["landed"] + rows
    assert {name: more - rows_in(before)[name] for name, more in rows_in(after).items()} == {
        "bronze": rows,
        "silver": rows,
        "gold": rows,
    }


def test_a_drip_lands_files_until_it_is_stopped(introduction):
    field(introduction, "Seconds between files").fill("1")
    field(introduction, "Seconds between files").press("Tab")
    before = shown(introduction)
    button(introduction, "Start drip").click()
    wait_until_at_least(introduction, files=before["files"] + 3, gold=before["gold"] + 1)
    button(introduction, "Stop drip").click()
    said = introduction.page.get_by_text("The drip has stopped, after")
    landed = int(re.search(r"after ([0-9]+) files", said.inner_text())[1])
    # Two files' way through the layers takes longer than the drip waited between two of its own.
    for more in (1, 2):
        _, after, _ = land_a_file(introduction)
        assert after["files"] == before["files"] + landed + more


def test_running_the_cells_again_leaves_one_panel_that_works(introduction):
    for _ in range(2):
        introduction.run_cell("stream_panel(lab)")
        introduction.run_cell("generator_panel(lab)")
    expect(button(introduction, "Start all")).to_have_count(1)
    expect(button(introduction, "Land a file")).to_have_count(1)
    expect(introduction.page.get_by_text("Error displaying widget")).to_have_count(0)
    land_a_file(introduction)


def test_an_interrupted_kernel_leaves_the_panels_working(introduction):
    introduction.add_cell("from threading import Event\n\nprint('waiting', 6 * 7)\nEvent().wait(600)")
    introduction.start_cell("Event().wait(600)")
    introduction.page.get_by_text("waiting 42", exact=True).wait_for()
    introduction.interrupt()
    assert [cell["errors"] for cell in introduction.cells() if cell["errors"]] == [["KeyboardInterrupt: "]]
    introduction.remove_last_cell()
    land_a_file(introduction)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_the_panels_of_the_introduction_fit_and_are_accessible(introduction, look_at, theme, width):
    look_at(introduction, "introduction", theme, width)


def test_every_control_is_in_reach_of_the_keyboard_and_shows_that_it_has_the_focus(introduction):
    page = introduction.page
    count = page.evaluate("look.findControls()")
    met = []
    for panel in page.locator(OUTPUTS).all():
        panel.locator("button:enabled, input, select").first.focus()
        for _ in range(count + 5):
            met.append(page.evaluate("look.meet()"))
            page.keyboard.press("Tab")
    assert [control["name"] for control in met if control and not control["differs"]] == []
    assert page.evaluate("look.unmet()") == []


def test_a_link_to_a_term_opens_the_glossary_at_it(introduction):
    introduction.page.locator(
        ".jp-Notebook a[href*='glossary.md'][href$='#Medallion-Architecture']"
    ).first.click()
    term = ":is([id='Medallion-Architecture'], [data-jupyter-id='Medallion-Architecture'])"
    expect(introduction.page.locator(f".jp-MarkdownViewer {term}")).to_be_in_viewport(timeout=SECONDS * 1000)


def test_the_introduction_asks_no_site_but_its_own(introduction):
    assert introduction.foreign_requests == []


# ---------------------------------------------------------------- the control room
def test_a_drift_stops_a_stream_and_a_restart_goes_on(control_room):
    wait_for_state(control_room, "orders", "running", "idle")
    button(control_room, "New column today").click()
    wait_for_state(control_room, "orders", "failed")
    cause = control_room.page.locator(f"{PANELS} .medallion-error", has_text="orders").last
    expect(cause).to_contain_text("New fields: channel")
    wait_until_at_rest(control_room)
    field(control_room, "Stream").select_option("orders")
    before = rows_in(shown(control_room))["orders"]
    button(control_room, "Restart orders").click()
    wait_for_state(control_room, "orders", "running", "idle")
    expect(cause).to_have_count(0)
    control_room.page.wait_for_function(
        "(before) => look.rowsIn('orders') > before", arg=before, timeout=SECONDS * 1000
    )


def test_a_stream_is_stopped_and_started_by_keyboard_alone(control_room):
    keyboard = control_room.page.keyboard
    wait_until_at_rest(control_room)
    button(control_room, "Start all").focus()
    keyboard.press("Enter")
    wait_for_state(control_room, "silver", "running", "idle")
    wait_until_at_rest(control_room)
    stream = field(control_room, "Stream")
    tab_to(control_room, stream)
    # JupyterLab takes the arrow keys for its cells, unless the list is open.
    for key in ("Space", "Home", "ArrowDown", "Enter"):
        keyboard.press(key)
    expect(stream).to_have_value("silver")
    tab_to(control_room, button(control_room, "Stop silver"))
    keyboard.press("Enter")
    wait_for_state(control_room, "silver", "stopped")
    wait_until_at_rest(control_room)
    expect(button(control_room, "Stop silver")).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(button(control_room, "Start silver")).to_be_focused()
    keyboard.press("Space")
    wait_for_state(control_room, "silver", "running", "idle")
    expect(button(control_room, "Start silver")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_the_control_room_fits_and_is_accessible(control_room, look_at, theme, width):
    look_at(control_room, "control_room", theme, width)


def test_a_restarted_kernel_runs_the_notebook_again_with_its_panels_open(control_room):
    control_room.restart()
    control_room.run_all()
    expect(button(control_room, "Start all")).to_have_count(1)
    expect(control_room.page.get_by_text("Error displaying widget")).to_have_count(0)
    before = shown(control_room)
    button(control_room, "Land a file").click()
    wait_until_at_least(control_room, files=before["files"] + 1, bronze=before["bronze"] + 1)


def test_the_control_room_asks_no_site_but_its_own(control_room):
    assert control_room.foreign_requests == []
