"""The introduction's exercises: where each line of a file ends, what a join loses, what orders bring in.

Term: conservation.
Taught in: book/exercises/introduction.ipynb.
"""

from collections import Counter
from random import Random

from medallion_lab.classroom.exercise import Given, exercise, frame
from medallion_lab.lab import Lab
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS

LINE = '{{"order_id": "A{}", "customer_id": {}, "product_id": 101, "quantity": {}, "order_timestamp": "{}"}}'


@exercise()
def predict(lab: Lab, dice: Random) -> Given:
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
def repair(lab: Lab, dice: Random) -> Given:
    """Orders as bronze has them: one of nobody known, one with a word, two sent twice."""
    rows: list[tuple] = [(f"A{n}", dice.choice(CUSTOMERS), dice.randint(2, 9)) for n in range(5)]
    rows += [("B1", (99, "", None), dice.randint(2, 9)), ("B2", dice.choice(CUSTOMERS), None), *rows[:2]]
    texts = [(order, str(customer[0]), str(pieces or "three")) for order, customer, pieces in rows]
    orders = frame(lab, texts, "order_id STRING, customer_id STRING, quantity STRING")

    def right(**mistake: bool) -> list[dict]:
        made, unknown = Counter(mistake), None if mistake.get("unknown_stays_null") else "unknown"
        word = 0 if made["words_are_zero"] else 1 if made["words_are_one"] else None
        return [
            {"order_id": order, "region": region or unknown, "quantity": pieces or word}
            for order, (_, _, region), pieces in (dict.fromkeys(rows) if made["copies_are_dropped"] else rows)
            if (region or not made["unknown_is_lost"]) and (pieces or not made["words_are_lost"])
        ]

    return Given((orders,), lambda place: place(orders, customers=lab.spark.table("customers")), right)


@exercise("product_name")
def build(lab: Lab, dice: Random) -> Given:
    """Silver rows to sum up by product: copies, equal orders, orders without a quantity."""
    (one, two, other), same = dice.sample(PRODUCTS, 3), dice.randint(2, 9)
    rows: list[tuple] = [(name, one, same, hour) for name, hour in zip("AABB", (8, 8, 8, 9), strict=True)]
    rows += [("C", two, same, 8), ("D", two, None, 8), ("E", other, None, 9), ("F", one, same + 1, 9)]
    texts = [(order, product[0], pieces, hour) for order, product, pieces, hour in rows]
    orders = frame(lab, texts, "order_id STRING, product_id BIGINT, quantity INT, load_hour INT")

    def right(**mistake: bool) -> list[dict]:
        made, nothing = Counter(mistake), None if mistake.get("nothing_stays_null") else 0
        part = slice(1, 3) if made["equal_ones_are_merged"] else slice(4 if made["whole_rows_differ"] else 1)
        kept = rows if made["copies_count"] else {row[part]: row for row in rows}.values()
        brought = Counter({name: 0 for _, name, _ in PRODUCTS} if made["unsold_are_shown"] else {})
        for _, (_, name, price), pieces, _ in kept:
            brought[name] += (pieces or 0) * (1 if made["pieces_are_summed"] else price)
        return [{"product_name": name, "revenue": total or nothing} for name, total in brought.items()]

    return Given((orders,), lambda total: total(orders, products=lab.spark.table("products")), right)
