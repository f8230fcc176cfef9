"""Plant faults among the orders of one file, and say where each one is.

An order has one fault at most, so that every line of the answer key has one answer. The dice are those of
this seed and this file: which faults earlier files had makes no difference to the orders of this one.
Term: fault injection.
Taught in: book/layers/silver.ipynb.
"""

import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from numbers import Integral, Real
from typing import Any, TypeGuard

from medallion_lab.errors import FaultError
from medallion_lab.shop.answer_key import PlantedFault
from medallion_lab.shop.clock import Pace, landing_time
from medallion_lab.shop.earlier import EarlierOrder
from medallion_lab.shop.faults import CHANGES, FAULTS, TIME_FORMAT, Fields
from medallion_lab.shop.orders import Order, as_json_lines

WHOLE_FILE = "redelivered_file"
FROM_EARLIER_FILES = ("duplicate_of_earlier_file", "correction")
NAMES = tuple(fault.name for fault in FAULTS)

PlantedLine = tuple[str, PlantedFault | None]


def fault_dice(*, seed: int, file_number: int) -> random.Random:
    """Return the dice for the faults of one file; its orders have dice of their own."""
    return random.Random(f"medallion shop, faults, seed {seed}, file {file_number}")


def check_faults(faults: Mapping[str, float], *, order_count: int) -> None:
    """Refuse faults that cannot be planted among so many orders.

    Parameters
    ----------
    faults : mapping of str to int or float
        A fault's name -> how many orders get it (int), or with which probability each order does (float).
    order_count : int
        How many orders the file has.

    Raises
    ------
    FaultError
        If a name is unknown, a number makes no sense, or the numbers add up to more than the orders.
    """
    if not isinstance(faults, Mapping):
        raise FaultError(
            got=f"faults as a {type(faults).__name__}",
            needed="a dict of names and numbers",
            next_step='write faults={"late": 0.05, "duplicate_in_file": 2}',
        )
    for name, amount in faults.items():
        _check_one(name, amount)
    counted = sum(amount for name, amount in faults.items() if _is_count(amount) and name != WHOLE_FILE)
    if counted > order_count:
        raise FaultError(
            got=f"{counted:,} faults for {order_count:,} orders",
            needed="no more faults than orders: each order gets one at most",
            next_step=f"land {counted:,} orders or more, or ask for fewer faults",
        )
    rates = math.fsum(
        amount for name, amount in faults.items() if not _is_count(amount) and name != WHOLE_FILE
    )
    # Ten times 0.1 may come to a trifle more than 1.
    if rates > 1 + 1e-9:
        raise FaultError(
            got=f"rates that add up to {rates:g}",
            needed="1.0 at most: each order gets one fault at most",
            next_step="lower some of them",
        )


def plant_faults(
    orders: list[Order],
    faults: Mapping[str, float],
    *,
    file_number: int,
    file_name: str,
    dice: random.Random,
    earlier: Iterator[EarlierOrder],
    paces: Sequence[Pace] = (),
) -> tuple[list[str], list[PlantedFault]]:
    """Return the lines of a file with faults in it, and its part of the answer key.

    Parameters
    ----------
    orders : list of Order
        What was ordered.
    faults : mapping of str to int or float
        As for ``check_faults``, which has accepted them. A count is met exactly; a rate is each remaining
        order's chance, and where it needs earlier orders and there are none, nothing is planted.
    file_number, file_name
        Which file this will be.
    dice : random.Random
        From ``fault_dice``.
    earlier : iterator of EarlierOrder
        Orders of files that landed before, for those that are sent again.
    paces : sequence of Pace, optional
        The paces of the shop's clock, if any were set.

    Raises
    ------
    FaultError
        If a count asks for more earlier orders than there are.
    """
    lines: list[PlantedLine] = []
    sent_again: list[PlantedLine] = []
    chosen = _choose(faults, len(orders), dice)
    now = landing_time(file_number, paces)
    for place, (order, line) in enumerate(zip(orders, as_json_lines(orders), strict=True)):
        fault = PlantedFault(file_name, 0, chosen.get(place, ""), order.order_id)
        if fault.fault in FROM_EARLIER_FILES:
            if before := next(earlier, None):
                sent_again.append(_send_again(before, fault, dice, now=now))
            elif _is_count(faults[fault.fault]):
                raise _nothing_earlier(fault.fault, faults)
        elif fault.fault == "duplicate_in_file":
            sent_again.append((line, replace(fault, copy_of=file_name)))
        elif fault.fault:
            lines.append(_spoil(order, line, fault, dice))
            continue
        lines.append((line, None))
    for again in sent_again:
        lines.insert(dice.randint(0, len(lines)), again)
    planted = [replace(fault, line=number) for number, (_, fault) in enumerate(lines, start=1) if fault]
    return [line for line, _ in lines], planted


def is_redelivered(faults: Mapping[str, float], *, dice: random.Random) -> bool:
    """Throw the dice over whether the whole file is sent once more."""
    return dice.random() < faults.get(WHOLE_FILE, 0)


def _choose(faults: Mapping[str, float], order_count: int, dice: random.Random) -> dict[int, str]:
    """Give orders, by their place, a fault each: first the counts, then the rates among those left."""
    left = dice.sample(range(order_count), order_count)
    # In the order of FAULTS: how a reader orders the dict must make no difference.
    asked = {name: faults[name] for name in NAMES if name in faults and name != WHOLE_FILE}
    chosen = {left.pop(): name for name, amount in asked.items() if _is_count(amount) for _ in range(amount)}
    for place in left:
        roll = dice.random()
        for name, rate in asked.items():
            if _is_count(rate):
                continue
            if roll < rate:
                chosen[place] = name
                break
            roll -= rate
    return chosen


def _spoil(order: Order, line: str, fault: PlantedFault, dice: random.Random) -> PlantedLine:
    if fault.fault == "malformed_line":
        cut = line[: dice.randint(1, len(line) - 1)]
        return cut, replace(fault, was={"line": line}, became={"line": cut})
    return _changed(asdict(order), CHANGES[fault.fault](asdict(order), dice), fault)


def _send_again(
    before: EarlierOrder, fault: PlantedFault, dice: random.Random, *, now: datetime
) -> PlantedLine:
    fault = replace(fault, order_id=before.order.order_id, copy_of=before.file)
    if fault.fault != "correction":
        return before.line, fault
    old = asdict(before.order)
    when = now - timedelta(seconds=dice.randint(0, 3600))
    quantity = dice.choice([number for number in range(1, 6) if number != old["quantity"]])
    new = old | {"quantity": quantity, "order_timestamp": when.strftime(TIME_FORMAT)}
    return _changed(old, new, fault)


def _changed(old: Fields, new: Fields, fault: PlantedFault) -> PlantedLine:
    # As JSON, because for Python 3 and 3.0 are equal.
    was = {name: value for name, value in old.items() if _json_of(new, name) != json.dumps(value)}
    became = {name: value for name, value in new.items() if _json_of(old, name) != json.dumps(value)}
    return json.dumps(new), replace(fault, was=was, became=became)


def _json_of(fields: Fields, name: str) -> str | None:
    return json.dumps(fields[name]) if name in fields else None


def _is_count(amount: float) -> TypeGuard[int]:
    return isinstance(amount, Integral)


def _check_one(name: str, amount: Any) -> None:
    if name not in NAMES:
        raise FaultError(
            got=f"the fault {name!r}",
            needed=f"one of {', '.join(NAMES)}",
            next_step="choose one; FAULTS in medallion_lab.shop.faults says what each one means",
        )
    # To Python True is a 1.
    is_number = isinstance(amount, Real) and not isinstance(amount, bool)
    if not is_number or not 0 <= amount <= (math.inf if _is_count(amount) else 1):
        raise FaultError(
            got=f"{name}={amount!r}",
            needed="a count such as 2, or a rate from 0.0 to 1.0",
            next_step="write 5 for five orders, 0.05 for one order in twenty",
        )
    if name == WHOLE_FILE and amount > 1:
        raise FaultError(
            got=f"{name}={amount}",
            needed="0 or 1: land() makes one file, which can be sent once more",
            next_step="call shop.land_again(file) for each time more",
        )


def _nothing_earlier(name: str, faults: Mapping[str, float]) -> FaultError:
    needed = sum(faults.get(other, 0) for other in FROM_EARLIER_FILES if _is_count(faults.get(other, 0)))
    return FaultError(
        got=f"{name}={faults[name]}, and too few orders in earlier files",
        needed=f"{needed} faultless orders that landed before this file",
        next_step="land a file or two without faults first",
    )
