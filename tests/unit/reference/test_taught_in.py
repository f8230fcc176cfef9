"""A module that says where it is taught names a page of the book."""

import re

import pytest

from tests.unit.reference.pages import ROOT, toc_pages

PACKAGE = ROOT / "medallion_lab"
NAMED = {
    path.relative_to(ROOT).as_posix(): re.findall(r"book/[\w/]+\.(?:ipynb|md)", found[1])
    for path in sorted(PACKAGE.rglob("*.py"))
    if (
        found := re.search(
            r"Taught in:\s(.*?)(?:\n\n|\"\"\"|Source:)", path.read_text(encoding="utf-8"), re.DOTALL
        )
    )
}
PAGES = {page.relative_to(ROOT).as_posix() for page in toc_pages()}


@pytest.mark.parametrize("module", NAMED)
def test_a_module_is_taught_on_a_page_that_is_in_the_book(module):
    assert NAMED[module], "say on which page: book/.../name.ipynb"
    assert set(NAMED[module]) <= PAGES


@pytest.mark.parametrize("room", ["layers", "observe", "shop", "autoloader", "runtime", "databricks"])
def test_each_module_of_these_rooms_says_where_it_is_taught(room):
    modules = [path for path in (PACKAGE / room).glob("*.py") if path.name != "__init__.py"]
    assert [path.name for path in modules if path.relative_to(ROOT).as_posix() not in NAMED] == []
