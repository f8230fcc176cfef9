"""The page of formats shows the table of options that Auto Loader itself reads."""

from medallion_lab.autoloader.option_table import FORMATS, OPTIONS, UNREAD, Option
from tests.unit.reference.pages import REFERENCE, headings, toc_pages
from tools.formats import draw, escaped, values, with_lists

PAGE = REFERENCE / "formats.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_in_step_with_the_table():
    assert with_lists(TEXT, draw()) == TEXT, "the options have changed: run make formats, and commit the page"


def test_the_page_is_in_the_book_and_has_a_part_for_each_format():
    assert PAGE in toc_pages()
    parts = headings(PAGE, "###")
    assert [part for part in parts if part in FORMATS] == list(FORMATS)
    assert all(any(file_format in part for part in parts) for file_format in UNREAD)


def test_each_option_is_on_the_page():
    assert [option for option in OPTIONS if f"`{option.names[0]}`" not in TEXT] == []


def test_letters_that_markdown_would_take_for_marks_are_shown():
    assert escaped(r"a|b *c* \t") == r"a\|b \*c\* \\t"
    option = Option("sep or delimiter", "csv", "yes", "letters", ",", "What separates values.")
    assert values(option) == "Letters; default: `,`."
