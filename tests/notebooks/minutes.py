"""How long a chapter takes a reader, worked out from the chapter: what its part *Time* says."""

import json
import math
import re
from dataclasses import dataclass

import nbformat

from tools.contents import SOLUTIONS
from tools.timings import STORED

# A slow reader's pace; most adults read 175 to 300 words a minute (Brysbaert 2019,
# https://doi.org/10.1016/j.jml.2019.104047).
WORDS_A_MINUTE = 180
SECONDS_A_CELL = 20
MINUTES_TO_TRY_AN_EXERCISE = 5
# tests/notebooks/timings.json has a chapter's run in bare starts of Spark; a laptop's takes about so long.
BARE_START_SECONDS = 4
ROUNDED_TO = 5

TIMINGS = json.loads(STORED.read_text(encoding="utf-8"))


@dataclass
class Minutes:
    """A reader's minutes, rounded up to five: for all but the exercises, and for those."""

    main_path: int
    exercises: int


def minutes(notebook, name):
    """Return how long this chapter takes; its name finds its stored run, and its exercises."""
    run = TIMINGS.get(f"chapter {name}, compared", 0) * BARE_START_SECONDS / 60
    return Minutes(_rounded_up(_reading(notebook.cells) + run), _minutes_of_exercises(name))


def _minutes_of_exercises(name):
    path = SOLUTIONS / f"{name}.ipynb"
    if not path.is_file():
        return 0
    cells = nbformat.read(path, as_version=4).cells
    tries = sum(cell.metadata.get("nbgrader", {}).get("solution", False) for cell in cells)
    return _rounded_up(_reading(cells) + tries * MINUTES_TO_TRY_AN_EXERCISE)


def words(cells):
    """Count the words of the prose. A picture's description is read in its place, not beside it."""
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return len(re.sub(r"!\[[^\]]*\]\([^)]+\)", "", prose).split())


def _reading(cells):
    code = sum(cell.cell_type == "code" for cell in cells)
    return words(cells) / WORDS_A_MINUTE + code * SECONDS_A_CELL / 60


def _rounded_up(exact):
    return ROUNDED_TO * math.ceil(exact / ROUNDED_TO)
