"""Bronze: every landed line as it came, with where it came from and when.

Nothing is judged here and nothing is lost: a line that does not fit the payload's columns stands in
``_rescued_data``, whole. Taught in: book/foundations/introduction.ipynb.
Source: https://docs.databricks.com/en/lakehouse/medallion.html (bronze keeps data as ingested) and
https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (``_rescued_data``).
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.writing import create_table, write_stream
from medallion_lab.runtime.workspace import BRONZE_TABLE, Workspace

PAYLOAD = ("order_id", "customer_id", "product_id", "quantity", "order_timestamp")
"""The fields of an order, all kept as strings: a type is a judgement, and judging is silver's work."""


def parse_lines(lines: DataFrame) -> DataFrame:
    """Turn lines of JSON into columns, one row for each line, and keep what does not fit.

    Parameters
    ----------
    lines : DataFrame
        Column ``value string``: one line each. Batch or streaming.

    Returns
    -------
    DataFrame
        A string column for each field of ``PAYLOAD`` instead of ``value``, and ``_rescued_data string``:
        NULL when those columns say all that the line said, else the whole line. Other columns pass through.
        Blank lines hold no record and give no row.
    """
    fields = ", ".join(f"{name}: string" for name in PAYLOAD)
    # Inside an envelope the parser must read to the line's end: alone it stops after the first object, and a
    # second object on the same line would vanish.
    envelope = F.from_json(
        F.concat(F.lit('{"line":['), "value", F.lit("]}")), f"line array<struct<{fields}>>"
    )
    keys = F.expr("json_object_keys(value)")
    known = F.array(*[F.lit(name) for name in PAYLOAD])
    says_all = (
        (F.size("envelope.line") == 1)
        & (F.size(F.array_except(keys, known)) == 0)
        & (F.size(F.array_distinct(keys)) == F.size(keys))
    )
    others = [F.col(name) for name in lines.columns if name != "value"]
    return (
        lines.where(F.trim("value", F.lit(" \t\r")) != "")
        .withColumn("envelope", envelope)
        .select(
            *[F.get("envelope.line", F.lit(0))[name].alias(name) for name in PAYLOAD],
            F.when(F.coalesce(says_all, F.lit(False)), None).otherwise(F.col("value")).alias("_rescued_data"),
            *others,
        )
    )


def add_arrival(lines: DataFrame) -> DataFrame:
    """Note where each line came from and when it was loaded.

    Parameters
    ----------
    lines : DataFrame
        Rows that were just read from files.

    Returns
    -------
    DataFrame
        The same rows, plus ``input_file string`` (the file's whole path) and ``load_time timestamp`` (one
        moment for a whole micro-batch).
    """
    return lines.withColumn("input_file", F.input_file_name()).withColumn("load_time", F.current_timestamp())


def read_landing(spark: SparkSession, workspace: Workspace) -> DataFrame:
    """Return the landed lines as a stream: ``value string``, a row a line, each file read once."""
    # Only the newline ends a record: a stray carriage return inside one must not split it.
    return (
        spark.readStream.option("lineSep", "\n")
        .option("pathGlobFilter", "*.json")
        .text(str(workspace.landing))
    )


def start_bronze(spark: SparkSession, workspace: Workspace, *, available_now: bool = False) -> StreamingQuery:
    """Start the stream from landed files to ``bronze_sales_tbl``, which only ever grows.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    workspace : Workspace
        Where files land and where the checkpoint lives.
    available_now : bool, default False
        True takes what has landed and ends; False goes on waiting for files.

    Returns
    -------
    StreamingQuery
        Named ``bronze``. It writes ``order_id, customer_id, product_id, quantity, order_timestamp,
        _rescued_data, input_file`` (all strings) and ``load_time timestamp``.
    """
    orders = read_landing(spark, workspace).transform(add_arrival).transform(parse_lines)
    # The table is there before its first row, so that silver's stream can start at once.
    create_table(orders, BRONZE_TABLE)
    return write_stream(
        orders,
        name="bronze",
        table=BRONZE_TABLE,
        workspace=workspace,
        output_mode="append",
        available_now=available_now,
    )
