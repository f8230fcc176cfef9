"""Answers to bronze's exercises."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, but_for, in_three_forms, seen

QUESTIONS = (
    "1.json",
    "2.json",
    "3.json",
    "3_copy.json",
    "4.json",
    "5.json",
    "6.json",
    "5.json, by Spark's own source",
    "all rows, checkpoint lost",
)


def predicted(lines, **others):
    """Return the right predictions, but for some: question number -> answer."""
    one, anew, two, three, four, five, _ = lines.values()
    rows = [one, two, three, three, four, five, 0]
    answers = [*rows, 0, sum(rows) + anew + two + three + three + four + five]
    return but_for(QUESTIONS, answers, others)


def rows_in_all(lines):
    return sum(list(predicted(lines).values())[:7])


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda lines: predicted(lines, q2=lines["3.json"] + 1), "blank line holds no record"),
        (lambda lines: predicted(lines, q0=lines["1.json, rewritten"]), "path that the stream has noted"),
        (lambda lines: predicted(lines, q1=0), "hidden name"),
        (lambda lines: predicted(lines, q3=0), "paths and no contents"),
        (lambda lines: predicted(lines, q4=1), "A line is a record"),
        (lambda lines: predicted(lines, q5=0), "not how old"),
        (lambda lines: predicted(lines, q6=lines["6.json"]), "never there"),
        (lambda lines: predicted(lines, q7=lines["5.json"]), "maxFileAge"),
        (lambda lines: predicted(lines, q8=rows_in_all(lines)), "does not tell the stream"),
        (
            lambda lines: predicted(lines, q8=predicted(lines)[QUESTIONS[8]] - rows_in_all(lines)),
            "the table was not",
        ),
        (lambda lines: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def spark():
    return SparkSession.getActiveSession()


def as_kept(lines):
    quantity = F.get_json_object("value", "$.quantity").alias("quantity")
    return lines.select(F.col("value").alias("line"), quantity)


def beside_the_line(folder):
    return as_kept(spark().read.text(folder).where(F.trim("value") != ""))


def with_from_json(folder):
    lines = spark().read.text(folder).where("value RLIKE '[^ ]'").withColumnRenamed("value", "line")
    return lines.withColumn("quantity", F.from_json("line", "quantity STRING").quantity)


def in_sql(folder):
    return spark().sql(
        f"""SELECT value AS line, get_json_object(value, '$.quantity') AS quantity
        FROM text.`{folder}` WHERE length(trim(value)) > 0"""
    )


def through_json(folder):
    reader = spark().read.schema("order_id STRING, quantity INT").option("mode", "DROPMALFORMED")
    line = F.to_json(F.struct("*")).alias("line")
    return reader.json(folder).select(line, F.col("quantity").cast("string"))


def read_as_int(folder):
    lines = spark().read.text(folder).where(F.trim("value") != "").withColumnRenamed("value", "line")
    return lines.withColumn("quantity", F.from_json("line", "quantity INT").quantity.cast("string"))


def with_the_note_by_heart(folder):
    lines = beside_the_line(seen("bronze", "repair")[0])
    [note] = [row.line for row in lines.collect() if "{" not in row.line]
    return beside_the_line(folder).where(F.col("line").contains("{") | (F.col("line") == note))


repair = Answers(
    right=[beside_the_line, with_from_json, in_sql],
    wrong=[
        (with_the_note_by_heart, "stands in your code"),
        (through_json, "parsed and written again"),
        (lambda folder: beside_the_line(folder).where("line LIKE '%}'"), "no JSON have landed"),
        (lambda folder: as_kept(spark().read.text(folder)), "nothing but spaces"),
        (lambda folder: as_kept(spark().read.text(folder).where("value <> ''")), "nothing but spaces"),
        (lambda folder: beside_the_line(folder).distinct(), "silver's work"),
        (lambda folder: beside_the_line(folder).withColumn("line", F.trim("line")), "line's ends"),
        (
            lambda folder: beside_the_line(folder).selectExpr("line", "try_cast(quantity AS INT) quantity"),
            "no type",
        ),
        (read_as_int, "no type"),
    ],
)


# ---------------------------------------------------------------- build
def counted(bronze, path=None):
    path = F.substring_index("input_file", "/landing/", -1) if path is None else path
    return bronze.groupBy(F.url_decode(path).alias("file")).agg(F.count("*").alias("in_bronze"))


def compared(landed, counts, how="full"):
    return landed.withColumnRenamed("lines", "landed").join(counts, on="file", how=how)


def filled(both):
    return both.fillna(0, ["landed", "in_bronze"])


def by_full_join(landed, bronze):
    return filled(compared(landed, counted(bronze))).where("landed <> in_bronze")


def by_union(landed, bronze):
    came = counted(bronze).select("file", F.lit(0).alias("landed"), "in_bronze")
    listed = landed.select("file", F.col("lines").alias("landed"), F.lit(0).alias("in_bronze"))
    both = came.unionByName(listed).groupBy("file")
    return both.agg(F.sum("landed").alias("landed"), F.sum("in_bronze").alias("in_bronze")).where(
        "landed <> in_bronze"
    )


def in_python(landed, bronze):
    ends = {row.file: [row.lines, 0] for row in landed.collect()}
    for row in bronze.collect():
        path = row.input_file.partition("landing/")[2].replace("%20", " ")
        ends.setdefault(path, [0, 0])[1] += 1
    return [
        {"file": file, "landed": lines, "in_bronze": rows}
        for file, (lines, rows) in ends.items()
        if lines != rows
    ]


def last_part(bronze):
    return counted(bronze, F.substring_index("input_file", "/", -1))


def as_coded(bronze):
    file = F.substring_index("input_file", "/landing/", -1).alias("file")
    return bronze.groupBy(file).agg(F.count("*").alias("in_bronze"))


def with_the_place_by_heart(landed, bronze):
    place = seen("bronze", "build")[1].first().input_file.partition("/landing/")[0]
    return filled(
        compared(landed, counted(bronze, F.replace("input_file", F.lit(f"{place}/landing/"))))
    ).where("landed <> in_bronze")


build = Answers(
    right=[by_full_join, by_union, in_python],
    wrong=[
        (with_the_place_by_heart, "stands in your code"),
        (
            lambda landed, bronze: filled(compared(landed, as_coded(bronze))).where("landed <> in_bronze"),
            "%20",
        ),
        (
            lambda landed, bronze: filled(compared(landed, last_part(bronze))).where("landed <> in_bronze"),
            "whole path",
        ),
        (lambda landed, bronze: compared(landed, counted(bronze)).where("landed <> in_bronze"), "3 <> NULL"),
        (lambda landed, bronze: by_full_join(landed, bronze).where("landed > 0"), "which join"),
        (
            lambda landed, bronze: filled(compared(landed, counted(bronze), "left")).where(
                "landed <> in_bronze"
            ),
            "which join",
        ),
        (
            lambda landed, bronze: compared(landed, counted(bronze)).where(
                "coalesce(landed, 0) <> coalesce(in_bronze, 0)"
            ),
            "not NULL",
        ),
        (
            lambda landed, bronze: filled(
                compared(landed, counted(bronze)).where("NOT landed <=> in_bronze")
            ),
            "empty file",
        ),
        (lambda landed, bronze: filled(compared(landed, counted(bronze))), "only the files"),
    ],
)
