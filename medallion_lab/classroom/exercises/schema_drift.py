"""Schema drift's exercises: where each change ends, a reader that keeps them all, a rescued value's way back.

Term: schema drift.
Taught in: book/exercises/schema_drift.ipynb.
"""

from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Lines of a file: the first as it was agreed, each other one with one change."""
    line, counts = '{"order_id": "A", "quantity": 2, "to": {"city": "Lyon"}}', dice.choices((1, 2, 3), k=7)
    new = [line.replace("}}", end) for end in ('}, "coupon": "JUNE"}', '}, "gift": true}', ', "floor": 3}}')]
    misfits = [*map(line.replace, ("2", "2", "q"), ('{"pieces": 2}', "2.5", "Q")), line[:25]]
    lines = [line, *(text for text, n in zip([*new, *misfits], counts, strict=True) for _ in range(n))]
    lines = [text.replace("A", f"A{number}") for number, text in enumerate(lines, 1)]
    return Given((lines,), lambda answers: answers, partial(_counted, counts))


def _counted(counts: list[int], **mistake: bool) -> dict[str, int]:
    new, (objects, fractions, capitals, halves) = sum(counts[:3]), counts[3:]
    capitals -= capitals * mistake.get("capitals_are_new", 0)
    halves -= halves * mistake.get("half_is_no_row", 0)
    misfits = objects + fractions + capitals + halves
    return {
        "rows, by none": 1 + sum(counts[:6]) + halves,
        "rows that lost a value, by none": new if "known_names_fit" in mistake else new + misfits,
        "stops of addNewColumns": 3 if "each_field_stops" in mistake else 1,
        "new columns, by addNewColumns": 2 + mistake.get("inside_is_a_column", 0),
        "rows with rescued data, by addNewColumns": misfits + new * mistake.get("new_is_rescued", 0),
        "the same, with type widening": misfits - fractions - objects * mistake.get("wider_takes_objects", 0),
        "the same, with full defaults": misfits if "text_has_types" in mistake else capitals + halves,
        "rows, by failOnNewColumns": mistake.get("what_fits_goes_on", 0) * (1 + misfits),
    }


def _rows(names: tuple, right: dict, wrong: dict[str, dict], **mistake: bool) -> list[dict]:
    """Return the right rows, changed as a mistake changes them; `...` for a row that is not there."""
    rows = right | {key: value for name in mistake for key, value in wrong[name].items()}
    return [dict(zip(names, row, strict=True)) for row in rows.items() if row[1] is not ...]


@exercise("file")
def repair(lab: Lab, dice: Dice) -> Given:
    """A folder of files with one line each, whose code ends in a column or in the rescued data."""
    first = dice.unlike("123456")
    numbers = [first, *dice.sample([number for number in "123456" if number != first], 5)]
    codes = {f"{number}.json": f"{dice.randint(10_000, 99_999)}" for number in numbers}
    fits, *misfits = codes
    _, customer, fraction, capitals, half = misfits
    sent = ('quantity": #}', 'coupon": #}', 'customer_id": "C#"}', 'quantity": #.5}', 'Quantity": #}', "#")
    (folder := lab.workspace.landing / f"drift_{codes[fits]}").mkdir(exist_ok=True)
    for (file, code), text in zip(codes.items(), sent, strict=True):
        (folder / file).write_text('{"order_id": "A1", "' + text.replace("#", code))
    wrong: dict[str, dict] = {
        "nothing_is_rescued": dict.fromkeys(misfits, "LOST"),
        "other_name": dict.fromkeys(misfits, "column"),
        "types_are_given_up": {customer: "column", fraction: "column"},
        "fractions_are_read": {fraction: "column"},
        "capitals_are_read": {capitals: "column"},
        "half_is_left_out": {half: ...},
    }
    right = partial(_rows, ("file", "end"), dict.fromkeys(codes, "rescued") | {fits: "column"}, wrong)
    return Given((str(folder),), lambda read: _ends(lab, codes, read(str(folder))), right)


def _ends(lab: Lab, codes: dict[str, str], orders: DataFrame) -> list[dict]:
    """Let a learner's stream run, and look for each file's code in its row."""
    stream = orders.withColumn("file", F.substring_index(F.input_file_name(), "/", -1)).writeStream
    stream.format("memory").queryName("ends").trigger(availableNow=True).start().awaitTermination()
    rows = {row.file: row.asDict() for row in lab.spark.table("ends").collect()}
    rescued = {file: f"{rows[file].pop('_rescued_data', '')}".partition("_file_path")[0] for file in rows}
    ends = {file: "column" if codes[file] in str(row) else "LOST" for file, row in rows.items()}
    ends |= {file: "rescued" for file in rows if codes[file] in rescued[file]}
    return [{"file": file, "end": end} for file, end in ends.items()]


@exercise("order_id")
def build(lab: Lab, dice: Dice) -> Given:
    """Orders whose floor stands in a column, in the rescued data, or nowhere."""
    a, b, c, d = dice.sample(range(2, 60), 4)
    ids = [f"{dice.getrandbits(32):08x}" for _ in range(8)]
    word, beside = dice.unlike(("ground", "roof", "cellar")), dice.unlike(("", '"city":"Lyon",'))
    told = [f'{{"ship_to":{{{beside}"floor":{floor}}}}}' for floor in (b, -c, f'"{d}"', f'"{word}"')]
    rescued = [None, '{"coupon":"JUNE"}', *told, '{"floor":1}', None]
    rows = list(zip(ids, [a, d] + [None] * 6, rescued, strict=True))
    orders = frame(lab, rows, "order_id STRING, floor INT, _rescued_data STRING")
    wrong: dict[str, dict] = {
        "column_is_forgotten": dict.fromkeys(ids[:2]),
        "path_is_too_short": dict.fromkeys(ids[2:6]) | {ids[6]: 1},
        "sign_is_lost": {ids[3]: None},
        "quoted_is_lost": {ids[4]: None},
        "nothing_is_zero": dict.fromkeys(ids[5:], 0),
        "rows_without_are_lost": dict.fromkeys(ids[5:], ...),
    }
    floors = dict(zip(ids, [a, d, b, -c, d, None, None, None], strict=True))
    return Given((orders,), lambda way: way(orders), partial(_rows, ("order_id", "floor"), floors, wrong))
