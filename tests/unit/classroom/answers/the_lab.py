"""Answers to the lab's exercises."""

import json

from tests.unit.classroom.answers import Answers, in_three_forms, seen

QUESTIONS = (
    "rows read, 2",
    "notes in offsets, 2",
    "rows read, 3",
    "notes in offsets, 3",
    "rows in the table, 4",
    "rows in the table, 5",
)


def predicted(lines, **others):
    """Return the right predictions, but for some: question number -> answer made of the files' lines."""
    a, b, c, d = lines
    answers = [b + c, 2, 0, 2, a + b + c, 2 * (a + b + c) + d + 1]
    for number, answer in others.items():
        answers[int(number[1:])] = answer(a, b, c, d)
    return dict(zip(QUESTIONS, answers, strict=True))


predict = Answers(
    right=in_three_forms(predicted),
    wrong=[
        (lambda lines: predicted(lines, q1=lambda *_: 3, q3=lambda *_: 3), "how many does it need"),
        (lambda lines: predicted(lines, q2=lambda *_: 1), "files, not lines"),
        (lambda lines: predicted(lines, q2=lambda a, *_: a + 1), "has grown"),
        (lambda lines: predicted(lines, q3=lambda *_: 3), "finds nothing new"),
        (lambda lines: predicted(lines, q4=lambda a, b, c, d: a + 2 * b + 2 * c), "begun again"),
        (lambda lines: predicted(lines, q5=lambda a, b, c, d: a + b + c + d), "knows of no file"),
        (lambda lines: predicted(lines, q5=lambda a, b, c, d: 2 * (a + b + c) + d), "one line more"),
        (lambda lines: dict.fromkeys(QUESTIONS, ...), "Still open"),
    ],
)


# ---------------------------------------------------------------- repair
def spark():
    from pyspark.sql import SparkSession

    return SparkSession.active()


def at(table, version):
    return f"(SELECT * FROM {table} VERSION AS OF {version})"


def overwritten(table, query):
    spark().sql(f"INSERT OVERWRITE {table} {query}")


def takes_one_of_two(table, *, doubled):
    added = f"({at(table, doubled)} EXCEPT ALL {at(table, doubled - 1)})"
    overwritten(table, f"SELECT * FROM {table} EXCEPT ALL {added}")


def adds_the_later_ones(table, *, doubled):
    later = f"(SELECT * FROM {table} EXCEPT ALL {at(table, doubled)})"
    overwritten(table, f"{at(table, doubled - 1)} UNION ALL {later}")


def restores_and_appends(table, *, doubled):
    later = spark().table(table).exceptAll(spark().sql(at(table, doubled)[1:-1])).collect()
    columns = spark().table(table).schema
    spark().sql(f"RESTORE TABLE {table} TO VERSION AS OF {doubled - 1}")
    spark().createDataFrame(later, columns).write.mode("append").saveAsTable(table)


def restores_to(version):
    return lambda table, *, doubled: spark().sql(f"RESTORE TABLE {table} TO VERSION AS OF {version(doubled)}")


def undoes_the_next_one(table, *, doubled):
    takes_one_of_two(table, doubled=doubled + 1)


def keeps_different_rows(table, *, doubled):
    overwritten(table, f"SELECT DISTINCT * FROM {table}")


def takes_both(table, *, doubled):
    added = f"({at(table, doubled)} EXCEPT ALL {at(table, doubled - 1)})"
    overwritten(table, f"SELECT * FROM {table} LEFT ANTI JOIN {added} USING (basket, product)")


def with_the_version_by_heart(table, *, doubled):
    takes_one_of_two(table, doubled=seen("the_lab", "repair")[1])


repair = Answers(
    right=[takes_one_of_two, adds_the_later_ones, restores_and_appends],
    wrong=[
        (with_the_version_by_heart, "count the versions again"),
        (restores_to(lambda doubled: doubled - 1), "rightly written after"),
        (restores_to(lambda doubled: doubled), "holds the rows twice"),
        (undoes_the_next_one, "count the versions again"),
        (keeps_different_rows, "Two scans of one product"),
        (takes_both, "you have taken both"),
    ],
)


# ---------------------------------------------------------------- build
def actions(log, versions):
    for version in versions:
        for line in (log / f"{version:020}.json").read_text().splitlines():
            yield from json.loads(line).items()


def with_rows(found):
    return [{"path": path, "rows": json.loads(stats)["numRecords"]} for path, stats in found.items()]


def replayed(steps):
    found = {}
    for kind, body in steps:
        if kind == "add":
            found[body["path"]] = body["stats"]
        elif kind == "remove":
            found.pop(body["path"], None)
    return with_rows(found)


def in_order(log, version):
    return replayed(actions(log, range(version + 1)))


def by_sorted_names(log, version):
    commits = sorted(log.glob("*.json"))[: version + 1]
    return replayed(actions(log, [int(commit.stem) for commit in commits]))


def last_word_counts(log, version):
    last = {}
    for kind, body in actions(log, range(version + 1)):
        if kind != "commitInfo":
            last[body["path"]] = (kind, body["stats"])
    return with_rows({path: stats for path, (kind, stats) in last.items() if kind == "add"})


def only_what_is_added(log, version):
    steps = actions(log, range(version + 1))
    return with_rows({body["path"]: body["stats"] for kind, body in steps if kind == "add"})


def adds_without_removes(log, version):
    steps = list(actions(log, range(version + 1)))
    gone = {body["path"] for kind, body in steps if kind == "remove"}
    return [row for row in only_what_is_added(log, version) if row["path"] not in gone]


def what_has_changed(log, version):
    steps = actions(log, range(version + 1))
    return replayed((kind, body) for kind, body in steps if body.get("dataChange"))


def all_but_what_came_later_here(log, version):
    shown, asked = seen("the_lab", "build")
    later = len(list(shown.glob("*.json"))) - asked - 1
    return in_order(log, len(list(log.glob("*.json"))) - later - 1)


def to_the_version_of_the_page(log, version):
    return in_order(log, seen("the_lab", "build")[1])


def with_one_digit(log, version):
    commits = [log / f"{'0' * 19}{number}.json" for number in range(version + 1)]
    steps = [json.loads(line) for commit in commits for line in commit.read_text().splitlines()]
    return replayed(item for step in steps for item in step.items())


build = Answers(
    right=[in_order, by_sorted_names, last_word_counts],
    wrong=[
        (all_but_what_came_later_here, "stands in your code"),
        (to_the_version_of_the_page, "stands in your code"),
        (with_one_digit, "your code stopped"),
        (only_what_is_added, "no longer part"),
        (adds_without_removes, "can be added again"),
        (lambda log, version: in_order(log, version - 1), "Version 0 is a version"),
        (lambda log, version: in_order(log, version + 1), "read on to the newest"),
        (lambda log, version: replayed(actions(log, [version])), "from 0 on"),
        (what_has_changed, "only moved to other files"),
        (lambda log, version: [row["path"] for row in in_order(log, version)], "named columns"),
    ],
)
