"""What every notebook's file looks like, before anything runs.

A test that asks for ``ran`` holds for all of them, the solutions too; one that asks for ``notebook`` for all
chapters, and one that asks for ``taught`` for those that teach.
"""

import re
import statistics
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.chapters import (
    LEFT_OPEN,
    PLAYGROUNDS,
    ROOT,
    SECOND_PARTS,
    chapters,
    exercises,
    running,
    solutions,
)
from tests.notebooks.minutes import WORDS_A_MINUTE, minutes, words

PARTS = [
    "Aims",
    "What you need",
    "Time",
    "The idea in one picture",
    "Run it",
    "Look inside",
    "Break it on purpose",
    "Exercises",
    "Summary",
    "What Databricks calls this",
    "Next",
]
# At 1280 pixels a page shows 91 columns without a scroll bar. The package keeps its 110.
CODE_COLUMNS = 88
MOST_LINES = 15
MOST_CODE_CELLS = 60
HOW_COUNTED = "../index.md#What-a-chapter-looks-like"
MACHINE_PLACES = re.compile(r"/(home|root|tmp|Users|work)/|file:/")


@pytest.fixture
def notebook(chapter):
    return nbformat.read(chapter, as_version=4)


@pytest.fixture
def ran(running):
    return nbformat.read(running, as_version=4)


@pytest.fixture
def taught(lesson):
    return nbformat.read(lesson, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def answers(notebook):
    """Return the cells that answer the page's questions: what is shown after each, up to the next text."""
    found, asked, shown = [], False, False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            asked, shown = "**Predict" in cell.source or (asked and not shown), False
        elif asked and cell.outputs:
            found.append(cell)
            shown = True
    return found


def is_folded(cell):
    """Return whether a page shows this output only when asked: the HTML's, and JupyterLab's."""
    tags, lab = cell.metadata.get("tags", []), cell.metadata.get("jupyter", {})
    return "hide-cell" in tags or ("hide-output" in tags and lab.get("outputs_hidden") is True)


def test_the_book_has_chapters():
    named = {"introduction", "the_lab"} | PLAYGROUNDS | SECOND_PARTS | LEFT_OPEN
    assert {path.stem for path in chapters()} >= named


def test_no_notebook_is_left_out_of_the_table_of_contents():
    there = {path for path in Path(ROOT, "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts}
    assert there == {*running(), *exercises()}


def test_a_chapter_is_a_valid_notebook_with_ids(ran):
    nbformat.validate(ran)
    ids = [cell.id for cell in ran.cells]
    assert len(set(ids)) == len(ids)


def test_a_page_is_read_within_twenty_minutes(ran):
    assert words(ran.cells) <= 20 * WORDS_A_MINUTE


def test_a_page_says_how_long_it_takes(notebook, chapter):
    takes = minutes(notebook, chapter.stem)
    tries = f", {takes.exercises} more for the exercises" if takes.exercises else ""
    said = f"[{takes.main_path} minutes]({HOW_COUNTED}){tries}."
    # A page to play on takes as long as a reader likes; its exercises do not.
    if chapter.stem in PLAYGROUNDS:
        said = f"[{takes.exercises} minutes]({HOW_COUNTED}) for the exercises."
    assert said in prose(notebook), said


def test_a_main_path_fits_forty_minutes(notebook, chapter):
    assert minutes(notebook, chapter.stem).main_path <= 40


def test_the_answer_to_a_prediction_is_folded_until_the_reader_opens_it(notebook):
    open_answers = [cell.id for cell in answers(notebook) if not is_folded(cell)]
    assert open_answers == []


def test_a_page_has_one_title(ran):
    assert len(re.findall(r"^# ", prose(ran), flags=re.MULTILINE)) == 1


def test_the_parts_stand_in_their_order(taught):
    headings = re.findall(r"^## (.+)$", prose(taught), flags=re.MULTILINE)
    assert [heading for heading in headings if heading in PARTS] == PARTS


def test_the_first_code_cell_holds_the_parameters(ran):
    first = code_cells(ran)[0]
    assert first.metadata.get("tags") == ["parameters"]
    assert "seed = 7" in first.source


def test_every_cell_was_run_in_order_and_none_failed(ran):
    cells = code_cells(ran)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [output for cell in cells for output in cell.outputs if output.output_type == "error"] == []


def test_nothing_was_printed_to_stderr(ran):
    streams = [
        output for cell in code_cells(ran) for output in cell.outputs if output.output_type == "stream"
    ]
    assert [output.text for output in streams if output.name == "stderr"] == []


def test_cells_are_short(notebook):
    lengths = [len(cell.source.splitlines()) for cell in code_cells(notebook)]
    assert statistics.median(lengths) <= 5
    assert max(lengths) <= MOST_LINES


def test_a_page_has_no_more_cells_than_a_reader_runs_in_forty_minutes(notebook):
    assert len(code_cells(notebook)) <= MOST_CODE_CELLS


def test_no_line_of_code_is_cut_by_the_page(ran):
    lines = [(cell.id, line) for cell in code_cells(ran) for line in cell.source.splitlines()]
    assert [(cell, line) for cell, line in lines if len(line) > CODE_COLUMNS] == []


def test_every_code_cell_follows_prose_or_another_cell_of_the_same_step(ran):
    kinds = [cell.cell_type for cell in ran.cells]
    runs = "".join("m" if kind == "markdown" else "c" for kind in kinds)
    assert "cccc" not in runs, "four code cells in a row: say what they are for"


@pytest.mark.parametrize("name", ["land", "fresh", "start", "run"])
def test_a_helper_of_one_name_is_the_same_on_every_page(name):
    """What a reader has learned of it on one page holds on the next: same arguments, same effect."""
    homes = {}
    for path in [*chapters(), *exercises(), *solutions()]:
        for cell in code_cells(nbformat.read(path, as_version=4)):
            found = re.search(rf"^def {name}\(.*?(?=^\S|\Z)", cell.source, re.MULTILINE | re.DOTALL)
            if found:
                homes.setdefault(found[0].strip(), []).append(f"{path.parent.name}/{path.stem}")
    assert len(homes) == 1, homes


def test_most_outputs_are_compared(notebook):
    with_output = [cell for cell in code_cells(notebook) if cell.outputs]
    skipped = [cell.id for cell in with_output if "nbval-ignore-output" in cell.metadata.get("tags", [])]
    assert len(with_output) >= 10
    assert len(skipped) <= len(with_output) / 10, skipped


def test_no_cell_is_skipped_or_expected_to_fail(ran):
    tags = {tag for cell in ran.cells for tag in cell.metadata.get("tags", [])}
    assert tags <= {
        "parameters",
        "hide-cell",
        "hide-input",
        "hide-output",
        "nbval-ignore-output",
        "remove-cell",
    }
    assert "remove-cell" not in tags


def test_code_waits_on_conditions_and_never_sleeps(ran):
    for cell in code_cells(ran):
        assert not re.search(r"\bsleep\(|import \*|except:|clear_output|display\.Output", cell.source), (
            cell.id
        )
        assert not cell.source.rstrip().endswith(";"), cell.id


def test_asserts_teach_a_rule(taught):
    asserts = [line for cell in code_cells(taught) for line in cell.source.splitlines() if "assert " in line]
    assert len(asserts) >= 5


def pictures(notebook):
    return re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", prose(notebook))


def test_a_chapter_has_pictures(taught):
    assert len(pictures(taught)) >= 4


def test_every_picture_is_described_and_there(notebook, chapter):
    for text, target in pictures(notebook):
        assert len(text) >= 30, f"say what {target} shows"
        assert (chapter.parent / target).is_file(), target


def test_no_machines_places_are_stored(running):
    assert MACHINE_PLACES.findall(running.read_text()) == []


def test_the_lab_is_opened(notebook, chapter):
    assert any(f'open_lab("{chapter.stem}"' in cell.source for cell in code_cells(notebook))


def test_the_lab_is_closed_or_left_to_the_reader_who_is_told_how_to_close_it(notebook, chapter):
    closes = [cell.id for cell in code_cells(notebook) if "lab.close()" in cell.source]
    if chapter.stem in LEFT_OPEN:
        assert closes == []
        assert "`lab.close()`" in prose(notebook)
    else:
        assert closes[-1:] == [code_cells(notebook)[-1].id]
