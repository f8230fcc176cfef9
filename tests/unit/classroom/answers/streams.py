"""Answers to the streams' exercises."""

from collections import defaultdict

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, but_for, in_three_forms, seen

# ---------------------------------------------------------------- predict
ROWS = (
    "numInputRows of micro-batch 0",
    "orders in the restart's first micro-batch",
    "plain after the restart",
    "numbered after the restart",
    "plain after the deletion",
    "numbered after file 4",
    "messages",
)


def predicted(sizes, **others):
    one, two, three, _ = sizes
    landed = one + two + three
    answers = [2 * one, two, landed + two, landed, 2 * landed + two, landed, 6]
    return but_for(ROWS, answers, others)


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda sizes: predicted(sizes, q0=sizes[0]), "two actions"),
        (lambda sizes: predicted(sizes, q1=sizes[1] + sizes[2]), "the range of that micro-batch is fixed"),
        (
            lambda sizes: predicted(
                sizes, q1=sizes[2], q2=sum(sizes[:3]), q4=2 * sum(sizes[:3]), q3=sum(sizes[:3])
            ),
            "its own notes",
        ),
        (lambda sizes: predicted(sizes, q3=sum(sizes[:3]) + sizes[1]), "keeps its number"),
        (lambda sizes: predicted(sizes, q4=sum(sizes[:3]) + sizes[1]), "noted in the checkpoint alone"),
        (lambda sizes: predicted(sizes, q5=2 * sum(sizes[:3]) + sizes[3]), "begins with micro-batch 0"),
        (lambda sizes: predicted(sizes, q5=sum(sizes)), "File 4 is new"),
        (lambda sizes: predicted(sizes, q6=4), "whenever the function is called"),
        (lambda sizes: dict.fromkeys(ROWS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- predict_state
TIMES = (
    "orders in the window of 10:00",
    "orders in the window of 10:20",
    "numRowsDroppedByWatermark of the last micro-batch",
    "rows in state at the end",
    "orders in the window of 10:00, after pauses",
)


def timed(data, **others):
    old, next_, _, edge = counts(data)
    return but_for(TIMES, [1 + old + next_, edge, 1, 2, 1 + old], others)


def counts(data):
    _, files = data
    times = [time for file in files for time in file]
    return [times.count(time) for time in ("10:01", "10:02", "10:03", "10:21")]


predict_state = Answers(
    right=in_three_forms(timed),
    wrong=[
        (lambda data: timed(data, q0=1), "its own rows raise"),
        (lambda data: timed(data, q0=1 + counts(data)[0]), "by the next micro-batch to forget"),
        (lambda data: timed(data, q1=0), "has the window of that order ended"),
        (lambda data: timed(data, q0=1 + sum(counts(data)[:3])), "is judged by 10:22"),
        (lambda data: timed(data, q2=counts(data)[2]), "a first summing"),
        (lambda data: timed(data, q3=3), "is forgotten"),
        (lambda data: timed(data, q4=1 + sum(counts(data)[:2])), "empty micro-batch"),
        (lambda data: dict.fromkeys(TIMES, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def appended(rows, table, *, name=None, number=0, mode="append"):
    writer = rows.write.mode(mode)
    if name is not None:
        writer = writer.option("txnAppId", name).option("txnVersion", number)
    writer.saveAsTable(table)


def kinds(batch):
    return {"sales": batch.where("pieces > 0"), "returns": batch.where("pieces < 0")}


def in_one_write(batch, batch_id, *, application, table):
    appended(batch, table, name=application, number=batch_id)


def in_two_writes(batch, batch_id, *, application, table):
    for kind, rows in kinds(batch).items():
        appended(rows, table, name=f"{application} {kind}", number=batch_id)


def put_together_again(batch, batch_id, *, application, table):
    sales, returns = kinds(batch).values()
    appended(sales.unionAll(returns), table, name=f"orders of {application}", number=batch_id)


def by_setting(batch, batch_id, *, application, table):
    conf = batch.sparkSession.conf
    conf.set("spark.databricks.delta.write.txnAppId", application)
    conf.set("spark.databricks.delta.write.txnVersion", batch_id)
    try:
        batch.write.mode("append").saveAsTable(table)
    finally:
        conf.unset("spark.databricks.delta.write.txnAppId")
        conf.unset("spark.databricks.delta.write.txnVersion")


def as_it_was(batch, batch_id, *, application, table):
    for rows in kinds(batch).values():
        appended(rows, table, name="orders", number=batch_id)


def without_a_number(batch, batch_id, *, application, table):
    appended(batch, table)


def for_all(batch, batch_id, *, application, table):
    appended(batch, table, name="orders", number=batch_id)


def for_both(batch, batch_id, *, application, table):
    for rows in kinds(batch).values():
        appended(rows, table, name=application, number=batch_id)


def always_number_0(batch, batch_id, *, application, table):
    appended(batch, table, name=application)


def by_order_id(batch, batch_id, *, application, table):
    if batch.sparkSession.catalog.tableExists(table):
        batch = batch.join(batch.sparkSession.table(table), "order_id", "left_anti")
    appended(batch, table)


def replaced(batch, batch_id, *, application, table):
    for rows in kinds(batch).values():
        appended(rows, table, mode="overwrite")


def with_the_names_by_heart(batch, batch_id, *, application, table):
    first = seen("streams", "repair")[0][0][0]
    appended(batch, table, name="one" if application == first else "two", number=batch_id)


repair = Answers(
    right=[in_one_write, in_two_writes, put_together_again, by_setting],
    wrong=[
        (with_the_names_by_heart, "Whose numbers"),
        (as_it_was, "share one name"),
        (without_a_number, "number the append"),
        (for_all, "Whose numbers"),
        (for_both, "two appends with one name"),
        (always_number_0, "which number do you give it"),
        (by_order_id, "knows micro-batches"),
        (replaced, "replaces what was there"),
    ],
)


# ---------------------------------------------------------------- build
def present(reports):
    """Return the reports under the newest checkpoint of each stream."""
    newest = {report["name"]: report["id"] for report in reports}
    return [report for report in reports if report["id"] == newest[report["name"]]]


def summed(rows, landed):
    return [
        {"name": name, "rows": rows.get(name, 0), "behind": there - rows.get(name, 0)}
        for name, there in landed.items()
    ]


def by_dict(reports, landed, *, key=("name", "batchId"), pick=max, of=present):
    batches = defaultdict(list)
    for report in of(reports):
        batches[tuple(report[field] for field in key)].append(report["numInputRows"])
    rows = defaultdict(int)
    for (name, *_), counts in batches.items():
        rows[name] += pick(counts)
    return summed(rows, landed)


def without_idle_reports(reports, landed):
    real = {(r["name"], r["batchId"]): r["numInputRows"] for r in present(reports) if r["numInputRows"]}
    return summed({name: sum(n for (own, _), n in real.items() if own == name) for name in landed}, landed)


def in_spark(reports, landed):
    spark = SparkSession.getActiveSession()
    by_batch = spark.createDataFrame(present(reports)).groupBy("name", "batchId")
    table = by_batch.agg(F.max("numInputRows").alias("n"))
    there = spark.createDataFrame(list(landed.items()), "name STRING, landed INT")
    rows = F.coalesce(F.sum("n"), F.lit(0)).alias("rows")
    counted = there.join(table, "name", "left").groupBy("name", "landed").agg(rows)
    return counted.selectExpr("name", "rows", "landed - rows AS behind")


def last_start(reports):
    newest = {report["name"]: report["runId"] for report in reports}
    return [report for report in reports if report["runId"] == newest[report["name"]]]


build = Answers(
    right=[by_dict, without_idle_reports, in_spark],
    wrong=[
        (lambda reports, landed: by_dict(reports, landed, pick=sum), "has two reports"),
        (lambda reports, landed: by_dict(reports, landed, pick=lambda c: c[-1]), "in its last report"),
        (lambda reports, landed: by_dict(reports, landed, pick=lambda c: c[0]), "An idle report"),
        (
            lambda reports, landed: by_dict(reports, landed, key=("name", "id", "batchId"), of=list),
            "begun anew",
        ),
        (lambda reports, landed: by_dict(reports, landed, of=list), "only together with the `id`"),
        (lambda reports, landed: by_dict(reports, landed, of=last_start), "not at `runId`"),
        (
            lambda reports, landed: by_dict(reports, {r["name"]: landed[r["name"]] for r in reports}),
            "without a report",
        ),
    ],
)
