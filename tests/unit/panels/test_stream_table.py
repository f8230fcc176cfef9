"""The streams as a table: a row for each, with all that is known and nothing that is not."""

import re

from medallion_lab.observe.run import Step
from medallion_lab.panels.stream_table import streams_html
from tests.unit.panels.markup import Page, cells
from tests.unit.panels.runs import EMPTY, ERROR, EXACT, FAILED, NEW, STREAMS, a_stream


def test_a_stream_has_one_row_with_all_that_is_known():
    step = Step("now", STREAMS, EXACT, None)
    head, bronze, silver, gold = cells(streams_html(step))
    assert [row[0].split()[0] for row in (bronze, silver, gold)] == ["bronze", "silver", "gold"]
    assert "quarantine_sales_tbl" in silver[0]
    assert dict(zip(head, bronze, strict=True)) | {"took": "", "of which": "", "stream": ""} == {
        "stream": "",
        "state": "▶  running",
        "last micro-batch": "1",
        "rows in": "15",
        "rows out": "14",
        "rows a second": "12.3",
        "took": "",
        "of which": "",
        "still to read": "2 files",
    }
    assert bronze[head.index("took")].startswith("1.23 s")
    assert "planning 0.10 s" in bronze[head.index("of which")]
    assert (silver[-1], gold[-1]) == ("1 version", "0 versions")


def test_a_state_is_a_shape_and_a_word():
    shapes = set()
    for state in ("running", "idle", "stopped", "failed"):
        table = streams_html(Step("now", (a_stream(state=state),), EXACT, None))
        shapes.add(re.search(rf'<span aria-hidden="true">(.)</span> {state}', table)[1])
    assert len(shapes) == 4


def test_watermark_and_state_have_columns_where_a_stream_has_them():
    stream = a_stream(
        watermark="2026-03-02 08:50:00", watermark_lag_seconds=600.0, state_rows=1234, late_rows=7
    )
    head, row = cells(streams_html(Step("now", (stream,), EXACT, None)))
    told = dict(zip(head, row, strict=True))
    assert "10 min behind" in told["watermark"]
    assert (told["rows in state"], told["late rows dropped"]) == ("1,234", "7")
    without = streams_html(Step("now", STREAMS, EXACT, None))
    assert "watermark" not in cells(without)[0]
    assert "(no watermark, no state)" in without


def test_a_watermark_that_no_row_has_moved_yet_says_so():
    stream = a_stream(watermark="1970-01-01 00:00:00", watermark_lag_seconds=1.8e9)
    head, row = cells(streams_html(Step("now", (stream,), EXACT, None)))
    told = dict(zip(head, row, strict=True))["watermark"]
    assert told.startswith("none yet")
    assert "behind" not in told


def test_a_stream_that_has_done_nothing_yet_says_so():
    head, row = cells(streams_html(Step("now", (NEW,), EMPTY, None)))
    told = dict(zip(head, row, strict=True))
    assert {told[name] for name in ("last micro-batch", "rows a second", "took", "of which")} == {"none"}
    assert told["still to read"] == "unknown"
    assert "No stream has been started." in streams_html(Step("now", (), EMPTY, None))


def test_what_made_a_stream_fail_is_told_in_full_outside_the_table():
    page = streams_html(FAILED)
    _, after = page.split("</table></div>")
    assert "failed: silver." in Page(after).text
    assert Page(ERROR.replace("<", "&lt;")).text in Page(after).text
