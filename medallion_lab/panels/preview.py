"""The first lines of a landed file, and what was planted in them. Plain data in, text out.

Taught in: book/foundations/introduction.ipynb.
"""

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import islice
from pathlib import Path

from medallion_lab.panels.cells import boxed_table, cell, head
from medallion_lab.panels.wording import counted
from medallion_lab.shop.answer_key import PlantedFault
from medallion_lab.shop.faults import FAULTS

MOST_LINES = 5
MOST_CHARACTERS = 300
MEANINGS = {fault.name: fault.meaning for fault in FAULTS}


def preview_html(path: Path, *, planted: Sequence[PlantedFault] | None = None) -> str:
    """Return the first lines of a landed file as a table that scrolls inside itself.

    Parameters
    ----------
    path : Path
        The file.
    planted : sequence of PlantedFault, optional
        What the answer key says of this file: then each line says what was planted in it.
    """
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            lines = [line.removesuffix("\n") for line in islice(file, MOST_LINES)]
    except FileNotFoundError:
        return f"<p>{escape(path.name)} has been moved away.</p>"
    marks = {fault.line: f"⚑ {spoken(fault.fault)}" for fault in planted or ()}
    columns = ["line", *(["planted"] if planted is not None else []), "as it landed"]
    rows = []
    for place, line in enumerate(lines, start=1):
        mark = cell(escape(marks.get(place, "nothing"))) if planted is not None else ""
        rows.append(f"<tr>{head(str(place))}{mark}{cell(f'<code>{escape(_cut(line))}</code>')}</tr>")
    title = f"{path.name}: the first {len(lines)} of {counted(count_lines(path), 'line')}"
    return boxed_table(title, columns, "".join(rows)) + _legend(planted)


def count_lines(path: Path) -> int:
    """Return how many lines a file has; 0 if it has been moved away."""
    try:
        with path.open("rb") as file:
            return sum(part.count(b"\n") for part in iter(lambda: file.read(2**20), b""))
    except FileNotFoundError:
        return 0


def spoken(name: str) -> str:
    """Return a fault's name as one says it."""
    return name.replace("_", " ")


def _legend(planted: Sequence[PlantedFault] | None) -> str:
    if planted is None:
        return ""
    if not planted:
        return "<p>Nothing was planted in this file.</p>"
    counts = Counter(fault.fault for fault in planted)
    entries = [f"⚑ {spoken(name)}, {counted(n, 'line')}: {MEANINGS[name]}" for name, n in counts.items()]
    items = "".join(f"<li>{escape(entry)}</li>" for entry in entries)
    return f"<p>Planted in the whole file:</p><ul>{items}</ul>"


def _cut(line: str) -> str:
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"
