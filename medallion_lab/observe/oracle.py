"""Silver, quarantine and gold, worked out a second time: from the landed files, in plain Python.

It shares no code with the layers, so a mistake would have to be made twice to stay unseen. It goes through
the records one after another and is written to be checked by eye, not to be quick.
Term: oracle.
Taught in: book/layers/silver.ipynb.
"""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab.observe.landed import Line, landed_files, pick, read_lines
from medallion_lab.runtime.workspace import (
    DATABASE,
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS

REGIONS = {customer_id: region for customer_id, _, region in CUSTOMERS}
PRODUCT_NAMES = {product_id: name for product_id, name, _ in PRODUCTS}
PRICES = {product_id: price for product_id, _, price in PRODUCTS}

# The characters around a value that say nothing; the last one is the no-break space.
SPACES = " \t\r\n\u00a0"
NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?")
UUID = re.compile("-".join(f"[0-9a-f]{{{length}}}" for length in (8, 4, 4, 4, 12)))
YEAR, TWO = "[12][0-9]{3}", "[0-9]{2}"
TIMES = (
    re.compile(rf"(?P<y>{YEAR})-(?P<m>{TWO})-(?P<d>{TWO}) (?P<clock>{TWO}:{TWO}:{TWO})"),
    re.compile(
        rf"(?P<y>{YEAR})-(?P<m>{TWO})-(?P<d>{TWO})T(?P<clock>{TWO}:{TWO}:{TWO})"
        r"(?P<zone>Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
    ),
    re.compile(rf"(?P<d>{TWO})\.(?P<m>{TWO})\.(?P<y>{YEAR}) (?P<clock>{TWO}:{TWO}:{TWO})"),
)
SECONDS = re.compile("[0-9]{10}")
EPOCH = datetime(1970, 1, 1)
FIRST_PLAUSIBLE, TOO_LATE = datetime(2020, 1, 1), datetime(2100, 1, 1)

COLUMNS = {
    SILVER_TABLE: {
        "order_id": "string",
        "customer_id": "bigint",
        "region": "string",
        "product_id": "bigint",
        "quantity": "int",
        "order_timestamp": "timestamp",
        "order_date": "date",
    },
    QUARANTINE_TABLE: {"input_file": "string", "failed_rules": "array<string>"},
    GOLD_TABLE: {"region": "string", "order_date": "date", "total_quantity": "bigint"},
    GOLD_REVENUE_TABLE: {
        "region": "string",
        "order_date": "date",
        "product_id": "bigint",
        "product_name": "string",
        "orders": "bigint",
        "total_quantity": "bigint",
        "revenue": "bigint",
    },
    GOLD_FEATURES_TABLE: {
        "customer_id": "bigint",
        "region": "string",
        "orders": "bigint",
        "total_quantity": "bigint",
        "revenue": "bigint",
        "products": "bigint",
        "first_order_date": "date",
        "last_order_date": "date",
    },
}
"""The columns that are compared, with their types. Not the load time: it says when a run was, not what."""

KEYS = {
    SILVER_TABLE: ("order_id",),
    GOLD_TABLE: ("region", "order_date"),
    GOLD_REVENUE_TABLE: ("region", "order_date", "product_id"),
    GOLD_FEATURES_TABLE: ("customer_id",),
}
MOST_SHOWN = 20
MOST_PLACES = 10


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


@dataclass(frozen=True)
class Difference:
    """One thing that a table says otherwise; ``expected`` is what the landed files say."""

    table: str
    key: str
    what: str
    expected: str
    found: str


@dataclass(frozen=True, repr=False)
class Differences:
    """The result of a comparison. It counts as true when there is no difference, so that ``assert`` takes it.

    Attributes
    ----------
    rows : tuple of Difference
        Every difference, table by table.
    compared : tuple of str
        The tables that were looked at.
    """

    rows: tuple[Difference, ...]
    compared: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.rows

    def __repr__(self) -> str:
        shown = [astuple(row) for row in self.rows[:MOST_SHOWN]]
        return "\n".join([self._headline(), *_text_table(_header(), shown), *self._rest()])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in _header())
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in astuple(row))}</tr>"
            for row in self.rows[:MOST_SHOWN]
        )
        table = (
            f'<div class="medallion-scroll"><table class="medallion-table">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self._rest())
        return f"<p>{html.escape(self._headline())}</p>{table if self.rows else ''}{said}"

    def _headline(self) -> str:
        names = ", ".join(self.compared)
        if not self.rows:
            return f"equal, row by row, to what the landed files say: {names}"
        return f"{len(self.rows)} {_plural('difference', len(self.rows))} from what the landed files say"

    def _rest(self) -> list[str]:
        more = len(self.rows) - MOST_SHOWN
        return [f"and {more} more"] if more > 0 else []


def judge_landed(files: Iterable[Path]) -> list[Record]:
    """Return every record of these files, cleansed and judged, in the order in which it stands there."""
    return [judge(line) for line in read_lines(files)]


def judge(line: Line) -> Record:
    """Cleanse one record and name every rule that it breaks; what cannot be judged counts as broken."""
    # Auto Loader keeps such a record whole, because its names would hide what was rescued; the columns stand.
    hides = bool(line.fields) and not RESERVED.isdisjoint(line.fields)
    fields = {name: line.fields.get(name) for name in _ORDER} if hides else line.fields
    found = {name: _trim(pick(fields, name)) if fields else None for name in _ORDER}
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


RESERVED = {"_file_path", "_corrupt_record"}
_ORDER = ("order_id", "customer_id", "product_id", "quantity", "order_timestamp")


def read_number(text: str | None, *, bits: int) -> int | None:
    """Return the whole number that this text is, or None; one that takes more bits than these is none.

    A sign, commas between thousands and a fraction of zeros are allowed: ``+1,200.0`` is 1200.
    """
    match = NUMBER.fullmatch(text or "")
    if not match:
        return None
    sign, digits = match[1], match[2].replace(",", "").lstrip("0") or "0"
    # No number of 64 bits has more digits; Python refuses to read one of thousands.
    if len(digits) > 19:
        return None
    number = int(sign + digits)
    return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else None


def read_time(text: str | None) -> datetime | None:
    """Return the moment in UTC, without a zone, that this text is, or None.

    Five ways to write one are known: ``2026-03-02 15:04:05``, ``2026-03-02T15:04:05Z``,
    ``2026-03-02T15:04:05+01:00``, ``02.03.2026 15:04:05`` and ten digits, the seconds since 1970.
    """
    text = text or ""
    if SECONDS.fullmatch(text):
        return EPOCH + timedelta(seconds=int(text))
    for known in TIMES:
        if match := known.fullmatch(text):
            return _moment(**match.groupdict())
    return None


def _moment(y: str, m: str, d: str, clock: str, zone: str = "Z") -> datetime | None:
    try:
        local = datetime(int(y), int(m), int(d), *map(int, clock.split(":")))
    except ValueError:
        # The 30th of February, or 25 o'clock.
        return None
    if zone == "Z":
        return local
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return local - ahead if zone[0] == "+" else local + ahead


def _trim(text: str | None) -> str | None:
    return (text.strip(SPACES) or None) if text is not None else None


def recompute(files: Iterable[Path]) -> Expected:
    """Work out what silver, quarantine and gold must hold, from the landed files alone.

    Parameters
    ----------
    files : iterable of Path
        Every file that has landed, wherever it lies now.
    """
    records = judge_landed(files)
    valid = [record for record in records if record.is_valid]
    winners: dict[str, Record] = {}
    for record in valid:
        known = winners.setdefault(record.order_id, record)
        if record.rank > known.rank:
            winners[record.order_id] = record
    silver = [_silver_row(winners[order_id]) for order_id in sorted(winners)]
    return Expected(
        records=len(records),
        valid=len(valid),
        duplicates=len(valid) - len(winners),
        silver=silver,
        quarantine=[record for record in records if not record.is_valid],
        gold_sales=[
            {"region": region, "order_date": day, "total_quantity": _pieces(orders)}
            for (region, day), orders in _grouped(silver, "region", "order_date")
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
            for (region, day, product_id), orders in _grouped(silver, "region", "order_date", "product_id")
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
            for (customer_id,), orders in _grouped(silver, "customer_id")
        ],
    )


def _silver_row(record: Record) -> dict[str, Any]:
    return {
        "order_id": record.order_id,
        "customer_id": record.customer_id,
        "region": REGIONS[record.customer_id],
        "product_id": record.product_id,
        "quantity": record.quantity,
        "order_timestamp": record.order_timestamp,
        "order_date": record.order_timestamp.date(),
    }


def _grouped(
    orders: list[dict[str, Any]], *names: str
) -> Iterator[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    def key(order: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(order[name] for name in names)

    for values, group in groupby(sorted(orders, key=key), key=key):
        yield values, list(group)


def _pieces(orders: list[dict[str, Any]]) -> int:
    return sum(order["quantity"] for order in orders)


def _dollars(orders: list[dict[str, Any]]) -> int:
    return sum(order["quantity"] * PRICES[order["product_id"]] for order in orders)


def compare(
    spark: SparkSession,
    workspace: Workspace,
    *,
    files: Iterable[Path] | None = None,
    tables: Sequence[str] = tuple(COLUMNS),
) -> Differences:
    """Compare what the tables hold, row by row, with what the landed files say.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``. Let its streams catch up first.
    workspace : Workspace
        Where the files landed.
    files : iterable of Path, optional
        Every file that has landed, if some were moved away since; by default those in the landing folder.
    tables : sequence of str
        Which tables to compare; by default silver, quarantine and the three of gold. Silver is compared
        without its load time; quarantine by the file and the broken rules of its rows.

    Returns
    -------
    Differences
        True when there is none. A table that does not exist is a difference too.
    """
    expected = recompute(landed_files(workspace) if files is None else files)
    rows: list[Difference] = []
    for table in tables:
        problem = _unreadable(spark, table)
        if problem:
            rows += problem
        elif table == QUARANTINE_TABLE:
            rows += _compare_quarantine(expected.quarantine, _read(spark, table))
        else:
            rows += _compare_rows(table, _expected_rows(expected, table), _read(spark, table))
    return Differences(tuple(rows), tuple(tables))


def _expected_rows(expected: Expected, table: str) -> list[dict[str, Any]]:
    return {
        SILVER_TABLE: expected.silver,
        GOLD_TABLE: expected.gold_sales,
        GOLD_REVENUE_TABLE: expected.gold_revenue,
        GOLD_FEATURES_TABLE: expected.gold_customer_features,
    }[table]


def _unreadable(spark: SparkSession, table: str) -> list[Difference]:
    """Name what keeps a table from being compared: it is not there, or a column is not what it must be."""
    if not spark.catalog.tableExists(f"{DATABASE}.{table}"):
        return [Difference(table, "", "table", "a table", "no such table")]
    found = {field.name: field.dataType.simpleString() for field in spark.table(f"{DATABASE}.{table}").schema}
    return [
        Difference(table, "", f"type of {name}", kind, found.get(name, "no such column"))
        for name, kind in COLUMNS[table].items()
        if found.get(name) != kind
    ]


def _read(spark: SparkSession, table: str) -> list[dict[str, Any]]:
    columns = COLUMNS[table]
    # A timestamp would be collected in this machine's time zone: its number of microseconds has none.
    selected = [
        F.unix_micros(name).alias(name) if kind == "timestamp" else F.col(name)
        for name, kind in columns.items()
    ]
    rows = [row.asDict() for row in spark.table(f"{DATABASE}.{table}").select(*selected).collect()]
    for name in (name for name, kind in columns.items() if kind == "timestamp"):
        for row in rows:
            row[name] = None if row[name] is None else EPOCH + timedelta(microseconds=row[name])
    return rows


def _compare_rows(
    table: str, expected: list[dict[str, Any]], found: list[dict[str, Any]]
) -> list[Difference]:
    names = KEYS[table]
    right = {tuple(row[name] for name in names): row for row in expected}
    held = defaultdict(list)
    for row in found:
        held[tuple(row[name] for name in names)].append(row)
    differences = []
    for key in sorted(right.keys() | held.keys(), key=_shown_key):
        should, rows = right.get(key), held.get(key, [])
        if len(rows) != (should is not None):
            differences.append(
                Difference(table, _shown_key(key), "rows", str(int(should is not None)), str(len(rows)))
            )
        for row in rows if should else []:
            differences += [
                Difference(table, _shown_key(key), name, _shown(should[name]), _shown(row[name]))
                for name in COLUMNS[table]
                if row[name] != should[name]
            ]
    return differences


def _compare_quarantine(expected: list[Record], found: list[dict[str, Any]]) -> list[Difference]:
    lines = defaultdict(list)
    for record in expected:
        lines[record.file, record.failed_rules].append(record.line)
    held = Counter((file_name(row["input_file"]), tuple(row["failed_rules"] or ())) for row in found)
    return [
        Difference(
            QUARANTINE_TABLE,
            file,
            f"rows with failed_rules [{', '.join(map(str, rules))}]",
            f"{len(places)} ({_plural('line', len(places))} {shorten(places)})" if places else "0",
            str(held[file, rules]),
        )
        for file, rules in sorted(lines.keys() | held.keys(), key=_shown_key)
        if held[file, rules] != len(places := lines.get((file, rules), []))
    ]


def file_name(address: str | None) -> str:
    """Return the name of a file from its address in ``input_file``, where a space is written ``%20``."""
    return unquote((address or "no file").rpartition("/")[2])


def shorten(places: Sequence[object]) -> str:
    """List the first ten places, and say how many more there are."""
    more = [f"and {len(places) - MOST_PLACES} more"] if len(places) > MOST_PLACES else []
    return ", ".join([*map(str, places[:MOST_PLACES]), *more])


def printable(text: str) -> str:
    """Write letters that one cannot see by their number: a line end would break a line, and a mark hide."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)


def _plural(noun: str, count: int) -> str:
    return noun if count == 1 else f"{noun}s"


def _shown_key(key: tuple[Any, ...]) -> str:
    return ", ".join(map(_shown, key))


def _shown(value: Any) -> str:
    return "NULL" if value is None else printable(str(value))


def _header() -> list[str]:
    return [field.name for field in fields(Difference)]


def _text_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    ruler = ["-" * width for width in widths]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (columns, ruler, *rows)
    ]
