"""Write a stream to its table, from its own checkpoint: the one way in which every layer does it.

Taught in: book/foundations/the_lab.ipynb.
Source: https://docs.delta.io/latest/delta-streaming.html (Delta table as a sink).
"""

from pyspark.sql import DataFrame
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.runtime.workspace import DATABASE, Workspace


def create_table(rows: DataFrame, table: str) -> None:
    """Create an empty Delta table with these rows' columns, so that the next layer can start at once.

    Parameters
    ----------
    rows : DataFrame
        Only its schema is used. Batch or streaming.
    table : str
        Name in the database ``medallion``; a table that exists already is left as it is.
    """
    columns = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in rows.schema)
    rows.sparkSession.sql(f"CREATE TABLE IF NOT EXISTS {DATABASE}.{table} ({columns}) USING delta")


def write_stream(
    rows: DataFrame, *, name: str, table: str, workspace: Workspace, output_mode: str, available_now: bool
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

    Returns
    -------
    StreamingQuery
        The running stream.
    """
    # A cell may run twice: the checkpoint lets the new stream go on where the old one stopped.
    for running in rows.sparkSession.streams.active:
        if running.name == name:
            running.stop()
    writer = rows.writeStream.queryName(name).outputMode(output_mode)
    writer = writer.option("checkpointLocation", str(workspace.checkpoints / name))
    writer = writer.trigger(availableNow=True) if available_now else writer
    return writer.toTable(f"{DATABASE}.{table}")
