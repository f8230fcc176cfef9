"""The oracle: what the tables hold, compared row by row with what the landed files say.

Silver, quarantine and gold are worked out a second time for it, in plain Python (see ``expected``). It shares
no code with the layers, so a mistake would have to be made twice to stay unseen.
Term: oracle.
Taught in: book/layers/silver.ipynb.
"""

import html
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab.observe.expected import work_out
from medallion_lab.observe.judgement import Record
from medallion_lab.observe.landed import local_file, name_in
from medallion_lab.observe.landed_records import landed_records
from medallion_lab.observe.landed_values import EPOCH
from medallion_lab.observe.wording import plural, printable, shorten
from medallion_lab.runtime.workspace import (
    DATABASE,
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)

SCHEMAS = {
    SILVER_TABLE: "order_id string, customer_id bigint, region string, product_id bigint, quantity int, "
    "order_timestamp timestamp, order_date date",
    QUARANTINE_TABLE: "input_file string, failed_rules array<string>",
    GOLD_TABLE: "region string, order_date date, total_quantity bigint",
    GOLD_REVENUE_TABLE: "region string, order_date date, product_id bigint, product_name string, "
    "orders bigint, total_quantity bigint, revenue bigint",
    GOLD_FEATURES_TABLE: "customer_id bigint, region string, orders bigint, total_quantity bigint, "
    "revenue bigint, products bigint, first_order_date date, last_order_date date",
}
# What is compared: not the load time, which says when a run was, and not what it was.
COLUMNS = {table: dict(column.split() for column in schema.split(", ")) for table, schema in SCHEMAS.items()}
KEYS = {
    SILVER_TABLE: ("order_id",),
    GOLD_TABLE: ("region", "order_date"),
    GOLD_REVENUE_TABLE: ("region", "order_date", "product_id"),
    GOLD_FEATURES_TABLE: ("customer_id",),
}
MOST_SHOWN = 20


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
    notes : tuple of str
        What is no difference, and is to be known: orders whose files are gone from the landing folder.
    """

    rows: tuple[Difference, ...]
    compared: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.rows

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *_text_table(self._shown()), *self._rest()])

    def _repr_html_(self) -> str:
        head, *body = self._shown()
        header = "".join(f'<th scope="col">{name}</th>' for name in head)
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in body)
        table = (
            f'<div class="medallion-scroll"><table class="medallion-table">'
            f"<thead><tr>{header}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody>"
            f"</table></div>"
        )
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self._rest())
        return f"<p>{html.escape(self._headline())}</p>{table if body else ''}{said}"

    def _headline(self) -> str:
        if not self.rows:
            return f"equal, row by row, to what the landed files say: {', '.join(self.compared)}"
        return f"{len(self.rows)} {plural('difference', len(self.rows))} from what the landed files say"

    def _shown(self) -> list[tuple[str, ...]]:
        """Return the header, and below it the first differences."""
        header = tuple(field.name for field in fields(Difference))
        return [header, *(astuple(row) for row in self.rows[:MOST_SHOWN])]

    def _rest(self) -> list[str]:
        more = len(self.rows) - MOST_SHOWN
        return [*([f"and {more} more"] if more > 0 else []), *self.notes]


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
        Every file that has landed, if some were moved away since. By default those in the landing folder;
        what bronze has of files that are gone from it is then taken for what landed, and a note says so.
    tables : sequence of str
        Which tables to compare; by default silver, quarantine and the three of gold. Silver is compared
        without its load time; quarantine by the file and the broken rules of its rows.

    Returns
    -------
    Differences
        True when there is none. A table that does not exist is a difference too.
    """
    records, notes = landed_records(spark, workspace, files=files)
    expected = work_out(records)
    right = {
        SILVER_TABLE: expected.silver,
        GOLD_TABLE: expected.gold_sales,
        GOLD_REVENUE_TABLE: expected.gold_revenue,
        GOLD_FEATURES_TABLE: expected.gold_customer_features,
    }
    rows: list[Difference] = []
    for table in tables:
        if problem := _unreadable(spark, table):
            rows += problem
        elif table == QUARANTINE_TABLE:
            found = [
                (name_in(workspace.landing, local_file(row["input_file"])), row["failed_rules"])
                for row in _read(spark, table)
            ]
            rows += _compare_quarantine(expected.quarantine, found)
        else:
            rows += _compare_rows(table, right[table], _read(spark, table))
    return Differences(tuple(rows), tuple(tables), notes)


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
    times = [name for name, kind in COLUMNS[table].items() if kind == "timestamp"]
    # A timestamp would be collected in this machine's time zone: its number of microseconds has none.
    as_numbers = {name: F.unix_micros(name) for name in times}
    frame = spark.table(f"{DATABASE}.{table}").select(*COLUMNS[table]).withColumns(as_numbers)
    rows = [row.asDict() for row in frame.collect()]
    for row in rows:
        row |= {name: EPOCH + timedelta(microseconds=row[name]) for name in times if row[name] is not None}
    return rows


def _compare_rows(
    table: str, expected: list[dict[str, Any]], found: list[dict[str, Any]]
) -> list[Difference]:
    def key_of(row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in KEYS[table])

    right = {key_of(row): row for row in expected}
    held = defaultdict(list)
    for row in found:
        held[key_of(row)].append(row)
    differences = []
    for key in sorted(right.keys() | held.keys(), key=_shown_key):
        differ = partial(Difference, table, _shown_key(key))
        should, rows = right.get(key), held.get(key, [])
        if len(rows) != (should is not None):
            differences.append(differ("rows", str(int(should is not None)), str(len(rows))))
        if should is None:
            continue
        for row in rows:
            differences += [
                differ(name, printable(should[name]), printable(row[name]))
                for name in COLUMNS[table]
                if row[name] != should[name]
            ]
    return differences


def _compare_quarantine(expected: list[Record], found: list[tuple[str, Any]]) -> list[Difference]:
    lines = defaultdict(list)
    for record in expected:
        lines[record.file, record.failed_rules].append(record.line)
    held = Counter((file, tuple(rules or ())) for file, rules in found)
    return [
        Difference(
            QUARANTINE_TABLE,
            file,
            f"rows with failed_rules [{', '.join(map(str, rules))}]",
            f"{len(places)} ({plural('line', len(places))} {shorten(places)})" if places else "0",
            str(held[file, rules]),
        )
        for file, rules in sorted(lines.keys() | held.keys(), key=_shown_key)
        if held[file, rules] != len(places := lines.get((file, rules), []))
    ]


def _shown_key(key: tuple[Any, ...]) -> str:
    return ", ".join(map(printable, key))


def _text_table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return a header and rows as aligned text; nothing for a header alone."""
    header, *body = rows
    if not body:
        return []
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    ruler = tuple("-" * width for width in widths)
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (header, ruler, *body)
    ]
