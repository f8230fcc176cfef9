"""The control room's exercises: what a stream's row says, how fast it is, what waits after each micro-batch.

Term: backlog.
Taught in: book/exercises/control_room.ipynb.
"""

from datetime import datetime, timedelta
from statistics import mean
from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise
from medallion_lab.lab import Lab

KINDS = {"idle": (200, 900), "quick": (1000, 5000), "full": (6000, 9500), "long": (10_100, 11_000)}
STREAMS = ("idle quick long idle", "quick idle full idle", "long long long")
# When each of bronze's and silver's micro-batches begins, and how long it takes; each reads the next file.
WORK = {
    "bronze": ((20, 20), (41, 29), (71, 34), (106, 24)),
    "silver": ((50, 30), (81, 29), (111, 14), (140, 20)),
}
LANDED = (1, 11, 51, 91, 181)


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Orders in file 1, in each of the files that wait, and in the last; how many wait; bronze's limit."""
    first, each, last = dice.sample(range(3, 10), 3)
    files, limit = dice.choice(((5, 2), (7, 2), (7, 3), (8, 3)))
    landed, needed = first + files * each, -(-files // limit)

    def right(**mistake: bool) -> dict[str, int]:
        batches = files if "file_by_file" in mistake else 1 if "all_at_once" in mistake else needed
        failed, anew = "failed_is_read" in mistake, "counted_anew" in mistake
        return {
            "bronze: last micro-batch": batches - anew,
            "bronze: rows in": landed - first * ("start_forgets" in mistake),
            "silver: versions still to read": files if "versions_are_files" in mistake else batches,
            "silver: micro-batches for them": needed if "version_by_version" in mistake else 1,
            "orders, failed: rows in": landed + last * failed,
            "orders, failed: last micro-batch": int(failed),
            "orders, again: last micro-batch": 1 - anew + ("number_is_used" in mistake),
        }

    return Given((first, files, each, limit, last), lambda answers: answers, right)


@exercise("name")
def repair(lab: Lab, dice: Dice) -> Given:
    """Reports of three streams with one trigger: idle ones, quick ones, ones that outlast its interval."""
    pace, names, reports = dice.unlike((1, 2, 4)), dice.unlike(("kiosk shop web", "east north south")), []
    for name, kinds in zip(names.split(), dice.sample(STREAMS, 3), strict=True):
        start, number = 0, dice.randint(2, 9)
        for kind in kinds.split():
            took, rows = pace * dice.randint(*KINDS[kind]), dice.randint(40, 900) * (kind != "idle")
            reports.append(_report(name, number, start, took, rows))
            # A micro-batch that outlasts the interval is followed by the next at once.
            start, number = start + max(took, pace * 10_000), number + (rows > 0)

    def right(**mistake: bool) -> list[dict[str, Any]]:
        return [_speed(name, reports, pace * 10, "".join(mistake)) for name in names.split()]

    return Given((reports, pace * 10), lambda speeds: speeds(reports, interval=pace * 10), right)


def _speed(name: str, reports: list[dict], interval: int, mistake: str) -> dict[str, Any]:
    mine = [report for report in reports if report["name"] == name]
    real = [report for report in mine if report["numInputRows"] or mistake == "idle_is_work"]
    part = "addBatch" if mistake in ("as_it_was", "work_is_all") else "triggerExecution"
    took = [report["durationMs"][part] / 1000 for report in real]
    rate = sum(report["numInputRows"] for report in real) / sum(took)
    shown = {"as_it_was": mine, "idle_rates_count": mine, "rates_are_averaged": real}.get(mistake)
    rate = mean(report["processedRowsPerSecond"] for report in shown) if shown else rate
    limit = interval / 1000 if mistake == "units_differ" else interval
    return {"name": name, "rows_per_second": rate, "too_long": sum(one > limit for one in took)}


@exercise("name", "batchId")
def build(lab: Lab, dice: Dice) -> Given:
    """Reports of bronze and silver, each with an idle one, and when files have landed; the last is unread."""
    unit, files, steps = dice.randint(41, 99), dice.sample(range(10, 99), 5), []
    for name, work in WORK.items():
        number = dice.unlike(range(2, 9))
        rows = [*files[:4], 0]
        for place, (start, took) in enumerate([*work, (170, 5)]):
            steps.append((name, number + place, start, took, rows[place]))
    reports = [_report(name, n, start * unit, took * unit, rows) for name, n, start, took, rows in steps]
    landings = [(_time(at * unit), rows) for at, rows in zip(LANDED, files, strict=True)]

    def right(**mistake: bool) -> list[dict[str, Any]]:
        return _waiting(steps, files, "".join(mistake))

    return Given((reports, landings), lambda waiting: waiting(reports, landings), right)


def _waiting(steps: list[tuple], files: list[int], mistake: str) -> list[dict[str, Any]]:
    factor, found = {"timestamp_is_end": 0, "units_differ": 1000}.get(mistake, 1), []
    for place, (name, number, start, took, rows) in enumerate(steps):
        now = start + factor * took
        over = [step for step in steps if step[2] + factor * step[3] * (mistake != "started_is_done") <= now]
        over = steps[: place + 1] if mistake == "list_is_time" else over
        read = {of: sum(s[4] for s in over if s[0] == of) for of in WORK}
        read[name] -= rows * (mistake == "own_rows_wait")
        landed = sum(
            size for at, size in zip(LANDED, files, strict=True) if at <= now or mistake == "all_landed"
        )
        source = landed if mistake == "bronze_is_skipped" else read["bronze"]
        if rows or mistake == "idle_is_listed":
            waits = {"before_bronze": landed - read["bronze"], "before_silver": source - read["silver"]}
            found.append({"name": name, "batchId": number, **waits})
    return found


def _report(name: str, number: int, start: int, took: int, rows: int) -> dict[str, Any]:
    """Return what Spark reports of a trigger; times in milliseconds. An idle one has no ``addBatch``."""
    parts = {"addBatch": took * 7 // 8} if rows else {}
    rate = {"numInputRows": rows, "processedRowsPerSecond": 1000 * rows / took, "batchDuration": took}
    times = {"timestamp": _time(start), "durationMs": {**parts, "triggerExecution": took}}
    return {"name": name, "batchId": number, **rate, **times}


def _time(ms: int) -> str:
    return f"{datetime(2026, 3, 2, 8) + timedelta(milliseconds=ms):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
