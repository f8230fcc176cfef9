"""Silver's exercises: what counts as one order, what loses rows, what decides between copies.

Term: silver.
Taught in: book/exercises/silver.ipynb.
"""

from collections import Counter
from functools import partial
from typing import Any

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab
from medallion_lab.shop.catalogue import CUSTOMERS

SPACES = ("", " ", "\u00a0", "\t")


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """Seven rows of bronze, and what exact silver makes of them."""
    a, b, c = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abc")
    newest, with_offset, in_capitals = dice.sample(range(2, 9), 3)
    arrivals = [
        (1, a, "4", f"{newest}", "2026-03-02 10:00:00"),
        (1, a, "4", f"{with_offset}.0", "2026-03-02T10:30:00+01:00"),
        (1, b, "4", "three", "2026-03-02 10:05:00"),
        (2, a.upper(), "4", f"{in_capitals}", "2026-03-02 09:00:00"),
        (2, b, "99", "0", "2026-03-02 10:06:00"),
        (2, b, "4", "3", "2026-03-02 10:05:00"),
        (2, c, "7 ", "+1", "03.03.2026 08:00:00"),
    ]
    return Given((arrivals,), lambda answers: answers, partial(_ends, newest, with_offset, in_capitals))


def _ends(newest: int, with_offset: int, in_capitals: int, **mistake: bool) -> dict[str, Any]:
    """Six rows are of a and b: three copies of a, then b with a word, of nobody, and as it should be."""
    orders = 3 + mistake.get("capitals_count", 0) - mistake.get("other_forms_are_refused", 0)
    refused = 2 + mistake.get("other_forms_are_refused", 0)
    kept = with_offset if mistake.get("offset_is_unread") else newest
    kept = in_capitals if mistake.get("last_one_wins") else kept
    return {
        "rows in silver": orders,
        "rows in quarantine": refused,
        "duplicates": 7 - orders - (0 if mistake.get("refused_is_a_duplicate") else refused),
        "rules broken by customer 99's row": 1 if mistake.get("one_reason_is_enough") else 2,
        "quantity of a": kept,
        "quantity of a, micro-batches the other way round": in_capitals
        if mistake.get("first_one_wins")
        else kept,
        "the same, with an insert-only MERGE": kept if mistake.get("merge_compares") else in_capitals,
    }


@exercise("region")
def repair(lab: Lab, dice: Dice) -> Given:
    """Orders by region, of customers who have moved; what is not positive goes to quarantine."""
    sold: list[tuple[int, int | None]] = [(dice.choice(CUSTOMERS)[0], dice.randint(1, 5)) for _ in range(8)]
    year, stranger = dice.unlike(range(2010, 2026)), dice.unlike(range(90, 99))
    # By name, Islands and Harbour stand before each of the other three regions.
    away = dice.unlike([key for key, _, region in CUSTOMERS if region in ("North", "South")])
    back = dice.unlike([key for key, _, region in CUSTOMERS if region == "West"])
    sold += [(away, 2), (back, 3), (away, None), (1, None), (2, 0), (3, -1), (stranger, 2)]
    lived = [(key, region, f"{year}-01-01") for key, _, region in CUSTOMERS]
    lived += [(away, "Islands", f"{year + 1}-01-01"), (back, "Harbour", f"{year - 1}-01-01")]
    orders = frame(lab, sold, "customer_id INT, quantity INT")
    customers = frame(lab, lived, "customer_id INT, region STRING, since STRING")
    return Given(
        (orders, customers),
        lambda count: count(orders, customers=customers),
        partial(_by_region, sold, lived),
    )


def _by_region(sold: list, lived: list, **mistake: bool) -> list[dict[str, Any]]:
    found: Counter[str] = Counter()
    for customer, quantity in sold:
        as_given = [region for key, region, _ in lived if key == customer]
        regions = [region for key, region, _ in sorted(lived, key=lambda row: row[2]) if key == customer]
        by_name = sorted(as_given)
        regions = as_given[:1] if mistake.get("first_row_counts") else regions
        regions = by_name[:1] if mistake.get("first_name_counts") else regions
        if quantity is None and mistake.get("null_is_lost"):
            continue
        is_good = quantity is not None and quantity > (-1 if mistake.get("zero_is_good") else 0)
        if not is_good:
            found["quarantine"] += 1
        elif mistake.get("every_region_counts"):
            found.update(regions or ["unknown"])
        elif regions or not mistake.get("unknown_is_lost"):
            chosen = regions[0 if mistake.get("oldest_counts") else -1] if regions else "unknown"
            found[chosen] += quantity if mistake.get("pieces_are_summed") else 1
    return [{"region": region, "orders": orders} for region, orders in found.items()]


@exercise("order_id")
def build(lab: Lab, dice: Dice) -> Given:
    """Copies of orders, in both orders of arrival, of which one row each is to be kept."""
    rows, lure = [], dice.randint(50, 99)
    for number in range(8):
        name, day = f"{dice.getrandbits(32):08x}-00", dice.randint(11, 28)
        # Neither the day alone decides nor the hour alone; and the oldest is not always the greatest.
        early = f"2026-03-{day} 09:00:00" if number < 4 else f"2026-03-{day - 1} 23:00:00"
        at = f"2026-03-{day} 10:00:00"
        copies = [
            (name, 2 + number, at),
            (dice.choice(SPACES) + name, 1 if number in (5, 7) else lure, early),
        ]
        copies.append((name.upper() + dice.choice(SPACES), 1 + number if number % 2 else 9 + number, at))
        # Which one comes first says nothing: neither the newest nor, of two of one time, the greater.
        orders_of_arrival = ((0, 1, 2), (0, 1, 2), (2, 1, 0), (1, 0, 2))
        rows += [copies[place] for place in orders_of_arrival[number % 4]]
    orders = frame(lab, rows, "order_id STRING, quantity INT, order_timestamp STRING")
    return Given((orders,), lambda keep: keep(orders), partial(_newest, rows))


def _newest(rows: list, **mistake: bool) -> list[dict[str, Any]]:
    kept: dict[str, tuple] = {}
    stays = mistake.get("first_one_stays") or mistake.get("a_sort_decides")
    if mistake.get("a_sort_decides"):
        rows = sorted(rows, key=lambda row: (row[2], row[1]))
    for name, quantity, at in rows:
        bare = name.strip(" ") if mistake.get("only_plain_spaces") else name.strip(" \u00a0\t")
        bare = name.strip(" \u00a0\t") if mistake.get("capitals_stay") else bare.lower()
        bare = name if mistake.get("ids_as_they_came") else bare
        rank: tuple = (quantity, at) if mistake.get("greatest_first") else (at, quantity)
        rank = (at, -quantity) if mistake.get("smallest_at_a_tie") else rank
        rank = (at, str(quantity)) if mistake.get("quantities_are_texts") else rank
        rank = (at,) if mistake.get("luck_at_a_tie") else rank
        rank = (at[:10], quantity) if mistake.get("days_are_compared") else rank
        if bare not in kept or (rank > kept[bare][0] and not stays):
            kept[bare] = (rank, quantity, at)
    return [
        {"order_id": name, "quantity": quantity, "order_timestamp": at}
        for name, (_, quantity, at) in kept.items()
    ]
