"""Exercises of the Databricks chapter: texts as numbers, names that a star takes, COPY INTO as a stream.

Term: Auto Loader.
Taught in: book/exercises/databricks.ipynb.
"""

from collections import Counter
from collections.abc import Callable
from itertools import count

from pyspark.sql import DataFrame, Row

from medallion_lab.classroom.exercise import Dice, Given, exercise
from medallion_lab.lab import Lab

PLACES = (("East", "North", "South", "West"), ("Coast", "Hills", "Islands", "Lakes"))
READ = {"read_again": (0, 1, 1, 2), "newest_only": (2,), "what_is_there_only": (1, 2), "nobody_waits": ()}
"""Which of the three files are in the table, of who makes which mistake."""


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Quantities of one digit and of two, as the texts that bronze holds."""
    large = dice.sample(range(6, 10), dice.randint(1, 3))
    tens = dice.sample(range(10, 20), dice.randint(2, 4))
    texts = [str(number) for number in (*tens, dice.randint(2, 5), *large)]

    def right(**mistake: bool) -> dict:
        made = Counter(mistake)
        return {
            "type of quantity": "bigint" if made["files_give_types"] else "string",
            "type of sum(quantity)": "string" if made["a_sum_of_texts_is_text"] else "double",
            "type of sum(try_cast(quantity AS int))": "int" if made["a_sum_of_int_is_int"] else "bigint",
            "max(quantity)": max(tens if made["the_greatest_number_wins"] else large),
            "rows where quantity > '5'": len(large) + len(tens) * made["quotes_are_nothing"],
            "rows where quantity > 5": len(large) + len(tens) * (1 - made["a_number_becomes_text"]),
        }

    return Given((texts,), lambda answers: answers, right)


@exercise("region")
def repair(lab: Lab, dice: Dice) -> Given:
    """Rows as ``collect`` returns them: quantities are texts, some equal, some missing."""
    same = dice.randint(2, 8)
    *sellers, idle = dice.unlike(PLACES)
    sold = {name: [same, same, 9, dice.randint(10, 30), None] for name in sellers} | {idle: [None]}
    rows = [Row(region=name, quantity=n and str(n)) for name, numbers in sold.items() for n in numbers]

    def right(**mistake: bool) -> list[dict]:
        made, found = Counter(mistake), []
        for name, numbers in sold.items():
            kept = [n or +made["none_is_one"] for n in (set(numbers) if made["equal_are_one"] else numbers)]
            most = max(map(str, kept)) if made["texts_are_compared"] else max(kept)
            pieces = len(kept) if made["rows_are_counted"] else sum(kept)
            if pieces or not made["a_region_is_lost"]:
                found.append({"region": name, "pieces": pieces, "largest": most})
        return found

    return Given((rows,), lambda summarise: summarise(list(rows)), right)


@exercise("order_id")
def build(lab: Lab, dice: Dice) -> Given:
    """Files for COPY INTO: the first is gone when the last lands, and holds an order of it."""
    files = [[(f"{name}{n}", f"{dice.randint(2, 20)}") for n in range(dice.randint(2, 4))] for name in "ABC"]
    files[2].append(files[0][0])

    def call(take: Callable) -> DataFrame:
        places = (lab.workspace.dbfs / f"copy_{number}" for number in count())
        folder = next(place for place in places if not place.exists())
        folder.mkdir(parents=True)
        table = f"{folder.name}_tbl"
        for number, rows in enumerate(files):
            lines = [f'{{"order_id": "{order}", "quantity": {pieces}}}\n' for order, pieces in rows]
            (folder / f"{number}.json").write_text("".join(lines), encoding="utf-8")
            if number:
                take(f"/{folder.name}", table)
                (folder / "0.json").unlink(missing_ok=True)
        return lab.spark.table(table)

    def right(**mistake: bool) -> list[dict]:
        read = next((READ[name] for name in mistake if name in READ), (0, 1, 2))
        rows = [row for number in read for row in files[number]]
        kept = dict.fromkeys(rows) if mistake.get("each_order_once") else rows
        return [{"order_id": order, "quantity": pieces} for order, pieces in kept]

    return Given((files,), call, right)
