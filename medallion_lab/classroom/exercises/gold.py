"""Gold's exercises: what a stream hands over, what a join does to a sum, what a change must reach.

Term: gold.
Taught in: book/exercises/gold.ipynb.
"""

from collections import Counter
from datetime import date
from functools import partial
from random import Random
from statistics import mean
from typing import Any

from medallion_lab.classroom.exercise import Given, exercise, frame
from medallion_lab.lab import Lab

REGIONS = ("East", "North", "South", "West")
# A region's orders: number, day, pieces more than in its smallest order, parcels.
SOLD = ((1, "Mon", 0, 2), (2, "Mon", 0, 1), (3, "Mon", 1, 0), (4, "Tue", 6, 1))


@exercise()
def predict(lab: Lab, dice: Random) -> Given:
    """Five files for a stream that sums days, and a batch that comes twice."""
    p = dice.sample(range(1, 50), 10)
    files = [[("02 08:00", p[0])], [("03 05:00", p[1])], [("03 07:00", p[2]), ("02 23:00", p[3])]]
    files += [[("02 22:00", p[4])], [("03 08:00", p[5]), ("02 23:30", p[6])]]
    batches = [("2026-03-02", p[7]), ("2026-03-03", p[8])], [("2026-03-03", p[9])]
    return Given((files, *batches), lambda answers: answers, partial(_ends, p))


def _ends(p: list[int], **mistake: bool) -> dict[str, int]:
    """Of Monday's orders p[3] and p[4] just count, and p[6] is late; of the batches, p[9] comes twice."""
    # The third file leaves the watermark that closes Monday. The fourth is judged by the one before it.
    just = p[3] * ("own_file_judges" not in mistake) + p[4] * (
        not {"own_file_judges", "start_judges"} & {*mistake}
    )
    once = sum(p[7:])
    return {
        "append, Monday": p[0] + just + p[6] * ("none_is_late" in mistake),
        "append, Tuesday (0: nothing)": (p[1] + p[2] + p[5]) * ("the_end_closes" in mistake),
        "complete, Monday in the end": p[0] + p[3] + p[4] + p[6] * ("complete_drops" not in mistake),
        "add_batch, 3 March": p[8] + p[9] * (1 + ("merge_knows" not in mistake)),
        "total_view": once + p[9] * ("view_is_kept" not in mistake),
        "total_tbl": once + p[9] * ("table_follows" in mistake),
        "redo_days, 3 March": p[8] * ("batch_is_all" not in mistake) + p[9],
    }


@exercise("region")
def repair(lab: Lab, dice: Random) -> Given:
    """Orders of two days with no, one or two parcels each."""
    least = {region: dice.randint(1, 4) for region in dice.sample(REGIONS, 3)}
    each = [(region, few, *row) for region, few in least.items() for row in SOLD]
    sold = [(f"{name}{n}", name, day, few + more, sent) for name, few, n, day, more, sent in each]
    orders = frame(lab, sold, "order_id STRING, region STRING, day STRING, quantity INT, sent INT")
    parcels = orders.selectExpr("order_id", "explode(array_repeat('sent', sent)) AS state")
    given = orders.drop("sent"), parcels
    return Given(given, lambda report: report(*given), partial(_report, least))


def _report(least: dict[str, int], **mistake: bool) -> list[dict]:
    found = []
    for region, few in least.items():
        sold = [row for row in SOLD if row[3] or "unsent_is_lost" not in mistake]
        sold = [row for row in sold for _ in range(row[3] or 1 if "fan_out" in mistake else 1)]
        pieces = [few + more for _, _, more, _ in sold]
        days = [mean(few + row[2] for row in sold if row[1] == day) for day in ("Mon", "Tue")]
        average = mean(days if "average_of_averages" in mistake else pieces)
        total = sum(set(pieces) if "distinct" in mistake else pieces)
        parcels = sum(row[3] or ("none_is_one" in mistake) for row in SOLD)
        found.append({"region": region, "pieces": total, "average": average, "parcels": parcels})
    return found


@exercise("region", "order_date")
def build(lab: Lab, dice: Random) -> Given:
    """Two orders move to a later day and another region; gold knows a day that silver has forgotten."""
    (one, other, third), n = dice.sample(REGIONS, 3), dice.sample(range(10, 50), 8)
    # The day that silver has forgotten lies between the two that are touched.
    day, gone, later, never = (date(2026, 3, number) for number in sorted(dice.sample(range(1, 29), 4)))
    stay = [(one, day, n[0]), (other, later, n[1]), (third, never, n[2])]
    old, new = [(one, day, n[3]), (third, day, n[4])], [(other, later, n[5]), (third, later, n[6])]
    before = [(one, day, n[0] + n[3]), old[1], *stay[1:], ("East", gone, n[7])]
    states = before, [*stay, *new], [*old, *new]
    frames = [frame(lab, rows, "region STRING, order_date DATE, pieces BIGINT") for rows in states]
    gold, silver, changes = frames

    def call(bring: Any) -> Any:
        gold.write.mode("overwrite").option("overwriteSchema", True).saveAsTable("practice_gold_tbl")
        for told in (changes.limit(0), changes, changes):
            bring(told, silver=silver, table="practice_gold_tbl")
        return lab.spark.table("practice_gold_tbl")

    return Given(tuple(frames), call, partial(_brought_up, before, stay, old, new))


def _brought_up(before: list, stay: list, old: list, new: list, **mistake: bool) -> list[dict]:
    days = {day for _, day, _ in (new if "old_rows_unread" in mistake else old + new)}
    rows = [row for row in (new if "changes_are_all" in mistake else stay + new) if row[1] in days]
    rows += [row for row in before if row[1] not in days and "rest_is_forgotten" not in mistake]
    rows += [row for row in old[1:] if "emptied_stays" in mistake]
    rows = before if "nothing_is_written" in mistake else rows
    rows = [row for row in rows if row != before[-1]] if "range_is_redone" in mistake else rows
    sums: Counter[tuple] = Counter()
    for region, day, pieces in [*before, *new, *new] if "adds" in mistake else rows:
        sums[region, day] += pieces
    return [{"region": region, "order_date": day, "pieces": n} for (region, day), n in sums.items()]
