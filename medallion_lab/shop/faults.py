"""What can go wrong with an order between a till and your files, and what a careful pipeline makes of it.

Each fault is a small function: an order goes in, the same order with one thing wrong comes out. Nothing here
is noise for its own sake; every form stands in the agreement on what silver accepts.
Term: fault injection.
Taught in: book/layers/silver.ipynb.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Fields = dict[str, Any]

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True)
class Fault:
    """One way for a landed line to be wrong.

    Attributes
    ----------
    name : str
        How you ask for it.
    meaning : str
        What has happened to the line.
    becomes : str
        Where the line ends: ``silver``, ``quarantine``, or ``duplicate`` when silver has that order already.
    """

    name: str
    meaning: str
    becomes: str


FAULTS = (
    Fault("duplicate_in_file", "an order of this file stands in it twice", "duplicate"),
    Fault("duplicate_of_earlier_file", "an order of an earlier file is sent once more", "duplicate"),
    Fault("redelivered_file", "the whole file is sent once more, under a new name", "duplicate"),
    Fault("late", "the order was made two to six days before its file", "silver"),
    Fault("future", "the order is dated a hundred years too late", "quarantine"),
    Fault("malformed_line", "the line was cut off on the way", "quarantine"),
    Fault("missing_field", "one of the five fields is not there, or null", "quarantine"),
    Fault("wrong_type", "a field holds a list, an object, true or a word", "quarantine"),
    Fault("unknown_customer", "nobody has this customer_id", "quarantine"),
    Fault("unknown_product", "nothing is sold under this product_id", "quarantine"),
    Fault("non_positive_quantity", "the quantity is zero or below", "quarantine"),
    Fault("messy_format", "a date, number, space or letter case written in another way", "silver"),
    Fault("new_column", "there is a field that nobody announced", "silver"),
    Fault("renamed_column", "a field goes by another name", "silver"),
    Fault("key_case", "a field's name is in capital letters", "silver"),
    Fault("correction", "an earlier order is sent again, later and with another quantity", "silver"),
)
"""Every fault that the shop can plant. A correction replaces the row that its order had in silver."""

OTHER_NAMES = {
    "order_id": ("orderid", "order_no"),
    "customer_id": ("customerid", "cust_id"),
    "product_id": ("productid", "prod_id"),
    "quantity": ("qty",),
    "order_timestamp": ("ordertimestamp", "ordered_at"),
}
"""What other systems call the five fields."""

UNKNOWN_IDS = (900, 999)
OFFSETS_MINUTES = (-480, -210, 60, 120, 330)
CHANNELS = ("web", "store", "phone")


def late(order: Fields, dice: random.Random) -> Fields:
    """Date the order two to six days earlier."""
    return order | {"order_timestamp": _shifted(order, timedelta(days=-dice.randint(2, 6)))}


def future(order: Fields, dice: random.Random) -> Fields:
    """Date the order in the next century."""
    year, rest = order["order_timestamp"][:4], order["order_timestamp"][4:]
    return order | {"order_timestamp": f"{int(year) + 100}{rest}"}


def missing_field(order: Fields, dice: random.Random) -> Fields:
    """Leave a field out, or say null."""
    field = dice.choice(list(order))
    if dice.random() < 0.5:
        return order | {field: None}
    return {name: value for name, value in order.items() if name != field}


def wrong_type(order: Fields, dice: random.Random) -> Fields:
    """Put something into a field that is neither its number nor its text."""
    field = dice.choice(list(order))
    return order | {field: dice.choice([[order[field]], {"value": order[field]}, True, "unknown"])}


def unknown_customer(order: Fields, dice: random.Random) -> Fields:
    """Name a customer that there is not."""
    return order | {"customer_id": dice.randint(*UNKNOWN_IDS)}


def unknown_product(order: Fields, dice: random.Random) -> Fields:
    """Name a product that there is not."""
    return order | {"product_id": dice.randint(*UNKNOWN_IDS)}


def non_positive_quantity(order: Fields, dice: random.Random) -> Fields:
    """Order nothing, or less."""
    return order | {"quantity": dice.randint(-5, 0)}


def new_column(order: Fields, dice: random.Random) -> Fields:
    """Add a field."""
    return order | {"channel": dice.choice(CHANNELS)}


def renamed_column(order: Fields, dice: random.Random) -> Fields:
    """Call a field by one of its other names."""
    field = dice.choice(list(order))
    return _renamed(order, field, dice.choice(OTHER_NAMES[field]))


def key_case(order: Fields, dice: random.Random) -> Fields:
    """Write a field's name with capital letters."""
    field = dice.choice(list(order))
    return _renamed(order, field, dice.choice([field.upper(), field.title()]))


def other_date(order: Fields, dice: random.Random) -> Fields:
    """Write the same moment in another form."""
    moment = datetime.strptime(order["order_timestamp"], TIME_FORMAT)
    minutes = dice.choice(OFFSETS_MINUTES)
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    forms = [
        f"{moment.isoformat()}Z",
        f"{(moment + timedelta(minutes=minutes)).isoformat()}{offset}",
        moment.strftime("%d.%m.%Y %H:%M:%S"),
        str(seconds),
        seconds,
    ]
    return order | {"order_timestamp": dice.choice(forms)}


def other_number(order: Fields, dice: random.Random) -> Fields:
    """Write the same number in another form."""
    field = dice.choice(["customer_id", "product_id", "quantity"])
    number = order[field]
    return order | {field: dice.choice([float(number), f"{number}.0", f"+{number}", f"{number:05,}"])}


def added_spaces(order: Fields, dice: random.Random) -> Fields:
    """Put spaces around a value: common ones, tabs, or those that do not break a line."""
    field = dice.choice(list(order))
    space = dice.choice([" ", "  ", "\t", "\u00a0"])
    return order | {field: dice.choice([f"{space}{order[field]}", f"{order[field]}{space}"])}


def upper_case_id(order: Fields, dice: random.Random) -> Fields:
    """Write the order's id in capital letters."""
    return order | {"order_id": order["order_id"].upper()}


def messy_format(order: Fields, dice: random.Random) -> Fields:
    """Say the same in another form, from which it can be recovered."""
    return dice.choice([other_date, other_number, added_spaces, upper_case_id])(order, dice)


CHANGES: dict[str, Callable[[Fields, random.Random], Fields]] = {
    change.__name__: change
    for change in (
        late,
        future,
        missing_field,
        wrong_type,
        unknown_customer,
        unknown_product,
        non_positive_quantity,
        messy_format,
        new_column,
        renamed_column,
        key_case,
    )
}
"""The faults that change fields of an order; the others cut its line or send one again."""


def _shifted(order: Fields, by: timedelta) -> str:
    return (datetime.strptime(order["order_timestamp"], TIME_FORMAT) + by).strftime(TIME_FORMAT)


def _renamed(order: Fields, old: str, new: str) -> Fields:
    return {new if name == old else name: value for name, value in order.items()}
