from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser

import pytest

from medallion_lab.errors import NotRowsError
from medallion_lab.panels.tables import Table, _frame_bundle, html_table, text_table

COLUMNS = ["region", "pieces"]


def test_a_text_table_is_aligned_with_numbers_to_the_right():
    assert text_table(COLUMNS, [["North", 5], [None, 12]]).split("\n") == [
        "region  pieces",
        "------  ------",
        "North        5",
        "NULL        12",
    ]


def test_an_html_table_has_a_header_that_a_screen_reader_knows():
    table = html_table(COLUMNS, [["North", 5]], caption="Pieces by region")
    assert '<th scope="col">region</th>' in table
    assert "<caption>Pieces by region</caption>" in table


def test_null_is_a_word_and_not_an_empty_cell():
    assert '<span class="null">NULL</span>' in html_table(COLUMNS, [[None, 1]])


def test_what_stands_in_the_data_never_becomes_markup():
    class Tags(HTMLParser):
        seen: set[str] = set()  # noqa: RUF012

        def handle_starttag(self, tag, attrs):
            self.seen.add(tag)

    Tags().feed(html_table(["<b>"], [["<script>alert(1)</script>"]], caption="<i>"))
    assert Tags.seen <= {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "span"}


def test_dataclasses_become_rows():
    @dataclass
    class Day:
        day: date
        tags: list

    assert repr(Table([Day(date(2026, 3, 2), ["a", None])])).split("\n")[2] == "2026-03-02  [a, NULL]"


def test_what_is_no_row_is_refused_by_its_type():
    with pytest.raises(NotRowsError, match="a list of int"):
        Table([1, 2])


def test_no_rows_are_said_in_words():
    assert "nothing to show" in repr(Table([]))


def test_a_frame_shows_its_rows_in_both_forms(spark):
    bundle = _frame_bundle(spark.createDataFrame([("North", 5)], "region string, pieces int"))
    assert "North        5" in bundle["text/plain"]
    assert '<td class="number">5</td>' in bundle["text/html"]


def test_a_long_frame_says_that_there_is_more(spark):
    bundle = _frame_bundle(spark.range(21))
    assert "there are more" in bundle["text/plain"]
    assert bundle["text/html"].count("<td") == 20
    assert "there are more" not in _frame_bundle(spark.range(20))["text/plain"]


def test_a_statement_without_rows_says_so(spark):
    assert _frame_bundle(spark.sql("DROP TABLE IF EXISTS never_made")) == {
        "text/plain": "done, with no rows to show"
    }


def test_a_stream_shows_its_shape_because_it_has_no_rows_yet(spark, tmp_path):
    stream = spark.readStream.text(str(tmp_path))
    assert _frame_bundle(stream) == {"text/plain": "a stream of rows, not started: value string"}
