"""Record what the streams do, micro-batch by micro-batch, without asking Spark anything.

Spark tells a listener about each micro-batch when it is over. What it tells goes into a queue; whoever wants
to see the run takes the queue's content out and works it off, in a thread of their own. Where the rows are is
counted in the landed files and in the tables' logs.
Term: micro-batch.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (reporting
metrics programmatically using asynchronous APIs).
"""

import json
import os
import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition, RLock

from pyspark.sql import SparkSession
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from medallion_lab.autoloader.evolution import report_of
from medallion_lab.autoloader.file_states import noted_files
from medallion_lab.errors import StreamTimeoutError
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.observe.landed import BLANK, BYTE_ORDER_MARK, landed_files
from medallion_lab.observe.run import Batch, Flow, Run, Source, Step, Stream, Written
from medallion_lab.observe.streams import place_in_pipeline
from medallion_lab.runtime.session import before_stop
from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)

TABLES = {
    "bronze": (BRONZE_TABLE,),
    "silver": (SILVER_TABLE, QUARANTINE_TABLE),
    "gold": (GOLD_TABLE, GOLD_REVENUE_TABLE),
}
MOST_STEPS = 200
HISTORY = 20
LONGEST_CAUSE = 300

# Spark's names for where the time of a micro-batch went, for each of run.PARTS.
TIMES = (
    ("latestOffset", "getBatch", "queryPlanning"),
    ("walCommit",),
    ("addBatch",),
    ("commitBatch", "commitOffsets"),
)
# These say where an error passed, not what it was.
WRAPPERS = ("STREAM_FAILED", "TASK_WRITE_FAILED", "FAILED_READ_FILE")


@dataclass(frozen=True)
class _Started:
    name: str
    run_id: str
    time_ms: int
    # The last micro-batch that was committed before.
    committed: int


@dataclass(frozen=True)
class _Ended:
    run_id: str
    error: str
    time_ms: int


class RunListener(StreamingQueryListener):
    """Puts what Spark tells of its streams into a recorder's queue, and does nothing else."""

    def __init__(self, recorder: "Recorder") -> None:
        self.recorder = recorder

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        """Note the stream's name, and how far it had come before."""
        self.recorder._put_start(event.name or str(event.id), str(event.runId))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """Note what the trigger did."""
        self.recorder._put(json.loads(event.progress.json))

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        """Do nothing: that no micro-batch is under way stands in the checkpoint."""

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """Note the end, and its error."""
        self.recorder._put(_Ended(str(event.runId), event.exception or "", time_ms=_now_ms()))


@dataclass
class _Followed:
    """What is remembered of one stream."""

    name: str
    run_id: str
    is_active: bool = True
    error: str = ""
    batches: deque[Batch] = field(default_factory=lambda: deque(maxlen=HISTORY))
    rows_in: int = 0
    rows_out: int = 0
    reported: int = -1
    watermark: str = ""
    latest: datetime | None = None
    lag: float | None = None
    state_rows: int | None = None
    late_rows: int | None = None
    # Of each table that it writes, the version after its last micro-batch.
    versions: dict[str, int | None] = field(default_factory=dict)
    # Of the table that it reads, the last version that it has taken whole.
    taken: int = -1


class Recorder:
    """Follows the streams of a session that write into a workspace.

    Parameters
    ----------
    spark : SparkSession
        The session. It lets go of the recorder's listener when ``stop_session`` stops it.
    workspace : Workspace
        Where files, tables and checkpoints are.
    """

    def __init__(self, spark: SparkSession, workspace: Workspace) -> None:
        self.workspace = workspace
        self._spark: SparkSession | None = spark
        # Each with the number of resets before it: what an emptied workspace had is of no interest any more.
        self._queue: deque[tuple[int, dict | _Started | _Ended]] = deque()
        self._news = Condition()
        self._lock = RLock()
        self._forget()
        self._listener = RunListener(self)
        spark.streams.addListener(self._listener)
        before_stop(spark, lambda _: self.close())

    def run(self) -> Run:
        """Return the run so far, with all that Spark has told up to now."""
        with self._lock:
            self._catch_up()
            streams = self._look(_now_ms(), live=True)
            states = ", ".join(f"{stream.name} is {stream.state}" for stream in streams)
            flow = self._flow(_now_ms())
            now = Step(states or "no stream has been started", streams, flow, batch=None)
            return Run(self.workspace.name, tuple(self._steps), now)

    def wait(self, timeout_seconds: float = 10) -> Run:
        """Wait until Spark has told of every micro-batch that is committed, and of every end; return the run.

        Spark tells of a micro-batch a moment after it has committed it.

        Raises
        ------
        StreamTimeoutError
            If the time is over first.
        """
        with self._news:
            if not self._news.wait_for(self._is_complete, timeout_seconds):
                raise StreamTimeoutError(
                    got=f"no word of a micro-batch that was committed {timeout_seconds:g} s ago",
                    needed="what Spark reports when a micro-batch is over",
                    next_step="look again with a larger timeout_seconds; the tables have the rows already",
                )
        return self.run()

    def close(self) -> None:
        """Let go of Spark; the run stays readable. Twice is fine."""
        with self._lock:
            if self._spark is None:
                return
            self._spark.streams.removeListener(self._listener)
            self._spark = None
            self.run()
            for stream in self._streams.values():
                stream.is_active = False

    def _forget(self) -> None:
        self._resets = self.workspace.resets
        self._steps: deque[Step] = deque(maxlen=MOST_STEPS)
        self._streams: dict[str, _Followed] = {}
        self._logs: dict[str, DeltaLog] = {}
        self._files: dict[str, tuple[int, int]] = {}
        self._landing_changed = 0
        self._taken_files: set[str] = set()

    # ------------------------------------------------------------ what Spark tells
    def _put_start(self, name: str, run_id: str) -> None:
        committed = _newest(self.workspace.checkpoints / name / "commits")
        self._put(_Started(name, run_id, time_ms=_now_ms(), committed=committed))

    def _put(self, news: "dict | _Started | _Ended") -> None:
        with self._news:
            self._queue.append((self.workspace.resets, news))
            self._news.notify_all()

    def _is_complete(self) -> bool:
        with self._lock:
            self._catch_up()
            running = {str(query.runId) for query in self._spark.streams.active} if self._spark else set()
            followed = [stream for stream in self._streams.values() if stream.is_active]
            return all(
                # One that runs no more has yet to say that it ended.
                stream.run_id in running
                and stream.reported >= _newest(self.workspace.checkpoints / stream.name / "commits")
                for stream in followed
            )

    def _catch_up(self) -> None:
        if self._resets != self.workspace.resets:
            # The workspace was emptied: what was seen before is of another run.
            self._forget()
        while self._queue:
            resets, news = self._queue.popleft()
            if resets == self._resets:
                self._work_off(news)

    def _work_off(self, news: "dict | _Started | _Ended") -> None:
        match news:
            case _Started():
                self._start(news)
            case _Ended():
                self._end(news)
            case _:
                self._progress(news)

    def _start(self, news: _Started) -> None:
        known = self._streams.get(news.name)
        if known:
            known.run_id, known.is_active, known.error = news.run_id, True, ""
            return
        stream = _Followed(news.name, news.run_id)
        checkpoint = self.workspace.checkpoints / news.name
        # It may go on where an earlier kernel stopped.
        stream.reported = news.committed
        stream.taken = _taken_version(checkpoint, news.committed)
        for table in TABLES.get(news.name, ()):
            log = self._log(table)
            log.advance()
            stream.versions[table] = log.version_at(news.time_ms)
        if (checkpoint / "sources").is_dir():
            self._taken_files |= {_file_name(noted.address) for noted in noted_files(checkpoint)}
        self._streams[news.name] = stream

    def _end(self, news: _Ended) -> None:
        for stream in self._streams.values():
            if stream.run_id == news.run_id:
                stream.is_active = False
                if news.error:
                    stream.error = cause_in_one_sentence(news.error, run_id=news.run_id)
                    self._add_step(f"{stream.name} failed: {stream.error}", None, at_ms=news.time_ms)

    def _progress(self, told: dict) -> None:
        stream = self._streams.get(told["name"] or told["id"])
        if stream is None:
            return
        if "addBatch" not in told["durationMs"]:
            # An idle stream reports too, under the number of a micro-batch that has not begun.
            return
        stream.reported = max(stream.reported, told["batchId"])
        self._note_state(stream, told)
        batch = self._batch(stream, told)
        if not batch.rows_in:
            return
        end_ms = _ms(told["timestamp"]) + told["batchDuration"]
        stream.batches.append(batch)
        stream.rows_in += batch.rows_in
        stream.rows_out += batch.rows_out
        sentence = f"{stream.name}, micro-batch {batch.batch_id}: {_count(batch.rows_in, 'row')} read"
        self._add_step(sentence, batch, at_ms=end_ms)

    def _note_state(self, stream: _Followed, told: dict) -> None:
        times = told.get("eventTime") or {}
        if "watermark" in times:
            mark = _moment(times["watermark"])
            stream.watermark = f"{mark:%Y-%m-%d %H:%M:%S}"
            # A micro-batch without rows tells the new watermark, and no event time.
            stream.latest = _moment(times["max"]) if "max" in times else stream.latest
            stream.lag = (stream.latest - mark).total_seconds() if stream.latest else None
        if operators := told.get("stateOperators"):
            dropped = sum(operator.get("numRowsDroppedByWatermark", 0) for operator in operators)
            stream.state_rows = sum(operator.get("numRowsTotal", 0) for operator in operators)
            stream.late_rows = (stream.late_rows or 0) + dropped

    def _batch(self, stream: _Followed, told: dict) -> Batch:
        began = _moment(told["timestamp"])
        times = told["durationMs"]
        written = tuple(self._written(stream, told, _ms(told["timestamp"])))
        sources = tuple(self._source(stream, one) for one in told["sources"])
        seconds = told["batchDuration"] / 1000
        return Batch(
            stream=stream.name,
            batch_id=told["batchId"],
            started=f"{began:%Y-%m-%d %H:%M:%S}",
            rows_in=told["numInputRows"],
            rows_out=sum(commit.rows or 0 for commit in written),
            rows_per_second=round(told["numInputRows"] / seconds, 1) if seconds else 0.0,
            seconds=seconds,
            parts=tuple(sum(times.get(name, 0) for name in names) / 1000 for names in TIMES),
            sources=sources,
            written=written,
        )

    def _written(self, stream: _Followed, told: dict, began_ms: int) -> Iterator[Written]:
        tables = TABLES.get(stream.name) or (_folder_name(told["sink"]["description"]),)
        for table in filter(None, tables):
            log = self._log(table)
            log.advance()
            # A stream is the only writer of its tables: what they got until its end is its own.
            before = stream.versions.get(table, log.version_at(began_ms - 1))
            after = log.version_at(began_ms + told["batchDuration"])
            stream.versions[table] = after
            for commit in log.between(before, after):
                if commit.rows_written is not None:
                    yield Written(table, commit.version, commit.operation, commit.rows_written)

    def _source(self, stream: _Followed, told: dict) -> Source:
        begin, end = _offset(told["startOffset"]), _offset(told["endOffset"])
        name, files = _folder_name(told["description"]), ()
        if "logOffset" in end:
            files = tuple(self._files_between(stream.name, begin.get("logOffset", -1), end["logOffset"]))
            self._taken_files.update(files)
            name = "landing" if name == self.workspace.landing.name else name
        elif "reservoirVersion" in end:
            stream.taken = end["reservoirVersion"] - 1
        return Source(name, json.dumps(begin or None), json.dumps(end), told["numInputRows"], files)

    def _files_between(self, stream: str, begin: int, end: int) -> Iterator[str]:
        folder = self.workspace.checkpoints / stream / "sources" / "0"
        for number in range(begin + 1, end + 1):
            # Every tenth log holds all before it, under a name of its own.
            logs = [folder / str(number), folder / f"{number}.compact"]
            log = next((path for path in logs if path.exists()), None)
            for line in log.read_text(encoding="utf-8").splitlines()[1:] if log else []:
                entry = json.loads(line)
                if entry["batchId"] == number:
                    yield _file_name(entry["path"])

    # ------------------------------------------------------------ how things stand
    def _add_step(self, what: str, batch: Batch | None, *, at_ms: int) -> None:
        # As it was then: the word of a micro-batch may be worked off long after it.
        streams = self._look(at_ms, live=False)
        self._steps.append(Step(what=what, streams=streams, flow=self._flow(at_ms), batch=batch))

    def _look(self, at_ms: int, *, live: bool) -> tuple[Stream, ...]:
        names = sorted(self._streams, key=place_in_pipeline)
        return tuple(self._row(self._streams[name], at_ms, live=live) for name in names)

    def _row(self, stream: _Followed, at_ms: int, *, live: bool) -> Stream:
        last = stream.batches[-1] if stream.batches else None
        waiting, waiting_for = self._waiting(stream, at_ms)
        return Stream(
            name=stream.name,
            tables=tuple(table for table in stream.versions if self._log(table).commits),
            state=self._state(stream, live=live),
            error=stream.error,
            last_batch=last.batch_id if last else None,
            rows_in=stream.rows_in,
            rows_out=stream.rows_out,
            rows_per_second=last.rows_per_second if last else None,
            seconds=last.seconds if last else None,
            history=tuple(batch.seconds for batch in stream.batches),
            parts=last.parts if last else (),
            watermark=stream.watermark,
            watermark_lag_seconds=stream.lag,
            state_rows=stream.state_rows,
            late_rows=stream.late_rows,
            waiting=waiting,
            waiting_for=waiting_for,
        )

    def _state(self, stream: _Followed, *, live: bool) -> str:
        if not stream.is_active:
            return "failed" if stream.error else "stopped"
        checkpoint = self.workspace.checkpoints / stream.name
        # Begun and not committed: that is what a micro-batch under way looks like from outside.
        is_busy = live and _newest(checkpoint / "offsets") > _newest(checkpoint / "commits")
        return "running" if is_busy else "idle"

    def _waiting(self, stream: _Followed, at_ms: int) -> tuple[int | None, str]:
        if stream.name == "bronze":
            return sum(1 for name in self._landed(at_ms) if name not in self._taken_files), "files"
        source = {"silver": BRONZE_TABLE, "gold": SILVER_TABLE}.get(stream.name)
        newest = self._log(source).version_at(at_ms) if source else None
        return (None, "") if newest is None else (max(0, newest - stream.taken), "versions")

    def _flow(self, at_ms: int) -> Flow:
        lines = self._landed(at_ms)
        return Flow(
            files=len(lines),
            landed=sum(lines.values()),
            bronze=self._rows(BRONZE_TABLE, "bronze"),
            read_by_silver=self._log(BRONZE_TABLE).rows_at(self._taken("silver")),
            silver=self._rows(SILVER_TABLE, "silver"),
            quarantine=self._rows(QUARANTINE_TABLE, "silver"),
            read_by_gold=self._log(SILVER_TABLE).rows_at(self._taken("gold")),
            gold=self._rows(GOLD_TABLE, "gold"),
        )

    def _taken(self, stream: str) -> int:
        return self._streams[stream].taken if stream in self._streams else -1

    def _rows(self, table: str, stream: str) -> int:
        """Return the table's rows after the stream's last micro-batch."""
        if stream not in self._streams:
            return 0
        return self._log(table).rows_at(self._streams[stream].versions.get(table))

    def _log(self, table: str) -> DeltaLog:
        return self._logs.setdefault(table, DeltaLog(self.workspace.tables / table))

    def _landed(self, at_ms: int) -> dict[str, int]:
        """Return the lines, without the blank ones, of each file that had landed at this moment."""
        changed = self.workspace.landing.stat().st_mtime_ns
        # A folder of many thousand files is not listed again as long as nothing came or went.
        for path in landed_files(self.workspace) if changed != self._landing_changed else ():
            if path.name not in self._files:
                content = path.read_bytes().removeprefix(BYTE_ORDER_MARK)
                held = sum(1 for line in content.split(b"\n") if line.strip(BLANK))
                self._files[path.name] = (path.stat().st_mtime_ns // 1_000_000, held)
        self._landing_changed = changed
        return {name: held for name, (landed_ms, held) in self._files.items() if landed_ms <= at_ms}


def cause_in_one_sentence(error: str, *, run_id: str = "") -> str:
    """Return what made a stream fail, out of what Spark says, which wraps it several times.

    Parameters
    ----------
    error : str
        The exception with its causes, as Spark prints them.
    run_id : str, default ""
        The run that failed: if Auto Loader has looked at it, its own words come first.
    """
    if report := report_of(run_id):
        return _without_folders(report)
    own = re.findall(r"medallion_lab\.errors\.(\w+: Got: .*)", error)
    classes = [found for found in re.findall(r"\[[A-Z][A-Z0-9_.]+\] .*", error) if not _is_wrapper(found)]
    causes = re.findall(r"^Caused by: (.*)", error, flags=re.MULTILINE)
    candidates = [*own[-1:], *classes[-1:], *causes[-1:], *error.splitlines()[:1]]
    cause = _without_folders(candidates[0]) if candidates else "Spark gave no reason"
    return cause if len(cause) <= LONGEST_CAUSE else f"{cause[: LONGEST_CAUSE - 1]}…"


def _without_folders(text: str) -> str:
    """Put a text into one line, and name files without their folders."""
    return re.sub(r"file:/+\S*/(?=[^/\s])", "", " ".join(text.split()))


def _is_wrapper(text: str) -> bool:
    return any(text.startswith(f"[{wrapper}") for wrapper in WRAPPERS)


def _newest(folder: Path) -> int:
    """Return the highest number among a checkpoint's notes; -1 if there is none."""
    try:
        return max((int(name) for name in os.listdir(folder) if name.isdigit()), default=-1)
    except FileNotFoundError:
        return -1


def _taken_version(checkpoint: Path, batch_id: int) -> int:
    """Return the last version of its source table that a stream had read whole in this micro-batch."""
    notes = checkpoint / "offsets" / str(batch_id)
    if not notes.exists():
        return -1
    for line in notes.read_text(encoding="utf-8").splitlines()[2:]:
        if "reservoirVersion" in (offset := _offset(line)):
            return offset["reservoirVersion"] - 1
    return -1


def _offset(told: str | dict | None) -> dict:
    """Return an offset as a dict: Spark gives it as JSON, as JSON within JSON, or not at all."""
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            return {"offset": told}
    return told if isinstance(told, dict) else {}


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _ms(text: str) -> int:
    return round(_moment(text).timestamp() * 1000)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _folder_name(description: str) -> str:
    """Return the last folder of the path in a description such as ``DeltaSink[file:/…/tables/x]``."""
    found = re.search(r"\[(?:file:)?(/[^\]]*)\]", description)
    return Path(found[1]).name if found else ""


def _file_name(address: str) -> str:
    return address.rpartition("/")[2]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
