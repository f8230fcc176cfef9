"""CONTRIBUTING's map leads from each term that the package holds to its modules, and keeps up with them."""

import re
import shutil

import pytest

from tests.unit.reference.pages import ROOT
from tools.map import BEGIN, END, PACKAGE, draw, glossary, modules, terms_of, with_map

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
# Panels are looked up by what they show, and what Databricks has by its own names.
WITHOUT_A_TERM = ("panels", "databricks")
OF_A_TERM = [path for path in modules() if path.relative_to(PACKAGE).parts[0] not in WITHOUT_A_TERM]


@pytest.fixture
def project(tmp_path):
    """A copy of what the map is made of."""
    shutil.copytree(ROOT / PACKAGE, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "book" / "reference").mkdir(parents=True)
    shutil.copy(ROOT / "book" / "reference" / "glossary.md", tmp_path / "book" / "reference")
    return tmp_path


@pytest.mark.parametrize("module", OF_A_TERM, ids=str)
def test_a_module_names_its_term_and_its_chapter(module):
    text = (ROOT / module).read_text(encoding="utf-8")
    assert terms_of(module), (
        f'{module} names no term: write a line such as "Term: watermark." into its docstring, on a line of '
        'its own above "Taught in:" ("Terms: silver, merge." for several). Take a heading of '
        "book/reference/glossary.md, or add an entry there, to which a page of the book has to link. "
        "Then run make map"
    )
    assert re.search(r"Taught in: book/", text), (
        f'{module}: say on which page, "Taught in: book/.../name.ipynb."'
    )


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_term_that_a_module_names_is_in_the_glossary(module):
    unknown = set(terms_of(module)) - set(glossary())
    assert unknown == set(), (
        f"{module} names {', '.join(sorted(unknown))}: write it as the heading in book/reference/glossary.md "
        "does, or add an entry there"
    )


def test_the_map_is_up_to_date():
    assert with_map(PAGE, draw()) == PAGE, (
        "a term or a module has changed: run make map, and commit CONTRIBUTING.md"
    )


def test_the_map_names_every_module_and_only_files_that_are_there():
    linked = re.findall(r"\]\((medallion_lab/[^)]+)\)", PAGE.split(BEGIN)[1].split(END)[0])
    assert {str(path) for path in OF_A_TERM} <= set(linked)
    assert [path for path in linked if not (ROOT / path).is_file()] == []


def test_a_module_that_is_renamed_makes_the_map_stale(project):
    assert draw(project) == draw()
    (project / PACKAGE / "layers" / "quality.py").rename(project / PACKAGE / "layers" / "rules.py")
    assert with_map(PAGE, draw(project)) != PAGE
    assert "[layers/rules.py](medallion_lab/layers/rules.py)" in draw(project)


def test_a_new_module_without_a_term_is_found(project):
    (project / PACKAGE / "layers" / "history.py").write_text('"""Keep history as rows."""\n')
    (module,) = set(modules(project)) - set(modules())
    assert terms_of(module, project) == []


@pytest.mark.parametrize(
    ("line", "terms"),
    [
        ("Term: watermark.", ["watermark"]),
        ("Terms: silver, merge.", ["silver", "merge"]),
        ("Term watermark", []),
    ],
)
def test_terms_are_read_from_a_line_of_the_docstring(tmp_path, line, terms):
    (tmp_path / "late.py").write_text(f'"""Late.\n\n{line}\nTaught in: book/layers/gold.ipynb.\n"""\n')
    assert terms_of("late.py", tmp_path) == terms
