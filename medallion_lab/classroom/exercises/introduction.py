"""The introduction's exercises: where each line of a file ends, what a join loses, what orders bring in.

Term: conservation.
Taught in: book/exercises/introduction.ipynb.
"""

from collections import Counter
from decimal import Decimal

from medallion_lab.classroom.exercise import Dice, Given, exercise, frame
from medallion_lab.lab import Lab
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS

REGIONS = ("North", "South", "East", "West")
LINE = '{{"order_id": "A{}", "customer_id": {}, "product_id": 101, "quantity": {}, "order_timestamp": "{}"}}'


@exercise()
def predict(lab: Lab, dice: Dice) -> Given:
    """One file of lines, good and bad, and what the simple pipeline makes of them."""
    one, two, sent, cut_off = *dice.sample(range(2, 10), 2), dice.randint(2, 4), dice.randint(1, 3)
    rows = [*[(1, 4, one)] * sent, (2, 4, f'{two}, "coupon": "SPRING"'), (3, 4, '"three"'), (4, 99, 2)]
    lines = [LINE.format(*row, "2026-03-03 10:00:00") for row in rows]

    def right(**mistake: bool) -> dict[str, int]:
        made = Counter(mistake)
        broken = made["blank_lines_count"] + (0 if made["broken_lines_are_lost"] else cut_off)
        kept, stranger = 1 if made["copies_are_dropped"] else sent, 1 - made["strangers_are_lost"]
        return {
            "rows in bronze": 3 + sent + broken,
            "rows with rescued data": 1 + broken - made["coupons_are_lost"] + made["words_are_rescued"],
            "rows in silver": 2 + kept + stranger + broken - made["words_are_refused"],
            "rows without a region": stranger + broken,
            "rows in gold": 1 + stranger + bool(broken) - made["nulls_are_one_row"],
            "pieces of the West in gold": one * kept + (0 if made["coupons_spoil_an_order"] else two),
        }

    lines += ["", *(lines[0][: 30 + number] for number in range(cut_off))]
    return Given((lines,), lambda answers: answers, right)


@exercise("order_id")
def repair(lab: Lab, dice: Dice) -> Given:
    """Orders as bronze has them: one of nobody known, one with a word, two sent twice."""
    moved, stranger, word = (dice.unlike(one) for one in (range(4), range(90, 99), ("three", "many", "ten")))
    lived = [(key, REGIONS[(key + moved) % 4]) for key, _, _ in CUSTOMERS]
    ids = [f"{letter}{dice.randint(100, 999)}" for letter in "ABCDEFG"]
    rows: list[tuple] = [(name, *dice.choice(lived), dice.randint(2, 30)) for name in ids]
    rows[5:] = [(ids[5], stranger, None, rows[5][3]), (*rows[6][:3], None), *rows[:2]]
    texts = [(order, str(customer), str(pieces or word)) for order, customer, _, pieces in rows]
    orders = frame(lab, texts, "order_id STRING, customer_id STRING, quantity STRING")
    customers = frame(lab, lived, "customer_id BIGINT, region STRING")

    def right(**mistake: bool) -> list[dict]:
        made, unknown = Counter(mistake), None if mistake.get("unknown_stays_null") else "unknown"
        word = 0 if made["words_are_zero"] else 1 if made["words_are_one"] else None
        return [
            {"order_id": order, "region": region or unknown, "quantity": pieces or word}
            for order, _, region, pieces in (dict.fromkeys(rows) if made["copies_are_dropped"] else rows)
            if (region or not made["unknown_is_lost"]) and (pieces or not made["words_are_lost"])
        ]

    return Given((orders, customers), lambda place: place(orders, customers=customers), right)


@exercise("product_name")
def build(lab: Lab, dice: Dice) -> Given:
    """Silver rows to sum up by product: copies, equal orders, orders without a quantity; and prices."""
    # Of such cents less than a hundred pieces make no whole dollars.
    cents = dice.unlike((13, 27, 39, 51, 67, 89, 93))
    prices = [(key, name, price + Decimal(cents) / 100) for key, name, price in PRODUCTS]
    (one, two, other), same = dice.sample(prices, 3), dice.randint(2, 9)
    a, b, c, d, e, f = (f"{letter}{dice.randint(100, 999)}" for letter in "ABCDEF")
    rows: list[tuple] = [(a, one, same, 8), (a, one, same, 8), (b, one, same, 8), (b, one, same, 9)]
    rows += [(c, two, same, 8), (d, two, None, 8), (e, other, None, 9), (f, one, same + 1, 9)]
    texts = [(order, product[0], pieces, hour) for order, product, pieces, hour in rows]
    orders = frame(lab, texts, "order_id STRING, product_id BIGINT, quantity INT, load_hour INT")
    products = frame(lab, prices, "product_id BIGINT, product_name STRING, unit_price DECIMAL(8, 2)")

    def right(**mistake: bool) -> list[dict]:
        made, nothing = Counter(mistake), None if mistake.get("nothing_stays_null") else 0
        part = slice(1, 3) if made["equal_ones_are_merged"] else slice(4 if made["whole_rows_differ"] else 1)
        kept = rows if made["copies_count"] else {row[part]: row for row in rows}.values()
        brought: Counter[str] = Counter(
            {name: 0 for _, name, _ in prices} if made["unsold_are_shown"] else {}
        )
        for _, (_, name, price), pieces, _ in kept:
            brought[name] += (pieces or 0) * (1 if made["pieces_are_summed"] else price)
        return [{"product_name": name, "revenue": total or nothing} for name, total in brought.items()]

    return Given((orders, products), lambda total: total(orders, products=products), right)
