"""The streams' exercises: what a lost commit repeats, which order is late, how far a stream has come.

Term: exactly-once.
Taught in: book/exercises/streams.ipynb.
"""

from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab

APPLICATIONS = (("first", "second"), ("north", "south"), ("old", "new"))
REPORTED = ("name", "id", "runId", "batchId", "numInputRows")


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Sizes of four files: the second's commit is lost, and before the fourth the checkpoint is deleted."""
    a, b, c, d = sizes = dice.sample(range(2, 10), 4)
    landed, anew = a + b + c, {"new_rows_come", "counted_anew"}

    def right(**mistake: bool) -> dict[str, Any]:
        again = 0 if "written_is_done" in mistake else b
        return {
            "numInputRows of micro-batch 0": a if "read_once" in mistake else 2 * a,
            "orders in the restart's first micro-batch": b + c if "planned_anew" in mistake else again or c,
            "plain after the restart": landed + again,
            "numbered after the restart": landed + b * ("number_is_unread" in mistake),
            "plain after the deletion": landed + again + landed * ("table_remembers" not in mistake),
            "numbered after file 4": landed * (1 + ("counted_anew" in mistake)) + d * bool(anew & {*mistake}),
            "messages": 4 if "sent_once" in mistake else 6,
        }

    return Given((sizes,), lambda answers: answers, right)


@exercise()
def predict_state(lab: Lab, dice: Dice) -> Given:
    """A watermark's delay, and the times in four files: the second raises the watermark to 10:22."""
    delay, (a, b, c, d) = dice.choice((10, 15, 20)), dice.sample(range(2, 6), 4)
    files = [["10:00"], [f"10:{delay + 22}"] + a * ["10:01"], b * ["10:02"], c * ["10:03"] + d * ["10:21"]]

    def right(**mistake: bool) -> dict[str, Any]:
        late = a * ("own_file" in mistake) + b * ("own_file" in mistake or "next_file" in mistake) + c
        return {
            "orders in the window of 10:00": 1 + a + b + c - late * ("none_is_late" not in mistake),
            "orders in the window of 10:20": 0 if "behind_is_late" in mistake else d,
            "numRowsDroppedByWatermark of the last micro-batch": c if "orders_are_counted" in mistake else 1,
            "rows in state at the end": 3 if "all_is_kept" in mistake else 2,
            "orders in the window of 10:00, after pauses": 1 + a + b * ("pause_is_nothing" in mistake),
        }

    return Given((delay, files), lambda answers: answers, right)


@exercise("order_id")
def repair(lab: Lab, dice: Dice) -> Given:
    """Micro-batches as two checkpoints hand them to a writer: one comes twice, one has an order again."""
    rows = [(f"A{number}", dice.randint(1, 9)) for number in dice.sample(range(100, 999), 7)]
    rows[1::2] = [(name, -pieces) for name, pieces in rows[1::2]]
    one, two, new = rows[:3], [rows[0], rows[3]], rows[4:]
    table, (first, second) = dice.unlike(("repair_tbl", "repaired_tbl")), dice.unlike(APPLICATIONS)
    calls = [(first, 0, one), (first, 0, one), (first, 1, two), (second, 0, new)]
    written = {"": one + two + new, "appends_plainly": one + one + two + new, "one_name_for_all": one + two}
    written |= {"number_is_fixed": one + new, "ids_decide": rows, "overwritten": [rows[5]]}
    written["one_name_for_both"] = [row for row in one + two + new if row[1] > 0]
    written["one_name"] = [row for row in one + two if row[1] > 0]

    def call(write: Any) -> Any:
        # A dropped table forgets the numbers of its applications.
        lab.spark.sql(f"DROP TABLE IF EXISTS {table}")
        for application, number, batch in calls:
            orders = frame(lab, batch, "order_id STRING, pieces INT")
            write(orders, number, application=application, table=table)
        return lab.spark.table(table)

    def right(**mistake: bool) -> list[dict[str, Any]]:
        return [{"order_id": name, "pieces": pieces} for name, pieces in written["".join(mistake)]]

    return Given((calls,), call, right)


@exercise("name")
def build(lab: Lab, dice: Dice) -> Given:
    """Progress reports of three streams, and how many rows have landed for each of four."""
    turn = dice.unlike(range(4))
    names = (2 * ("east", "north", "south", "west"))[turn : turn + 4]
    reports, landed = [], {name: dice.randint(90, 150) for name in sorted(names)}
    # Each lost a commit: a plain sink takes the rows again, Delta's passes over. One has a new checkpoint.
    for name, old, redone in zip(names, ((), (), (20, 21, 22)), (1, 0, 1), strict=False):
        one, two, three = dice.sample(range(2, 10), 3)
        starts = (old, (one, two, 0), (None, redone * two, three, 0))
        reports += [
            dict(zip(REPORTED, (name, f"{name}{start > 0:d}", start, batch, rows), strict=True))
            for start, batches in enumerate(starts)
            for batch, rows in enumerate(batches)
            if rows is not None
        ]
    return Given((reports, landed), lambda far: far(reports, landed), lambda **m: _far(reports, landed, *m))


def _far(reports: list[dict[str, Any]], landed: dict[str, int], mistake: str = "") -> list[dict[str, Any]]:
    scopes = {"last_start_counts": "runId", "every_id_counts": "name", "numbers_alone": "name"}
    place = {"last_report_counts": slice(-1, None), "first_report_counts": slice(1)}.get(mistake, slice(None))
    scope, found = scopes.get(mistake, "id"), []
    for name in landed:
        mine = [report for report in reports if report["name"] == name]
        batches: dict[Any, list[int]] = {}
        for report in (report for report in mine if report[scope] == mine[-1][scope]):
            number = (mistake == "numbers_alone" or report["id"], report["batchId"])
            batches.setdefault(number, []).append(report["numInputRows"])
        read = sum(map(sum if mistake == "reports_are_added" else max, (r[place] for r in batches.values())))
        if mine or mistake != "silent_is_missing":
            found.append({"name": name, "rows": read, "behind": landed[name] - read})
    return found
