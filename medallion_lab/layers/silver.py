"""Silver, the simple form: typed, joined with its customer's region, dated.

It keeps duplicates and broken rows, as the introduction shows.
Terms: silver, stream-static join, conformed.
Taught in: book/foundations/introduction.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html
(stream-static joins).
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.writing import create_table, require_form, write_stream
from medallion_lab.runtime.workspace import BRONZE_TABLE, DATABASE, SILVER_TABLE, Workspace

COLUMNS = (
    "order_id",
    "customer_id",
    "region",
    "product_id",
    "quantity",
    "order_timestamp",
    "order_date",
    "load_time",
)


def conform_types(orders: DataFrame) -> DataFrame:
    """Give each field of an order its type; what does not read as that type becomes NULL.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id, product_id, quantity, order_timestamp``, all strings. Batch or streaming.

    Returns
    -------
    DataFrame
        The same rows with ``customer_id bigint, product_id bigint, quantity int, order_timestamp timestamp``.
    """
    # A plain cast would raise an error and stop the stream at the first order that is not a number.
    return orders.withColumns(
        {
            "customer_id": F.col("customer_id").try_cast("bigint"),
            "product_id": F.col("product_id").try_cast("bigint"),
            "quantity": F.col("quantity").try_cast("int"),
            "order_timestamp": F.try_to_timestamp("order_timestamp", F.lit("yyyy-MM-dd HH:mm:ss")),
        }
    )


def add_region(orders: DataFrame, *, customers: DataFrame) -> DataFrame:
    """Add each customer's region; an order of an unknown customer stays, with a NULL region.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id bigint`` and any other columns. Batch or streaming.
    customers : DataFrame
        ``customer_id bigint, region string``, one row a customer. Not a stream: each micro-batch reads it
        anew.

    Returns
    -------
    DataFrame
        The same rows, plus ``region string``.
    """
    return orders.join(customers.select("customer_id", "region"), on="customer_id", how="left")


def add_order_date(orders: DataFrame) -> DataFrame:
    """Add ``order_date date``: the UTC day of ``order_timestamp timestamp``."""
    return orders.withColumn("order_date", F.to_date("order_timestamp"))


def refine(bronze_orders: DataFrame, *, customers: DataFrame) -> DataFrame:
    """Return bronze rows as silver rows, with the columns of ``COLUMNS``: every step of this layer."""
    return (
        bronze_orders.transform(conform_types)
        .transform(add_region, customers=customers)
        .transform(add_order_date)
        .select(*COLUMNS)
    )


def start_silver(
    spark: SparkSession,
    workspace: Workspace,
    *,
    available_now: bool = False,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start the stream from ``bronze_sales_tbl`` to ``silver_sales_tbl``.

    Parameters
    ----------
    spark : SparkSession
        The session; the bronze table and ``customers`` must exist.
    workspace : Workspace
        Where the checkpoint lives.
    available_now : bool, default False
        True takes what is in bronze and ends; False goes on.
    after : StreamingQuery, optional
        As for ``write_stream``.

    Returns
    -------
    StreamingQuery
        Named ``silver``. It appends the columns of ``COLUMNS``, one row for each bronze row.

    Raises
    ------
    MixedFormsError
        If the exact form has written this workspace's silver.
    """
    require_form(spark, exact=False)
    bronze_orders = spark.readStream.table(f"{DATABASE}.{BRONZE_TABLE}")
    orders = refine(bronze_orders, customers=spark.table(f"{DATABASE}.customers"))
    create_table(orders, SILVER_TABLE)
    return write_stream(
        orders,
        name="silver",
        table=SILVER_TABLE,
        workspace=workspace,
        output_mode="append",
        available_now=available_now,
        after=after,
    )
