"""Land a file in one step: a stream sees all of it or nothing.

A stream lists its folder at moments of its own choosing. A file that grows in place can be read
half-finished, and it is never read again. So a file is written under a name that streams pass over, then
renamed.
Terms: landing, atomic.
Taught in: book/foundations/the_lab.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html ("files must be
atomically placed in the given directory").
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from medallion_lab.errors import LandingError


@dataclass(frozen=True)
class LandedFile:
    """A file that has landed.

    Attributes
    ----------
    path : Path
        Where it is.
    line_count : int
        How many lines it holds.
    """

    path: Path
    line_count: int

    def __repr__(self) -> str:
        return f"{self.path.name}: {self.line_count} {'line' if self.line_count == 1 else 'lines'}"


def land_file(path: Path, lines: list[str], *, just_before: Callable[[], None] | None = None) -> LandedFile:
    """Write lines to a new file that appears at once and whole.

    Parameters
    ----------
    path : Path
        The file's place; nothing may be there yet.
    lines : list of str
        Its lines, without line ends.
    just_before : callable, optional
        Called when the lines are on the disk, and the file is not to be seen yet.

    Raises
    ------
    LandingError
        If a file of that name has landed already, or the disk is full or not writable. Nothing is left
        behind.
    """
    if path.exists():
        raise LandingError(
            got=f"{path.name}, which has landed already",
            needed="a new name: a stream has read that file once and will not look again",
            next_step="land the lines under another name",
        )
    # Spark passes over names that begin with a dot.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        if just_before:
            just_before()
        unfinished.rename(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LandingError(
            got=f"{path.name} could not be written: {error.strerror}",
            needed=f"room and write access in {path.parent}",
            next_step="free some space (`medallion-lab clean` lists old workspaces), then land the file "
            "again: it will hold the same lines",
        ) from error
    return LandedFile(path, len(lines))


def land_copy(path: Path, original: Path, *, just_before: Callable[[], None] | None = None) -> Path:
    """Land the bytes of a file once more, under a new name; ``just_before`` is as for ``land_file``.

    Raises
    ------
    LandingError
        If the copy cannot be written. Nothing is left behind.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        shutil.copyfile(original, unfinished)
        return land_finished(path, unfinished, just_before=just_before)
    except OSError as error:
        raise LandingError(
            got=f"{original.name} could not be copied: {error.strerror}",
            needed=f"room and write access in {path.parent}",
            next_step="free some space (`medallion-lab clean` lists old workspaces), then land it again",
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def land_finished(path: Path, finished: Path, *, just_before: Callable[[], None] | None = None) -> Path:
    """Rename a file that is complete, and on the same disk, to its landed name."""
    with finished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished = finished.rename(path.with_name(f".{path.name}.{os.getpid()}"))
    if just_before:
        just_before()
    return unfinished.rename(path)
