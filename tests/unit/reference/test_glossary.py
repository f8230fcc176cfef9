"""The glossary: each word of the field once, and a way to it from where a chapter says it first."""

import re

import pytest

from tests.unit.reference.pages import REFERENCE, ROOT, headings, links, markdown, slug, toc_pages

GLOSSARY = REFERENCE / "glossary.md"
TERMS = headings(GLOSSARY, "###")
ENTRIES = dict(zip(TERMS, re.split(r"^### .+$", markdown(GLOSSARY), flags=re.MULTILINE)[1:], strict=True))
READING = [page for page in toc_pages() if page.parent != REFERENCE]
LINKED_TERM = re.compile(r"\[\*\*([^*]+)\*\*\]\([^)]*glossary\.md#([\w-]+)\)")
BOLD = re.compile(r"\*\*([^*]+)\*\*")


def plain(text):
    return " ".join(text.split()).rstrip(".:,").lower()


def linked(page):
    return {anchor for target, anchor in links(page) if target == GLOSSARY}


def test_each_term_is_defined_once():
    slugs = [slug(term) for term in TERMS]
    assert [term for term in slugs if slugs.count(term) > 1] == []
    assert len(slugs) >= 80


def test_terms_stand_in_order_under_their_letter():
    assert [term.lower() for term in TERMS] == sorted(
        (term.lower() for term in TERMS), key=lambda t: t.replace("-", " ")
    )
    for part in re.split(r"^## ", markdown(GLOSSARY), flags=re.MULTILINE)[1:]:
        letter, _, rest = part.partition("\n")
        assert {term[0].upper() for term in re.findall(r"^### (.+)$", rest, flags=re.MULTILINE)} == {letter}


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_explained_and_says_which_chapter_teaches_it(term):
    explanation, taught, where = ENTRIES[term].partition("Taught in")
    assert len(explanation.split()) >= 8
    assert taught
    assert re.search(r"\]\(\.\./[\w/]+\.(ipynb|md)\)", where)


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_not_explained_by_itself_and_its_neighbours_exist(term):
    neighbours = re.findall(r"\]\(#([\w-]+)\)", ENTRIES[term])
    assert slug(term) not in neighbours
    assert set(neighbours) <= {slug(other) for other in TERMS}


@pytest.mark.parametrize("page", toc_pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_link_to_the_glossary_finds_its_term(page):
    assert linked(page) - {slug(term) for term in TERMS} - {""} == set()


@pytest.mark.parametrize("term", TERMS)
def test_a_chapter_leads_to_each_term(term):
    assert any(slug(term) in linked(page) for page in READING), (
        f"no page links to {term}: link it, or drop it"
    )


@pytest.mark.parametrize("page", READING, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_where_a_page_links_a_term_it_links_its_first_mention_in_bold(page):
    text = markdown(page)
    late = []
    for term in linked(page):
        names = {plain(name) for name, target in LINKED_TERM.findall(text) if target == term}
        names |= {plain(name) for name in TERMS if slug(name) == term}
        first = next((match for match in BOLD.finditer(text) if plain(match[1]) in names), None)
        if first and not LINKED_TERM.match(text, first.start() - 1):
            late.append(f"{term}: {text[first.start() : first.end() + 30]!r}")
    assert late == []
