"""The shop's own clock: it moves when a file lands and at no other time, so that a run can be repeated.

Term: event time.
Taught in: book/foundations/the_lab.ipynb.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from medallion_lab.errors import PaceError

OPENING_TIME = datetime(2026, 3, 2, 16, 0)
"""When the first file lands, on a Monday afternoon in UTC."""

TIME_BETWEEN_FILES = timedelta(hours=4)
"""A few files span two days, which gives gold more than one day to sum. ``shop.set_pace`` changes it."""

# Faster, and orders of one file could be older than those of the file before: then a correction would not be
# the later one any more.
SHORTEST_HOURS, LONGEST_HOURS = 1, 168

# Streams pass over names that begin with a dot, and so does the shop when it looks for its files.
NOTES = ".shop_clock.json"


@dataclass(frozen=True)
class Pace:
    """How far the clock moves from one file to the next, from some file on.

    Attributes
    ----------
    first_file : int
        The first file that lands at this pace: so many hours after the file before it.
    hours : float
        Shop time between two files.
    """

    first_file: int
    hours: float

    @property
    def time_between_files(self) -> timedelta:
        """The same in whole seconds, because an order's time has no fractions."""
        return timedelta(seconds=round(self.hours * 3600))

    @property
    def starts_after(self) -> int:
        """The file from which this pace counts. The first file of all lands when the shop opens."""
        return max(1, self.first_file - 1)


def landing_time(file_number: int, paces: Sequence[Pace] = ()) -> datetime:
    """Return the shop's time when its n-th file lands; the first file has number 1.

    Parameters
    ----------
    file_number : int
        Which file.
    paces : sequence of Pace, optional
        The paces that were set, in the order of their files. Before the first of them, files land four hours
        apart.
    """
    time, counted, between = OPENING_TIME, 1, TIME_BETWEEN_FILES
    for pace in paces:
        if pace.first_file > file_number:
            break
        time += (pace.starts_after - counted) * between
        counted, between = pace.starts_after, pace.time_between_files
    return time + (file_number - counted) * between


def read_paces(folder: Path) -> tuple[Pace, ...]:
    """Return the paces of a shop's clock that are noted in this folder, in the order of their files.

    Raises
    ------
    PaceError
        If the note does not read. Without it nobody can tell when the files landed.
    """
    note = folder / NOTES
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
        paces = [Pace(int(one["first_file"]), _checked(one["hours"])) for one in noted]
        return tuple(sorted(paces, key=lambda pace: pace.first_file))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except (OSError, ValueError, TypeError, KeyError, PaceError) as error:
        raise PaceError(
            got=f"{NOTES}, which does not read as paces of the shop's clock",
            needed=f"the note as the shop wrote it in {folder}",
            next_step="put it back from a copy; or open the lab with fresh=True, which empties the workspace",
        ) from error


def note_pace(folder: Path, hours: float, *, next_file: int, known: Sequence[Pace]) -> None:
    """Note that the shop's clock goes at this pace, from the next file on, after the paces that are known.

    Raises
    ------
    PaceError
        If the pace is out of bounds, or cannot be noted. The clock goes on as before.
    """
    pace = Pace(next_file, _checked(hours))
    # A later note is of files that are gone: their numbers are given again.
    paces = [*(other for other in known if other.first_file < next_file), pace]
    unfinished = folder / f"{NOTES}.{os.getpid()}"
    try:
        folder.mkdir(exist_ok=True)
        unfinished.write_text(json.dumps([asdict(one) for one in paces]), encoding="utf-8")
        unfinished.replace(folder / NOTES)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise PaceError(
            got=f"{NOTES} could not be written: {error.strerror}",
            needed=f"room and write access in {folder}",
            next_step="free some space (`medallion-lab clean` lists old workspaces), then set the pace again",
        ) from error


def _checked(hours: float) -> float:
    if not SHORTEST_HOURS <= hours <= LONGEST_HOURS:
        raise PaceError(
            got=f"{hours:g} hours between two files",
            needed=f"{SHORTEST_HOURS:g} to {LONGEST_HOURS:g} hours of shop time",
            next_step="take 1 for a file each hour, 24 for one each day, 168 for one each week",
        )
    return float(hours)
