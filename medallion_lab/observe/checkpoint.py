"""What a checkpoint says of its stream: how far it has come, and what its micro-batches took.

Read from the folder alone, without Spark and without touching it.
Term: checkpoint.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (recovering from
failures with checkpointing).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medallion_lab.observe.landed import local_file


def last_begun(checkpoint: Path) -> int:
    """Return the number of the last micro-batch that was begun; -1 before the first."""
    return _newest(checkpoint / "offsets")


def last_committed(checkpoint: Path) -> int:
    """Return the number of the last micro-batch that was committed; -1 before the first."""
    return _newest(checkpoint / "commits")


def taken_version(checkpoint: Path, batch_id: int) -> int:
    """Return the last version of its source table that a stream had read whole in this micro-batch; or -1."""
    notes = checkpoint / "offsets" / str(batch_id)
    lines = notes.read_text(encoding="utf-8").splitlines()[2:] if notes.exists() else []
    ends = (read_offset(line) for line in lines)
    return next((end["reservoirVersion"] - 1 for end in ends if "reservoirVersion" in end), -1)


def files_between(checkpoint: Path, begin: int, end: int) -> Iterator[Path]:
    """Give the files that came after one offset of the stream's first source, up to another."""
    for number in range(begin + 1, end + 1):
        # Every tenth log holds all before it, under a name of its own.
        logs = [checkpoint / "sources" / "0" / name for name in (str(number), f"{number}.compact")]
        log = next((path for path in logs if path.exists()), None)
        for line in log.read_text(encoding="utf-8").splitlines()[1:] if log else []:
            entry = json.loads(line)
            if entry["batchId"] == number:
                yield local_file(entry["path"])


def read_offset(told: str | dict[str, Any] | None) -> dict[str, Any]:
    """Return an offset as a dict: Spark gives it as JSON, as JSON within JSON, or not at all."""
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            return {"offset": told}
    return told if isinstance(told, dict) else {}


def _newest(folder: Path) -> int:
    """Return the highest number among a checkpoint's notes; -1 if there is none."""
    try:
        return max((int(name) for name in os.listdir(folder) if name.isdigit()), default=-1)
    except FileNotFoundError:
        return -1
