"""Answers to silver's exercises."""

from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, but_for, in_three_forms, seen

QUESTIONS = (
    "rows in silver",
    "rows in quarantine",
    "duplicates",
    "rules broken by customer 99's row",
    "quantity of a",
    "quantity of a, micro-batches the other way round",
    "the same, with an insert-only MERGE",
)


def predicted(arrivals, **others):
    """Return the right predictions, but for some: question number -> answer."""
    newest, capitals = int(arrivals[0][3]), int(arrivals[3][3])
    answers = [3, 2, 2, 2, newest, newest, capitals]
    return but_for(QUESTIONS, answers, others)


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda arrivals: predicted(arrivals, q2=4), "no duplicate"),
        (lambda arrivals: predicted(arrivals, q0=4, q2=1), "capitals"),
        (lambda arrivals: predicted(arrivals, q0=2, q1=3), "whole number"),
        (lambda arrivals: predicted(arrivals, q3=1), "reasons"),
        (lambda arrivals: predicted(arrivals, q4=int(arrivals[1][3][0])), "offset"),
        (lambda arrivals: predicted(arrivals, q4=int(arrivals[3][3])), "ordered last"),
        (lambda arrivals: predicted(arrivals, q5=int(arrivals[3][3])), "which micro-batch comes first"),
        (lambda arrivals: predicted(arrivals, q6=int(arrivals[0][3])), "never looks"),
        (lambda arrivals: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def latest(customers):
    return customers.groupBy("customer_id").agg(F.max_by("region", "since").alias("region"))


def counted(orders, region):
    return orders.groupBy(region.alias("region")).agg(F.count("*").alias("orders"))


def in_one_pass(orders, *, customers):
    joined = orders.join(latest(customers), on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    return counted(joined, F.when(F.col("quantity") > 0, known).otherwise("quarantine"))


def in_two_parts(orders, *, customers):
    good = orders.where("quantity > 0").join(latest(customers), "customer_id", "left")
    refused = orders.where("quantity IS NULL OR quantity <= 0")
    regions = good.selectExpr("coalesce(region, 'unknown') AS region")
    return (
        regions.unionAll(refused.selectExpr("'quarantine' AS region"))
        .groupBy("region")
        .agg(F.count("*").alias("orders"))
    )


def in_sql(orders, *, customers):
    return orders.sparkSession.sql(
        """
        SELECT if(coalesce(quantity, 0) > 0, coalesce(region, 'unknown'), 'quarantine') AS region,
               count(*) AS orders
        FROM {orders} LEFT JOIN (
            SELECT customer_id, max_by(region, since) AS region FROM {customers} GROUP BY customer_id
        ) AS newest USING (customer_id) GROUP BY ALL""",
        orders=orders,
        customers=customers,
    )


def loses_null(orders, *, customers):
    return in_one_pass(orders.where("quantity > 0 OR NOT quantity > 0"), customers=customers)


def joins_inner(orders, *, customers):
    return in_one_pass(orders, customers=customers).where("region <> 'unknown'")


def every_row_of_the_lookup(orders, *, customers):
    joined = orders.join(customers, on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    refused = orders.where("NOT coalesce(quantity > 0, false)").withColumn("region", F.lit("quarantine"))
    good = joined.where("quantity > 0").withColumn("region", known)
    return counted(good.select("region").union(refused.select("region")), F.col("region"))


def oldest_region(orders, *, customers):
    oldest = customers.groupBy("customer_id").agg(F.min_by("region", "since").alias("region"))
    joined = orders.join(oldest, on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    return counted(joined, F.when(F.col("quantity") > 0, known).otherwise("quarantine"))


def zero_is_good(orders, *, customers):
    joined = orders.join(latest(customers), on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    return counted(joined, F.when(F.col("quantity") >= 0, known).otherwise("quarantine"))


def sums_pieces(orders, *, customers):
    joined = orders.join(latest(customers), on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    region = F.when(F.col("quantity") > 0, known).otherwise("quarantine").alias("region")
    pieces = F.when(F.col("quantity") > 0, F.col("quantity")).otherwise(1)
    return joined.groupBy(region).agg(F.sum(pieces).alias("orders"))


def greatest(column):
    return F.max(column)


def smallest(column):
    return F.min(column)


def placed_by(orders, one_row_each):
    joined = orders.join(one_row_each, on="customer_id", how="left")
    known = F.coalesce("region", F.lit("unknown"))
    return counted(joined, F.when(F.col("quantity") > 0, known).otherwise("quarantine"))


def whichever_row(orders, *, customers):
    return placed_by(orders, customers.dropDuplicates(["customer_id"]).drop("since"))


def by_name(choose):
    def answer(orders, *, customers):
        return placed_by(orders, customers.groupBy("customer_id").agg(choose("region").alias("region")))

    return answer


def last_first(customers):
    return customers.sort(F.desc("since"))


def first_of_a_sort(orders, *, customers):
    first = last_first(customers).groupBy("customer_id").agg(F.first("region").alias("region"))
    return placed_by(orders, first)


def with_the_stranger_by_heart(orders, *, customers):
    sold, known = seen("silver", "repair")
    [stranger] = {row.customer_id for row in sold.join(known, "customer_id", "left_anti").collect()}
    joined = orders.join(latest(customers), on="customer_id", how="left")
    region = F.when(F.col("customer_id") == stranger, "unknown").otherwise(F.col("region"))
    return counted(joined, F.when(F.col("quantity") > 0, region).otherwise("quarantine"))


repair = Answers(
    right=[in_one_pass, in_two_parts, in_sql],
    wrong=[
        (
            lambda orders, *, customers: whichever_row(orders, customers=last_first(customers)),
            "A sort before",
        ),
        (first_of_a_sort, "A sort before"),
        (with_the_stranger_by_heart, "stands in your code"),
        (loses_null, "for NULL"),
        (joins_inner, "which kind of join"),
        (every_row_of_the_lookup, "one row for each first"),
        (oldest_region, "not the latest"),
        (zero_is_good, "Is 0 above 0"),
        (sums_pieces, "Asked for are orders"),
        (whichever_row, "has to decide"),
        (by_name(greatest), "has to decide"),
        (by_name(smallest), "has chosen it"),
    ],
)


# ---------------------------------------------------------------- build
def bare():
    return F.lower(F.trim("order_id", F.lit(" \t\r\n\u00a0")))


def by_struct(orders):
    best = F.max(F.struct("order_timestamp", "quantity")).alias("best")
    newest = orders.groupBy(bare().alias("order_id")).agg(best)
    return newest.select("order_id", "best.quantity", "best.order_timestamp")


def by_window(orders):
    order = Window.partitionBy("order_id").orderBy(F.desc("order_timestamp"), F.desc("quantity"))
    ranked = orders.withColumn("order_id", bare()).withColumn("n", F.row_number().over(order))
    return ranked.where("n = 1").drop("n")


def by_join(orders):
    clean = orders.withColumn("order_id", F.lower(F.regexp_replace("order_id", r"[\s\u00a0]", "")))
    last = clean.groupBy("order_id").agg(F.max("order_timestamp").alias("order_timestamp"))
    tied = clean.join(last, ["order_id", "order_timestamp"])
    return tied.groupBy("order_id", "order_timestamp").agg(F.max("quantity").alias("quantity"))


def ranked_by(orders, order_id, *order):
    window = Window.partitionBy("order_id").orderBy(*order)
    ranked = orders.withColumn("order_id", order_id).withColumn("n", F.row_number().over(window))
    return ranked.where("n = 1").drop("n")


def newest_first():
    return F.desc("order_timestamp"), F.desc("quantity")


def bare_and_sorted(orders):
    return orders.withColumn("order_id", bare()).sort(*newest_first())


def first_ones(orders):
    first = [F.first(name).alias(name) for name in ("quantity", "order_timestamp")]
    return bare_and_sorted(orders).groupBy("order_id").agg(*first)


build = Answers(
    right=[by_struct, by_window, by_join],
    wrong=[
        (lambda orders: bare_and_sorted(orders).dropDuplicates(["order_id"]), "A sort before"),
        (lambda orders: bare_and_sorted(orders).drop_duplicates(["order_id"]), "A sort before"),
        (lambda orders: bare_and_sorted(orders.repartition(5)).dropDuplicates(["order_id"]), "A sort before"),
        (first_ones, "A sort before"),
        (
            lambda orders: ranked_by(orders, bare(), F.to_date("order_timestamp").desc(), F.desc("quantity")),
            "not their days",
        ),
        (lambda orders: ranked_by(orders, F.col("order_id"), *newest_first()), "Cleanse the key"),
        (lambda orders: ranked_by(orders, F.lower(F.trim("order_id")), *newest_first()), "no-break"),
        (
            lambda orders: ranked_by(orders, F.trim("order_id", F.lit(" \t\u00a0")), *newest_first()),
            "capitals alone",
        ),
        (
            lambda orders: orders.withColumn("order_id", bare()).dropDuplicates(["order_id"]),
            "whichever row came first",
        ),
        (lambda orders: ranked_by(orders, bare(), F.desc("quantity")), "The latest time decides"),
        (
            lambda orders: ranked_by(orders, bare(), F.desc("order_timestamp"), F.asc("quantity")),
            "the greater quantity",
        ),
        (lambda orders: ranked_by(orders, bare(), F.desc("order_timestamp")), "luck decides"),
        (
            lambda orders: ranked_by(
                orders, bare(), F.desc("order_timestamp"), F.desc(F.col("quantity").cast("string"))
            ),
            "compared as a text",
        ),
    ],
)
