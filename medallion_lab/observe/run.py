"""A run of the pipeline as a record: what each micro-batch did, and where every row was after it.

A record is plain data. It is drawn the same way while the pipeline runs, years later from a file, and on a
page that has no kernel.
Terms: micro-batch, backlog.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (monitoring
streaming queries).
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from medallion_lab.errors import RunRecordError

FORMAT = 1
PARTS = ("planning", "log", "work", "commit")
"""What a micro-batch's time goes to: finding new rows and planning how to read them, noting down what it will
read, reading and writing, noting down that it is done."""


@dataclass(frozen=True)
class Source:
    """What a micro-batch read from one source.

    Attributes
    ----------
    name : str
        ``landing``, or the name of a table.
    start, end : str
        Spark's offsets, as JSON; the first one ever starts from ``null``.
    rows : int
        Rows read. A source that is read twice in a micro-batch counts twice.
    files : tuple of str
        Names of the landed files in it; empty for a table.
    """

    name: str
    start: str
    end: str
    rows: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """One commit of a micro-batch to a Delta table.

    Attributes
    ----------
    table : str
        The table's name.
    version : int
        The version that the commit made.
    operation : str
        What Delta calls it, such as ``STREAMING UPDATE`` or ``MERGE``.
    rows : int or None
        Rows inserted or updated; rows that a rewritten file only carries along do not count. None if Delta
        did not say.
    """

    table: str
    version: int
    operation: str
    rows: int | None


@dataclass(frozen=True)
class Batch:
    """One micro-batch that read rows.

    Attributes
    ----------
    stream : str
        The stream's name.
    batch_id : int
        Counted from 0, and not from anew after a restart.
    started : str
        When its trigger fired, UTC, as ``YYYY-MM-DD HH:MM:SS``.
    rows_in, rows_out : int
        Rows read, and rows written to its tables together.
    rows_per_second : float
        Rows read for each second that it took.
    seconds : float
        From the trigger to the commit.
    parts : tuple of float
        Seconds for each of ``PARTS``; what is left to ``seconds`` is Spark's own book-keeping.
    sources : tuple of Source
        What it read.
    written : tuple of Written
        What it committed.
    """

    stream: str
    batch_id: int
    started: str
    rows_in: int
    rows_out: int
    rows_per_second: float
    seconds: float
    parts: tuple[float, ...]
    sources: tuple[Source, ...]
    written: tuple[Written, ...]


@dataclass(frozen=True)
class Stream:
    """One stream at a moment of the run.

    Attributes
    ----------
    name : str
        The stream's name.
    tables : tuple of str
        The tables that it writes.
    state : str
        ``running`` (a micro-batch is under way), ``idle`` (it waits for rows), ``stopped`` or ``failed``.
    error : str
        The cause of a failure in one sentence; empty if there was none.
    last_batch : int or None
        Number of its last micro-batch that read rows.
    rows_in, rows_out : int
        Rows read and written since the lab was opened.
    rows_per_second, seconds : float or None
        Of the last micro-batch.
    history : tuple of float
        Seconds of its last micro-batches, at most 20, oldest first.
    parts : tuple of float
        The last micro-batch's seconds for each of ``PARTS``.
    watermark : str
        UTC; empty for a stream without one.
    watermark_lag_seconds : float or None
        How far the watermark is behind the latest event time that the stream saw.
    state_rows : int or None
        Rows that its stateful operators remember; None if it has none.
    late_rows : int or None
        Rows that came behind the watermark and were dropped, since the lab was opened; None without state.
    waiting : int or None
        How many files, or versions of the table that it reads, it has not taken yet.
    waiting_for : str
        ``files``, ``versions``, or empty if nobody knows.
    """

    name: str
    tables: tuple[str, ...]
    state: str
    error: str = ""
    last_batch: int | None = None
    rows_in: int = 0
    rows_out: int = 0
    rows_per_second: float | None = None
    seconds: float | None = None
    history: tuple[float, ...] = ()
    parts: tuple[float, ...] = ()
    watermark: str = ""
    watermark_lag_seconds: float | None = None
    state_rows: int | None = None
    late_rows: int | None = None
    waiting: int | None = None
    waiting_for: str = ""


@dataclass(frozen=True)
class Flow:
    """Where the landed rows are. Counted in files and tables, never by what a stream says of itself.

    It adds up: ``landed == waiting_for_bronze + waiting_for_silver + silver + quarantine + duplicates``.

    Attributes
    ----------
    files, landed : int
        Landed files, and the lines in them that are not blank.
    bronze, silver, quarantine : int
        Rows in the tables; quarantine has none in the simple form.
    read_by_silver, read_by_gold : int
        How many of bronze's rows silver has taken, and how many of silver's rows are in gold's sums.
    gold : int
        Rows in ``gold_sales_tbl``: one for each region and day.
    """

    files: int
    landed: int
    bronze: int
    read_by_silver: int
    silver: int
    quarantine: int
    read_by_gold: int
    gold: int

    @property
    def waiting_for_bronze(self) -> int:
        """Landed rows that are not in bronze yet."""
        return self.landed - self.bronze

    @property
    def waiting_for_silver(self) -> int:
        """Rows of bronze that silver has not taken yet."""
        return self.bronze - self.read_by_silver

    @property
    def waiting_for_gold(self) -> int:
        """Rows of silver that gold has not taken yet."""
        return self.silver - self.read_by_gold

    @property
    def duplicates(self) -> int:
        """Rows that silver took and that gave way to another row of the same order id."""
        return self.read_by_silver - self.silver - self.quarantine


@dataclass(frozen=True)
class Step:
    """The run after one more micro-batch, or after a failure; the last step of a run is the present.

    Attributes
    ----------
    what : str
        What happened, in a sentence.
    streams : tuple of Stream
        In the order in which rows pass them.
    flow : Flow
        Where the rows were. The tables of each stream count as they were after its last micro-batch.
    batch : Batch or None
        The micro-batch; None for a failure and for the present.
    """

    what: str
    streams: tuple[Stream, ...]
    flow: Flow
    batch: Batch | None


@dataclass(frozen=True)
class Run:
    """A whole run: its steps, oldest first, and how things stand.

    Attributes
    ----------
    name : str
        The workspace's name.
    steps : tuple of Step
        The last 200 at most.
    now : Step
        The present, or the end of a run that is over.
    """

    name: str
    steps: tuple[Step, ...]
    now: Step

    def batches(self, stream: str) -> list[Batch]:
        """Return this stream's micro-batches, oldest first."""
        return [step.batch for step in self.steps if step.batch and step.batch.stream == stream]

    def save(self, path: Path | str) -> Path:
        """Write the record to a file, in one step: whoever looks sees the old file or the new one, whole."""
        path = Path(path)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        text = json.dumps({"format": FORMAT, "run": asdict(self)}, indent=1)
        try:
            unfinished.write_text(f"{text}\n", encoding="utf-8")
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            raise RunRecordError(
                got=f"{path.name} could not be written: {error.strerror}",
                needed=f"room and write access in {path.parent}",
                next_step="give another path; the run goes on, and nothing of it is lost",
            ) from error
        return path


def load_run(path: Path | str) -> Run:
    """Read a record that ``Run.save`` wrote.

    Parameters
    ----------
    path : Path or str
        The file.

    Raises
    ------
    RunRecordError
        If it is not there, or is no record of this format.
    """
    path = Path(path)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["format"] != FORMAT:
            raise ValueError(f"format {record['format']}, not {FORMAT}")
        return _build(Run, record["run"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunRecordError(
            got=f"{path.name}, which does not read as a record of a run ({type(error).__name__}: {error})",
            needed="a file that Run.save, or a stream panel's Record button, has written",
            next_step="check the path; or record the run again",
        ) from error


def _build(kind: Any, value: Any) -> Any:
    """Make dataclasses and tuples again of what JSON gives back as dicts and lists."""
    if isinstance(kind, UnionType):
        present = next(one for one in get_args(kind) if one is not type(None))
        return None if value is None else _build(present, value)
    if get_origin(kind) is tuple:
        return tuple(_build(get_args(kind)[0], one) for one in value)
    if kind in (int, float, str):
        if not isinstance(value, (int, float) if kind is float else kind):
            raise TypeError(f"{value!r} where {kind.__name__} belongs")
        return value
    hints = get_type_hints(kind)
    if set(value) != {field.name for field in fields(kind)}:
        raise ValueError(f"a {kind.__name__} with the fields {', '.join(value)}")
    return kind(**{name: _build(hints[name], one) for name, one in value.items()})
