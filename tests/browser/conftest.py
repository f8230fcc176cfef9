"""What the browser tests share: a browser, the built book on a loopback port, and a report on each page."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright

from tools.contents import pages

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"

BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# View -> width, height, colour scheme.
VIEWS = {
    "desktop-light": (1280, 800, "light"),
    "desktop-dark": (1280, 800, "dark"),
    "phone": (390, 844, "light"),
}

# Only what the law asks for; axe's "best practices" are advice.
AXE_OPTIONS = {
    # Axe would fetch style sheets a second time, from addresses that do not exist.
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
}

# Answers and solutions are folded; what holds for a page holds for them too. A frame later its script has
# given names to what now scrolls.
OPEN_FOLDS = """async () => {
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))));
  // What unfolds fades in: half-way its colours are not those that a reader reads.
  await Promise.allSettled(document.getAnimations().map((motion) => motion.finished));
}"""

# Everything that the tests ask of a page, read in one go.
LOOK = """() => {
  const inView = (e) => e.getClientRects().length > 0;
  const name = (e) => (e.getAttribute("class") || e.tagName).toString().slice(0, 80);
  const scrolls = (e) => e.scrollWidth > e.clientWidth + 1;

  // Where a page could be pushed sideways: the page itself, and every box around its heading.
  const sideways = [];
  const heading = document.querySelector("h1");
  for (let box = heading; box; box = box.parentElement) {
    if (inView(box) && scrolls(box)) sideways.push(name(box));
  }

  const boxes = [...document.querySelectorAll(".bd-article *")].filter(
    (e) => inView(e) && scrolls(e) && ["auto", "scroll"].includes(getComputedStyle(e).overflowX));
  return {
    title: heading ? heading.firstChild.textContent.trim() : "",
    sideways,
    silent_scrollers: boxes.filter((e) => e.tabIndex < 0 || !e.getAttribute("aria-label")).map(name),
    images: [...document.images].map((img) => ({
      source: img.getAttribute("src"),
      alt: img.getAttribute("alt"),
      loaded: img.complete && img.naturalWidth > 0,
      // Beside a text in the same link or button a picture adds nothing: it may be silent.
      labelled: !!img.closest("a, button")?.textContent.trim(),
    })),
  };
}"""


def toc_pages() -> list[str]:
    """Return the HTML name of every page that _toc.yml names, and of the search page."""
    names = [page.relative_to(ROOT).with_suffix(".html").as_posix() for page in pages()]
    return [*names, "search.html"]


def pytest_generate_tests(metafunc):
    """A failure names its page: the pages come from _toc.yml, for at collection the book may not be built."""
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", toc_pages())
    if "chapter" in metafunc.fixturenames:
        chapters = [name for name in toc_pages() if (ROOT / name).with_suffix(".ipynb").is_file()]
        metafunc.parametrize("chapter", chapters)
    if "view" in metafunc.fixturenames:
        metafunc.parametrize("view", VIEWS)


# ---------------------------------------------------------------- the browser
def browsers_to_try(playwright: Playwright) -> Iterator[str]:
    """Yield browsers from the nearest to the furthest; the last ones are installed when asked for."""
    if chosen := os.environ.get("MEDALLION_LAB_CHROMIUM"):
        yield chosen
    yield from filter(None, map(shutil.which, BROWSER_NAMES))
    yield playwright.chromium.executable_path
    # Playwright's download is not to be had from everywhere.
    attempt([sys.executable, "-m", "playwright", "install", "chromium"])
    yield playwright.chromium.executable_path
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempt(["apt-get", "update"])
        attempt(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
        yield from filter(None, map(shutil.which, BROWSER_NAMES))


def attempt(command: list[str]) -> None:
    print(f"No browser yet; trying: {' '.join(command)}")
    try:
        subprocess.run(command, check=False, timeout=600, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"That did not work: {error}")


def start_browser(playwright: Playwright) -> Browser:
    failures = []
    # In a container the user is root, where Chromium's sandbox cannot start, and /dev/shm is small.
    arguments = [
        "--disable-dev-shm-usage",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        # What a page asks other sites for is noted, and never answered. To do so request by request would
        # turn the browser's cache off: each page would load the theme again.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    for executable in browsers_to_try(playwright):
        if not Path(executable).is_file():
            failures.append(f"{executable}: no such file")
            continue
        try:
            return playwright.chromium.launch(executable_path=executable, args=arguments)
        except Error as error:
            failures.append(f"{executable}: {str(error).strip().splitlines()[0]}")
    pytest.fail(
        f"Got: no browser that starts ({'; '.join(failures)})\n"
        "Needed: Chromium or Chrome, to look at the built pages\n"
        "Next: install the package chromium, or name a browser in MEDALLION_LAB_CHROMIUM",
        pytrace=False,
    )


@pytest.fixture(scope="session")
def browser(site):
    with sync_playwright() as playwright:
        browser = start_browser(playwright)
        yield browser
        browser.close()


# ---------------------------------------------------------------- the site
class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def site():
    """The built book's address. It is built before the tests, from scratch, by ``make test``."""
    if not (HTML / "index.html").is_file():
        pytest.fail(f"Got: no book in {HTML}\nNeeded: the built HTML\nNext: run `make book`", pytrace=False)
    handler = functools.partial(QuietHandler, directory=str(HTML))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def html():
    """The folder of the built book."""
    return HTML


# ---------------------------------------------------------------- looking at a page
@dataclass
class Visit:
    """A page in the browser, and what it did while it was open."""

    page: Page
    errors: list[str] = field(default_factory=list)
    foreign_requests: list[str] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)


@contextmanager
def visiting(context: BrowserContext, site: str, page_name: str, *, until: str = "load") -> Iterator[Visit]:
    """Open a page of the book, and close it at the end."""
    visit = Visit(context.new_page())

    def note_request(request):
        if not request.url.startswith((f"{site}/", "data:", "blob:")):
            visit.foreign_requests.append(request.url)

    def note_console(message):
        # A resource that failed is noted as a failed or a foreign request, with its address.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            visit.errors.append(message.text)

    def note_status(response):
        if response.status >= 400:
            visit.failed_requests.append(f"{response.status} {response.url.removeprefix(site)}")

    visit.page.on("request", note_request)
    visit.page.on("console", note_console)
    visit.page.on("pageerror", lambda error: visit.errors.append(str(error)))
    visit.page.on("websocket", lambda socket: visit.foreign_requests.append(socket.url))
    visit.page.on("response", note_status)
    visit.page.goto(f"{site}/{page_name}", wait_until=until)
    try:
        yield visit
    finally:
        visit.page.close()


@contextmanager
def looking(browser: Browser, view: str, **options: Any) -> Iterator[BrowserContext]:
    """Give one reader's browser in a view: with a cache and settings of its own, both empty."""
    width, height, scheme = VIEWS[view]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **options)
    context.set_default_timeout(15_000)
    try:
        yield context
    finally:
        context.close()


@pytest.fixture
def visit(browser, site):
    """Open a page for a test that clicks and types: ``visit(page_name, view, **options of the context)``."""
    with ExitStack() as open_visits:

        def open_page(page_name: str, view: str = "desktop-light", **options: Any) -> Visit:
            context = open_visits.enter_context(looking(browser, view, **options))
            return open_visits.enter_context(visiting(context, site, page_name))

        yield open_page


def violations(page: Page, within: str | None = None) -> list[str]:
    """Return what axe finds serious or critical, on the page or in some elements of it (a CSS selector)."""
    found = Axe().run(page, context=within, options=AXE_OPTIONS).response["violations"]
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:120]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.fixture(scope="session")
def find_violations():
    """What is not accessible: ``find_violations(page, within=None)``."""
    return violations


@dataclass
class Report:
    """What one load of a page showed."""

    errors: list[str]
    foreign_requests: list[str]
    failed_requests: list[str]
    axe: list[str]
    title: str
    sideways: list[str]
    silent_scrollers: list[str]
    images: list[dict]


@pytest.fixture(scope="session")
def contexts(browser):
    """A reader's browser for each view, who goes from page to page and changes nothing."""
    with ExitStack() as closing:
        yield {view: closing.enter_context(looking(browser, view)) for view in VIEWS}


@pytest.fixture(scope="session")
def report(contexts, site):
    """Report on a page: ``report(page_name, view)``. Each page is loaded once a view, whoever asks."""

    @functools.cache
    def look(page_name: str, view: str) -> Report:
        with visiting(contexts[view], site, page_name, until="networkidle") as visit:
            visit.page.evaluate(OPEN_FOLDS)
            seen = visit.page.evaluate(LOOK)
            axe = violations(visit.page)
            return Report(visit.errors, visit.foreign_requests, visit.failed_requests, axe, **seen)

    return look


@pytest.fixture
def glance(contexts, site):
    """Open a page for a test that changes nothing: ``glance(page_name)``."""
    with ExitStack() as open_visits:
        yield lambda name: open_visits.enter_context(visiting(contexts["desktop-light"], site, name))
