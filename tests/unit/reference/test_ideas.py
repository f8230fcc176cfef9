"""The map of the ideas leads into every chapter, and each step of a first notebook to its page."""

import re

from tests.notebooks.chapters import chapters
from tests.unit.reference.pages import REFERENCE, headings, links, markdown

IDEAS = REFERENCE / "ideas.md"


def rows(part):
    text = markdown(IDEAS).partition(f"## {part}\n")[2].partition("\n## ")[0]
    return [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")][1:]


def test_every_idea_has_a_question_and_a_section_to_go_to():
    for part in headings(IDEAS, "##"):
        assert rows(part), part
        for idea, question, where in rows(part):
            assert idea.strip(), part
            assert question.strip(), idea
            assert re.search(r"\.ipynb#[^)\s]+\)", where), idea


def test_questions_are_questions():
    parts = [part for part in headings(IDEAS, "##") if part != "A first notebook, step by step"]
    asked = [question.strip() for part in parts for _, question, _ in rows(part)]
    assert [question for question in asked if not question.endswith("?")] == []
    assert len(set(asked)) == len(asked)


def test_every_chapter_is_on_the_map():
    assert set(chapters()) - {target for target, _ in links(IDEAS)} == set()


def test_the_starting_notebooks_functions_are_found():
    steps = " ".join(step for step, *_ in rows("A first notebook, step by step"))
    for name in (
        "generate_sales_data",
        "listStream",
        "stopStream",
        "cleanup",
        "checkpointLocation",
        "display",
    ):
        assert name in steps
