"""Where the landed rows are, counted in the files and in the tables' logs, as they were at any moment.

What a stream says of itself is not asked: then nothing could be missing.
Terms: landing, Delta log.
Taught in: book/layers/streams.ipynb.
"""

from contextlib import suppress
from pathlib import Path

from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.observe.followed import FollowedStream
from medallion_lab.observe.landed import count_lines, landed_files, landing_folders
from medallion_lab.observe.run import Flow
from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)


class RowCounts:
    """Counts what a workspace holds; each landed file and each version of a table is read once.

    Parameters
    ----------
    workspace : Workspace
        Where files and tables are.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._logs: dict[str, DeltaLog] = {}
        self._landed: dict[Path, tuple[int, int]] = {}
        self._folders: dict[Path, int] = {}

    def log(self, table: str) -> DeltaLog:
        """Return the table's log, with what has been read of it so far."""
        return self._logs.setdefault(table, DeltaLog(self._workspace.tables / table))

    def landed(self, at_ms: int) -> dict[Path, int]:
        """Return the lines, without the blank ones, of each file that had landed at this moment.

        A file that was seen once and is gone counts on: its orders have landed.
        """
        # A folder of many thousand files is not listed again as long as nothing came or went.
        if not self._folders or any(_changed(folder) != time for folder, time in self._folders.items()):
            self._folders = {folder: _changed(folder) for folder, _ in landing_folders(self._workspace)}
            for path in landed_files(self._workspace):
                # Somebody may take it away meanwhile.
                with suppress(FileNotFoundError):
                    if path not in self._landed:
                        self._landed[path] = (path.stat().st_mtime_ns // 1_000_000, count_lines(path))
        return {path: lines for path, (landed_ms, lines) in self._landed.items() if landed_ms <= at_ms}

    def waiting(self, stream: FollowedStream, at_ms: int) -> tuple[int | None, str]:
        """Return how much a stream of the pipeline has not taken yet, and of what; None if nobody knows."""
        if stream.name == "bronze":
            return len(self.landed(at_ms).keys() - stream.files), "files"
        source = {"silver": BRONZE_TABLE, "gold": SILVER_TABLE}.get(stream.name)
        newest = self.log(source).version_at(at_ms) if source else None
        return (None, "") if newest is None else (max(0, newest - stream.taken), "versions")

    def flow(self, streams: dict[str, FollowedStream], at_ms: int) -> Flow:
        """Return where the rows are; each table counts as it was after its stream's last micro-batch."""
        lines = self.landed(at_ms)

        def rows(table: str, writer: str) -> int:
            return self.log(table).rows_at(streams[writer].versions.get(table)) if writer in streams else 0

        def read(table: str, reader: str) -> int:
            return self.log(table).rows_at(streams[reader].taken) if reader in streams else 0

        bronze = rows(BRONZE_TABLE, "bronze")
        taken = streams["bronze"].files if "bronze" in streams else set()
        # Of files that were gone before the first look nobody knows more than what bronze has.
        gone = taken - lines.keys()
        known = sum(count for path, count in lines.items() if path in taken)
        return Flow(
            files=len(lines) + len(gone),
            landed=sum(lines.values()) + (max(0, bronze - known) if gone else 0),
            bronze=bronze,
            read_by_silver=read(BRONZE_TABLE, "silver"),
            silver=rows(SILVER_TABLE, "silver"),
            quarantine=rows(QUARANTINE_TABLE, "silver"),
            read_by_gold=read(SILVER_TABLE, "gold"),
            gold=rows(GOLD_TABLE, "gold"),
        )


def _changed(folder: Path) -> int:
    """Return when a name came into this folder or left it last; 0 if it is not there."""
    return folder.stat().st_mtime_ns if folder.is_dir() else 0
