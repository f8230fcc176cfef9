"""Orders of files that landed before, to be sent again.

Term: at-least-once.
Taught in: book/layers/silver.ipynb.
"""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medallion_lab.shop.orders import CUSTOMER_IDS, PRODUCT_IDS, Order

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


@dataclass(frozen=True)
class EarlierOrder:
    """An order that has landed without a fault that would keep it from silver.

    Attributes
    ----------
    order : Order
        What its line says.
    line : str
        The line itself, without the line's end.
    file : str
        The name of the file.
    """

    order: Order
    line: str
    file: str


def earlier_orders(files: list[Path], *, dice: random.Random, before: str) -> Iterator[EarlierOrder]:
    """Give orders of landed files in random order, each order id once.

    Parameters
    ----------
    files : list of Path
        The files; each is read when the dice first fall on it.
    dice : random.Random
        The same dice over the same files give the same orders.
    before : str
        Only orders whose timestamp is smaller.
    """
    waiting, lines, seen = list(files), {}, set()
    while waiting:
        path = dice.choice(waiting)
        if path not in lines:
            lines[path] = path.read_text(encoding="utf-8", errors="replace").split("\n")
            dice.shuffle(lines[path])
        if not lines[path]:
            waiting.remove(path)
            continue
        line = lines[path].pop()
        order = _faultless(line)
        if order and order.order_timestamp < before and order.order_id not in seen:
            seen.add(order.order_id)
            yield EarlierOrder(order, line, path.name)


def _faultless(line: str) -> Order | None:
    try:
        order = Order(**json.loads(line))
    except (ValueError, TypeError):
        return None
    texts = isinstance(order.order_id, str) and isinstance(order.order_timestamp, str)
    numbers = all(type(number) is int for number in (order.customer_id, order.product_id, order.quantity))
    is_faultless = (
        texts
        and numbers
        and UUID.fullmatch(order.order_id)
        and TIME.fullmatch(order.order_timestamp)
        and order.customer_id in CUSTOMER_IDS
        and order.product_id in PRODUCT_IDS
        and order.quantity > 0
    )
    return order if is_faultless else None
