"""Bronze: every landed line as it came, with where it came from and when.

Nothing is judged here and nothing is lost: what does not fit the payload's columns stands in
``_rescued_data``.
Term: bronze.
Taught in: book/layers/bronze.ipynb.
Source: https://docs.databricks.com/en/lakehouse/medallion.html (bronze keeps data as ingested) and
https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (``_rescued_data``).
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab import autoloader
from medallion_lab.layers.writing import create_table, write_stream
from medallion_lab.runtime.workspace import BRONZE_TABLE, Workspace

PAYLOAD = ("order_id", "customer_id", "product_id", "quantity", "order_timestamp")
"""The fields of an order, all kept as strings, because a type is a judgement, and judging is for silver."""


def add_arrival(orders: DataFrame) -> DataFrame:
    """Note where each order came from and when it was loaded.

    Parameters
    ----------
    orders : DataFrame
        Rows that were just read from files.

    Returns
    -------
    DataFrame
        The same rows, plus ``input_file string`` (the file's whole path) and ``load_time timestamp`` (one
        moment for a whole micro-batch).
    """
    return orders.withColumn("input_file", F.input_file_name()).withColumn("load_time", F.current_timestamp())


def read_landing(spark: SparkSession, workspace: Workspace, *, files_per_batch: int = 1000) -> DataFrame:
    """Return the landed orders as a stream, one row a line, each file read once.

    Parameters
    ----------
    spark : SparkSession
        The session.
    workspace : Workspace
        Where files land.
    files_per_batch : int, default 1000
        How many files a micro-batch takes at most; 1000 is Auto Loader's own default.

    Returns
    -------
    DataFrame
        A string column for each field of ``PAYLOAD``, NULL where the line has no such field, and
        ``_rescued_data string``: NULL when those columns say all that the line said, else JSON with what they
        do not say; a line that is no JSON object is there whole. Blank lines hold no record and give no row.
    """
    return autoloader.read(
        spark,
        workspace.landing,
        schema=", ".join(f"{name} string" for name in PAYLOAD),
        options={
            "cloudFiles.format": "json",
            "cloudFiles.schemaEvolutionMode": "rescue",
            "cloudFiles.maxFilesPerTrigger": str(files_per_batch),
            # Packed files too, which Spark unpacks.
            "pathGlobFilter": "*.json{,.gz,.bz2}",
            # Spark would read these two although they are no JSON; here a line is JSON or it is kept whole.
            "allowSingleQuotes": "false",
            "allowNonNumericNumbers": "false",
        },
    )


def start_bronze(
    spark: SparkSession, workspace: Workspace, *, available_now: bool = False, files_per_batch: int = 1000
) -> StreamingQuery:
    """Start the stream from landed files to ``bronze_sales_tbl``, which only ever grows.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    workspace : Workspace
        Where files land and where the checkpoint lives.
    available_now : bool, default False
        True takes what has landed and ends; False goes on waiting for files.
    files_per_batch : int, default 1000
        How many files a micro-batch takes at most.

    Returns
    -------
    StreamingQuery
        Named ``bronze``. It writes ``order_id, customer_id, product_id, quantity, order_timestamp,
        _rescued_data, input_file`` (all strings) and ``load_time timestamp``.
    """
    orders = read_landing(spark, workspace, files_per_batch=files_per_batch).transform(add_arrival)
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
