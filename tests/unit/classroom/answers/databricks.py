"""Answers to the exercises of the Databricks chapter.

No extension is loaded here: where the page says ``format("cloudFiles")``, these call the reader by its name.
"""

from collections import defaultdict
from functools import partial

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab import autoloader
from medallion_lab.lab import current_lab
from tests.unit.classroom.answers import Answers, but_for, seen

QUESTIONS = (
    "type of quantity",
    "type of sum(quantity)",
    "type of sum(try_cast(quantity AS int))",
    "max(quantity)",
    "rows where quantity > '5'",
    "rows where quantity > 5",
)


def predicted(texts, **others):
    """Return the right predictions, but for some: question number -> answer."""
    over = sum(text > "5" for text in texts), sum(int(text) > 5 for text in texts)
    answers = ["string", "double", "bigint", int(max(texts)), *over]
    return but_for(QUESTIONS, answers, others)


def greatest(texts):
    return max(map(int, texts))


def over(texts):
    return predicted(texts)[QUESTIONS[5]]


def over_in_quotes(texts):
    return predicted(texts)[QUESTIONS[4]]


predict = Answers(
    right=[
        predicted,
        lambda texts: predicted(texts, q3=float(max(texts))),
        lambda texts: [{"question": q, "answer": a} for q, a in reversed(predicted(texts).items())],
    ],
    wrong=[
        (lambda texts: predicted(texts, q0="bigint"), "leaves their types to you"),
        (lambda texts: predicted(texts, q1="string"), "Texts cannot be added"),
        (lambda texts: predicted(texts, q2="int"), "more room"),
        (lambda texts: predicted(texts, q3=greatest(texts)), "greatest text"),
        (lambda texts: predicted(texts, q4=over(texts)), "In quotes"),
        (lambda texts: predicted(texts, q5=over_in_quotes(texts)), "Without quotes"),
        (lambda texts: predicted(texts, q3=max(texts)), "looks right but for its type"),
        (lambda texts: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def summed(rows, number=lambda text: int(text or 0), each=list, pieces=sum, largest=max):
    by_region = defaultdict(list)
    for row in rows:
        by_region[row.region].append(row.quantity)
    found = []
    for region, texts in by_region.items():
        numbers = [number(text) for text in each(texts)]
        found.append({"region": region, "pieces": pieces(numbers), "largest": largest(numbers)})
    return found


def in_one_pass(rows):
    found = {}
    for row in rows:
        number = int(row.quantity) if row.quantity else 0
        pieces, largest = found.get(row.region, (0, 0))
        found[row.region] = (pieces + number, number if number > largest else largest)
    return [{"region": name, "pieces": p, "largest": n} for name, (p, n) in found.items()]


def in_pandas(rows):
    frame = pd.DataFrame([row.asDict() for row in rows])
    frame["quantity"] = frame["quantity"].fillna("0").astype(int)
    return frame.groupby("region", as_index=False)["quantity"].agg(pieces="sum", largest="max")


def in_spark(rows):
    orders = SparkSession.active().createDataFrame(rows, "region string, quantity string")
    number = F.coalesce(F.col("quantity").cast("int"), F.lit(0))
    return orders.groupBy("region").agg(F.sum(number).alias("pieces"), F.max(number).alias("largest"))


def with_the_shadow(rows):
    return summed(rows, pieces=F.sum, largest=F.max)


def with_the_regions_by_heart(rows):
    found = {row["region"]: row for row in summed(rows)}
    regions = dict.fromkeys(row.region for row in seen("databricks", "repair")[0])
    return [found.get(name, {"region": name, "pieces": 0, "largest": 0}) for name in regions]


repair = Answers(
    right=[summed, in_one_pass, in_pandas, in_spark],
    wrong=[
        (with_the_regions_by_heart, "stands in your code"),
        (with_the_shadow, "your code stopped with"),
        (partial(summed, each=set), "keep the equal ones"),
        (partial(summed, pieces=len), "counted rows"),
        (partial(summed, largest=lambda numbers: max(map(str, numbers))), "before you compare"),
        (lambda rows: summed([row for row in rows if row.quantity]), "still has a row"),
        (partial(summed, number=lambda text: int(text or 1)), "not as a guess"),
    ],
)


# ---------------------------------------------------------------- build
def place_of(folder):
    return current_lab().workspace.dbfs / folder.strip("/")


def notes_of(table):
    return current_lab().workspace.checkpoints / table


def arrivals(folder, table):
    """Return the stream: columns that are learned from the files."""
    options = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": str(notes_of(table) / "schema")}
    rows = autoloader.read(SparkSession.active(), place_of(folder), options=options)
    return rows.select("order_id", "quantity")


def end(rows, table, *, checkpoint="checkpoint"):
    """Return the writer of a stream that ends when all is taken."""
    place = str(notes_of(table) / checkpoint)
    return rows.writeStream.trigger(availableNow=True).option("checkpointLocation", place)


def learned(folder, table):
    end(arrivals(folder, table), table).toTable(table).awaitTermination()


def with_a_schema(folder, table):
    rows = autoloader.read(
        SparkSession.active(),
        place_of(folder),
        options={"cloudFiles.format": "json"},
        schema="order_id string, quantity string",
    )
    query = end(rows, table).toTable(table)
    query.processAllAvailable()
    query.awaitTermination()


def by_micro_batch(folder, table):
    rows = SparkSession.active().readStream.schema("order_id string, quantity string")

    def write(batch, number):
        batch.write.mode("append").saveAsTable(table)

    end(rows.json(str(place_of(folder))), table).foreachBatch(write).start().awaitTermination()


def read(folder):
    return SparkSession.active().read.schema("order_id string, quantity string").json(str(place_of(folder)))


def replaces(folder, table):
    def write(batch, number):
        batch.write.mode("overwrite").saveAsTable(table)

    end(arrivals(folder, table), table).foreachBatch(write).start().awaitTermination()


def is_left_empty(folder, table):
    read(folder).limit(0).write.mode("overwrite").saveAsTable(table)


def without_copies(folder, table):
    end(arrivals(folder, table).dropDuplicates(["order_id"]), table).toTable(table).awaitTermination()


def as_numbers(folder, table):
    rows = arrivals(folder, table).withColumn("quantity", F.col("quantity").cast("int"))
    end(rows, table).toTable(table).awaitTermination()


build = Answers(
    right=[learned, with_a_schema, by_micro_batch],
    wrong=[
        (lambda folder, table: learned(folder, folder.strip("/")), "your code stopped with"),
        (lambda folder, table: read(folder).write.mode("append").saveAsTable(table), "read twice"),
        (lambda folder, table: read(folder).write.mode("overwrite").saveAsTable(table), "keeps its rows"),
        (replaces, "does not take its place"),
        (is_left_empty, "returns at once"),
        (without_copies, "takes each file once"),
        (as_numbers, "looks right but for its type"),
        (lambda folder, table: None, "your code stopped with"),
    ],
)
