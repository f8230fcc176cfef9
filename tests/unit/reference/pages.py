"""The book's pages as text: their Markdown, their headings, their links, what their code imports."""

import ast
import json
import re
from functools import cache

from tests.notebooks.chapters import ROOT
from tools.contents import pages
from tools.headings import anchor

BOOK = ROOT / "book"
REFERENCE = BOOK / "reference"


def toc_pages():
    """Return the files of the table of contents, in reading order."""
    return pages()


@cache
def cells(notebook, kind):
    stored = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in stored if cell["cell_type"] == kind]


@cache
def markdown(page):
    """Return a page's text, without the code in fences."""
    text = page.read_text(encoding="utf-8") if page.suffix == ".md" else "\n\n".join(cells(page, "markdown"))
    return re.sub(r"^(`{3,}).*?^\1`*$", "", text, flags=re.MULTILINE | re.DOTALL)


def headings(page, level="#{1,3}"):
    return [text.strip() for text in re.findall(rf"^{level} (.+)$", markdown(page), flags=re.MULTILINE)]


def slug(heading):
    """Return the anchor of a heading, by the text that a reader sees."""
    return anchor(re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", heading))


def links(page):
    """Return (target, anchor) of each link that stays in the book; the target is a file."""
    text = re.sub(r"(`+).+?\1(?!\()", "", markdown(page), flags=re.DOTALL)
    found = re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", text)
    inside = [target.partition("#") for target in found if not re.match(r"\w+:", target)]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in inside]


def python(notebook):
    """Return the syntax trees of a notebook's code cells, without IPython's own lines."""
    for source in cells(notebook, "code"):
        if source.startswith("%%"):
            continue
        yield ast.parse(re.sub(r"^[%!].*$", "pass", source, flags=re.MULTILINE))
