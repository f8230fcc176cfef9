"""A file that arrives twice: which of its lines are duplicates.

Term: at-least-once.
Taught in: book/layers/silver.ipynb.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from medallion_lab.shop.answer_key import PlantedFault
from medallion_lab.shop.faults import FAULTS

QUARANTINED = {fault.name for fault in FAULTS if fault.becomes == "quarantine"}


def redelivered_lines(
    lines: Sequence[str], known: Sequence[PlantedFault], *, name: str, copy_of: str
) -> list[PlantedFault]:
    """Return the answer key's part for a file that was sent once more.

    Parameters
    ----------
    lines : sequence of str
        The file's lines. A blank one holds no record.
    known : sequence of PlantedFault
        What was planted in the file when it landed first: a line that was broken then is broken again, under
        the same fault; each other line is a duplicate.
    name, copy_of : str
        The new file's name, and the old one's.
    """
    broken = {fault.line: fault for fault in known}
    found = []
    for number, line in enumerate(lines, start=1):
        first = broken.get(number)
        if first and first.fault in QUARANTINED:
            found.append(replace(first, file=name, copy_of=copy_of))
        elif line.strip(" \t\r"):
            order_id = first.order_id if first else _order_id(line)
            found.append(PlantedFault(name, number, "redelivered_file", order_id, copy_of=copy_of))
    return found


def _order_id(line: str) -> str | None:
    try:
        order_id = json.loads(line)["order_id"]
    except (ValueError, TypeError, KeyError):
        return None
    return order_id if isinstance(order_id, str) else None
