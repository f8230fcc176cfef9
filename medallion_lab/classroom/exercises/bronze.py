"""Bronze's exercises: which files are read and how often, how a line is kept, what is not as it landed.

Term: bronze.
Taught in: book/exercises/bronze.ipynb.
"""

from collections import Counter
from functools import partial
from urllib.parse import quote

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Files by their lines; the exercise tells what becomes of them around two visits of a stream."""
    files = ("1.json", "1.json, rewritten", "_2.json", "3.json", "4.json", "5.json", "6.json")
    lines = dict(zip(files, dice.sample(range(3, 10), 7), strict=True))
    return Given((lines,), lambda answers: answers, partial(_visited, list(lines.values())))


def _visited(lines: list[int], **mistake: bool) -> dict:
    """A mistake that is named as a file: who makes it thinks that this file is not read."""
    one, anew, two, three, four, five, six = lines
    three += mistake.get("blank_is_a_record", 0)
    first = {"1.json": one, "3.json": three, "4.json": 1 if "order_is_a_record" in mistake else four}
    second = first | {"1.json": anew, "2.json": two, "3_copy.json": three, "5.json": five}
    rows = first | second if "rewritten_is_read" in mistake else second | first
    rows |= dict.fromkeys(rows.keys() & mistake.keys(), 0)
    before = 0 if "table_is_emptied" in mistake else sum(rows.values())
    rows["all rows, checkpoint lost"] = before + sum(second.values()) * ("table_remembers" not in mistake)
    rows["5.json, by Spark's own source"] = five if "plain_reads_old" in mistake else 0
    return rows | {"6.json": six if "deleted_was_there" in mistake else 0}


@exercise("line")
def repair(lab: Lab, dice: Dice) -> Given:
    """A folder with lines of all kinds, each to be kept letter by letter, beside its quantity as text."""
    word, zeros, note = (dice.unlike(one) for one in (("two", "ten"), ("007", "04"), ("a note", "closed: 9")))
    number = f"{dice.randint(10, 99)}"
    said = {number: number, f'"{word}"': word, f'"{zeros}"': zeros, "null": None}
    sent = [(f'{{"order_id": "{dice.getrandbits(32):08x}", "quantity": {key}}}', said[key]) for key in said]
    sent += [("  " + sent[0][0], number), sent[1], (sent[2][0][:20], None), (note, None)]
    (folder := lab.workspace.landing / f"lines_{dice.getrandbits(32):08x}").mkdir(exist_ok=True)
    (folder / "1.json").write_text("\n".join(["", "   ", *(line for line, _ in sent)]))
    return Given((str(folder),), lambda read: read(str(folder)), partial(_kept, sent))


def _kept(sent: list, **mistake: bool) -> list[dict]:
    rows = list(dict.fromkeys(sent)) if "copies_are_one" in mistake else sent
    rows = [row for row in rows if row[0].endswith("}")] if "broken_is_lost" in mistake else rows
    rows = [("", None), ("   ", None), *rows] if "blank_is_a_row" in mistake else rows
    rows = [(line.strip(), kept) for line, kept in rows] if "ends_are_trimmed" in mistake else rows
    rows = [(line.translate({32: None}), kept) for line, kept in rows] if "written_anew" in mistake else rows
    lost = ': "' if "numbers_only" in mistake else "\n"
    return [{"line": line, "quantity": None if lost in line[20:] else kept} for line, kept in rows]


@exercise("file")
def build(lab: Lab, dice: Dice) -> Given:
    """Landed files by their lines, and bronze's rows, of which some files have other numbers."""
    files = dice.sample([f"{day}/till {till}.json" for day in ("monday", "tuesday") for till in "1234"], 8)
    a, b, c, d = dice.sample(range(3, 10), 4)
    lake = dice.unlike(("s3://lake", "file:/shop/lake", "s3://sea/lake"))
    lines = dict(zip(files[:6], (c, 0, a, b, a, b), strict=True))
    rows = Counter(dict(zip(files[2:], (a, b, 2 * a, b - 1, d, c), strict=True)))
    listed, arrived = list(lines.items()), [(f"{lake}/landing/{quote(at)}",) for at in rows.elements()]
    data = frame(lab, listed, "file STRING, lines INT"), frame(lab, arrived, "input_file STRING")
    return Given(data, lambda find: find(*data), partial(_differences, lines, list(rows.elements())))


def _differences(lines: dict[str, int], arrived: list[str], **mistake: bool) -> list[dict]:
    names = [file.split("/")[1] for file in arrived] if "last_part_only" in mistake else arrived
    rows = Counter(map(quote, names) if "spaces_stay_codes" in mistake else names)
    files = {*lines} & {*rows} if "one_side_is_lost" in mistake else {*lines, *rows}
    gap, zero = (None if name in mistake else 0 for name in ("nulls_stay", "filled_too_late"))
    alike = {file for file in files if lines.get(file, zero) == rows.get(file, zero)}
    told = files if "all_files" in mistake else files - alike
    return [{"file": file, "landed": lines.get(file, gap), "in_bronze": rows.get(file, gap)} for file in told]
