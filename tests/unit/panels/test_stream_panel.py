"""The stream panel without a browser: what its traits hold after what its buttons did."""

import threading

import ipywidgets
import pytest

from medallion_lab import open_lab
from medallion_lab.observe.run import load_run
from medallion_lab.observe.streams import list_streams, wait_until_caught_up
from medallion_lab.panels import replay, stream_panel


def tickers():
    return [thread for thread in threading.enumerate() if thread.name == "stream panel"]


def wait_for(panel, holds, seconds=30):
    """The panel looks by itself: wait until it shows what is expected."""
    end = threading.Event()
    for _ in range(seconds * 10):
        if holds(panel.run):
            return panel.run
        end.wait(0.1)
    raise AssertionError(panel.run.now)


def states(lab):
    return [stream.state for stream in list_streams(lab.spark)]


@pytest.fixture
def panel(lab):
    panel = stream_panel(lab)
    yield panel
    panel.close()


def test_the_panel_follows_the_pipeline_by_itself(lab, panel):
    lab.shop.land(5)
    lab.start_pipeline()
    run = wait_for(panel, lambda run: run.now.flow.gold > 0)
    assert (run.now.flow.landed, run.now.flow.bronze, run.now.flow.silver) == (5, 5, 5)
    assert "sales_000001.json" in panel._opened.value
    assert "bronze_sales_tbl" in panel._table.value


def test_every_button_does_what_its_name_says(lab, panel):
    panel.start_all_button.click()
    assert states(lab) == ["running"] * 3
    panel.stream.value = "silver"
    assert panel.stop_button.description == "Stop silver"
    panel.stop_button.click()
    assert [stream.name for stream in list_streams(lab.spark)] == ["bronze", "gold"]
    panel.start_button.click()
    assert states(lab) == ["running"] * 3
    panel.restart_button.click()
    assert states(lab) == ["running"] * 3
    lab.shop.land(5)
    panel.process_button.click()
    assert lab.spark.table("silver_sales_tbl").count() == 5
    assert "has been read by: bronze, silver, gold." in panel._said.value
    panel.stop_all_button.click()
    assert states(lab) == []
    assert "stop_all(lab.spark)" in panel._said.value
    lab.shop.land(5)
    panel.process_button.click()
    assert "No stream runs: nothing is read." in panel._said.value


def test_what_goes_wrong_is_said_in_the_panel(lab, panel):
    panel.stream.value = "gold"
    panel.stop_button.click()
    assert "StreamNotFoundError" in panel._said.value
    panel.start_button.click()
    assert "silver_sales_tbl" in panel._said.value
    assert not any(button.disabled for button in panel._buttons())


def test_a_micro_batch_is_chosen_and_the_latest_follows(lab, panel):
    queries = lab.start_pipeline()
    for count in (5, 3):
        lab.shop.land(count)
        wait_until_caught_up(*queries)
    wait_for(panel, lambda run: len(run.batches("gold")) == 2)
    assert panel.batch.options == ("latest", "1", "0")
    assert "sales_000002.json" in panel._opened.value
    panel.batch.value = "0"
    assert "sales_000001.json" in panel._opened.value
    lab.shop.land(2)
    wait_until_caught_up(*queries)
    wait_for(panel, lambda run: len(run.batches("gold")) == 3)
    assert (panel.batch.value, panel.batch.options) == ("0", ("latest", "2", "1", "0"))


def test_a_stream_that_fails_is_announced(lab, panel):
    lab.shop.land(2)
    rows = lab.spark.readStream.text(str(lab.workspace.landing)).selectExpr("raise_error('no such region')")
    checkpoint = str(lab.workspace.checkpoints / "bad")
    rows.writeStream.format("noop").queryName("bad").option("checkpointLocation", checkpoint).start()
    wait_for(panel, lambda run: run.now.streams and run.now.streams[-1].state == "failed")
    assert "no such region" in panel._said.value
    assert panel.stream.options == ("bronze", "silver", "gold", "bad")


def test_a_recorded_run_is_shown_again_without_spark(lab, panel, tmp_path):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline())
    lab.recorder.wait()
    panel.record_button.click()
    path = panel.record(tmp_path / "run.json")
    lab.close()
    shown = replay(path)
    assert shown.step.max == len(load_run(path).steps) == 3
    last = shown._shown.value
    shown.step.value = 1
    assert "bronze, micro-batch 0" in shown._shown.value
    assert shown._shown.value != last


def test_a_page_without_a_kernel_gets_the_run_as_html_and_as_text(lab, panel):
    lab.shop.land(5)
    # One layer after the other: a silver that runs beside bronze may look before bronze has written.
    lab.start_pipeline(available_now=True)
    bundle = panel._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].startswith("<!-- recorded run: begin -->")
    assert bundle["text/html"].rstrip().endswith("<!-- recorded run: end -->")
    assert "silver, micro-batch 0" in bundle["text/html"]
    assert "bronze_sales_tbl" in bundle["text/plain"]


def test_the_text_is_the_same_for_the_same_run(home):
    texts = []
    for _ in range(2):
        with open_lab("test") as lab:
            lab.shop.land(5)
            lab.start_pipeline(available_now=True)
            panel = stream_panel(lab)
            texts.append(panel._repr_mimebundle_()["text/plain"])
            panel.close()
    assert texts[0] == texts[1]


def test_running_a_cell_again_replaces_the_panel_and_leaves_nothing(lab):
    stream_panel(lab).close()
    open_before = len(ipywidgets.widgets.widget._instances)
    for _ in range(3):
        last = stream_panel(lab)
        assert len(tickers()) == 1
    last.close()
    assert tickers() == []
    assert len(ipywidgets.widgets.widget._instances) == open_before


def test_closing_the_lab_stops_the_panels_clock_and_what_is_shown_stays(lab):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline())
    panel = stream_panel(lab)
    lab.close()
    assert tickers() == []
    assert {stream.state for stream in panel.run.now.streams} == {"stopped"}
    assert panel.run.now.flow.silver == 5
    assert all(button.disabled for button in panel._buttons())
    panel.close()
