"""Which notebooks there are: those in the table of contents, each one page of the book."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]

# Pages to play on beside the chapters: no aims, no exercises, no summary. Everything else holds for them too.
PLAYGROUNDS = frozenset({"control_room"})

# A reader goes on with these when all cells have run: the streams run, and the panels above are live.
LEFT_OPEN = frozenset({"introduction", "control_room"})


def chapters():
    """Return every notebook, in reading order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    pages = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [ROOT / f"{page}.ipynb" for page in pages if (ROOT / f"{page}.ipynb").exists()]


def lessons():
    """Return the notebooks that teach, with all parts of a chapter."""
    return [chapter for chapter in chapters() if chapter.stem not in PLAYGROUNDS]
