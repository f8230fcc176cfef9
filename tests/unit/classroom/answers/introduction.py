"""Answers to the introduction's exercises."""

import json

from pyspark.sql import Window
from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, in_three_forms, seen

QUESTIONS = (
    "rows in bronze",
    "rows with rescued data",
    "rows in silver",
    "rows without a region",
    "rows in gold",
    "pieces of the West in gold",
)


def predicted(lines, **others):
    """Return the right predictions, but for some: question number -> how much is added."""
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    cut_off = len(lines) - len(whole) - 1
    west = sum(int(order["quantity"]) for order in whole[:-2])
    answers = [len(lines) - 1, cut_off + 1, len(lines) - 1, cut_off + 1, 3, west]
    for number, added in others.items():
        answers[int(number[1:])] += added
    return dict(zip(QUESTIONS, answers, strict=True))


def copies(lines):
    return lines.count(lines[0]) - 1


def cut_offs(lines):
    return sum(1 for line in lines if line and not line.endswith("}"))


def pieces(line):
    return json.loads(line)["quantity"]


def coupon(lines):
    return next(pieces(line) for line in lines if "coupon" in line)


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda lines: predicted(lines, q0=1, q1=1, q2=1, q3=1), "blank line holds none"),
        (lambda lines: predicted(lines, q0=-cut_offs(lines)), "loses no line"),
        (
            lambda lines: predicted(lines, q2=-copies(lines), q5=-copies(lines) * pieces(lines[0])),
            "does not know a copy",
        ),
        (lambda lines: predicted(lines, q2=-1, q3=-1), "left join"),
        (lambda lines: predicted(lines, q2=-1), "refuses nothing"),
        (lambda lines: predicted(lines, q1=1), "keeps every value as text"),
        (lambda lines: predicted(lines, q1=-1), "no column is rescued"),
        (lambda lines: predicted(lines, q5=-coupon(lines)), "does not disturb"),
        (lambda lines: predicted(lines, q4=-1), "how does gold group"),
        (lambda lines: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def placed(orders, customers, quantity, how="left", unknown="unknown"):
    joined = orders.join(customers.select("customer_id", "region"), on="customer_id", how=how)
    region = F.coalesce("region", F.lit(unknown)).alias("region")
    return joined.select("order_id", region, quantity.alias("quantity"))


def number():
    return F.col("quantity").try_cast("int")


def by_join(orders, *, customers):
    return placed(orders, customers, number())


def by_dict(orders, *, customers):
    regions = {row.customer_id: row.region for row in customers.collect()}
    return [
        {
            "order_id": row.order_id,
            "region": regions.get(int(row.customer_id), "unknown"),
            "quantity": int(row.quantity) if row.quantity.isdigit() else None,
        }
        for row in orders.collect()
    ]


def in_sql(orders, *, customers):
    return orders.sparkSession.sql(
        """
        SELECT order_id, ifnull(region, 'unknown') AS region, try_cast(quantity AS int) AS quantity
        FROM {orders} LEFT JOIN {customers} USING (customer_id)""",
        orders=orders,
        customers=customers,
    )


def as_the_colleague(orders, *, customers):
    return placed(orders, customers, F.coalesce(number(), F.lit(0)), how="inner").distinct()


def with_the_regions_by_heart(orders, *, customers):
    return by_join(orders, customers=seen("introduction", "repair")[1])


def with_the_word_by_heart(orders, *, customers):
    [word] = {row.quantity for row in seen("introduction", "repair")[0].collect() if row.quantity.isalpha()}
    quantity = F.when(F.col("quantity") != word, F.col("quantity").cast("int"))
    return placed(orders, customers, quantity)


repair = Answers(
    right=[by_join, by_dict, in_sql],
    wrong=[
        (with_the_regions_by_heart, "stands in your code"),
        (with_the_word_by_heart, "stands in your code"),
        (as_the_colleague, "Hint: "),
        (lambda orders, *, customers: placed(orders, customers, number(), how="inner"), "which kind of join"),
        (
            lambda orders, *, customers: placed(orders, customers, number(), unknown=None),
            "its name: `unknown`",
        ),
        (lambda orders, *, customers: placed(orders, customers, number()).distinct(), "goes out twice"),
        (
            lambda orders, *, customers: placed(orders, customers, F.coalesce(number(), F.lit(0))),
            "it is not 0 either",
        ),
        (lambda orders, *, customers: placed(orders, customers, F.coalesce(number(), F.lit(1))), "a guess"),
        (
            lambda orders, *, customers: placed(orders, customers, number()).where("quantity > 0"),
            "is still an order",
        ),
        (
            lambda orders, *, customers: placed(orders, customers, F.col("quantity")),
            "looks right but for its type",
        ),
    ],
)


# ---------------------------------------------------------------- build
def summed(orders, products, amount="coalesce(sum(quantity * unit_price), 0)", how="inner"):
    joined = orders.join(products, on="product_id", how=how)
    return joined.groupBy("product_name").agg(F.expr(amount).alias("revenue"))


def by_key(orders, *, products):
    return summed(orders.dropDuplicates(["order_id"]), products)


def by_window(orders, *, products):
    copies = Window.partitionBy("order_id").orderBy("load_hour")
    numbered = orders.withColumn("n", F.row_number().over(copies))
    return summed(numbered.where("n = 1"), products)


def in_sql_too(orders, *, products):
    return orders.sparkSession.sql(
        """
        SELECT product_name, sum(ifnull(quantity, 0) * unit_price) AS revenue
        FROM (SELECT order_id, product_id, max(quantity) AS quantity FROM {orders} GROUP BY ALL)
        JOIN {products} USING (product_id) GROUP BY product_name""",
        orders=orders,
        products=products,
    )


def with_the_prices_by_heart(orders, *, products):
    return by_key(orders, products=seen("introduction", "build")[1])


def in_whole_dollars(round_off):
    return lambda orders, *, products: by_key(orders, products=products).withColumn(
        "revenue", round_off("revenue")
    )


build = Answers(
    right=[by_key, by_window, in_sql_too],
    wrong=[
        (with_the_prices_by_heart, "stands in your code"),
        (in_whole_dollars(F.round), "is rounded"),
        (in_whole_dollars(lambda name: F.col(name).cast("int")), "is rounded"),
        (lambda orders, *, products: summed(orders, products), "count each order once"),
        (lambda orders, *, products: summed(orders.distinct(), products), "equal in every column"),
        (
            lambda orders, *, products: summed(orders.dropDuplicates(["product_id", "quantity"]), products),
            "may order the same",
        ),
        (
            lambda orders, *, products: summed(
                orders.dropDuplicates(["order_id"]), products, "coalesce(sum(quantity), 0)"
            ),
            "added up pieces",
        ),
        (
            lambda orders, *, products: summed(orders.dropDuplicates(["order_id"]), products, how="right"),
            "without an order has no row",
        ),
        (
            lambda orders, *, products: summed(
                orders.dropDuplicates(["order_id"]), products, "sum(quantity * unit_price)"
            ),
            "say so with a number",
        ),
    ],
)
