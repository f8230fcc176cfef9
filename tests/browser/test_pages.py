"""The built book, seen by a reader: every page, by day and by night, at a desk and on a phone."""

import json
import posixpath
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from playwright.sync_api import expect

from tools.address import binder, repository

SAYS_NOTHING = re.compile(r"(?i)(image|picture|figure|diagram|svg|screenshot)?\.?|.*\.(svg|png|jpe?g|gif)")


# ---------------------------------------------------------------- each page, in each view
def test_a_page_has_a_title_and_logs_no_error(report, page_name, view):
    seen = report(page_name, view)
    assert seen.title
    assert seen.errors == []


def test_a_page_asks_no_other_site_for_anything(report, page_name, view):
    assert report(page_name, view).foreign_requests == []


def test_a_page_finds_all_its_own_files(report, page_name, view):
    assert report(page_name, view).failed_requests == []


def test_a_page_is_accessible(report, page_name, view):
    assert report(page_name, view).axe == []


def test_no_page_is_wider_than_its_screen(report, page_name, view):
    assert report(page_name, view).sideways == []


def test_what_scrolls_sideways_has_a_name_and_is_in_reach_of_the_keyboard(report, page_name, view):
    assert report(page_name, view).silent_scrollers == []


def test_every_picture_is_there_and_says_what_it_shows(report, page_name, view):
    images = report(page_name, view).images
    assert [image["source"] for image in images if not image["loaded"]] == []
    silent = [i["source"] for i in images if not i["labelled"] and SAYS_NOTHING.fullmatch(i["alt"] or "")]
    assert silent == []
    assert [image["source"] for image in images if image["alt"] is None] == []


@pytest.mark.parametrize("address", ["https://example.org/font.woff2", "http://192.0.2.1/"])
def test_what_a_page_asks_of_another_site_is_noted_and_not_answered(glance, address):
    opened = glance("book/index.html")
    ask = "address => fetch(address, {mode: 'no-cors'}).then(() => 'answered', () => 'refused')"
    assert opened.page.evaluate(ask, address) == "refused"
    assert opened.foreign_requests == [address]


# ---------------------------------------------------------------- the pages together
class Links(HTMLParser):
    """The links and the anchors of one built page."""

    def __init__(self, text):
        super().__init__()
        self.targets, self.anchors = [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.anchors.add(values.get("id") or "")
        if tag == "a" and values.get("href"):
            self.targets.append(values["href"])
        if tag == "meta" and (values.get("http-equiv") or "").lower() == "refresh":
            self.targets.append(values["content"].partition("url=")[2])


@pytest.fixture(scope="module")
def crawl(html):
    """Every page that can be reached from the start, and every link that leads nowhere."""
    pages, broken, queue = {}, [], ["index.html"]

    def read(name):
        if name not in pages:
            pages[name] = Links((html / name).read_text(encoding="utf-8"))
            queue.append(name)
        return pages[name]

    read("index.html")
    for name in queue:
        for target in read(name).targets:
            if urlsplit(target).scheme or target.startswith("//"):
                continue
            path, anchor = urldefrag(target)
            path = unquote(urlsplit(path).path)
            found = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            is_page = found.endswith(".html") and (html / found).is_file()
            if not (html / found).is_file() or (is_page and unquote(anchor) not in read(found).anchors):
                broken.append(f"{name} -> {target}")
    return pages, broken


def test_no_link_leads_nowhere(crawl):
    _, broken = crawl
    assert broken == []


def test_every_page_can_be_reached_from_the_first(crawl, html):
    reached = set(crawl[0])
    assert {
        "book/index.html",
        "book/foundations/introduction.html",
        "book/foundations/the_lab.html",
    } <= reached
    built = {page.relative_to(html).as_posix() for page in html.rglob("*.html")}
    # The search page is reached through the search field.
    assert {name for name in built if not name.startswith(("_static/", "_sources/"))} - reached <= {
        "search.html"
    }


# ---------------------------------------------------------------- what a reader does
def test_the_colour_button_changes_the_page_and_is_remembered(visit):
    page = visit("book/index.html", "desktop-light").page
    theme = "document.documentElement.dataset.theme"
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    assert page.evaluate(theme) == "light"
    for _ in range(2):  # from "as the system" to light, then to dark, or straight to dark
        if page.evaluate(theme) == "light":
            page.locator(".theme-switch-button:visible").first.click()
    assert page.evaluate(theme) == "dark"
    assert page.evaluate(background) != light
    page.reload()
    assert page.evaluate(theme) == "dark"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("gold.html#a-table-for-a-model", "gold_in_use.html#a-table-for-a-model"),
        ("streams.html#what-may-you-change", "streams_state.html#what-may-you-change"),
    ],
)
def test_the_address_of_a_section_that_has_moved_leads_to_its_new_place(glance, old, new):
    page = glance(f"book/layers/{old}").page
    page.wait_for_url(f"**/book/layers/{new}")
    assert page.locator(f"[id='{new.partition('#')[2]}']").count() == 1


def test_an_answer_is_folded_until_the_reader_opens_it(visit):
    fold = visit("book/layers/silver.html").page.locator("details.hide").first
    button, answer = fold.locator("summary"), fold.locator(".cell_output, .output").first
    expect(answer).to_be_hidden()
    expect(button).to_have_accessible_name("Show what happened")
    button.focus()
    button.press("Enter")
    expect(answer).to_be_visible()
    expect(button).to_have_accessible_name("Hide what happened")


def test_searching_for_a_chapters_title_finds_the_chapter(glance, report, chapter):
    opened = glance("book/index.html")
    page = opened.page
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input[type=search]").fill(report(chapter, "desktop-light").title)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.locator(f"#search-results a[href*='{chapter}']").first.wait_for()
    assert opened.foreign_requests == []
    assert opened.errors == []


@pytest.mark.parametrize(
    ("asked", "home"),
    [("watermark", "layers/"), ("quarantine", "layers/silver"), ("rescued data", "foundations/introduction")],
)
def test_a_term_leads_to_its_chapter_first_and_opens_where_it_is_told(visit, asked, home):
    page = visit(f"search.html?q={asked}", "desktop-light").page
    first = page.locator("#search-results li a").first
    first.wait_for()
    assert home in first.get_attribute("href")
    first.click()
    page.wait_for_function("location.hash !== ''")
    section = page.locator(f"[id='{unquote(page.evaluate('location.hash.slice(1)'))}']")
    assert asked in section.inner_text().lower()
    assert section.evaluate("element => Math.abs(element.getBoundingClientRect().top) < innerHeight")


def test_a_page_that_no_search_has_found_opens_at_its_top(visit):
    page = visit("search.html?q=quarantine", "desktop-light").page
    page.locator("#search-results li a").first.wait_for()
    page.goto(page.url.replace("search.html?q=quarantine", "book/layers/silver.html"))
    assert page.evaluate("[location.hash, scrollY]") == ["", 0]


def test_the_first_tab_offers_to_skip_to_the_text(glance, page_name):
    page = glance(page_name).page
    # The search page puts the cursor into its field: a reader's Tab starts there.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    link = page.locator("#pst-skip-link a")
    assert link.evaluate("link => link === document.activeElement")
    page.wait_for_function("document.querySelector('#pst-skip-link').getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#main-content'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#main-content').contains(document.activeElement)")


def test_a_chapter_opens_on_binder_once_the_repository_has_an_address(glance, chapter):
    """What it then says is proved in tests/unit/publishing/test_buttons.py, on pages built with one."""
    page = glance(chapter).page
    launch = page.get_by_role("button", name="Launch interactive content")
    offered = page.locator(".dropdown-launch-buttons a:visible")
    if address := repository():
        launch.click()
        (link,) = offered.all()
        place, _, _ = binder(address).partition("?")
        notebook = chapter.removesuffix(".html") + ".ipynb"
        assert link.get_attribute("href") == f"{place}?urlpath=lab/tree/{notebook}"
    else:
        assert launch.count() == offered.count() == 0


def test_no_page_offers_a_report_or_a_repository_that_is_not_there(glance, page_name):
    page = glance(page_name).page
    wanted = 1 if repository() else 0
    reports = page.get_by_role("link", name="Report an error on this page")
    assert reports.count() == wanted
    assert (page.locator(".bd-header-article a[href*='/issues/new']").count() > 0) == bool(wanted)


def test_a_chapter_can_be_downloaded_as_a_notebook(glance, html, chapter):
    page = glance(chapter).page
    page.get_by_role("button", name="Download this page").click()
    href = page.locator(".dropdown-download-buttons a:visible").first.get_attribute("href")
    downloaded = html / posixpath.normpath(posixpath.join(posixpath.dirname(chapter), href))
    assert downloaded.name == posixpath.basename(chapter).removesuffix(".html") + ".ipynb"
    assert json.loads(downloaded.read_text(encoding="utf-8"))["cells"]
