"""Answers to the control room's exercises."""

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import mean

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from tests.unit.classroom.answers import Answers, but_for, in_three_forms, seen

# ---------------------------------------------------------------- predict
ASKED = (
    "bronze: last micro-batch",
    "bronze: rows in",
    "silver: versions still to read",
    "silver: micro-batches for them",
    "orders, failed: rows in",
    "orders, failed: last micro-batch",
    "orders, again: last micro-batch",
)


def predicted(data, **others):
    first, files, each, limit, _ = data
    batches = len(range(0, files, limit))
    landed = first + files * each
    return but_for(ASKED, [batches, landed, batches, 1, landed, 0, 1], others)


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda data: predicted(data, q0=data[1], q2=data[1]), "how many go into one"),
        (lambda data: predicted(data, q0=1, q2=1), "The limit counts files"),
        (
            lambda data: predicted(data, q0=len(range(0, data[1], data[3])) - 1),
            "goes on with the next number",
        ),
        (lambda data: predicted(data, q6=0), "goes on with the next number"),
        (lambda data: predicted(data, q1=data[1] * data[2]), "since the lab was opened"),
        (lambda data: predicted(data, q2=data[1]), "not files"),
        (lambda data: predicted(data, q3=len(range(0, data[1], data[3]))), "no limit here"),
        (lambda data: predicted(data, q4=data[0] + data[1] * data[2] + data[4], q5=1), "reported nothing"),
        (lambda data: predicted(data, q5=1), "the last one that was done"),
        (lambda data: predicted(data, q6=2), "begun and never done"),
        (lambda data: dict.fromkeys(ASKED, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def is_real(report):
    return report["numInputRows"] > 0


def in_ms(report):
    return report["batchDuration"]


def speeds(reports, *, interval, duration=in_ms, of=is_real, rate=None):
    """Return the right rows, but for what is passed: a duration, which reports count, how rates are made."""
    streams = defaultdict(list)
    for report in reports:
        streams[report["name"]].append(report)
    found = []
    for name, mine in streams.items():
        took = [duration(report) for report in mine if of(report)]
        rows = sum(report["numInputRows"] for report in mine)
        per_second = rate(mine) if rate else 1000 * rows / sum(took)
        late = sum(one > 1000 * interval for one in took)
        found.append({"name": name, "rows_per_second": per_second, "too_long": late})
    return found


def with_totals(reports, *, interval):
    rows, seconds, late = defaultdict(int), defaultdict(float), defaultdict(int)
    for report in reports:
        # What is idle has no work.
        if "addBatch" in report["durationMs"]:
            took = report["durationMs"]["triggerExecution"] / 1000
            rows[report["name"]] += report["numInputRows"]
            seconds[report["name"]] += took
            late[report["name"]] += took > interval
    return [{"name": n, "rows_per_second": rows[n] / seconds[n], "too_long": late[n]} for n in rows]


def speeds_in_spark(reports, *, interval):
    fields = ("name", "numInputRows", "batchDuration")
    rows = [tuple(report[field] for field in fields) for report in reports if is_real(report)]
    table = SparkSession.getActiveSession().createDataFrame(rows, "name STRING, n INT, ms INT")
    return table.groupBy("name").agg(
        (1000 * F.sum("n") / F.sum("ms")).alias("rows_per_second"),
        F.count_if(F.col("ms") > 1000 * interval).alias("too_long"),
    )


def of_work(report):
    return report["durationMs"].get("addBatch", 0)


def averaged(of):
    return lambda mine: mean(report["processedRowsPerSecond"] for report in mine if of(report))


def wrong(**other):
    return lambda reports, *, interval: speeds(reports, interval=interval, **other)


def anything(report):
    return True


repair = Answers(
    right=[speeds, with_totals, speeds_in_spark],
    wrong=[
        (wrong(duration=of_work, rate=averaged(anything)), "mend one after the other"),
        (wrong(rate=averaged(anything)), "a rate of 0"),
        (wrong(rate=averaged(is_real)), "the weight of a long one"),
        (wrong(of=anything), "looking for files"),
        (wrong(duration=of_work), "leaves out planning"),
        (lambda reports, *, interval: speeds(reports, interval=interval / 1000), "are milliseconds"),
        (
            lambda reports, *, interval: speeds(reports, interval=seen("control_room", "repair")[1]),
            "stands in your code",
        ),
    ],
)


# ---------------------------------------------------------------- build
def start(report):
    return datetime.fromisoformat(report["timestamp"])


def end(report):
    return start(report) + timedelta(milliseconds=report["batchDuration"])


def waiting(reports, landings, *, ends=end, done=None, landed=None, of=is_real, own=True, skips=False):
    """Return the right rows, but for what is passed: what is over when, what has landed, what is counted."""
    found = []
    for report in filter(of, reports):
        now = ends(report)
        over = [r for r in reports if (done or ends)(r) <= now and (own or r is not report)]
        bronze, silver = (
            sum(r["numInputRows"] for r in over if r["name"] == of) for of in ("bronze", "silver")
        )
        then = sum(rows for at, rows in landings if landed or datetime.fromisoformat(at) <= now)
        found.append(
            {
                "name": report["name"],
                "batchId": report["batchId"],
                "before_bronze": then - bronze,
                "before_silver": (then if skips else bronze) - silver,
            }
        )
    return found


def by_one_walk_through_time(reports, landings):
    events = [(datetime.fromisoformat(at), "landing", None, rows) for at, rows in landings]
    events += [(end(r), r["name"], r["batchId"], r["numInputRows"]) for r in reports if is_real(r)]
    before, found = {"bronze": 0, "silver": 0}, []
    for _, name, number, rows in sorted(events):
        if name == "landing":
            before["bronze"] += rows
            continue
        before[name] -= rows
        if name == "bronze":
            before["silver"] += rows
        waits = {f"before_{of}": count for of, count in before.items()}
        found.append({"name": name, "batchId": number, **waits})
    return found


def waiting_in_spark(reports, landings):
    spark = SparkSession.getActiveSession()
    rows = [(at, "landing", None, rows, 0) for at, rows in landings]
    fields = ("timestamp", "name", "batchId", "numInputRows", "batchDuration")
    rows += [tuple(report[field] for field in fields) for report in reports if is_real(report)]
    events = spark.createDataFrame(rows, "at STRING, name STRING, batchId INT, rows INT, ms INT")
    events.createOrReplaceTempView("events_of_the_day")
    try:
        return spark.sql("""
            SELECT * FROM (
                SELECT name, batchId,
                       sum(CASE name WHEN 'landing' THEN rows WHEN 'bronze' THEN -rows ELSE 0 END)
                           OVER far AS before_bronze,
                       sum(CASE name WHEN 'bronze' THEN rows WHEN 'silver' THEN -rows ELSE 0 END)
                           OVER far AS before_silver
                FROM events_of_the_day
                WINDOW far AS (ORDER BY unix_millis(to_timestamp(at)) + ms))
            WHERE name != 'landing'
        """).collect()
    finally:
        spark.catalog.dropTempView("events_of_the_day")


def by_place(reports, landings):
    found = []
    for place, report in enumerate(reports):
        if is_real(report):
            [row] = [r for r in waiting(reports, landings) if key(r) == key(report)]
            bronze, silver = (
                sum(r["numInputRows"] for r in reports[: place + 1] if r["name"] == of)
                for of in ("bronze", "silver")
            )
            then = sum(rows for at, rows in landings if datetime.fromisoformat(at) <= end(report))
            found.append(row | {"before_bronze": then - bronze, "before_silver": bronze - silver})
    return found


def key(row):
    return row["name"], row["batchId"]


def but(**other):
    return lambda reports, landings: waiting(reports, landings, **other)


def ends_in_seconds(report):
    return start(report) + timedelta(seconds=report["batchDuration"])


build = Answers(
    right=[waiting, by_one_walk_through_time, waiting_in_spark],
    wrong=[
        (but(ends=start), "when the trigger fired"),
        (but(done=start), "still under way"),
        (but(landed=True), "does not wait yet"),
        (but(own=False), "its own rows are read by then"),
        (but(skips=True), "wait in front of bronze"),
        (by_place, "not by place in the list"),
        (but(of=anything), "belongs to no micro-batch"),
        (but(ends=ends_in_seconds), "far in the future"),
        (lambda reports, landings: waiting(reports, seen("control_room", "build")[1]), "stands in your code"),
    ],
)
