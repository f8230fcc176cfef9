"""How long a chapter takes a reader, worked out from the chapter: what its part *Time* says."""

import json
import math
import re
from dataclasses import dataclass

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
    """Return how long this notebook takes; its name finds its stored run."""
    cells = {False: [], True: []}
    part = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := re.findall(r"^## (.+)$", cell.source, re.MULTILINE)):
            part = found[-1]
        cells[part == "Exercises"].append(cell)
    run = TIMINGS.get(f"chapter {name}, compared", 0) * BARE_START_SECONDS / 60
    tries = sum("hide-cell" in cell.metadata.get("tags", []) for cell in cells[True])
    return Minutes(
        _rounded_up(_reading(cells[False]) + run),
        _rounded_up(_reading(cells[True]) + tries * MINUTES_TO_TRY_AN_EXERCISE),
    )


def words(cells):
    """Count the words of the prose. A picture's description is read in its place, not beside it."""
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return len(re.sub(r"!\[[^\]]*\]\([^)]+\)", "", prose).split())


def _reading(cells):
    code = sum(cell.cell_type == "code" for cell in cells)
    return words(cells) / WORDS_A_MINUTE + code * SECONDS_A_CELL / 60


def _rounded_up(exact):
    return ROUNDED_TO * math.ceil(exact / ROUNDED_TO)
