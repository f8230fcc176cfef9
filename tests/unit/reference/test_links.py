"""Every link inside the book leads to a page of it, and to a heading that is there."""

import pytest

from tests.unit.reference.pages import ROOT, headings, links, slug, toc_pages


def anchors(page):
    return {slug(heading) for heading in headings(page)} if page.suffix in (".md", ".ipynb") else set()


@pytest.mark.parametrize("page", toc_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_link_of_a_page_leads_nowhere(page):
    lost = [
        f"{target.name}#{anchor}"
        for target, anchor in links(page)
        if not target.is_file() or (anchor and anchor not in anchors(target))
    ]
    assert lost == []


def test_pages_of_the_book_link_only_to_pages_that_are_in_it():
    pages = set(toc_pages())
    strangers = {
        f"{page.name} -> {target.name}"
        for page in pages
        for target, _ in links(page)
        if target.suffix in (".md", ".ipynb") and target not in pages
    }
    assert strangers == set()
