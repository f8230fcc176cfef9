"""The control room: two panels on one page, over one pipeline."""

import threading

import ipywidgets
import pytest

from medallion_lab.observe.streams import wait_until_caught_up
from medallion_lab.panels import control_room


@pytest.fixture
def room(lab):
    room = control_room(lab)
    yield room
    room.close()


def clocks():
    names = ("generator panel", "stream panel")
    return sorted(thread.name for thread in threading.enumerate() if thread.name in names)


def test_what_one_panel_lands_the_other_one_shows(lab, room):
    room.streams.start_all_button.click()
    room.generator.rows.value = 5
    room.generator.land_button.click()
    room.streams.process_button.click()
    lab.recorder.wait()
    room.streams._look()
    flow = room.streams.run.now.flow
    assert (flow.files, flow.landed, flow.bronze, flow.silver) == (1, 5, 5, 5)


def test_the_panels_stand_side_by_side_and_below_each_other_on_a_narrow_page(room):
    beside = room.children[0]
    assert beside.children == (room.generator, room.streams)
    assert beside.layout.flex_flow == "row wrap"
    # Each may take half of a wide page, and shrinks with a narrow one instead of standing out of it.
    assert {panel.layout.flex for panel in beside.children} == {"1 1 30rem"}
    assert {panel.layout.min_width for panel in beside.children} == {"0"}


def test_a_page_without_a_kernel_has_both_panels_as_html_and_as_text(lab, room):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline())
    bundle = room._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    for kind in ("text/html", "text/plain"):
        assert room.streams._repr_mimebundle_()[kind] in bundle[kind]
        assert room.generator._repr_mimebundle_()[kind] in bundle[kind]
    # tools.book keeps a stored drawing that begins like this, when the run was the same.
    assert bundle["text/html"].startswith("<!-- recorded run: begin -->")


def test_running_a_cell_again_replaces_the_room_and_leaves_nothing(lab):
    control_room(lab).close()
    open_before = len(ipywidgets.widgets.widget._instances)
    for _ in range(3):
        last = control_room(lab)
        assert clocks() == ["generator panel", "stream panel"]
    last.close()
    assert clocks() == []
    assert len(ipywidgets.widgets.widget._instances) == open_before


def test_closing_the_lab_stops_both_clocks_and_what_is_shown_stays(lab):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline())
    room = control_room(lab)
    lab.close()
    assert clocks() == []
    assert room.streams.run.now.flow.silver == 5
    assert "sales_000001.json" in room.generator.preview.value
    room.close()


def widgets_in(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from widgets_in(child)


def test_a_panel_is_made_of_widgets_that_every_front_end_knows(room):
    """JupyterLab, Notebook and VS Code bring these; for a widget of our own each would need an extension."""
    found = list(widgets_in(room))
    assert len(found) > 40
    modules = {module for widget in found for module in (widget._model_module, widget._view_module)}
    assert modules == {"@jupyter-widgets/controls"}
