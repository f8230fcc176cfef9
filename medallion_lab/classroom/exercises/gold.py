"""Gold's exercises: what a stream hands over, what a join does to a sum, what a change must reach.

Term: gold.
Taught in: book/exercises/gold.ipynb.
"""

from collections import Counter
from datetime import date
from functools import partial
from statistics import mean
from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab

REGIONS = ("East", "North", "South", "West")
# A region's orders: number, day, pieces more than in its smallest order, parcels. Their mean has no end.
SOLD = ((1, "Mon", 0, 2), (2, "Mon", 2, 0), (3, "Tue", 0, 1))


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
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
def repair(lab: Lab, dice: Dice) -> Given:
    """Orders of two days with no, one or two parcels each, and a region from which nothing was sent yet."""
    unsent, few = dice.unlike(REGIONS), dice.unlike(range(1, 9))
    others = dice.sample([region for region in REGIONS if region != unsent], 2)
    least = {region: few + number for number, region in enumerate([*others, unsent])}
    each = [(region, number, *row) for region, number in least.items() for row in SOLD]
    sold = [
        (f"{name}{n}", name, day, few + more, sent * (name != unsent))
        for name, few, n, day, more, sent in each
    ]
    orders = frame(lab, sold, "order_id STRING, region STRING, day STRING, quantity INT, sent INT")
    parcels = orders.selectExpr("order_id", "explode(array_repeat('sent', sent)) AS state")
    given = orders.drop("sent"), parcels
    return Given(given, lambda report: report(*given), partial(_report, sold))


def _report(orders: list[tuple], **mistake: bool) -> list[dict]:
    found = []
    for region in dict.fromkeys(row[1] for row in orders):
        rows = [row[2:] for row in orders if row[1] == region and (row[4] or "unsent_is_lost" not in mistake)]
        sold = [row for row in rows for _ in range(row[2] or 1 if "fan_out" in mistake else 1)]
        if sold:
            pieces = [quantity for _, quantity, _ in sold]
            days = [mean(row[1] for row in sold if row[0] == day) for day in ("Mon", "Tue")]
            average = mean(days if "average_of_averages" in mistake else pieces)
            total = sum(set(pieces) if "distinct" in mistake else pieces)
            parcels = sum(sent or ("none_is_one" in mistake) for _, _, sent in rows)
            sent = None if "none_is_null" in mistake and not parcels else parcels
            found.append({"region": region, "pieces": total, "average": average, "parcels": sent})
    return found


@exercise("region", "order_date")
def build(lab: Lab, dice: Dice) -> Given:
    """Two orders move to a later day and another region; gold knows a day that silver has forgotten."""
    (one, other, third), n = dice.sample(REGIONS, 3), dice.sample(range(10, 50), 8)
    table = dice.unlike(("practice_gold_tbl", "practice_sums_tbl"))
    # The day that silver has forgotten lies between the two that are touched.
    day, gone, later, never = (date(2026, 3, number) for number in sorted(dice.sample(range(1, 29), 4)))
    stay = [(one, day, n[0]), (other, later, n[1]), (third, never, n[2])]
    old, new = [(one, day, n[3]), (third, day, n[4])], [(other, later, n[5]), (third, later, n[6])]
    before = [(one, day, n[0] + n[3]), old[1], *stay[1:], ("East", gone, n[7])]
    states = before, [*stay, *new], [*old, *new]
    frames = [frame(lab, rows, "region STRING, order_date DATE, pieces BIGINT") for rows in states]
    gold, silver, changes = frames

    def call(bring: Any) -> Any:
        gold.write.mode("overwrite").option("overwriteSchema", True).saveAsTable(table)
        for told in (changes.limit(0), changes, changes):
            bring(told, silver=silver, table=table)
        return lab.spark.table(table)

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
