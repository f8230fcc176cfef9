"""Write a stream to its table, from its own checkpoint: the one way in which every layer does it.

Terms: foreachBatch, trigger, checkpoint.
Taught in: book/layers/streams.ipynb.
Source: https://docs.delta.io/latest/delta-streaming.html (Delta table as a sink).
"""

import json
from collections.abc import Mapping
from typing import Protocol

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

from medallion_lab.errors import MixedFormsError
from medallion_lab.runtime.session import stream_settings
from medallion_lab.runtime.workspace import DATABASE, SILVER_TABLE, Workspace

CHANGE_FEED = "delta.enableChangeDataFeed"
"""The property of a table that keeps its changes for others to read; the exact silver has it."""


class BatchWriter(Protocol):
    """A function that writes one micro-batch, and may be asked to write the same one again."""

    def __call__(self, rows: DataFrame, batch_id: int, /, *, application: str) -> None:
        """Write these rows, which are micro-batch ``batch_id`` of ``application``."""


def create_table(
    rows: DataFrame,
    table: str,
    *,
    partition_by: str | None = None,
    properties: Mapping[str, str] | None = None,
) -> None:
    """Create an empty Delta table with these rows' columns, so that the next layer can start at once.

    Parameters
    ----------
    rows : DataFrame
        Only its schema is used. Batch or streaming.
    table : str
        Name in the database ``medallion``; a table that exists already is left as it is.
    partition_by : str, optional
        The column whose values get a folder each.
    properties : mapping of str to str, optional
        Delta's table properties.
    """
    columns = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in rows.schema)
    statement = f"CREATE TABLE IF NOT EXISTS {DATABASE}.{table} ({columns}) USING delta"
    if partition_by:
        statement += f" PARTITIONED BY ({partition_by})"
    if properties:
        pairs = ", ".join(f"'{name}' = '{value}'" for name, value in properties.items())
        statement += f" TBLPROPERTIES ({pairs})"
    rows.sparkSession.sql(statement)


def require_form(spark: SparkSession, *, exact: bool) -> None:
    """Refuse to go on in a workspace whose silver was written by the other form of the pipeline.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    exact : bool
        The form that is about to start.

    Raises
    ------
    MixedFormsError
        If silver exists and is of the other form. Nothing is changed.
    """
    if has_form(spark, exact=not exact):
        asked, found = ("exact", "simple") if exact else ("simple", "exact")
        raise MixedFormsError(
            got=f"the {asked} form, in a workspace whose {SILVER_TABLE} the {found} form has written",
            needed="one form in a workspace: the two keep different rows, and different checkpoints",
            next_step=f"go on with start_pipeline(exact={not exact}), or open another workspace",
        )


def has_form(spark: SparkSession, *, exact: bool) -> bool:
    """Return whether this workspace's silver exists and is of this form."""
    silver = f"{DATABASE}.{SILVER_TABLE}"
    if not spark.catalog.tableExists(silver):
        return False
    properties = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {silver}").collect()}
    return (properties.get(CHANGE_FEED) == "true") == exact


def write_stream(
    rows: DataFrame,
    *,
    name: str,
    table: str,
    workspace: Workspace,
    output_mode: str,
    available_now: bool,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start a stream into a Delta table; one of the same name that still runs is stopped first.

    Parameters
    ----------
    rows : DataFrame
        A streaming DataFrame.
    name : str
        The stream's name, also that of its checkpoint's folder.
    table : str
        Name in the database ``medallion``.
    workspace : Workspace
        Where the checkpoint lives.
    output_mode : str
        ``append`` adds rows; ``complete`` replaces the table at each micro-batch.
    available_now : bool
        True takes what is there and ends; False goes on.
    after : StreamingQuery, optional
        A stream that has to end before this one starts, so that all that it writes is there. If it fails,
        its error comes from here.

    Returns
    -------
    StreamingQuery
        The running stream.
    """
    writer = _writer(rows, name=name, workspace=workspace, available_now=available_now, after=after)
    with stream_settings(rows.sparkSession):
        return writer.outputMode(output_mode).toTable(f"{DATABASE}.{table}")


def start_batches(
    rows: DataFrame,
    write: BatchWriter,
    *,
    name: str,
    workspace: Workspace,
    available_now: bool,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start a stream whose micro-batches a function writes; one of the same name is stopped first.

    Parameters
    ----------
    rows : DataFrame
        A streaming DataFrame.
    write : callable
        Called with the micro-batch, its number, and ``application``: the checkpoint's own id, under which the
        number never comes twice for other rows. A micro-batch that was cut short is handed to it again, so it
        must be idempotent.
    name, workspace, available_now, after
        As for ``write_stream``.

    Returns
    -------
    StreamingQuery
        The running stream.
    """
    identity = workspace.checkpoints / name / "metadata"

    def write_batch(batch: DataFrame, batch_id: int) -> None:
        write(batch, batch_id, application=json.loads(identity.read_text())["id"])

    writer = _writer(rows, name=name, workspace=workspace, available_now=available_now, after=after)
    with stream_settings(rows.sparkSession):
        return writer.foreachBatch(write_batch).start()


def running_stream(spark: SparkSession, name: str) -> StreamingQuery | None:
    """Return the stream of this name that runs now, or None; Spark lets no two of one name run."""
    return next((query for query in spark.streams.active if query.name == name), None)


def stop_running(spark: SparkSession, name: str) -> None:
    """Stop the stream of this name if one runs: Spark refuses a second one, and so would its checkpoint."""
    if running := running_stream(spark, name):
        running.stop()


def _writer(
    rows: DataFrame, *, name: str, workspace: Workspace, available_now: bool, after: StreamingQuery | None
) -> DataStreamWriter:
    if after:
        after.awaitTermination()
    # A cell may run twice: the checkpoint lets the new stream go on where the old one stopped.
    stop_running(rows.sparkSession, name)
    writer = rows.writeStream.queryName(name).option("checkpointLocation", str(workspace.checkpoints / name))
    return writer.trigger(availableNow=True) if available_now else writer
