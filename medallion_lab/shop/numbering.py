"""Number the files of a shop, so that no name comes twice, whatever becomes of the files.

A stream reads a file once and remembers its name: other orders under that name would never be read. So a
number is noted outside of the landing folder. That is done when the file is written and not yet to be seen:
a crash before the note leaves the number free, and so does one between the note and the file, because the
unfinished file then still lies there.
Term: landing.
Taught in: book/foundations/the_lab.ipynb.
"""

import os
import re
from pathlib import Path

from medallion_lab.errors import LandingError

LANDED = re.compile(r"sales_[0-9]{6,}\.json")
NOTE = ".last_file"


def file_path(landing: Path, number: int) -> Path:
    """Return the place of the shop's n-th file."""
    return landing / f"sales_{number:06}.json"


def number_of(path: Path) -> int:
    """Return which file of the shop this is."""
    return int(path.stem.removeprefix("sales_"))


def landed_numbers(landing: Path) -> list[int]:
    """Return the numbers of the shop's files in this folder, sorted; other files do not count."""
    return sorted(number_of(path) for path in landing.glob("sales_*.json") if LANDED.fullmatch(path.name))


def next_number(landing: Path, notes: Path | None) -> int:
    """Return the number that the shop's next file gets.

    Parameters
    ----------
    landing : Path
        Where the files land.
    notes : Path, optional
        Where the last number is noted; without it a folder that was emptied counts from 1 again.

    Raises
    ------
    LandingError
        If the note does not read.
    """
    last = max(landed_numbers(landing), default=0)
    noted = _read(notes / NOTE) if notes else 0
    if noted > last and _unfinished(landing, noted):
        # A crash came between the note and the file: nobody has seen it.
        noted -= 1
    return max(last, noted) + 1


def make_way(landing: Path, number: int | None = None) -> None:
    """Make the folder anew if somebody has deleted it, and remove what a crash has left of this file.

    Raises
    ------
    LandingError
        If the folder cannot be made, because all around it is gone too.
    """
    try:
        landing.mkdir(exist_ok=True)
        for left in _unfinished(landing, number) if number else ():
            left.unlink()
    except OSError as error:
        got = f"the landing folder {landing}, which cannot be made: {error.strerror}"
        way_out = "if the workspace was deleted, open the lab again; else see what lies there"
        raise LandingError(got, "a folder to land in", way_out) from error


def note_number(notes: Path, number: int) -> None:
    """Note that the file of this number is about to appear."""
    notes.mkdir(exist_ok=True)
    unfinished = notes / f"{NOTE}.{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(str(number))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(notes / NOTE)


def _unfinished(landing: Path, number: int) -> list[Path]:
    return list(landing.glob(f".{file_path(landing, number).name}.*"))


def _read(note: Path) -> int:
    try:
        return int(note.read_text(encoding="utf-8")) if note.exists() else 0
    except (OSError, ValueError) as error:
        got, needed = f"{note}, which does not read as a number", "the number of the last file that landed"
        way_out = "write it there, such as 12 for sales_000012.json; or open the lab with fresh=True"
        raise LandingError(got, needed, way_out) from error
