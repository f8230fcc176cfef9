"""The preview of the last file: its first lines, and for a teacher what was planted in them."""

import re
from html.parser import HTMLParser

import pytest

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_the_preview_shows_the_first_lines_and_their_faults_only_to_a_teacher(counter, panel):
    counter.shop.land(10)
    panel.rows.value = 4
    panel.fault_controls["late"].value = 4
    panel.land_button.click()
    first = counter.shop.files()[-1].read_text().splitlines()[0]
    assert "sales_000002.json: the first 4 of 4 lines" in panel.preview.value
    assert first.replace('"', "&quot;") in panel.preview.value
    assert "late" not in panel.preview.value
    panel.show_planted.value = True
    assert panel.preview.value.count("<td>⚑ late</td>") == 4
    assert "⚑ late, 4 lines: the order was made two to six days before its file" in panel.preview.value
    panel.show_planted.value = False
    assert "late" not in panel.preview.value


def test_the_preview_marks_the_line_that_the_answer_key_names(counter, panel):
    panel.show_planted.value = True
    panel.fault_controls["future"].value = 3
    panel.land_button.click()
    marked = re.findall(r"<tr><th scope=\"row\">(\d+)</th><td>([^<]+)</td>", panel.preview.value)
    planted = {fault.line for fault in counter.shop.faults_planted()}
    assert marked == [(str(n), "⚑ future" if n in planted else "nothing") for n in range(1, 6)]


def test_what_stands_in_a_file_never_becomes_markup(counter, panel):
    class Tags(HTMLParser):
        seen: set[str] = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.seen.add(tag)

    counter.shop.land_lines(["<script>alert(1)</script>", "x" * 5000, ""])
    panel.refresh()
    Tags().feed(panel.preview.value)
    assert "script" not in Tags.seen
    assert len(panel.preview.value) < 2000
