"""Pages built with an address have its buttons, with links that are right; pages built without have none."""

from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.publishing.making import build, project_with, tiny_book

ADDRESS = "https://github.com/example-school/gold-class"
OFFERS = (
    "mybinder",
    "github.com",
    "gitlab.com",
    "/issues/new",
    "Report an error",
    "Launch interactive content",
)


class Anchors(HTMLParser):
    """The links of a page: address -> the words that a reader sees."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.open = dict(attrs).get("href", "")
            self.found.setdefault(self.open, "")

    def handle_endtag(self, tag):
        if tag == "a":
            self.open = None

    def handle_data(self, data):
        if self.open is not None:
            self.found[self.open] += data.strip()


@pytest.fixture(scope="module", params=[ADDRESS, None], ids=["with an address", "without"])
def book(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    pages = build(tiny_book(folder, project_with(folder / "project", request.param)))
    return request.param, pages


@pytest.mark.parametrize("page", ["index", "chapter"])
def test_the_link_to_a_report_names_the_page_it_stands_on(book, page):
    address, pages = book
    anchors = Anchors((pages / "book" / f"{page}.html").read_text()).found
    reports = [link for link, words in anchors.items() if words == "Report an error on this page"]
    if address is None:
        assert reports == []
        return
    (report,) = reports
    assert report.startswith(f"{ADDRESS}/issues/new?")
    assert parse_qs(urlsplit(report).query)["title"] == [f"Error on page book/{page}"]


def test_a_chapter_opens_on_binder_and_leads_to_the_repository(book):
    address, pages = book
    anchors = set(Anchors((pages / "book" / "chapter.html").read_text()).found)
    binder = "https://mybinder.org/v2/gh/example-school/gold-class/main?urlpath=lab/tree/book/chapter.ipynb"
    if address is None:
        assert not {binder, ADDRESS} & anchors
    else:
        assert {binder, ADDRESS} <= anchors


def test_without_an_address_no_page_offers_what_is_not_there(book):
    address, pages = book
    for page in pages.glob("book/*.html"):
        offered = [offer for offer in OFFERS if offer in page.read_text()]
        # The same words prove that the search for them can find something.
        assert bool(offered) == bool(address), (page.name, offered)


def test_each_page_says_under_which_licence_its_text_stands(book):
    _, pages = book
    for page in pages.glob("book/*.html"):
        anchors = Anchors(page.read_text()).found
        assert anchors["https://creativecommons.org/licenses/by/4.0/"] == "CC BY 4.0"
