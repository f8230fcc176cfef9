"""A landed record, judged a second time: cleansed in plain Python, with every rule that it breaks named.

It shares no code with the layers, so a mistake would have to be made twice to stay unseen.
Terms: oracle, quarantine.
Taught in: book/layers/silver.ipynb.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from medallion_lab.observe.landed import ALIASES, Line, pick, read_lines
from medallion_lab.observe.landed_values import read_number, read_time, trim
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS

REGIONS = {customer_id: region for customer_id, _, region in CUSTOMERS}
PRICES = {product_id: price for product_id, _, price in PRODUCTS}
UUID = re.compile("-".join(f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12)))
FIRST_PLAUSIBLE, TOO_LATE = datetime(2020, 1, 1), datetime(2100, 1, 1)
RESERVED = {"_file_path", "_corrupt_record"}


@dataclass(frozen=True, slots=True)
class Record:
    """A landed record, cleansed and judged.

    Attributes
    ----------
    file, line, text : str, int, str
        Where it landed, and what was written there.
    order_id, customer_id, product_id, quantity, order_timestamp : str, int, int, int, datetime or None
        The order; what cannot be read is None. The time is UTC, without a zone.
    failed_rules : tuple of str
        Every rule that it breaks; empty for a valid order.
    """

    file: str
    line: int
    text: str
    order_id: str | None
    customer_id: int | None
    product_id: int | None
    quantity: int | None
    order_timestamp: datetime | None
    failed_rules: tuple[str, ...]

    @property
    def is_valid(self) -> bool:
        """Whether it breaks no rule."""
        return not self.failed_rules

    @property
    def rank(self) -> tuple[Any, ...]:
        """What decides between valid records of one order; the greatest stays."""
        return (self.order_timestamp, self.customer_id, self.product_id, self.quantity)


def judge_landed(files: Iterable[Path]) -> list[Record]:
    """Return every record of these files, cleansed and judged, in the order in which it stands there."""
    return [judge(line) for line in read_lines(files)]


def judge(line: Line) -> Record:
    """Cleanse one record and name every rule that it breaks; what cannot be judged counts as broken."""
    # Auto Loader keeps such a record whole, because its names would hide what was rescued; the columns stand.
    fields = line.fields or {}
    hides = not RESERVED.isdisjoint(fields)
    if hides:
        fields = {name: fields.get(name) for name in ALIASES}
    found = {name: trim(pick(fields, name)) for name in ALIASES}
    order_id = found["order_id"].lower() if found["order_id"] else None
    customer_id = read_number(found["customer_id"], bits=64)
    product_id = read_number(found["product_id"], bits=64)
    quantity = read_number(found["quantity"], bits=32)
    moment = read_time(found["order_timestamp"])
    verdicts = {
        "line_is_readable": line.fields is not None and not hides,
        "order_id_is_uuid": order_id is not None and UUID.fullmatch(order_id) is not None,
        "customer_is_known": customer_id in REGIONS,
        "product_is_known": product_id in PRICES,
        "quantity_is_positive": quantity is not None and quantity > 0,
        "order_time_is_plausible": moment is not None and FIRST_PLAUSIBLE <= moment < TOO_LATE,
    }
    failed_rules = tuple(rule for rule, holds in verdicts.items() if not holds)
    return Record(
        line.file, line.number, line.text, order_id, customer_id, product_id, quantity, moment, failed_rules
    )
