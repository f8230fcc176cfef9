"""What a stream knows of its files: discovered when, processed when, in which micro-batch.

Read from the checkpoint's own files, without Spark and without touching them.
Term: checkpoint.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/sql/language-manual/functions/cloud_files_state.html
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from medallion_lab.errors import CheckpointError


@dataclass(frozen=True)
class FileState:
    """One file that a stream has discovered.

    Attributes
    ----------
    path : str
        Where it was found.
    size : int or None
        Bytes now; None if it is there no more.
    discovered : datetime
        When the stream noted it down (UTC).
    processed : datetime or None
        When its micro-batch was committed (UTC); None if it is not yet, or if no note of it is left.
    batch : int or None
        The micro-batch that it belongs to, counted from 0; None before one has begun, and for those older
        than the last hundred, of which Spark keeps no notes.
    state : str
        ``discovered``, ``processed``, or ``cleaned``: processed, and moved away or deleted since.
    """

    path: str
    size: int | None
    discovered: datetime
    processed: datetime | None
    batch: int | None
    state: str


@dataclass(frozen=True)
class Noted:
    """A file in a source's log: its address, the log's batch, and the number of the source."""

    address: str
    log_batch: int
    source: int


def file_states(checkpoint: str | Path) -> list[FileState]:
    """Return every file that the stream with this checkpoint has discovered, in the order of reading.

    Raises
    ------
    CheckpointError
        If this is no checkpoint of a stream that reads files, or one of its files does not read.
    """
    checkpoint = Path(checkpoint)
    batches = _batches(checkpoint)
    states = []
    for noted in noted_files(checkpoint):
        batch = _batch_of(noted, batches)
        commit = checkpoint / "commits" / str(batch)
        # Spark keeps the notes of the last hundred micro-batches; older ones have ended, that is all.
        is_done = commit.exists() or (batch is None and _is_before(noted, batches))
        path = local_path(noted.address)
        size = path.stat().st_size if path.exists() else None
        state = "discovered" if not is_done else "cleaned" if size is None else "processed"
        processed = _modified(commit) if commit.exists() else None
        states.append(
            FileState(str(path), size, _modified(_log_file(checkpoint, noted)), processed, batch, state)
        )
    return states


def _batch_of(noted: Noted, batches: list[tuple[int, dict[int, int]]]) -> int | None:
    """Return the micro-batch whose range in the source's log holds this file."""
    begin = -1 if batches and batches[0][0] == 0 else None
    for number, ends in batches:
        end = ends.get(noted.source, -1)
        if begin is not None and begin < noted.log_batch <= end:
            return number
        begin = end
    return None


def _is_before(noted: Noted, batches: list[tuple[int, dict[int, int]]]) -> bool:
    return bool(batches) and noted.log_batch <= batches[0][1].get(noted.source, -1)


def uncommitted_files(checkpoint: str | Path) -> list[Noted]:
    """Return the files of the micro-batch that was begun and not committed."""
    checkpoint = Path(checkpoint)
    begun = _batches(checkpoint)
    if not begun:
        return []
    open_batches = [ends for number, ends in begun if not (checkpoint / "commits" / str(number)).exists()]
    done = [ends for number, ends in begun if (checkpoint / "commits" / str(number)).exists()]
    before = done[-1] if done else {}
    upto = open_batches[-1] if open_batches else {}
    return [
        noted
        for noted in noted_files(checkpoint)
        if before.get(noted.source, -1) < noted.log_batch <= upto.get(noted.source, -1)
    ]


def noted_files(checkpoint: Path) -> list[Noted]:
    """Return the files in the checkpoint's source logs, each once, in the order in which they were found."""
    if not (checkpoint / "offsets").is_dir():
        raise CheckpointError(
            got=f"{checkpoint}, which has no folder offsets",
            needed="the checkpointLocation of a stream that has begun",
            next_step="check the path; a stream makes its checkpoint when it starts",
        )
    found: dict[tuple[int, str], Noted] = {}
    for log in sorted((checkpoint / "sources").glob("[0-9]*/[0-9]*"), key=_order):
        for line in _lines(log)[1:]:
            entry = _json(line, log)
            noted = Noted(entry["path"], entry["batchId"], int(log.parent.name))
            found[noted.source, noted.address] = noted
    return sorted(found.values(), key=lambda noted: (noted.log_batch, noted.source))


def local_path(address: str) -> Path:
    """Return the path of a ``file:`` address, decoded once: ``50%2525.json`` is the file ``50%25.json``."""
    return Path(unquote(address.removeprefix("file:"))) if address.startswith("file:") else Path(address)


def _batches(checkpoint: Path) -> list[tuple[int, dict[int, int]]]:
    """Return each micro-batch that was begun, with the log offset up to which it takes each source."""
    batches = []
    for path in sorted((checkpoint / "offsets").glob("[0-9]*"), key=_order):
        offsets = [_json(line, path) for line in _lines(path)[2:] if line != "-"]
        ends = {
            source: offset["logOffset"]
            for source, offset in enumerate(offsets)
            if isinstance(offset, dict) and "logOffset" in offset
        }
        batches.append((int(path.name), ends))
    return batches


def _log_file(checkpoint: Path, noted: Noted) -> Path:
    folder = checkpoint / "sources" / str(noted.source)
    logs = (path for path in sorted(folder.glob("[0-9]*"), key=_order) if _order(path)[0] >= noted.log_batch)
    return next(logs)


def _order(path: Path) -> tuple[int, str]:
    # Every tenth log holds all before it, and is named so: 9.compact.
    return int(path.name.partition(".")[0]), path.name


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _json(line: str, path: Path) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise CheckpointError(
            got=f"{path}, of which a line does not read as JSON",
            needed="a checkpoint as Spark wrote it",
            next_step="put the file back from a copy; nothing was changed",
        ) from error
