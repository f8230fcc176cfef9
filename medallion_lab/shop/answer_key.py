"""The answer key: what the shop planted, file by file, in a folder that pipelines never read.

A fault is noted before its file appears, so no crash leaves one that is not in the key. The note is a draft
until the file has landed: a crash in between leaves no fault in the key that is not in a file either.
Term: fault injection.
Taught in: book/layers/silver.ipynb.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medallion_lab.errors import LandingError

ENDING = ".jsonl"
DRAFT = ".draft"


@dataclass(frozen=True)
class PlantedFault:
    """One line that is not what a faultless shop would have landed there.

    Attributes
    ----------
    file : str
        The landed file's name.
    line : int
        Which of its lines, from 1.
    fault : str
        A name of ``faults.FAULTS``.
    order_id : str or None
        The order that the line is about, as it was before; None where nobody can tell.
    was, became : dict
        The fields that differ, before and after; for a line that was cut off the whole ``line``; empty for a
        copy.
    copy_of : str or None
        For an order that was sent again: the file that had it before.
    """

    file: str
    line: int
    fault: str
    order_id: str | None
    was: dict[str, Any] = field(default_factory=dict)
    became: dict[str, Any] = field(default_factory=dict)
    copy_of: str | None = None


def note_faults(folder: Path, file_name: str, faults: Sequence[PlantedFault]) -> None:
    """Note what a file will hold that is about to land; an older note for that name goes.

    Raises
    ------
    LandingError
        If the note cannot be written. Then the file must not land.
    """
    note, draft = _places(folder, file_name)
    try:
        folder.mkdir(exist_ok=True)
        for old in (note, draft):
            old.unlink(missing_ok=True)
        if faults:
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(f"{json.dumps(asdict(fault))}\n" for fault in faults)
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise LandingError(
            got=f"the answer key for {file_name} could not be written: {error.strerror}",
            needed=f"room and write access in {folder}; no fault lands that is not noted first",
            next_step="free some space (`medallion-lab clean` lists old workspaces), then land it again",
        ) from error


def confirm_faults(folder: Path, file_name: str) -> None:
    """Make the draft the note, now that its file has landed."""
    note, draft = _places(folder, file_name)
    if draft.exists():
        draft.replace(note)


def read_faults(folder: Path, *, landing: Path) -> list[PlantedFault]:
    """Return every fault that has landed, by file and line.

    Parameters
    ----------
    folder : Path
        The answer key's folder.
    landing : Path
        Where the files land: a draft counts if its file is there.
    """
    notes = []
    for path in folder.glob(f"*{ENDING}"):
        name = path.name.removesuffix(ENDING)
        if not name.endswith(DRAFT) or (landing / f"{name.removesuffix(DRAFT)}.json").exists():
            notes.append(path)
    lines = [line for path in notes for line in path.read_text(encoding="utf-8").splitlines()]
    return sorted((PlantedFault(**json.loads(line)) for line in lines), key=lambda one: (one.file, one.line))


def _places(folder: Path, file_name: str) -> tuple[Path, Path]:
    stem = Path(file_name).stem
    return folder / f"{stem}{ENDING}", folder / f"{stem}{DRAFT}{ENDING}"
