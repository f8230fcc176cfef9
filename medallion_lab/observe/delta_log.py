"""Follow a Delta table from outside of Spark, by its log alone: to ask Spark would cost the pipeline time.

Term: Delta log.
Taught in: book/foundations/the_lab.ipynb.
Source: https://github.com/delta-io/delta/blob/master/PROTOCOL.md (actions of a commit).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True)
class Commit:
    """One version of a table.

    Attributes
    ----------
    version : int
        Its number, from 0.
    time_ms : int
        When it was made, in milliseconds since 1970.
    operation : str
        What Delta calls it, such as ``WRITE`` or ``MERGE``.
    rows_written : int or None
        Rows inserted or updated, as Delta reports them; None if it does not.
    rows : int or None
        Rows of the table at this version; None if the log no longer begins at 0.
    """

    version: int
    time_ms: int
    operation: str
    rows_written: int | None
    rows: int | None


class DeltaLog:
    """A table's log, read forward; each version's file is read once.

    Parameters
    ----------
    table : Path
        The table's folder. It need not exist yet.

    Attributes
    ----------
    commits : list of Commit
        What was read so far, oldest first.
    """

    def __init__(self, table: Path) -> None:
        self.table = table
        self._forget()

    def _forget(self) -> None:
        self.commits: list[Commit] = []
        self._rows_of_file: dict[str, int] = {}
        self._marked: set[str] = set()
        self._rows = 0
        self._next = 0
        self._identity: tuple[int, int] | None = None

    @property
    def files(self) -> list[Path]:
        """The Parquet files of the newest version; not those from before the log begins."""
        return sorted(self.table / name for name in self._rows_of_file)

    @property
    def has_marked_rows(self) -> bool:
        """Whether rows in these files are marked as deleted: then the files hold more than the table."""
        return bool(self._marked)

    def advance(self) -> bool:
        """Read the versions that are new; return whether there was one."""
        if self._is_another():
            self._forget()
        if not self.commits:
            # After some weeks Delta removes the oldest entries; what they said is then in a checkpoint.
            versions = (int(path.stem) for path in (self.table / "_delta_log").glob("[0-9]*.json"))
            self._next = min(versions, default=0)
        before = self._next
        while (entry := self._entry(self._next)).exists():
            self._read(entry)
            self._next += 1
        return self._next > before

    def version_at(self, time_ms: int) -> int | None:
        """Return the newest version that was made up to this moment; None if there was no table yet."""
        versions = [commit.version for commit in self.commits if commit.time_ms <= time_ms]
        return versions[-1] if versions else None

    def rows_at(self, version: int | None) -> int:
        """Return how many rows the table had at this version; 0 before the first, and if nobody knows."""
        if version is None or not self.commits or version < self.commits[0].version:
            return 0
        index = min(version - self.commits[0].version, len(self.commits) - 1)
        return self.commits[index].rows or 0

    def between(self, after_version: int | None, upto_version: int | None) -> list[Commit]:
        """Return the commits after one version and up to another."""
        first = -1 if after_version is None else after_version
        last = -1 if upto_version is None else upto_version
        return [commit for commit in self.commits if first < commit.version <= last]

    def _is_another(self) -> bool:
        """Whether the table was dropped, or made anew under the same name, since it was read."""
        return bool(self.commits) and self._identity != _identity(self._entry(self.commits[0].version))

    def _entry(self, version: int) -> Path:
        return self.table / "_delta_log" / f"{version:020}.json"

    def _read(self, entry: Path) -> None:
        actions = [json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines()]
        # First what goes: a file of which rows were marked as deleted goes and comes under the same name.
        for action in actions:
            if removed := action.get("remove"):
                self._rows -= self._rows_of_file.pop(unquote(removed["path"]), 0)
                self._marked.discard(unquote(removed["path"]))
        info: dict[str, Any] = {}
        for action in actions:
            info |= action.get("commitInfo", {})
            if added := action.get("add"):
                self._rows_of_file[unquote(added["path"])] = _rows(added)
                self._rows += _rows(added)
                if added.get("deletionVector"):
                    self._marked.add(unquote(added["path"]))
        self._identity = self._identity or _identity(entry)
        begins_at = self.commits[0].version if self.commits else int(entry.stem)
        self.commits.append(
            Commit(
                version=int(entry.stem),
                time_ms=info.get("timestamp", 0),
                operation=info.get("operation", ""),
                rows_written=_rows_written(info.get("operationMetrics", {})),
                rows=None if begins_at else self._rows,
            )
        )


def _identity(entry: Path) -> tuple[int, int] | None:
    try:
        found = entry.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _rows(added: dict) -> int:
    """Return how many rows of this file count."""
    held = json.loads(added.get("stats") or "{}").get("numRecords", 0)
    return held - (added.get("deletionVector") or {}).get("cardinality", 0)


def _rows_written(metrics: dict[str, str]) -> int | None:
    merged = [metrics[name] for name in ("numTargetRowsInserted", "numTargetRowsUpdated") if name in metrics]
    if merged:
        return sum(map(int, merged))
    return int(metrics["numOutputRows"]) if "numOutputRows" in metrics else None
