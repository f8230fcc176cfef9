"""The generator panel without a browser: what its traits hold, and what lands, after what its buttons did."""

import shutil
import threading
from types import SimpleNamespace

import ipywidgets
import pytest

from medallion_lab import open_lab
from medallion_lab.panels import generator_panel
from medallion_lab.shop import Shop, bulk
from medallion_lab.shop.clock import NOTES
from tests.unit.panels.counters import Counter, content_of, open_parts, text_of, threads, tree
from tests.unit.shop.shops import new_shop

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def done_in_code(code, before=0):
    """Run what the panel shows, on another shop with the same seed, and return what has landed there."""
    with new_shop() as shop:
        for _ in range(before):
            shop.land(10)
        lab = SimpleNamespace(shop=shop)
        exec(code, {"lab": lab})
        if shop.drip is not None:
            shop.drip.stop()
        return content_of(shop)


# ---------------------------------------------------------------- what the buttons do
def test_a_click_lands_a_file_of_as_many_rows_as_the_panel_says(counter, panel):
    panel.rows.value = 20
    panel.land_button.click()
    assert [len(content.splitlines()) for content in content_of(counter.shop)] == [20]
    assert "Landed: 1 file, 20 rows." in panel.counters.value
    assert "Landed sales_000001.json: 20 lines." in panel.message.value
    assert panel.code == "lab.shop.land(20)"


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"rows": 37},
        {"files": 3},
        {"rows": 15, "files": 2, "faults": {"late": 2, "malformed_line": 1}},
        {"faults": {"correction": 2, "duplicate_of_earlier_file": 1, "redelivered_file": 1}},
    ],
    ids=str,
)
def test_the_code_that_is_shown_does_what_the_click_did(counter, panel, setting):
    panel.land_button.click()
    panel.rows.value, panel.files.value = setting.get("rows", 10), setting.get("files", 1)
    for name, amount in setting.get("faults", {}).items():
        panel.fault_controls[name].value = amount
    panel.land_button.click()
    assert content_of(counter.shop) == done_in_code(panel.code, before=1)


@pytest.mark.parametrize("name", ["new_column", "renamed_column", "key_case", "wrong_type"])
def test_a_drift_lands_one_file_in_which_every_order_has_changed(counter, panel, name):
    panel.files.value = 5
    panel.drift_buttons[name].click()
    assert [fault.fault for fault in counter.shop.faults_planted()] == [name] * 10
    assert content_of(counter.shop) == done_in_code(panel.code)
    assert panel.code == f'lab.shop.land(10, faults={{"{name}": 1.0}})'


def test_the_clock_goes_at_the_pace_that_is_set_and_the_code_says_so(counter, panel):
    panel.land_button.click()
    panel.hours.value = 1.5
    assert panel.code == "lab.shop.set_pace(hours=1.5)"
    assert "2026-03-02 17:30:00, shop time" in panel.counters.value
    code = f"{panel.code}\nlab.shop.land(10)"
    panel.land_button.click()
    assert content_of(counter.shop) == done_in_code(code, before=1)


def test_a_drip_lands_files_until_it_is_stopped(counter, panel):
    panel.rows.value, panel.seconds.value = 5, 3600
    panel.start_button.click()
    assert "The drip runs: 1 file so far" in panel.drip_state.value
    assert not panel.stop_button.disabled
    assert len(done_in_code(panel.code)) == 1
    panel.stop_button.click()
    assert panel.code == "lab.shop.drip.stop()"
    assert "The drip has ended" in panel.drip_state.value
    assert panel.stop_button.disabled
    assert content_of(counter.shop) == done_in_code("lab.shop.land(5)")


def test_a_drip_that_a_cell_started_is_seen_and_can_be_stopped(counter, panel):
    exec(
        "from medallion_lab.shop.drip import start_drip\nstart_drip(lab.shop, every_seconds=3600)",
        {"lab": counter},
    )
    panel.refresh()
    assert "The drip runs: 1 file so far" in panel.drip_state.value
    panel.stop_button.click()
    assert not counter.shop.drip.is_running


def test_what_a_cell_lands_is_counted_and_previewed_by_itself(counter, panel):
    counter.shop.land(3)
    counter.shop.set_pace(24)
    end = threading.Event()
    for _ in range(100):
        if "1 file, 3 rows" in panel.counters.value and panel.hours.value == 24:
            break
        end.wait(0.1)
    assert "1 file, 3 rows" in panel.counters.value
    assert "sales_000001.json" in panel.preview.value
    # The panel followed; it did not set the pace again.
    assert (panel.hours.value, panel.code) == (24, "lab.shop.land(10)")


# ---------------------------------------------------------------- bounds and errors
def test_more_than_200_000_orders_at_once_are_refused_in_a_sentence(counter, panel):
    panel.rows.value, panel.files.value = 100_000, 3
    panel.land_button.click()
    said = text_of(panel.message.value)
    assert "3 files of 100,000 orders in one drop" in said and "200,000 orders at most" in said
    assert "land_bulk" in said
    assert counter.shop.files() == []


@pytest.mark.parametrize("button", ["land_button", "start_button", "new_column"])
def test_what_would_fill_the_disk_is_refused_in_a_sentence(counter, panel, monkeypatch, button):
    room = bulk.ROOM_TO_LEAVE_BYTES + 10 * bulk.LONGEST_LINE_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(room, 0, room))
    panel.rows.value = 11
    (getattr(panel, button, None) or panel.drift_buttons[button]).click()
    assert "1 GB stays free" in text_of(panel.message.value)
    assert 'role="alert"' in panel.message.value
    assert counter.shop.files() == []


def test_what_goes_wrong_is_said_in_the_panel_with_its_next_step(counter, panel):
    panel.fault_controls["correction"].value = 3
    panel.land_button.click()
    said = text_of(panel.message.value)
    assert "Got: correction=3, and too few orders in earlier files" in " ".join(said.split())
    assert "land a file or two without faults first" in said
    assert not panel.land_button.disabled
    assert panel.code == "lab.shop.land(10)"


def test_more_faults_than_orders_are_refused(counter, panel):
    panel.rows.value = 2
    panel.fault_controls["late"].value = 3
    panel.land_button.click()
    assert "3 faults for 2 orders" in panel.message.value
    assert counter.shop.files() == []


def test_an_error_that_nobody_foresaw_is_said_too(counter, panel):
    counter.shop.answer_key = "no path"
    panel.land_button.click()
    assert "TypeError" in panel.message.value


def test_a_landing_folder_that_was_deleted_is_made_anew(counter, panel):
    panel.land_button.click()
    shutil.rmtree(counter.shop.landing)
    panel.land_button.click()
    assert [path.name for path in counter.shop.files()] == ["sales_000002.json"]


def test_a_drip_that_ends_itself_says_why(counter, panel):
    panel.seconds.value = 0.5
    panel.start_button.click()
    counter.shop.landing.rename(counter.shop.landing.with_name("gone"))
    counter.shop.landing.write_text("no folder can be made here")
    panel.drip.wait()
    panel.refresh()
    assert "The drip ended itself after" in panel.drip_state.value
    assert "which cannot be made" in panel.message.value
    assert panel.stop_button.disabled


def test_notes_of_the_clock_that_do_not_read_do_not_keep_the_lab_from_closing(counter, panel):
    (counter.shop.landing / NOTES).write_text("{")
    panel.land_button.click()
    assert "does not read as paces" in panel.message.value
    counter.close()
    assert threads() == []


# ---------------------------------------------------------------- a page without a kernel
def test_a_page_without_a_kernel_gets_the_controls_and_the_code(panel):
    panel.rows.value = 25
    panel.fault_controls["late"].value = 2
    panel.land_button.click()
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    for form in (text_of(bundle["text/html"]), bundle["text/plain"]):
        assert "Rows per file" in form and "25" in form and "late 2" in form
        assert "Landed: 1 file, 25 rows." in form
        assert "JupyterLab" in form
    assert 'lab.shop.land(25, faults={"late": 2})' in bundle["text/plain"]
    assert "<button" not in bundle["text/html"] and "<input" not in bundle["text/html"]


def test_the_text_is_the_same_for_the_same_clicks_and_names_no_folder():
    texts = []
    for _ in range(2):
        with new_shop() as shop:
            panel = generator_panel(Counter(shop))
            panel.land_button.click()
            texts.append(panel._repr_mimebundle_()["text/plain"])
            assert str(shop.landing) not in panel._repr_mimebundle_()["text/html"]
            panel.close()
    assert texts[0] == texts[1]
    assert texts[0].splitlines() == [
        "The generator panel, live in JupyterLab",
        "control                          now",
        "-------------------------------  -----------",
        "Rows per file                    10",
        "Files per drop                   1",
        "Hours between files (shop time)  4",
        "Faults in each file              none",
        "Seconds between files            5",
        "Drip                             not running",
        "Landed: 1 file, 10 rows. The next file lands at 2026-03-02 20:00:00, shop time.",
        "The same in code:",
        "lab.shop.land(10)",
    ]


# ---------------------------------------------------------------- nothing is left behind
def test_running_a_cell_again_replaces_the_panel_and_stops_its_drip(counter):
    generator_panel(counter).close()
    before = open_parts()
    first = generator_panel(counter)
    first.start_button.click()
    for _ in range(3):
        last = generator_panel(counter)
        assert threads() == ["generator panel"]
    last.close(), last.close()
    assert open_parts() == before


def test_two_labs_have_a_panel_each(counter, panel):
    with new_shop() as shop:
        other = generator_panel(Counter(shop))
        assert threads() == ["generator panel"] * 2
        other.land_button.click()
        assert counter.shop.files() == []
        other.close()
    panel.land_button.click()
    assert len(counter.shop.files()) == 1


def test_closing_the_lab_stops_the_drip_and_the_clock_and_what_is_shown_stays(home):
    with open_lab("test") as lab:
        panel = generator_panel(lab)
        panel.start_button.click()
        assert threads() == ["drip", "generator panel"]
    assert threads() == []
    assert "Landed: 1 file, 10 rows." in panel.counters.value
    assert all(w.disabled for w in tree(panel) if isinstance(w, ipywidgets.Button))
    panel.close()


def test_a_panel_of_a_shop_that_is_opened_again_shows_where_it_stopped(counter, panel):
    panel.hours.value = 24
    panel.land_button.click()
    again = Counter(Shop(counter.shop.landing, answer_key=counter.shop.answer_key))
    opened = generator_panel(again)
    assert opened.hours.value == 24
    assert "Landed: 1 file, 10 rows. The next file lands at 2026-03-03 16:00:00" in opened.counters.value
    opened.close()
