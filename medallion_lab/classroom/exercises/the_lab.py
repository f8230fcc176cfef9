"""The lab's exercises: what a stream reads again, how a table is brought back, what a table's log says.

Term: micro-batch.
Taught in: book/exercises/the_lab.ipynb.
"""

import json
from functools import partial
from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab
from medallion_lab.shop.catalogue import PRODUCTS


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Four files and how many lines each has, for a stream that is stopped, disturbed and started anew."""
    lines = dice.sample(range(3, 10), 4)
    return Given((lines,), lambda answers: answers, partial(_ends, *lines))


def _ends(a: int, b: int, c: int, d: int, **mistake: bool) -> dict[str, int]:
    """Files b and c are one micro-batch; the line that is added to a is read by the new checkpoint alone."""
    grown = ("added_line_is_read" in mistake) + (a + 1) * ("file_is_read_again" in mistake)
    notes = 2 + ("each_file_is_a_batch" in mistake)
    kept = a + b + c + (b + c) * ("replay_doubles" in mistake)
    anew = (
        d if "new_checkpoint_knows" in mistake else a + b + c + d + ("grown_file_is_as_it_was" not in mistake)
    )
    return {
        "rows read, 2": b + c,
        "notes in offsets, 2": notes,
        "rows read, 3": grown,
        "notes in offsets, 3": notes + ("each_run_is_noted" in mistake),
        "rows in the table, 4": kept,
        "rows in the table, 5": a + b + c + anew,
    }


@exercise("basket", "product")
def repair(lab: Lab, dice: Dice) -> Given:
    """Four writes of scans and one that came twice; two scans of one product are two rows."""
    names, doubled = [name for _, name, _ in PRODUCTS], dice.unlike((1, 2))
    table = dice.unlike(("practice_scans_tbl", "practice_baskets_tbl"))
    writes = []
    for number in range(4):
        twice, once = dice.sample(names, 2)
        writes.append([(10 * number + 1, twice)] * 2 + [(10 * number + 2, once)])
    writes.insert(doubled, writes[doubled - 1])

    def call(undo: Any) -> Any:
        lab.spark.sql(f"DROP TABLE IF EXISTS {table}")
        for rows in writes:
            scans = frame(lab, rows, "basket INT, product STRING")
            scans.write.mode("append").saveAsTable(table)
        undo(table, doubled=doubled)
        return lab.spark.table(table)

    return Given((writes, doubled), call, partial(_undone, writes, doubled))


def _undone(writes: list, doubled: int, **mistake: bool) -> list[dict]:
    kept = [n for n in range(5) if n != doubled + ("next_one_goes" in mistake)]
    if "later_is_lost" in mistake or "one_too_late" in mistake:
        kept = [*range(doubled + ("one_too_late" in mistake))]
    rows = [row for number in kept for row in writes[number]]
    rows = sorted(set(rows)) if "distinct" in mistake else rows
    rows = [row for row in rows if "both_go" not in mistake or row not in writes[doubled]]
    return [{"basket": basket, "product": product} for basket, product in rows]


@exercise("path")
def build(lab: Lab, dice: Dice) -> Given:
    """The log of a table; it has commits after the version that is asked for, of one digit or of two."""
    more, later = dice.unlike((2, 8)), dice.unlike((1, 2, 3))
    files = [(f"part-{dice.getrandbits(32):08x}.parquet", dice.randint(2, 99)) for _ in range(16)]
    a, b, c, d, e, *others = files
    commits = [[("add", a), ("add", b)], *([("add", file)] for file in others[:more]), [("add", c)]]
    commits += [[("remove", a), ("add", d)], [("remove", b), ("remove", c), ("add", e)]]
    commits += [[("remove", d), ("add", a)]]
    asked = len(commits) - 1
    commits += [[("add", file)] for file in others[more : more + later]]
    log = lab.workspace.landing / a[0].replace(".", "_") / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    for version, commit in enumerate(commits):
        new_rows = {"dataChange": version != asked - 1}
        lines: list[dict] = [{"commitInfo": {}}]
        for kind, (path, rows) in commit:
            lines.append({kind: {"path": path, "stats": json.dumps({"numRecords": rows}), **new_rows}})
        (log / f"{version:020}.json").write_text("\n".join(map(json.dumps, lines)))
    return Given((log, asked), lambda files_of: files_of(log, asked), partial(_files, commits, asked))


def _files(commits: list, asked: int, **mistake: bool) -> list[dict]:
    found: dict[str, int] = {}
    gone = set()
    for version, commit in enumerate(commits if "to_the_end" in mistake else commits[: asked + 1]):
        moved = version == asked - 1 and "moved_is_skipped" in mistake
        last = version == asked and "one_too_few" in mistake
        found = {} if "last_alone" in mistake else found
        for kind, (path, rows) in () if moved or last else commit:
            if kind == "add":
                found[path] = rows
            elif "removed_stays" not in mistake:
                gone.add(path)
                found.pop(path, None)
    never = gone if "gone_for_ever" in mistake else set()
    return [{"path": path, "rows": rows} for path, rows in found.items() if path not in never]
