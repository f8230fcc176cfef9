"""One stream, followed from outside: what its micro-batches read and wrote, and how far it has come.

Term: stream.
Taught in: book/layers/streams.ipynb.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from medallion_lab.autoloader.file_states import noted_files
from medallion_lab.observe.checkpoint import (
    files_between,
    last_begun,
    last_committed,
    read_offset,
    taken_version,
)
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.observe.landed import local_file
from medallion_lab.observe.listener import Started, began_ms
from medallion_lab.observe.run import Batch, Source, Stream, Written
from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
)

TABLES = {
    "bronze": (BRONZE_TABLE,),
    "silver": (SILVER_TABLE, QUARANTINE_TABLE),
    "gold": (GOLD_TABLE, GOLD_REVENUE_TABLE),
}
HISTORY = 20

# Spark's names for where the time of a micro-batch went, for each of run.PARTS.
TIMES = (
    ("latestOffset", "getBatch", "queryPlanning"),
    ("walCommit",),
    ("addBatch",),
    ("commitBatch", "commitOffsets"),
)


class FollowedStream:
    """What is remembered of one stream.

    Parameters
    ----------
    started : Started
        The first that was heard of it. It may go on where an earlier kernel stopped.
    checkpoint : Path
        Its checkpoint.
    log : callable
        Gives the log of a table, by its name.

    Attributes
    ----------
    seen : Stream
        The sum of what it has reported.
    reported : int
        The last micro-batch that it has reported; -1 before the first.
    versions : dict of str to int or None
        Of each table that it writes, the version after its last micro-batch.
    taken : int
        Of the table that it reads, the last version that it has taken whole.
    files : set of Path
        The files that it has taken.
    """

    def __init__(self, started: Started, checkpoint: Path, log: Callable[[str], DeltaLog]) -> None:
        self.name, self.run_id, self.is_active = started.name, started.run_id, True
        self.seen = Stream(started.name, tables=(), state="idle")
        self.reported = started.committed
        self.versions: dict[str, int | None] = {}
        self.taken = taken_version(checkpoint, started.committed)
        self.files: set[Path] = set()
        self._checkpoint, self._log = checkpoint, log
        self._latest: datetime | None = None
        for table in TABLES.get(started.name, ()):
            log(table).advance()
            self.versions[table] = log(table).version_at(started.time_ms)
        if (checkpoint / "sources").is_dir():
            self.files = {local_file(noted.address) for noted in noted_files(checkpoint)}

    @property
    def has_reported_all(self) -> bool:
        """Whether it has told of every micro-batch that it has committed."""
        return self.reported >= last_committed(self._checkpoint)

    def go_on(self, started: Started) -> None:
        """Note that it was started again."""
        self.run_id, self.is_active = started.run_id, True
        self.seen = replace(self.seen, error="")

    def end(self, error: str) -> None:
        """Note that it has ended, and the cause if it failed."""
        self.is_active = False
        self.seen = replace(self.seen, error=error)

    def note(self, told: dict[str, Any]) -> Batch:
        """Note a micro-batch, by Spark's report of it, and return what it did."""
        self.reported = max(self.reported, told["batchId"])
        self._note_state(told)
        batch = self._batch(told)
        if batch.rows_in:
            seen = self.seen
            self.seen = replace(
                seen,
                last_batch=batch.batch_id,
                rows_in=seen.rows_in + batch.rows_in,
                rows_out=seen.rows_out + batch.rows_out,
                rows_per_second=batch.rows_per_second,
                seconds=batch.seconds,
                history=(*seen.history, batch.seconds)[-HISTORY:],
                parts=batch.parts,
            )
        return batch

    def stand(self, *, live: bool, waiting: int | None, waiting_for: str) -> Stream:
        """Return how it stands, with what waits for it; only ``live`` is it looked at what it does now."""
        state = "idle"
        if not self.is_active:
            state = "failed" if self.seen.error else "stopped"
        # Begun and not committed: that is what a micro-batch under way looks like from outside.
        elif live and last_begun(self._checkpoint) > last_committed(self._checkpoint):
            state = "running"
        tables = tuple(table for table in self.versions if self._log(table).commits)
        return replace(self.seen, tables=tables, state=state, waiting=waiting, waiting_for=waiting_for)

    def _note_state(self, told: dict[str, Any]) -> None:
        times = told.get("eventTime") or {}
        if "watermark" in times:
            mark = datetime.fromisoformat(times["watermark"])
            # A micro-batch without rows tells the new watermark, and no event time.
            self._latest = datetime.fromisoformat(times["max"]) if "max" in times else self._latest
            lag = (self._latest - mark).total_seconds() if self._latest else None
            self.seen = replace(self.seen, watermark=_shown(mark), watermark_lag_seconds=lag)
        if operators := told.get("stateOperators"):
            rows = sum(operator.get("numRowsTotal", 0) for operator in operators)
            dropped = sum(operator.get("numRowsDroppedByWatermark", 0) for operator in operators)
            late = (self.seen.late_rows or 0) + dropped
            self.seen = replace(self.seen, state_rows=rows, late_rows=late)

    def _batch(self, told: dict[str, Any]) -> Batch:
        written, times = tuple(self._written(told)), told["durationMs"]
        seconds = told["batchDuration"] / 1000
        return Batch(
            stream=self.name,
            batch_id=told["batchId"],
            started=_shown(datetime.fromisoformat(told["timestamp"])),
            rows_in=told["numInputRows"],
            rows_out=sum(commit.rows or 0 for commit in written),
            rows_per_second=round(told["numInputRows"] / seconds, 1) if seconds else 0.0,
            seconds=seconds,
            parts=tuple(sum(times.get(name, 0) for name in names) / 1000 for names in TIMES),
            sources=tuple(self._source(one) for one in told["sources"]),
            written=written,
        )

    def _written(self, told: dict[str, Any]) -> Iterator[Written]:
        begin_ms = began_ms(told)
        tables = TABLES.get(self.name) or (_folder_name(told["sink"]["description"]),)
        for table in filter(None, tables):
            log = self._log(table)
            log.advance()
            # A stream is the only writer of its tables: what they got until its end is its own.
            before = self.versions.get(table, log.version_at(begin_ms - 1))
            self.versions[table] = log.version_at(begin_ms + told["batchDuration"])
            for commit in log.between(before, self.versions[table]):
                if commit.rows_written is not None:
                    yield Written(table, commit.version, commit.operation, commit.rows_written)

    def _source(self, told: dict[str, Any]) -> Source:
        begin, end = read_offset(told["startOffset"]), read_offset(told["endOffset"])
        files: tuple[Path, ...] = ()
        if "logOffset" in end:
            files = tuple(files_between(self._checkpoint, begin.get("logOffset", -1), end["logOffset"]))
            self.files.update(files)
        elif "reservoirVersion" in end:
            self.taken = end["reservoirVersion"] - 1
        name, rows = _folder_name(told["description"]), told["numInputRows"]
        return Source(
            name, json.dumps(begin or None), json.dumps(end), rows, tuple(path.name for path in files)
        )


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _folder_name(description: str) -> str:
    """Return the last folder of the path in a description such as ``DeltaSink[file:/…/tables/x]``."""
    found = re.search(r"\[(?:file:)?(/[^\]]*)\]", description)
    return Path(found[1]).name if found else ""
