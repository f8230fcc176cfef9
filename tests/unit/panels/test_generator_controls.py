"""The generator panel's controls: what they hold, how they follow each other, and that each has a name."""

import re
from html import unescape

import ipywidgets
import pytest

from medallion_lab.shop.faults import FAULTS
from tests.unit.panels.counters import text_of, tree

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_controls_hold_what_they_can_and_no_more(panel):
    for control, low, high in (
        (panel.rows, 1, 100_000),
        (panel.files, 1, 100),
        (panel.hours, 1, 168),
        (panel.seconds, 0.5, 3600),
    ):
        control.value = -5
        assert control.value == low
        control.value = 10**9
        assert control.value == high


def test_each_fault_has_a_control_with_its_name_its_meaning_and_its_end(panel):
    shown = [
        unescape(text_of(widget.value))
        for row in panel._faults.children
        for widget in getattr(row, "children", ())
        if isinstance(widget, ipywidgets.HTML)
    ]
    for fault, meaning in zip(FAULTS, shown, strict=True):
        assert panel.fault_controls[fault.name].description == fault.name.replace("_", " ")
        assert fault.meaning in meaning
        assert (fault.becomes == "quarantine") == ("quarantine" in meaning)


def test_faults_open_and_close_with_a_button_that_says_which(panel):
    assert (panel._faults.layout.display, panel.mix_button.description) == ("none", "Choose faults")
    panel.mix_button.click()
    assert (panel._faults.layout.display, panel.mix_button.description) == (None, "Hide faults")
    panel.mix_button.click()
    assert (panel._faults.layout.display, panel.mix_button.description) == ("none", "Choose faults")


def test_chosen_faults_stay_in_sight_and_can_be_cleared_at_once(counter, panel):
    panel.fault_controls["late"].value = 2
    panel.fault_controls["redelivered_file"].value = True
    assert "redelivered file 1, late 2" in panel._mix.value
    panel.clear_button.click()
    assert "Faults in each file: none" in panel._mix.value
    panel.land_button.click()
    assert counter.shop.faults_planted() == []


def test_slider_and_number_move_each_other(panel):
    panel.rows_slider.value = 500
    assert panel.rows.value == 500
    panel.rows.value = 37
    assert (panel.rows.value, panel.rows_slider.value) == (37, 20)
    panel.rows_slider.value = 100_000
    assert panel.rows.value == 100_000


def test_the_button_says_how_many_files_land(panel):
    panel.files.value = 3
    assert panel.land_button.description == "Land 3 files"


def test_every_control_has_a_name_and_what_scrolls_can_be_reached(panel):
    controls = [w for w in tree(panel) if isinstance(w, ipywidgets.ValueWidget) and hasattr(w, "disabled")]
    buttons = [w for w in tree(panel) if isinstance(w, ipywidgets.Button)]
    # The slider is a second way to set the rows; its handle is out of the keyboard's way, see the style.
    assert [w for w in controls + buttons if not w.description] == [panel.rows_slider]
    panel.land_button.click()
    for html in (panel.preview.value, panel._code.value):
        assert re.search(r'class="medallion-scroll" tabindex="0" role="group" aria-label="[^"]+"', html)
