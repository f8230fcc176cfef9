"""What silver, quarantine and gold must hold, worked out from the landed files alone, in plain Python.

It goes through the records one after another and is written to be checked by eye, not to be quick.
Terms: oracle, silver.
Taught in: book/layers/silver.ipynb.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from medallion_lab.observe.judgement import PRICES, REGIONS, Record, judge_landed
from medallion_lab.shop.catalogue import PRODUCTS

PRODUCT_NAMES = {product_id: name for product_id, name, _ in PRODUCTS}


@dataclass(frozen=True)
class Expected:
    """What the tables must hold.

    Attributes
    ----------
    records, valid, duplicates : int
        Landed records; those that break no rule; valid ones that are not the only one of their order.
    silver, gold_sales, gold_revenue, gold_customer_features : list of dict
        The rows by column name, in order of their keys; silver without ``load_time``.
    quarantine : list of Record
        The records that break a rule, in order of landing.
    """

    records: int
    valid: int
    duplicates: int
    silver: list[dict[str, Any]]
    quarantine: list[Record]
    gold_sales: list[dict[str, Any]]
    gold_revenue: list[dict[str, Any]]
    gold_customer_features: list[dict[str, Any]]


def recompute(files: Iterable[Path]) -> Expected:
    """Work out what silver, quarantine and gold must hold, from the landed files alone.

    Parameters
    ----------
    files : iterable of Path
        Every file that has landed, wherever it lies now.
    """
    return work_out(judge_landed(files))


def work_out(records: list[Record]) -> Expected:
    """Work out the same from records that are judged already."""
    valid = [record for record in records if record.is_valid]
    by_order = _grouped(valid, lambda record: record.order_id)
    silver = [_silver_row(max(same, key=lambda record: record.rank)) for _, same in by_order]
    return Expected(
        records=len(records),
        valid=len(valid),
        duplicates=len(valid) - len(silver),
        silver=silver,
        quarantine=[record for record in records if not record.is_valid],
        gold_sales=[
            {"region": region, "order_date": day, "total_quantity": _pieces(orders)}
            for (region, day), orders in _grouped(silver, itemgetter("region", "order_date"))
        ],
        gold_revenue=[
            {
                "region": region,
                "order_date": day,
                "product_id": product_id,
                "product_name": PRODUCT_NAMES[product_id],
                "orders": len(orders),
                "total_quantity": _pieces(orders),
                "revenue": _dollars(orders),
            }
            for (region, day, product_id), orders in _grouped(
                silver, itemgetter("region", "order_date", "product_id")
            )
        ],
        gold_customer_features=[
            {
                "customer_id": customer_id,
                "region": REGIONS[customer_id],
                "orders": len(orders),
                "total_quantity": _pieces(orders),
                "revenue": _dollars(orders),
                "products": len({order["product_id"] for order in orders}),
                "first_order_date": min(order["order_date"] for order in orders),
                "last_order_date": max(order["order_date"] for order in orders),
            }
            for customer_id, orders in _grouped(silver, itemgetter("customer_id"))
        ],
    )


def _silver_row(record: Record) -> dict[str, Any]:
    moment, customer_id, product_id, quantity = record.rank
    return {
        "order_id": record.order_id,
        "customer_id": customer_id,
        "region": REGIONS[customer_id],
        "product_id": product_id,
        "quantity": quantity,
        "order_timestamp": moment,
        "order_date": moment.date(),
    }


def _grouped(rows: list[Any], key: Callable[[Any], Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Give each value of the key, in order, with its rows in the order in which they came."""
    for value, group in groupby(sorted(rows, key=key), key=key):
        yield value, list(group)


def _pieces(orders: list[dict[str, Any]]) -> int:
    return sum(order["quantity"] for order in orders)


def _dollars(orders: list[dict[str, Any]]) -> int:
    return sum(order["quantity"] * PRICES[order["product_id"]] for order in orders)
