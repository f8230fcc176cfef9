"""Gold, the simple form: pieces sold by region and day, summed anew at each micro-batch.

Terms: gold, aggregate.
Taught in: book/foundations/introduction.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (output modes).
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.writing import create_table, write_stream
from medallion_lab.runtime.workspace import DATABASE, GOLD_TABLE, SILVER_TABLE, Workspace


def sum_by_region_and_day(orders: DataFrame) -> DataFrame:
    """Answer: how many pieces did each region order on each day?

    Parameters
    ----------
    orders : DataFrame
        ``region string, order_date date, quantity int``. Batch or streaming.

    Returns
    -------
    DataFrame
        ``region string, order_date date, total_quantity bigint``, one row for each pair that occurs.
    """
    return orders.groupBy("region", "order_date").agg(F.sum("quantity").alias("total_quantity"))


def start_gold(
    spark: SparkSession,
    workspace: Workspace,
    *,
    available_now: bool = False,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start the stream from ``silver_sales_tbl`` to ``gold_sales_tbl``.

    Parameters
    ----------
    spark : SparkSession
        The session; the silver table must exist.
    workspace : Workspace
        Where the checkpoint lives.
    available_now : bool, default False
        True takes what is in silver and ends; False goes on.
    after : StreamingQuery, optional
        As for ``write_stream``.

    Returns
    -------
    StreamingQuery
        Named ``gold``. It replaces the table at each micro-batch: ``region string, order_date date,
        total_quantity bigint``.
    """
    totals = spark.readStream.table(f"{DATABASE}.{SILVER_TABLE}").transform(sum_by_region_and_day)
    create_table(totals, GOLD_TABLE)
    return write_stream(
        totals,
        name="gold",
        table=GOLD_TABLE,
        workspace=workspace,
        output_mode="complete",
        available_now=available_now,
        after=after,
    )
