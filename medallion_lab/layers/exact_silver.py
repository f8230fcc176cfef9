"""Silver, the exact form: one row for each valid order id, whatever arrives, however often, in any order.

A micro-batch is cleansed, enriched and judged as a stream. Then it is written in steps that may be done
twice: broken orders are appended to the quarantine under the micro-batch's number, valid ones are merged into
silver, first the new ones, then those that correct a known one. So a run that dies between two steps, or
after all of them, is repeated without a trace.
Terms: silver, deduplication, merge, idempotent, exactly-once.
Taught in: book/layers/silver.ipynb.
Source: https://docs.delta.io/latest/delta-streaming.html (idempotent table writes in foreachBatch) and
https://docs.delta.io/latest/delta-update.html (merge).
"""

from delta.tables import DeltaMergeBuilder, DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.layers.cleansing import cleanse
from medallion_lab.layers.quality import SALES_RULES, keep_quarantined, keep_valid, label_failed_rules
from medallion_lab.layers.silver import COLUMNS, add_order_date, add_region
from medallion_lab.layers.writing import CHANGE_FEED, create_table, require_form, start_batches
from medallion_lab.runtime.cluster import work_out
from medallion_lab.runtime.workspace import BRONZE_TABLE, DATABASE, QUARANTINE_TABLE, SILVER_TABLE, Workspace

CONTENT = ("order_timestamp", "customer_id", "product_id", "quantity")
"""What decides between two orders of one id. The later one wins, then the greater customer, and so on."""

MOST_NAMED = 100
"""The ids of up to so many orders stand in a merge's condition, see ``is_known``."""


def add_product(orders: DataFrame, *, products: DataFrame) -> DataFrame:
    """Add each product's name; an order of an unknown product stays, with a NULL name.

    Parameters
    ----------
    orders : DataFrame
        ``product_id bigint`` and any other columns. Batch or streaming.
    products : DataFrame
        ``product_id bigint, product_name string``, one row a product. Not a stream: each micro-batch reads it
        anew.

    Returns
    -------
    DataFrame
        The same rows, plus ``product_name string``.
    """
    return orders.join(products.select("product_id", "product_name"), on="product_id", how="left")


def judge(bronze_orders: DataFrame, *, customers: DataFrame, products: DataFrame) -> DataFrame:
    """Cleanse, enrich and label bronze rows.

    Parameters
    ----------
    bronze_orders : DataFrame
        Rows of ``bronze_sales_tbl``. Batch or streaming.
    customers, products : DataFrame
        The reference tables.

    Returns
    -------
    DataFrame
        One row for each bronze row: the columns of silver, ``failed_rules array<string>``, and
        ``as_received``, a struct of the bronze row.
    """
    return (
        bronze_orders.withColumn("as_received", F.struct("*"))
        .transform(cleanse)
        .transform(add_region, customers=customers)
        .transform(add_product, products=products)
        .transform(add_order_date)
        .transform(label_failed_rules, rules=SALES_RULES)
        .select(*COLUMNS, "failed_rules", "as_received")
    )


def deduplicate(orders: DataFrame) -> DataFrame:
    """Keep one row for each ``order_id``: the greatest by ``CONTENT``; of exact copies the one loaded first.

    Parameters
    ----------
    orders : DataFrame
        Valid orders with the columns of silver. Not a stream.
    """
    best = F.max_by(F.struct(*COLUMNS), F.struct(*CONTENT, -F.unix_micros("load_time")))
    return orders.groupBy("order_id").agg(best.alias("best")).select("best.*")


def is_greater(one: str, other: str) -> Column:
    """Compare two aliased orders by ``CONTENT``: whether the first one takes the other's place."""
    first, second = (F.struct(*[F.col(f"{alias}.{name}") for name in CONTENT]) for alias in (one, other))
    return first > second


def write_silver_batch(labelled: DataFrame, batch_id: int, *, application: str) -> None:
    """Write one micro-batch to quarantine and silver; doing it again leaves both as they are.

    Parameters
    ----------
    labelled : DataFrame
        Rows as ``judge`` returns them. Not a stream.
    batch_id : int
        The micro-batch's number.
    application : str
        Names the checkpoint that numbers the micro-batches: another checkpoint begins at 0 again.
    """
    # Judged once, for both tables. Not persist(): Spark works a cached plan out anew whenever a table that it
    # reads is written, and bronze is written all the time.
    judged = work_out(labelled)
    append_quarantine(keep_quarantined(judged), batch_id, application=application)
    merge_silver(keep_valid(judged))


def append_quarantine(broken: DataFrame, batch_id: int, *, application: str) -> None:
    """Append a micro-batch's broken orders to the quarantine, once for each number and application.

    Parameters
    ----------
    broken : DataFrame
        Rows as ``judge`` returns them, each with a rule that it breaks. Not a stream.
    batch_id, application
        As for ``write_silver_batch``.
    """
    if broken.isEmpty():
        return
    rows = broken.select("as_received.*", "failed_rules")
    # Delta remembers the last number of each application, and passes over what it has.
    numbered: dict[str, str | int] = {"txnAppId": application, "txnVersion": batch_id}
    rows.write.options(**numbered).mode("append").saveAsTable(f"{DATABASE}.{QUARANTINE_TABLE}")


def merge_silver(valid: DataFrame) -> None:
    """Merge valid orders into silver: a new id is a row more, a known one gives way to a greater one.

    In two merges. One that may both insert and update writes every file again that holds a known order,
    changed or not: a delivery that is repeated would rewrite silver.

    Parameters
    ----------
    valid : DataFrame
        Orders with the columns of silver, in any number for each id. Not a stream.
    """
    orders = work_out(deduplicate(valid))
    if insert_new(orders) < orders.count():
        update_known(orders)


def insert_new(orders: DataFrame) -> int:
    """Add the orders whose id silver does not have, and return how many; no file is written again.

    Parameters
    ----------
    orders : DataFrame
        One row for each ``order_id``, with the columns of silver.
    """
    merge = _merge_into_silver(orders).whenNotMatchedInsertAll()
    return merge.execute().collect()[0].num_inserted_rows


def update_known(orders: DataFrame) -> None:
    """Put orders in the place of those of the same id that they are greater than, see ``is_greater``.

    Parameters
    ----------
    orders : DataFrame
        One row for each ``order_id``, with the columns of silver.
    """
    merge = _merge_into_silver(orders)
    merge.whenMatchedUpdateAll(condition=is_greater("order", "silver")).execute()


def _merge_into_silver(orders: DataFrame) -> DeltaMergeBuilder:
    silver = DeltaTable.forName(orders.sparkSession, f"{DATABASE}.{SILVER_TABLE}").alias("silver")
    return silver.merge(orders.alias("order"), is_known(orders))


def is_known(orders: DataFrame) -> Column:
    """Return the condition on which a row of silver has the id of one of these orders, for a merge.

    Few orders are named one by one. That says nothing new, but only those rows leave the scan of silver: for
    the join alone all of it would be sorted, in every micro-batch.

    Parameters
    ----------
    orders : DataFrame
        One row for each ``order_id``; aliased ``order`` in the merge, as silver is aliased ``silver``.
    """
    ids = [row.order_id for row in orders.select("order_id").limit(MOST_NAMED + 1).collect()]
    same = F.col("silver.order_id") == F.col("order.order_id")
    return same if len(ids) > MOST_NAMED else same & F.col("silver.order_id").isin(ids)


def start_exact_silver(
    spark: SparkSession,
    workspace: Workspace,
    *,
    available_now: bool = False,
    after: StreamingQuery | None = None,
) -> StreamingQuery:
    """Start the stream from ``bronze_sales_tbl`` to ``silver_sales_tbl`` and ``quarantine_sales_tbl``.

    Parameters
    ----------
    spark : SparkSession
        The session; the bronze table, ``customers`` and ``products`` must exist.
    workspace : Workspace
        Where the checkpoint lives.
    available_now : bool, default False
        True takes what is in bronze and ends; False goes on.
    after : StreamingQuery, optional
        As for ``start_batches``.

    Returns
    -------
    StreamingQuery
        Named ``silver``. Silver has one row for each valid order id; the quarantine one for each other bronze
        row, with ``failed_rules array<string>``.

    Raises
    ------
    MixedFormsError
        If the simple form has written this workspace's silver.
    """
    require_form(spark, exact=True)
    labelled = judge(
        spark.readStream.table(f"{DATABASE}.{BRONZE_TABLE}"),
        customers=spark.table(f"{DATABASE}.customers"),
        products=spark.table(f"{DATABASE}.products"),
    )
    create_table(labelled.select(*COLUMNS), SILVER_TABLE, properties={CHANGE_FEED: "true"})
    create_table(labelled.select("as_received.*", "failed_rules"), QUARANTINE_TABLE)
    return start_batches(
        labelled,
        write_silver_batch,
        name="silver",
        workspace=workspace,
        available_now=available_now,
        after=after,
    )
