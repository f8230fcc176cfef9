"""Gold, the incremental form: only the days that changed are summed again.

Silver's change feed says which orders came, changed or went. The sums of their days are worked out from
silver as it is now, and take the place of the old ones. Adding a micro-batch's sums to the old ones would be
less work, and wrong whenever a micro-batch is repeated.
Terms: gold, change data feed, feature.
Taught in: book/layers/gold.ipynb.
Source: https://docs.delta.io/latest/delta-change-data-feed.html and
https://docs.delta.io/latest/delta-batch.html (selective overwrite: replaceWhere).
"""

from collections.abc import Sequence
from datetime import date
from functools import partial

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.gold import sum_by_region_and_day
from medallion_lab.layers.writing import create_table, start_batches
from medallion_lab.runtime.cluster import work_out
from medallion_lab.runtime.session import at_once
from medallion_lab.runtime.workspace import (
    DATABASE,
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    SILVER_TABLE,
    Workspace,
)

MOST_DAYS = 31
"""Up to so many changed days are named one by one; of more, all between the first and the last are summed."""


def sum_revenue(orders: DataFrame, *, products: DataFrame) -> DataFrame:
    """Answer: how many orders, pieces and dollars came from each region, day and product?

    Parameters
    ----------
    orders : DataFrame
        Rows of silver: ``region string, order_date date, product_id bigint, quantity int``.
    products : DataFrame
        ``product_id bigint, product_name string, unit_price bigint`` (dollars), one row a product.

    Returns
    -------
    DataFrame
        ``region, order_date, product_id, product_name, orders bigint, total_quantity bigint, revenue bigint``
        (dollars), one row for each triple that occurs.
    """
    return orders.transform(sum_products).transform(price_products, products=products)


def sum_products(orders: DataFrame) -> DataFrame:
    """Count orders and pieces by region, day and product.

    Parameters
    ----------
    orders : DataFrame
        Rows of silver: ``region string, order_date date, product_id bigint, quantity int``.

    Returns
    -------
    DataFrame
        ``region, order_date, product_id, orders bigint, total_quantity bigint``, one row for each triple.
    """
    counts = F.count("*").alias("orders"), F.sum("quantity").alias("total_quantity")
    return orders.groupBy("region", "order_date", "product_id").agg(*counts)


def price_products(sums: DataFrame, *, products: DataFrame) -> DataFrame:
    """Name each product and turn its pieces into dollars.

    Parameters
    ----------
    sums : DataFrame
        Rows as ``sum_products`` returns them.
    products : DataFrame
        ``product_id bigint, product_name string, unit_price bigint`` (dollars), one row a product.

    Returns
    -------
    DataFrame
        The columns of ``sum_revenue``.
    """
    revenue = (F.col("total_quantity") * F.col("unit_price")).alias("revenue")
    return sums.join(F.broadcast(products), on="product_id").select(
        "region", "order_date", "product_id", "product_name", "orders", "total_quantity", revenue
    )


def describe_customers(orders: DataFrame, *, products: DataFrame) -> DataFrame:
    """Describe each customer who has ordered, for a model to learn from: one row a customer.

    Parameters
    ----------
    orders : DataFrame
        Rows of silver.
    products : DataFrame
        ``product_id bigint, unit_price bigint`` (dollars), one row a product.

    Returns
    -------
    DataFrame
        ``customer_id bigint, region string`` (of the last order, if a customer has moved), ``orders bigint,
        total_quantity bigint, revenue bigint`` (dollars), ``products bigint`` (how many different ones),
        ``first_order_date date, last_order_date date``.
    """
    priced = orders.join(F.broadcast(products.select("product_id", "unit_price")), on="product_id")
    return priced.groupBy("customer_id").agg(
        F.max_by("region", F.struct("order_timestamp", "order_id")).alias("region"),
        F.count("*").alias("orders"),
        F.sum("quantity").alias("total_quantity"),
        F.sum(F.col("quantity") * F.col("unit_price")).alias("revenue"),
        F.count_distinct("product_id").alias("products"),
        F.min("order_date").alias("first_order_date"),
        F.max("order_date").alias("last_order_date"),
    )


def replace_days(table: str, sums: DataFrame, *, days: Sequence[date]) -> None:
    """Put new sums in the place of these days' old ones, in one commit; the other days' files stay.

    Doing it twice leaves what doing it once left. A day without sums is emptied.

    Parameters
    ----------
    table : str
        Name in the database ``medallion``; a table that is partitioned by ``order_date``.
    sums : DataFrame
        The table's columns, for these days and no others.
    days : sequence of date
        At least one.
    """
    writer = sums.write.mode("overwrite").option("replaceWhere", on_days(days))
    writer.saveAsTable(f"{DATABASE}.{table}")


def on_days(days: Sequence[date]) -> str:
    """Return the SQL condition that holds on these days; of many, on all from the first to the last."""
    if len(days) > MOST_DAYS:
        # Not BETWEEN: Delta's replaceWhere fails on it with "Invalid call to nullable on unresolved object".
        return f"order_date >= DATE'{min(days)}' AND order_date <= DATE'{max(days)}'"
    named = ", ".join(f"DATE'{day}'" for day in sorted(days))
    return f"order_date IN ({named})"


def write_gold_batch(changes: DataFrame, batch_id: int, *, application: str) -> None:
    """Bring the sums up to date for one micro-batch of silver's changes; doing it again changes nothing.

    Parameters
    ----------
    changes : DataFrame
        Rows of silver's change feed, of a changed order both the old row and the new one. Not a stream. Only
        ``order_date`` is used.
    batch_id, application
        Not used: the sums come from silver itself, so it does not matter which micro-batch asks for them.
    """
    spark = changes.sparkSession
    days = [row.order_date for row in changes.select("order_date").distinct().collect()]
    if not days:
        return
    orders = spark.table(f"{DATABASE}.{SILVER_TABLE}").where(on_days(days))
    # Silver is read once for both tables, and not by persist(): see write_silver_batch.
    sums = work_out(orders.transform(sum_products))
    revenue = sums.transform(price_products, products=spark.table(f"{DATABASE}.products"))
    totals = sums.withColumnRenamed("total_quantity", "quantity").transform(sum_by_region_and_day)
    tables = ((GOLD_REVENUE_TABLE, revenue), (GOLD_TABLE, totals))
    at_once(spark, *[partial(replace_days, table, rows, days=days) for table, rows in tables])


def start_incremental_gold(
    spark: SparkSession,
    workspace: Workspace,
    *,
    available_now: bool = False,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start the stream from silver's changes to ``gold_sales_tbl`` and ``gold_revenue_tbl``.

    Parameters
    ----------
    spark : SparkSession
        The session; the silver table of the exact form and ``products`` must exist.
    workspace : Workspace
        Where the checkpoint lives.
    available_now : bool, default False
        True takes what has changed in silver and ends; False goes on.
    after : StreamingQuery, optional
        As for ``start_batches``.

    Returns
    -------
    StreamingQuery
        Named ``gold``. It writes the columns of ``sum_by_region_and_day`` and of ``sum_revenue``.
    """
    silver, products = spark.table(f"{DATABASE}.{SILVER_TABLE}"), spark.table(f"{DATABASE}.products")
    revenue = silver.transform(sum_revenue, products=products)
    create_table(silver.transform(sum_by_region_and_day), GOLD_TABLE, partition_by="order_date")
    create_table(revenue, GOLD_REVENUE_TABLE, partition_by="order_date")
    feed = spark.readStream.option("readChangeFeed", "true").option("startingVersion", 0)
    changes = feed.table(f"{DATABASE}.{SILVER_TABLE}")
    return start_batches(
        changes, write_gold_batch, name="gold", workspace=workspace, available_now=available_now, after=after
    )


def refresh_customer_features(spark: SparkSession) -> None:
    """Write ``gold_customer_features_tbl`` anew from silver: a model learns from a table that holds still.

    Parameters
    ----------
    spark : SparkSession
        The session; silver and ``products`` must exist. The columns are those of ``describe_customers``.
    """
    orders = spark.table(f"{DATABASE}.{SILVER_TABLE}")
    features = orders.transform(describe_customers, products=spark.table(f"{DATABASE}.products"))
    features.write.mode("overwrite").saveAsTable(f"{DATABASE}.{GOLD_FEATURES_TABLE}")
