"""Exercises are made of their solutions, open in nbgrader, and stand in one form."""

import re

import nbformat
import pytest
from nbgrader.preprocessors import CheckCellMetadata, ClearHiddenTests, ClearSolutions

from medallion_lab.classroom.exercise import CHAPTERS, exercises_of
from tests.notebooks.chapters import chapters, exercises, solutions
from tests.notebooks.test_form import MOST_LINES, code_cells
from tools.contents import EXERCISES
from tools.exercises import derived

MARK = re.compile(r"^ *### (?:BEGIN|END) ", re.MULTILINE)
# A solution's reason stands in the cell of the answer, where a learner has room for theirs.
COMMENT = re.compile(r"^ *#")
KINDS = ("predict", "repair", "build")
CAPSTONE = "capstone"
POINTS = {"predict": 1, "repair": 2, "build": 3}


@pytest.fixture
def notebook(solved):
    return nbformat.read(solved, as_version=4)


def graded(notebook, is_answer):
    marked = [cell for cell in code_cells(notebook) if "nbgrader" in cell.metadata]
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in marked
        if cell.metadata.nbgrader.solution == is_answer
    }


def without_stubs(source):
    return re.sub(
        r"^ *(?:\.\.\.|# YOUR CODE HERE|raise NotImplementedError\(\))\n?", "", source, flags=re.MULTILINE
    ).strip()


def test_each_chapter_that_has_exercises_has_both_notebooks_in_its_order():
    assert [path.stem for path in solutions()] == list(CHAPTERS)
    assert [path.stem for path in exercises()] == list(CHAPTERS)
    in_order = [path.stem for path in chapters() if path.stem in CHAPTERS]
    assert [name for name in CHAPTERS if name in in_order] == in_order


def test_the_exercises_are_in_step_with_their_solutions(solved):
    assert derived(solved) == (EXERCISES / solved.name).read_text(encoding="utf-8"), "run `make exercises`"


def test_nbgrader_opens_it_and_cuts_out_the_same(solved, notebook):
    resources = {}
    for tool in (CheckCellMetadata, ClearSolutions, ClearHiddenTests):
        notebook, resources = tool().preprocess(notebook, resources)
    ours = nbformat.reads(derived(solved), as_version=4)
    name = solved.stem
    for cell, own in zip(notebook.cells, ours.cells, strict=True):
        theirs = cell.source.replace(f"{name}_solutions", f"{name}_exercises").replace(
            "# Solutions: ", "# Exercises: "
        )
        assert without_stubs(theirs) == without_stubs(own.source)


def test_no_answer_is_left_in_the_exercises(solved):
    for cell in code_cells(nbformat.reads(derived(solved), as_version=4)):
        assert not MARK.search(cell.source)
        assert "nbgrader" not in cell.metadata or cell.outputs == []


def test_a_chapter_has_an_exercise_of_each_kind_each_with_answer_and_check(solved, notebook):
    names = list(exercises_of(solved.stem))
    assert [name for name in names if name in KINDS] == list(KINDS) or solved.stem == CAPSTONE
    answers = [f"{name}-answer" for name in names]
    # The capstone asks for tables first, a cell for each; what is checked are the questions about them.
    assert [name for name in graded(notebook, True) if name in answers or solved.stem != CAPSTONE] == answers
    checks = graded(notebook, False)
    assert list(checks) == [f"{name}-check" for name in names]
    for name, cell in zip(names, checks.values(), strict=True):
        assert f'practice.check("{name}", ' in cell.source
        assert "### BEGIN HIDDEN TESTS\nassert verdict" in cell.source
        assert cell.outputs[-1].data["text/plain"].startswith("Right: ")
        assert cell.metadata.nbgrader.points == POINTS[name.partition("_")[0]]


def test_hints_unfold_one_at_a_time_and_the_solution_is_the_last(solved, notebook):
    for name in exercises_of(solved.stem):
        cells = [
            c.source
            for c in notebook.cells
            if c.cell_type == "markdown" and f'practice.solution("{name}")' in c.source
        ]
        assert len(cells) == 1, name
        summaries = re.findall(r"<details><summary>(.*?)</summary>", cells[0])
        assert len(summaries) >= 2
        assert summaries == [*(f"Hint {n}" for n in range(1, len(summaries))), "The solution"]
        # Each stands in the one before it.
        assert cells[0].rstrip().endswith("</details>" * len(summaries))


def test_cells_are_short(notebook):
    for cell in code_cells(notebook):
        lines = [line for line in cell.source.splitlines() if not COMMENT.match(line)]
        assert len(lines) <= MOST_LINES, cell.id


def test_what_happens_is_folded_until_it_has_been_predicted(notebook):
    """What is shown after a question, up to the next exercise, is folded in the page and in JupyterLab."""
    part = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (
            heading := re.search(r"^## \d+\. (\w+)", cell.source, re.MULTILINE)
        ):
            part = heading[1]
        is_mine = "nbgrader" in cell.metadata or cell.id.endswith("-data")
        if part == "Predict" and cell.cell_type == "code" and not is_mine and cell.outputs:
            assert "hide-output" in cell.metadata.get("tags", []), cell.id
            assert cell.metadata.jupyter.outputs_hidden, cell.id


def test_what_happens_on_spark_is_handed_in_too_and_is_right(solved, notebook):
    """So the oracle, plain Python, is compared with Spark. The capstone's answers are Spark's own."""
    for name in exercises_of(solved.stem):
        if name.startswith("predict"):
            [cell] = [cell for cell in code_cells(notebook) if cell.id == f"{name}-agree"]
            assert f'practice.check("{name}", happened, is_yours=False)' in cell.source
            assert cell.outputs[-1].data["text/plain"].startswith("Right: ")


def test_the_lab_is_the_solutions_own_and_closed(solved, notebook):
    assert any(f'open_lab("{solved.stem}_solutions"' in cell.source for cell in code_cells(notebook))
    assert "lab.close()" in code_cells(notebook)[-1].source
