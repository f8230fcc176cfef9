"""Follow a Delta table from outside of Spark, by its log alone: a question to Spark would be load."""

import json
from pathlib import Path
from urllib.parse import unquote


class DeltaLog:
    """A table's log, read forward.

    Attributes
    ----------
    version : int
        The newest version read; -1 before the first.
    files : list of Path
        The Parquet files that hold the table's rows at that version.
    """

    def __init__(self, table: Path):
        self.table = table
        self.version = -1
        self._files = set()

    @property
    def files(self):
        """The files of this version, sorted."""
        return sorted(self.table / name for name in self._files)

    def advance(self):
        """Read every version that is there and not read yet; return whether there was one."""
        before = self.version
        while (entry := self._entry(self.version + 1)).exists():
            for line in entry.read_text().splitlines():
                self._apply(json.loads(line))
            self.version += 1
        return self.version > before

    def _entry(self, version):
        return self.table / "_delta_log" / f"{version:020}.json"

    def _apply(self, action):
        if added := action.get("add"):
            if added.get("deletionVector"):
                raise ValueError(
                    f"{self.table.name} marks rows as deleted: its files alone do not say its rows"
                )
            self._files.add(unquote(added["path"]))
        if removed := action.get("remove"):
            self._files.discard(unquote(removed["path"]))


def checkpoints(table: Path):
    """Return how many Delta checkpoints a table has."""
    return len(list((table / "_delta_log").glob("*.checkpoint*.parquet")))
