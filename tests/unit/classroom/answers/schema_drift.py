"""Answers to schema drift's exercises."""

import json

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab import autoloader
from tests.unit.classroom.answers import Answers, but_for, in_three_forms, seen

QUESTIONS = (
    "rows, by none",
    "rows that lost a value, by none",
    "stops of addNewColumns",
    "new columns, by addNewColumns",
    "rows with rescued data, by addNewColumns",
    "the same, with type widening",
    "the same, with full defaults",
    "rows, by failOnNewColumns",
)


def kinds(lines):
    """Return how many lines have a new field, an object, a fraction, a name in capitals, half an order."""
    whole = [json.loads(line) for line in lines if line.endswith("}")]
    new = sum(len(order) > 3 or "floor" in order["to"] for order in whole)
    objects = sum(isinstance(order.get("quantity"), dict) for order in whole)
    fractions = sum(order.get("quantity") == 2.5 for order in whole)
    return new, objects, fractions, sum("Quantity" in order for order in whole), len(lines) - len(whole)


def predicted(lines, **others):
    """Return the right predictions, but for some: question number -> answer."""
    new, objects, fractions, capitals, halves = kinds(lines)
    misfits = objects + fractions + capitals + halves
    answers = [len(lines), new + misfits, 1, 2, misfits, misfits - fractions, capitals + halves, 0]
    return but_for(QUESTIONS, answers, others)


def but(number, change):
    """Return predictions that are right, but for one question: its answer is made from the kinds."""
    return lambda lines: predicted(lines, **{number: change(*kinds(lines))})


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda lines: predicted(lines, q0=len(lines) - kinds(lines)[4]), "breaks off is a record"),
        (but("q1", lambda new, *_: new), "known name is not enough"),
        (lambda lines: predicted(lines, q2=3), "learned together"),
        (lambda lines: predicted(lines, q3=3), "inside an object"),
        (but("q4", lambda new, *misfits: new + sum(misfits)), "a place inside one"),
        (
            but("q4", lambda _, objects, fractions, capitals, halves: objects + fractions + halves),
            "no new name",
        ),
        (
            but("q5", lambda _, objects, fractions, capitals, halves: capitals + halves),
            "wide enough for an object",
        ),
        (but("q6", lambda _, *misfits: sum(misfits)), "learned as text"),
        (but("q7", lambda _, *misfits: 1 + sum(misfits)), "before it writes"),
        (lambda lines: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
ORDER = "order_id STRING, customer_id BIGINT, quantity BIGINT"


def reading(schema=ORDER, **options):
    """Return a reader of Auto Loader with such options; `_` in their names stands for a point."""
    named = {"cloudFiles.format": "json"} | {name.replace("_", "."): text for name, text in options.items()}
    return lambda folder: autoloader.read(
        SparkSession.getActiveSession(), folder, schema=schema, options=named
    )


RESCUE = {"cloudFiles_schemaEvolutionMode": "rescue"}


def where(condition):
    return lambda folder: reading(**RESCUE)(folder).where(condition)


def from_text(folder):
    """Read each line as text, and rescue by hand what the three columns do not hold."""
    lines = SparkSession.getActiveSession().readStream.text(folder)
    quantity = F.get_json_object("value", "$.quantity").try_cast("bigint").alias("quantity")
    rescued = F.when(quantity.isNull(), F.col("value")).alias("_rescued_data")
    return lines.select(quantity, rescued)


repair = Answers(
    right=[
        reading(**RESCUE),
        reading(rescuedDataColumn="_rescued_data"),
        reading(**RESCUE, readerCaseSensitive="true"),
        from_text,
    ],
    wrong=[
        (reading(), "the mode is `none`"),
        (reading(rescuedDataColumn="others"), "another name"),
        (reading("order_id STRING, customer_id STRING, quantity STRING", **RESCUE), "numbers are gone"),
        (
            reading("order_id STRING, customer_id BIGINT, quantity DOUBLE", **RESCUE),
            "a fraction does not fit",
        ),
        (reading(**RESCUE, readerCaseSensitive="false"), "in other capitals"),
        (reading(**RESCUE, mode="DROPMALFORMED"), "breaks off has no row"),
        (where("order_id IS NOT NULL"), "breaks off has no row"),
        (lambda folder: reading(**RESCUE)(folder).sparkSession.read.text(folder), "your code stopped"),
    ],
)


# ---------------------------------------------------------------- build
def inside(path="$.ship_to.floor"):
    return F.get_json_object("_rescued_data", path).try_cast("int")


def with_floor(orders, floor):
    return orders.select("order_id", floor.alias("floor"))


def by_path(orders):
    return with_floor(orders, F.coalesce("floor", inside()))


def by_schema(orders):
    late = F.from_json("_rescued_data", "ship_to STRUCT<floor: STRING>")
    return with_floor(orders, F.coalesce("floor", late.ship_to.floor.try_cast("int")))


def in_python(orders):
    def floor(row):
        told = json.loads(row._rescued_data or "{}").get("ship_to", {}).get("floor")
        return int(told) if row.floor is None and str(told).lstrip("-").isdigit() else row.floor

    return [{"order_id": row.order_id, "floor": floor(row)} for row in orders.collect()]


def as_int_in_json(orders):
    late = F.from_json("_rescued_data", "ship_to STRUCT<floor: INT>")
    return with_floor(orders, F.coalesce("floor", late.ship_to.floor))


def by_digits(orders):
    text = F.get_json_object("_rescued_data", "$.ship_to.floor")
    return with_floor(orders, F.coalesce("floor", F.when(text.rlike("^[0-9]+$"), text.cast("int"))))


def with_the_word_by_heart(orders):
    texts = [row._rescued_data or "" for row in seen("schema_drift", "build")[0].collect()]
    [word] = [word for word in ("ground", "roof", "cellar") if word in str(texts)]
    text = F.get_json_object("_rescued_data", "$.ship_to.floor")
    return with_floor(orders, F.coalesce("floor", F.when(text != word, text.cast("int"))))


def with_the_text_by_heart(orders):
    [(text,), *_] = (
        seen("schema_drift", "build")[0]
        .where("_rescued_data LIKE '%floor%'")
        .select("_rescued_data")
        .collect()
    )
    before = text.rpartition(":")[0].replace("{", r"\{")
    found = F.regexp_extract("_rescued_data", before + ':"?(-?[0-9]+)', 1)
    return with_floor(orders, F.coalesce("floor", found.try_cast("int")))


build = Answers(
    right=[by_path, by_schema, in_python],
    wrong=[
        (with_the_word_by_heart, "stands in your code"),
        (with_the_text_by_heart, "stands in your code"),
        (lambda orders: with_floor(orders, inside()), "in the column already"),
        (lambda orders: with_floor(orders, F.coalesce("floor", inside("$.floor"))), "inside `ship_to`"),
        (by_digits, "digits alone"),
        (as_int_in_json, "Take it out as text"),
        (lambda orders: with_floor(orders, F.coalesce("floor", inside(), F.lit(0))), "not the floor 0"),
        (lambda orders: by_path(orders).where("floor IS NOT NULL"), "keeps its row"),
        (
            lambda orders: by_path(orders).withColumn("floor", F.col("floor").cast("string")),
            "looks right but for its type",
        ),
    ],
)
