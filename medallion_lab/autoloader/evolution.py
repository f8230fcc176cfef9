"""Evolve a schema when a stream has stopped at new fields.

A micro-batch that meets a new field fails before anything of it is written: its files stay those of the
next attempt. Here we look which files they are, learn all their new fields at once, write the schema's next
version, and put what happened in front of what Spark says.
Term: schema evolution.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (the stream
stops with an UnknownFieldException; the schema location gets the new schema before).
"""

import atexit
import itertools
import os
import re
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.errors.exceptions.captured import StreamingQueryException
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.listener import (
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)
from pyspark.sql.types import StructType

from medallion_lab.autoloader.file_states import local_path, uncommitted_files
from medallion_lab.autoloader.learning import learn
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schema_log import SchemaLog
from medallion_lab.autoloader.schemas import new_paths
from medallion_lab.runtime.failures import cause_first, whole_text
from medallion_lab.runtime.session import before_stop, jvm_is_running

ERROR_CLASS = "UNKNOWN_FIELD_EXCEPTION"
MARKER = re.compile(r"\[UNKNOWN_FIELD_EXCEPTION reader=(?P<reader>[0-9-]+) file=(?P<file>[^\]\s]*)\]")
LONGEST_LINE = 4000
RUN_ID = re.compile(r"runId = ([0-9a-f-]{36})")


@dataclass(frozen=True)
class Reader:
    """What a call of ``read`` has fixed: its schema, and where that schema stands in the log."""

    spark: SparkSession
    settings: Settings
    schema: StructType
    partition_columns: tuple[str, ...]
    version: int | None


@dataclass
class Run:
    """One run of a streaming query, and what was made of its end."""

    query: JavaObject | None
    checkpoint: Path
    report: str = ""


_readers: dict[str, Reader] = {}
_runs: dict[str, Run] = {}
_numbers = itertools.count()
_lock = RLock()


def register(reader: Reader) -> str:
    """Remember this reader, and return the name by which its stream's failure will call it."""
    name = f"{os.getpid()}-{next(_numbers)}"
    _readers[name] = reader
    return name


def stop_at_new_fields(reader: str, file: Column) -> Column:
    """Return an expression that fails its micro-batch, and says whose it was and in which file."""
    message = F.concat(F.lit(f"[{ERROR_CLASS} reader={reader} file="), file, F.lit("]"))
    return F.raise_error(message).cast("boolean")


class RunListener(StreamingQueryListener):
    """Notes each query as it starts, and looks at those that have ended."""

    def __init__(self, spark: SparkSession) -> None:
        self.session = spark

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        """Remember where the query has its checkpoint: later nobody can ask it."""
        query = self.session.streams.get(str(event.id))
        if query is None:
            return
        root = query._jsq.streamingQuery().resolvedCheckpointRoot()
        _runs[str(event.runId)] = Run(query._jsq, Path(root.removeprefix("file:")))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """Do nothing."""

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """Learn at once what stopped the query."""
        settle()


def watch(spark: SparkSession) -> None:
    """Look at this session's streams from now on; twice is fine."""
    if any(listener.session is spark for listener in _listeners):
        return
    listener = RunListener(spark)
    spark.streams.addListener(listener)
    _listeners.append(listener)
    before_stop(spark, _unwatch)


_listeners: list[RunListener] = []


def _unwatch(spark: SparkSession) -> None:
    """Learn what is still to be learned, then let the session go: a callback after its end would fail."""
    settle()
    for listener in [listener for listener in _listeners if listener.session is spark]:
        spark.streams.removeListener(listener)
        _listeners.remove(listener)
    _runs.clear()
    _readers.clear()


def settle() -> None:
    """Write the new schema version of every stream that has stopped at new fields.

    It happens by itself, a moment after the stream has stopped, when its error is looked at, when ``read`` is
    called again and when Spark stops. Call it to be sure that it has happened.

    Raises
    ------
    SchemaLogError
        If a version cannot be written; the stream's files wait, and the next start tries again.
    """
    with _lock:
        for run in list(_runs.values()):
            if run.query is None or run.query.isActive():
                continue
            failure = run.query.exception()
            marker = MARKER.search(whole_text(failure.get())) if failure.isDefined() else None
            run.report = _evolve(run, marker) if marker and marker["reader"] in _readers else ""
            # A query that Python still holds keeps its plans and tables in the JVM's memory, megabytes each.
            run.query = None


def report_of(run_id: str) -> str:
    """Return what the reader of a run that stopped at new fields is told; empty for every other run."""
    if run_id not in _runs:
        return ""
    settle()
    return _runs[run_id].report


def _evolve(run: Run, marker: re.Match[str]) -> str:
    """Learn the new fields of the micro-batch that failed; return what the reader is told."""
    reader = _readers[marker["reader"]]
    settings, spark = reader.settings, reader.spark
    failed = marker["file"]
    noted = uncommitted_files(run.checkpoint)
    sources = {file.source for file in noted if local_path(file.address) == local_path(failed)}
    files = [file.address for file in noted if file.source in sources] or [failed]
    schema = learn(spark, files, reader.schema, settings)
    fields = new_paths(reader.schema, schema)
    if settings.evolves and settings.schema_location and reader.version is not None:
        version = reader.version + 1
        SchemaLog(settings.schema_location).append(
            version,
            schema,
            partition_columns=reader.partition_columns,
            hints=settings.hints_text,
            reason=f"new in {local_path(failed).name}: {', '.join(fields)}",
            new_fields=tuple(fields),
        )
        next_step = (
            f"Version {version} of the schema is written. Run the same code again, from readStream on: "
            "it goes on with the same files, and nothing of them was written yet."
        )
    else:
        next_step = (
            "failOnNewColumns: the schema stays as it is. Name the new fields in it (or in "
            "cloudFiles.schemaHints) or take the file away, then run the same code again; nothing of these "
            "files was written."
        )
    return f"[{ERROR_CLASS}] New fields: {', '.join(fields)}\nFile: {failed}\nNext: {next_step}"


def _report_first(error: StreamingQueryException) -> None:
    """Put what happened in front of Spark's own message, which wraps it into a query plan."""
    run_id = RUN_ID.search(error._desc)
    if run_id is None or run_id[1] not in _runs:
        return
    settle()
    said = _runs[run_id[1]].report or cause_first(error)
    # The plan behind the cause may name thousands of files on a line.
    lines = [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…" for line in said.split("\n")]
    error._desc = "\n".join(lines)


_first_init = StreamingQueryException.__init__


def _init(self: Any, *arguments: Any, **named: Any) -> None:
    _first_init(self, *arguments, **named)
    _report_first(self)


# pyspark makes this exception in three places, and its message is what a reader sees first.
StreamingQueryException.__init__ = _init  # type: ignore[method-assign]  # pyspark offers no hook


@atexit.register
def _settle_at_exit() -> None:
    """Write what a program that ends right after its stream has met."""
    if jvm_is_running():
        for listener in list(_listeners):
            _unwatch(listener.session)
