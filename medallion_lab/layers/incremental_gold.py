"""Gold, the incremental form: only the groups that changed are summed again.

Silver's change feed says which orders came, changed or went. Their groups are recomputed from silver as it is
now and put in the place of the old ones. Adding a micro-batch's sums to the old ones would be less work, and
wrong whenever a micro-batch is repeated.
Taught in: book/layers/gold.ipynb.
Source: https://docs.delta.io/latest/delta-change-data-feed.html and
https://docs.delta.io/latest/delta-update.html (merge).
"""

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.gold import sum_by_region_and_day
from medallion_lab.layers.writing import create_table, start_batches
from medallion_lab.runtime.workspace import (
    DATABASE,
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    SILVER_TABLE,
    Workspace,
)

MOST_DAYS = 31
"""Up to so many touched days are named to Delta, which then reads the files of those days alone."""


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
    priced = orders.join(F.broadcast(products), on="product_id")
    return (
        priced.groupBy("region", "order_date", "product_id", "product_name")
        .agg(
            F.count("*").alias("orders"),
            F.sum("quantity").alias("total_quantity"),
            F.sum(F.col("quantity") * F.col("unit_price")).alias("revenue"),
        )
        .select("region", "order_date", "product_id", "product_name", "orders", "total_quantity", "revenue")
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
        ``customer_id bigint, region string, orders bigint, total_quantity bigint, revenue bigint`` (dollars),
        ``products bigint`` (how many different ones), ``first_order_date date, last_order_date date``.
    """
    priced = orders.join(F.broadcast(products.select("product_id", "unit_price")), on="product_id")
    return priced.groupBy("customer_id", "region").agg(
        F.count("*").alias("orders"),
        F.sum("quantity").alias("total_quantity"),
        F.sum(F.col("quantity") * F.col("unit_price")).alias("revenue"),
        F.count_distinct("product_id").alias("products"),
        F.min("order_date").alias("first_order_date"),
        F.max("order_date").alias("last_order_date"),
    )


def replace_groups(table: str, touched: DataFrame, recomputed: DataFrame, *, keys: list[str]) -> None:
    """Put recomputed groups in the place of the old ones, and take away those that have no row any more.

    Parameters
    ----------
    table : str
        Name in the database ``medallion``.
    touched : DataFrame
        The keys of the groups that changed.
    recomputed : DataFrame
        The table's columns for those of them that still exist.
    keys : list of str
        What makes a group.
    """
    same_key = " AND ".join(f"gold.{key} <=> new.{key}" for key in keys)
    others = [name for name in recomputed.columns if name not in keys]
    new = touched.join(recomputed.withColumn("exists", F.lit(True)), on=keys, how="left")
    gold = DeltaTable.forName(touched.sparkSession, f"{DATABASE}.{table}").alias("gold")
    merge = gold.merge(new.alias("new"), same_key).whenMatchedDelete("new.exists IS NULL")
    changed = " OR ".join(f"gold.{name} IS DISTINCT FROM new.{name}" for name in others)
    merge = merge.whenMatchedUpdate(changed, {name: f"new.{name}" for name in others})
    values = {name: f"new.{name}" for name in recomputed.columns}
    merge.whenNotMatchedInsert("new.exists", values).execute()


def write_gold_batch(changes: DataFrame, batch_id: int, *, application: str) -> None:
    """Bring the sums up to date for one micro-batch of silver's changes; doing it again changes nothing.

    Parameters
    ----------
    changes : DataFrame
        Rows of silver's change feed. Not a stream. Only their keys are used.
    batch_id, application
        Not used: the sums come from silver itself, so it does not matter which micro-batch asks for them.
    """
    spark = changes.sparkSession
    keys = ["region", "order_date", "product_id"]
    touched = changes.select(*keys).distinct().persist()
    try:
        orders = _of_touched_days(spark.table(f"{DATABASE}.{SILVER_TABLE}"), touched)
        days = F.broadcast(touched.select("region", "order_date").distinct())
        orders = orders.join(days, on=["region", "order_date"], how="left_semi").persist()
        try:
            revenue = orders.transform(sum_revenue, products=spark.table(f"{DATABASE}.products"))
            replace_groups(GOLD_REVENUE_TABLE, touched, revenue, keys=keys)
            totals = orders.transform(sum_by_region_and_day)
            replace_groups(GOLD_TABLE, days, totals, keys=["region", "order_date"])
        finally:
            orders.unpersist()
    finally:
        touched.unpersist()


def _of_touched_days(orders: DataFrame, touched: DataFrame) -> DataFrame:
    """Leave out days that no change touched, by name: Delta then skips their files unread."""
    days = [row.order_date for row in touched.select("order_date").distinct().limit(MOST_DAYS + 1).collect()]
    return orders.where(F.col("order_date").isin(days)) if len(days) <= MOST_DAYS else orders


def start_incremental_gold(
    spark: SparkSession, workspace: Workspace, *, available_now: bool = False
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

    Returns
    -------
    StreamingQuery
        Named ``gold``. It writes the columns of ``sum_by_region_and_day`` and of ``sum_revenue``.
    """
    silver, products = spark.table(f"{DATABASE}.{SILVER_TABLE}"), spark.table(f"{DATABASE}.products")
    create_table(silver.transform(sum_by_region_and_day), GOLD_TABLE)
    create_table(silver.transform(sum_revenue, products=products), GOLD_REVENUE_TABLE)
    feed = spark.readStream.option("readChangeFeed", "true").option("startingVersion", 0)
    changes = feed.table(f"{DATABASE}.{SILVER_TABLE}")
    return start_batches(
        changes, write_gold_batch, name="gold", workspace=workspace, available_now=available_now
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
