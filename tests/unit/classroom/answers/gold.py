"""Answers to gold's exercises."""

from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, in_three_forms

QUESTIONS = (
    "append, Monday",
    "append, Tuesday (0: nothing)",
    "complete, Monday in the end",
    "add_batch, 3 March",
    "total_view",
    "total_tbl",
    "redo_days, 3 March",
)


def pieces_of(files, first, second):
    """Return the ten numbers of the data, in their order."""
    return [n for orders in [*files, first, second] for _, n in orders]


def predicted(data, **others):
    """Return the right predictions, but for some: question number -> answer made of the data's numbers."""
    n = pieces_of(*data)
    monday, once = n[0] + n[3] + n[4], n[7] + n[8] + n[9]
    answers = [monday, 0, monday + n[6], n[8] + 2 * n[9], once + n[9], once, n[8] + n[9]]
    for number, answer in others.items():
        answers[int(number[1:])] = answer(n)
    return dict(zip(QUESTIONS, answers, strict=True))


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda data: predicted(data, q0=lambda n: n[0]), "judges none of them"),
        (lambda data: predicted(data, q0=lambda n: n[0] + n[3]), "the micro-batch before worked with"),
        (lambda data: predicted(data, q0=lambda n: n[0] + n[3] + n[4] + n[6]), "after the day was closed"),
        (lambda data: predicted(data, q1=lambda n: n[1] + n[2] + n[5]), "closes nothing"),
        (lambda data: predicted(data, q2=lambda n: n[0] + n[3] + n[4]), "for ever"),
        (lambda data: predicted(data, q3=lambda n: n[8] + n[9]), "does not know"),
        (lambda data: predicted(data, q4=lambda n: n[7] + n[8] + n[9]), "query with a name"),
        (lambda data: predicted(data, q5=lambda n: n[7] + n[8] + 2 * n[9]), "when it was made"),
        (lambda data: predicted(data, q6=lambda n: n[9]), "which days it touches"),
        (lambda data: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def sums(rows, *, average=None, parcels=None):
    average = F.avg("quantity") if average is None else average
    parcels = F.coalesce(F.sum("parcels"), F.lit(0)) if parcels is None else parcels
    return rows.groupBy("region").agg(
        F.sum("quantity").alias("pieces"), average.alias("average"), parcels.alias("parcels")
    )


def by_order(parcels):
    return parcels.groupBy("order_id").agg(F.count("*").alias("parcels"))


def one_grain_first(orders, parcels):
    return sums(orders.join(by_order(parcels), "order_id", "left"))


def two_tables(orders, parcels):
    sold = orders.groupBy("region").agg(
        F.sum("quantity").alias("pieces"), (F.sum("quantity") / F.count("*")).alias("average")
    )
    sent = orders.join(parcels, "order_id").groupBy("region").agg(F.count("*").alias("parcels"))
    return sold.join(sent, "region", "left").fillna(0, ["parcels"])


def in_sql(orders, parcels):
    return orders.sparkSession.sql(
        """
        SELECT region, sum(quantity) AS pieces, avg(quantity) AS average,
               sum((SELECT count(*) FROM {parcels} AS p WHERE p.order_id = o.order_id)) AS parcels
        FROM {orders} AS o GROUP BY region""",
        orders=orders,
        parcels=parcels,
    )


def joins_inner(orders, parcels):
    return sums(orders.join(by_order(parcels), "order_id"))


def fans_out(orders, parcels):
    return sums(orders.join(parcels, "order_id", "left"), parcels=F.count("state"))


def sums_distinct(orders, parcels):
    right = one_grain_first(orders, parcels).drop("pieces")
    return right.join(orders.groupBy("region").agg(F.sum_distinct("quantity").alias("pieces")), "region")


def averages_days(orders, parcels):
    days = orders.groupBy("region", "day").agg(F.avg("quantity").alias("average"))
    right = one_grain_first(orders, parcels).drop("average")
    return right.join(days.groupBy("region").agg(F.avg("average").alias("average")), "region")


def counts_rows(orders, parcels):
    right = one_grain_first(orders, parcels).drop("parcels")
    joined = orders.join(parcels, "order_id", "left")
    return right.join(joined.groupBy("region").agg(F.count("*").alias("parcels")), "region")


def rounded(digits):
    return lambda orders, parcels: sums(
        orders.join(by_order(parcels), "order_id", "left"), average=F.round(F.avg("quantity"), digits)
    )


def without_coalesce(orders, parcels):
    return sums(orders.join(by_order(parcels), "order_id", "left"), parcels=F.sum("parcels"))


repair = Answers(
    right=[one_grain_first, two_tables, in_sql],
    wrong=[
        (rounded(2), "is rounded"),
        (rounded(0), "is rounded"),
        (
            lambda orders, parcels: one_grain_first(orders, parcels).withColumn(
                "average", F.col("average").cast("decimal(10, 2)")
            ),
            "is rounded",
        ),
        (without_coalesce, "a sum of nothing but NULL"),
        (joins_inner, "which kind of join"),
        (fans_out, "one row for each order first"),
        (sums_distinct, "DISTINCT throws"),
        (averages_days, "weighs a quiet day"),
        (counts_rows, "counts it as one"),
    ],
)


# ---------------------------------------------------------------- build
KEY = ["region", "order_date"]


def summed(rows):
    return rows.groupBy(*KEY).agg(F.sum("pieces").alias("pieces"))


def days_of(changes):
    return [row.order_date for row in changes.select("order_date").distinct().collect()]


def on(days):
    return "order_date IN ({})".format(", ".join(f"DATE'{day}'" for day in days))


def replaced(rows, table, days):
    writer = summed(rows.where(on(days))).write.mode("overwrite")
    writer.option("replaceWhere", on(days)).saveAsTable(table)


def replaces_days(changes, *, silver, table):
    if days := days_of(changes):
        replaced(silver, table, days)


def deletes_and_inserts(changes, *, silver, table):
    spark = changes.sparkSession
    for day in days_of(changes):
        spark.sql(f"DELETE FROM {table} WHERE order_date = DATE'{day}'")
        summed(silver.where(F.col("order_date") == day)).write.insertInto(table)


def merges_with_delete(changes, *, silver, table):
    if not (days := days_of(changes)):
        return
    changes.sparkSession.sql(
        f"""
        MERGE INTO {table} AS gold USING {{new}} AS new
        ON gold.region = new.region AND gold.order_date = new.order_date
        WHEN MATCHED THEN UPDATE SET pieces = new.pieces
        WHEN NOT MATCHED THEN INSERT *
        WHEN NOT MATCHED BY SOURCE AND gold.{on(days)} THEN DELETE""",
        new=summed(silver.where(on(days))),
    )


def merged(new, table, change):
    new.sparkSession.sql(
        f"""
        MERGE INTO {table} AS gold USING {{new}} AS new
        ON gold.region = new.region AND gold.order_date = new.order_date
        WHEN MATCHED THEN UPDATE SET pieces = {change}
        WHEN NOT MATCHED THEN INSERT *""",
        new=new,
    )


def latest_rows(changes, silver):
    return changes.join(silver, [*KEY, "pieces"], "left_semi")


def adds(changes, *, silver, table):
    merged(summed(latest_rows(changes, silver)), table, "gold.pieces + new.pieces")


def merges_only(changes, *, silver, table):
    if days := days_of(changes):
        merged(summed(silver.where(on(days))), table, "new.pieces")


def reads_new_rows_only(changes, *, silver, table):
    if days := days_of(latest_rows(changes, silver)):
        replaced(silver, table, days)


def sums_the_changes(changes, *, silver, table):
    if days := days_of(changes):
        replaced(latest_rows(changes, silver), table, days)


def overwrites(changes, *, silver, table):
    if days := days_of(changes):
        summed(silver.where(on(days))).write.mode("overwrite").saveAsTable(table)


def replaces_a_range(changes, *, silver, table):
    if days := days_of(changes):
        between = f"order_date BETWEEN DATE'{min(days)}' AND DATE'{max(days)}'"
        writer = summed(silver.where(between)).write.mode("overwrite")
        writer.option("replaceWhere", between).saveAsTable(table)


def into_the_first_table():
    """Return an answer that has the name of a table in it: the one that it was first called with."""
    tables = []

    def answer(changes, *, silver, table):
        tables.append(table)
        replaces_days(changes, silver=silver, table=tables[0])

    return answer


build = Answers(
    right=[replaces_days, deletes_and_inserts, merges_with_delete],
    wrong=[
        (into_the_first_table(), "nothing has been written"),
        (adds, "who adds counts again"),
        (merges_only, "lost its last order"),
        (reads_new_rows_only, "touches two days"),
        (sums_the_changes, "did not change"),
        (overwrites, "nobody says which rows"),
        (replaces_a_range, "redoes the whole range"),
        (lambda changes, *, silver, table: None, "nothing has been written"),
        (lambda changes, *, silver, table: replaced(silver, table, days_of(changes)), "your code stopped"),
    ],
)
