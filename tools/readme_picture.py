"""Make README's picture from the built book: a page of the silver chapter, and the control room's panel.

Run it after ``make book`` when the pages look different: ``.venv/bin/python -m tools.readme_picture``. It
needs Chromium, and the tests' packages (``make lint`` installs them).
"""

from __future__ import annotations

import base64
import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, sync_playwright

from medallion_lab.panels.palette import PAPER

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html" / "book"
PICTURE = ROOT / ".github" / "readme.png"
WIDTH, MARGIN = 1280, 16

# One beside the other, as large as they are, on the ground that all pictures of the book have.
FRAME = """<style>
body {{ margin: 0 }}
div {{ display: inline-flex; gap: 28px; padding: 28px; background: {paper} }}
img {{ display: block; border-radius: 8px; box-shadow: 0 1px 6px #0005 }}
</style><div>{images}</div>"""


def panel(browser: Browser) -> bytes:
    """Return the control room's whole recorded run, from its slider to the table of its streams."""
    page = browser.new_page(viewport={"width": WIDTH, "height": 1600})
    page.goto((BOOK / "foundations" / "control_room.html").as_uri())
    run = page.locator("figure.medallion-run").last
    # Under the bar that stays at the page's top.
    run.evaluate("run => scrollBy({top: run.getBoundingClientRect().top - 100, behavior: 'instant'})")
    top, end = _box(run), _box(run.locator(".medallion-scroll:visible").first)
    x, y = top["x"] - MARGIN, top["y"] - MARGIN
    width, height = top["width"] + 2 * MARGIN, end["y"] + end["height"] - y + MARGIN
    return page.screenshot(clip={"x": x, "y": y, "width": width, "height": height})


def _box(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box, "it is on the page, and in view"
    return box


def chapter(browser: Browser, height: int) -> bytes:
    """Return what a reader of the silver chapter sees when the ledger's answer comes into view."""
    page = browser.new_page(viewport={"width": WIDTH, "height": height})
    page.goto((BOOK / "layers" / "silver.html").as_uri())
    answer = page.locator(".cell_output", has_text="✓ balanced").first
    answer.evaluate(
        """answer => scrollBy({
            top: answer.getBoundingClientRect().bottom + 20 - innerHeight, behavior: "instant"
        })"""
    )
    column = _box(page.locator("article.bd-article"))
    return page.screenshot(clip={"x": 0, "y": 0, "width": column["x"] + column["width"], "height": height})


def main() -> None:
    """Take both pictures, put them side by side, and keep few colours: the file comes with each clone."""
    if not BOOK.is_dir():
        sys.exit(f"Got: no built pages in {BOOK}\nNeeded: the book\nNext: run `make book`, then this again")
    chosen = os.environ.get("MEDALLION_LAB_CHROMIUM") or shutil.which("chromium")
    # In a container the user is root, where Chromium's sandbox cannot start.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chosen, args=arguments)
        shown = panel(browser)
        height = Image.open(io.BytesIO(shown)).height
        sources = [base64.b64encode(part).decode() for part in (chapter(browser, height), shown)]
        images = "".join(f'<img src="data:image/png;base64,{source}">' for source in sources)
        page = browser.new_page(viewport={"width": 2 * WIDTH, "height": 2 * height})
        page.set_content(FRAME.format(paper=PAPER, images=images))
        both = page.locator("div").screenshot()
        browser.close()
    picture = Image.open(io.BytesIO(both)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    PICTURE.parent.mkdir(exist_ok=True)
    picture.save(PICTURE, optimize=True)
    size = f"{picture.width} x {picture.height}, {PICTURE.stat().st_size // 1024} KB"
    print(f"{PICTURE.relative_to(ROOT)}: {size}")


if __name__ == "__main__":
    main()
