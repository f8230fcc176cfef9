"""Tell the search page which chapter teaches each term of the glossary, so that it stands first.

An extension of Sphinx's: it puts the terms and their pages into the search page, where
``book/_static/search_scorer.js`` reads them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

GLOSSARY = PurePosixPath("book/reference/glossary.md")
ENTRY = re.compile(r"^### ([^\n]+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
TAUGHT_IN = re.compile(r"Taught\s+in\s+\[[^\]]*\]\(\.\./([\w/]+)\.ipynb")


def term_homes(text: str) -> dict[str, str]:
    """Return term in small letters -> the page that teaches it, of a glossary's text."""
    found = {term: TAUGHT_IN.search(entry) for term, entry in ENTRY.findall(text)}
    return {term.lower(): f"{GLOSSARY.parts[0]}/{home[1]}" for term, home in found.items() if home}


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the homes to the search page."""
    glossary = Path(app.srcdir, GLOSSARY)
    text = glossary.read_text(encoding="utf-8") if glossary.is_file() else ""
    homes = json.dumps(term_homes(text))

    def add_homes(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
        if page == "search":
            app.add_js_file(None, body=f"window.medallionTermHomes = {homes};", priority=100)

    app.connect("html-page-context", add_homes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
