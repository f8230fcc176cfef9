"""Seeded orders: the same seed and file number give the same bytes, on every machine.

Term: seed.
Taught in: book/foundations/the_lab.ipynb.
"""

import json
import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS
from medallion_lab.shop.clock import Pace, landing_time

CUSTOMER_IDS = [customer_id for customer_id, *_ in CUSTOMERS]
PRODUCT_IDS = [product_id for product_id, *_ in PRODUCTS]


@dataclass(frozen=True)
class Order:
    """One order as the shop's till writes it.

    Attributes
    ----------
    order_id : str
        A UUID.
    customer_id, product_id : int
        Keys into the catalogue.
    quantity : int
        Pieces, 1 to 5.
    order_timestamp : str
        Event time, ``YYYY-MM-DD HH:MM:SS`` in UTC, up to 60 minutes before the file lands.
    """

    order_id: str
    customer_id: int
    product_id: int
    quantity: int
    order_timestamp: str


def make_orders(count: int, *, seed: int, file_number: int, paces: Sequence[Pace] = ()) -> list[Order]:
    """Return the orders of one file.

    Parameters
    ----------
    count : int
        How many orders.
    seed : int
        The shop's seed.
    file_number : int
        Which file of the shop this is, from 1; it sets the landing time.
    paces : sequence of Pace, optional
        The paces of the shop's clock, if any were set.

    Returns
    -------
    list of Order
        The same list for the same numbers and paces.
    """
    # A generator for each file: what lands does not depend on how many orders earlier files had.
    dice = random.Random(f"medallion shop, seed {seed}, file {file_number}")
    now = landing_time(file_number, paces)
    return [
        Order(
            order_id=str(uuid.UUID(int=dice.getrandbits(128), version=4)),
            customer_id=dice.choice(CUSTOMER_IDS),
            product_id=dice.choice(PRODUCT_IDS),
            quantity=dice.randint(1, 5),
            order_timestamp=(now - timedelta(seconds=dice.randint(0, 3600))).strftime("%Y-%m-%d %H:%M:%S"),
        )
        for _ in range(count)
    ]


def as_json_lines(orders: Iterable[Order]) -> list[str]:
    """Return each order as one line of JSON, without the line's end."""
    return [json.dumps(asdict(order)) for order in orders]
