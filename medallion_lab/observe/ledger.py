"""Conservation: no record may vanish, and none may come from nowhere.

**Records landed = silver + quarantined + duplicates**, for the whole run and for every micro-batch of bronze.
What landed is counted in the files, what arrived in the tables; what a pipeline reports about itself is never
asked. Equal sums are not enough, because a row lost here could hide one doubled there: so every landed record
is also looked for, by its file and its order.
Terms: ledger, conservation.
Taught in: book/layers/silver.ipynb.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab.observe.judgement import Record
from medallion_lab.observe.landed import ALIASES, LIST, OBJECT, local_file, name_in, pick, read_record
from medallion_lab.observe.landed_records import landed_records
from medallion_lab.observe.landed_values import trim
from medallion_lab.observe.ledger_report import MISSING, OUTSTANDING, TOO_MUCH, BatchBalance, Ledger, Problem
from medallion_lab.observe.wording import plural, printable, shorten
from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    DATABASE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)

BRONZE_COLUMNS = (*ALIASES, "_rescued_data", "input_file", "load_time")


class _Place(NamedTuple):
    """By what a record is looked for, since bronze knows no line numbers: its file and its order."""

    file: str
    order_id: str | None


class _BronzeRow(NamedTuple):
    """A row of bronze, or of quarantine, which keeps it whole; two that are equal are equally good."""

    columns: tuple[Any, ...]
    place: _Place
    load_time: int


def balance(spark: SparkSession, workspace: Workspace, *, files: Iterable[Path] | None = None) -> Ledger:
    """Count what landed, and look for every record in silver and in quarantine.

    * Every landed record must be in bronze once, with its file and its order.
    * Every row of bronze must be in quarantine, or its order in silver once.
    * Every row of quarantine must be one of bronze; every row of silver must have a record.
    * A record that stays out of both must be a duplicate: a valid record of an order that has another.

    Whether a record is valid is judged from the landed file, see ``judgement.judge``. Whether silver and
    quarantine hold what they should is another question: ``oracle.compare``.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    workspace : Workspace
        Where the files landed.
    files : iterable of Path, optional
        Every file that has landed, if some were moved away since. By default those in the landing folder;
        what bronze has of files that are gone from it is then taken for what landed, and a note says so.
    """
    running = tuple(sorted(query.name or str(query.id) for query in spark.streams.active))
    # Against the stream, so that rows which pass while we read are outstanding, and never from nowhere.
    silver = _rows(spark, SILVER_TABLE, ("order_id", "load_time"))
    as_row = partial(_bronze_row, landing=workspace.landing)
    quarantine = [as_row(row) for row in _rows(spark, QUARANTINE_TABLE, BRONZE_COLUMNS)]
    bronze = [as_row(row) for row in _rows(spark, BRONZE_TABLE, BRONZE_COLUMNS)]
    records, notes = landed_records(spark, workspace, files=files)
    account = _Account(records, bronze, quarantine, silver, is_running=bool(running))
    absent = [
        Problem(MISSING, 1, "table that does not exist", (name,))
        for name in (BRONZE_TABLE, SILVER_TABLE, QUARANTINE_TABLE)
        if not _exists(spark, name)
    ]
    return Ledger(
        landed=len(records),
        in_bronze=len(bronze),
        silver=len(silver),
        quarantined=len(quarantine),
        duplicates=account.duplicate_count(),
        batches=tuple(account.batches()),
        problems=(*absent, *account.problems()),
        running=running,
        notes=notes,
    )


class _Account:
    """Both sides of the ledger, in forms in which one is quickly found in the other."""

    def __init__(
        self,
        records: list[Record],
        bronze: list[_BronzeRow],
        quarantine: list[_BronzeRow],
        silver: list[tuple[Any, ...]],
        *,
        is_running: bool,
    ) -> None:
        self.records, self.bronze, self.quarantine, self.silver = records, bronze, quarantine, silver
        self.is_running = is_running
        self.lines: dict[_Place, list[Record]] = defaultdict(list)
        self.valid: dict[str | None, list[Record]] = defaultdict(list)
        for record in records:
            self.lines[_Place(record.file, _comparable(record.order_id))].append(record)
            if record.is_valid:
                self.valid[record.order_id].append(record)
        self.in_bronze = Counter(row.place for row in bronze)
        self.in_silver = Counter(order_id for order_id, _ in silver)
        in_bronze, in_quarantine = Counter(bronze), Counter(quarantine)
        self.not_in_bronze = in_quarantine - in_bronze
        self.outside = list((in_bronze - in_quarantine).elements())
        self.times = sorted({row.load_time for row in bronze})
        self.numbers = {time: number for number, time in enumerate(self.times, start=1)}
        # The earliest counts: it comes last, and takes the place of the others.
        latest_first = sorted(bronze, key=lambda row: row.load_time, reverse=True)
        self.time_of_file = {row.place.file: row.load_time for row in latest_first}

    def duplicate_count(self) -> int:
        return sum(len(records) - 1 for records in self.valid.values())

    def problems(self) -> Iterator[Problem]:
        yield from self._landed_against_bronze()
        yield from self._bronze_against_the_rest()
        yield from self._the_rest_against_bronze()
        yield from self._dropped_against_duplicates()
        yield from self._load_times()

    def _landed_against_bronze(self) -> Iterator[Problem]:
        landed = Counter({place: len(records) for place, records in self.lines.items()})
        lacking, arrived = landed - self.in_bronze, {place.file for place in self.in_bronze}
        missing = Counter({place: count for place, count in lacking.items() if place.file in arrived})
        yield from self._named(OUTSTANDING, "landed and not in bronze yet", lacking - missing)
        yield from self._named(self._missing(), f"landed and not in {BRONZE_TABLE}", missing)
        what = f"in {BRONZE_TABLE} that did not land, or landed less often"
        yield from self._named(TOO_MUCH, what, self.in_bronze - landed)

    def _bronze_against_the_rest(self) -> Iterator[Problem]:
        lost = Counter(row.place for row in self.outside if not self.in_silver[row.place.order_id])
        what = f"in bronze and neither in {SILVER_TABLE} nor in {QUARANTINE_TABLE}"
        yield from self._named(self._missing(), what, lost)

    def _the_rest_against_bronze(self) -> Iterator[Problem]:
        extra = Counter(row.place for row in self.not_in_bronze.elements())
        what = f"in {QUARANTINE_TABLE} that are not in bronze, or not as often"
        yield from self._named(TOO_MUCH, what, extra)
        doubled = {order_id: count for order_id, count in self.in_silver.items() if count > 1}
        yield from _orders(TOO_MUCH, f"in {SILVER_TABLE} of an order that is there already", doubled, less=1)
        explained = {row.place.order_id for row in self.outside}
        strange = {order_id: count for order_id, count in self.in_silver.items() if order_id not in explained}
        what = f"in {SILVER_TABLE} of an order that has no record outside quarantine"
        yield from _orders(TOO_MUCH, what, strange)

    def _dropped_against_duplicates(self) -> Iterator[Problem]:
        """What is in neither table because silver has the order already must be a duplicate."""
        outside = Counter(row.place for row in self.outside)
        outside_by_order = Counter(row.place.order_id for row in self.outside)
        swallowed, counted_twice = Counter[_Place](), Counter[_Place]()
        for place, rows in self.in_bronze.items():
            order_id, landed = place.order_id, self.lines.get(place, ())
            if order_id is None or not self.in_silver[order_id] or rows != len(landed):
                # Named already.
                continue
            broken = sum(not record.is_valid for record in landed)
            surplus = outside[place] - (rows - broken)
            if surplus > 0 and (self.valid.get(order_id) or outside_by_order[order_id] > 1):
                swallowed[place] = surplus
            elif surplus < 0 and len(self.valid.get(order_id, ())) > 1:
                counted_twice[place] = -surplus
        what = f"not in {QUARANTINE_TABLE}, though they break a rule; silver's row is another record's"
        yield from self._named(self._missing(), what, swallowed, broken_only=True)
        what = f"in {QUARANTINE_TABLE}, though they break no rule and count as duplicates"
        yield from self._named(TOO_MUCH, what, counted_twice)

    def _load_times(self) -> Iterator[Problem]:
        if self.is_running:
            # A correction may be on its way.
            return
        wrong = []
        for order_id, load_time in self.silver:
            winning = self._winning_times(order_id)
            if winning and load_time not in winning:
                number = self.numbers.get(load_time, "unknown")
                wrong.append(f"{_order(order_id)} (micro-batch {number}, not {self.numbers[min(winning)]})")
        if wrong:
            what = f"in {SILVER_TABLE} with the load time of a micro-batch that did not bring the newest"
            yield Problem(TOO_MUCH, len(wrong), f"{plural('row', len(wrong))} {what}", tuple(sorted(wrong)))

    def _winning_times(self, order_id: str | None) -> set[int]:
        """Return the load times of the records that may count for this order; copies are equally good."""
        records = self.valid.get(order_id, ())
        best = max((record.rank for record in records), default=None)
        files = {record.file for record in records if record.rank == best}
        return {self.time_of_file[file] for file in files if file in self.time_of_file}

    def batches(self) -> Iterator[BatchBalance]:
        time_in_silver = dict(self.silver)
        winners, valid, landed = Counter[int | None](), Counter[int | None](), Counter[int | None]()
        for order_id in self.valid:
            if times := self._winning_times(order_id):
                time = time_in_silver.get(order_id)
                winners[time if time in times else min(times)] += 1
        for record in self.records:
            time = self.time_of_file.get(record.file)
            landed[time] += 1
            valid[time] += record.is_valid
        silver = Counter(time for _, time in self.silver)
        quarantined = Counter(row.load_time for row in self.quarantine)
        files: dict[int, list[str]] = defaultdict(list)
        for file in sorted(self.time_of_file):
            files[self.time_of_file[file]].append(file)
        for time in self.times:
            yield BatchBalance(
                number=self.numbers[time],
                files=_range(files[time]),
                landed=landed[time],
                silver=silver[time],
                quarantined=quarantined[time],
                duplicates=valid[time] - winners[time],
            )

    def _missing(self) -> str:
        return OUTSTANDING if self.is_running else MISSING

    def _named(
        self, kind: str, what: str, counts: Counter[_Place], *, broken_only: bool = False
    ) -> Iterator[Problem]:
        """Name records by file and lines, in that order."""
        if not counts:
            return
        named = []
        for place, count in counts.items():
            lines = [
                record.line
                for record in self.lines.get(place, ())
                if record.line and not (broken_only and record.is_valid)
            ]
            named.append((place.file, lines[:1] or [0], _where(place, count, lines)))
        places = tuple(text for *_, text in sorted(named))
        yield Problem(kind, counts.total(), f"{plural('record', counts.total())} {what}", places)


def _orders(kind: str, what: str, counts: dict[str | None, int], *, less: int = 0) -> Iterator[Problem]:
    if counts:
        total = sum(count - less for count in counts.values())
        places = (_order(order_id) for order_id in counts)
        yield Problem(kind, total, f"{plural('row', total)} {what}", tuple(sorted(places)))


def _order(order_id: str | None) -> str:
    return f"order {printable(order_id)}"


def _where(place: _Place, count: int, lines: list[int]) -> str:
    order = _order(place.order_id) if place.order_id else "no order id"
    if not lines:
        return f"{place.file} ({order}, no such line)"
    # Of several records of one order in one file, the table does not say which.
    some = f"{count} of " if len(lines) > count else ""
    return f"{place.file} {some}{plural('line', len(lines))} {shorten(lines)} ({order})"


def _range(files: list[str]) -> str:
    if len(files) == 1:
        return files[0]
    return f"{len(files)} files, {files[0]} to {files[-1]}" if files else "none"


def _exists(spark: SparkSession, table: str) -> bool:
    return spark.catalog.tableExists(f"{DATABASE}.{table}")


def _rows(spark: SparkSession, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Return these columns; the load time as microseconds, because it only tells micro-batches apart."""
    if not _exists(spark, table):
        return []
    selected = [F.unix_micros(name) if name == "load_time" else F.col(name) for name in columns]
    return [tuple(row) for row in spark.table(f"{DATABASE}.{table}").select(*selected).collect()]


def _bronze_row(columns: tuple[Any, ...], *, landing: Path) -> _BronzeRow:
    order_id, *_, rescued, input_file, load_time = columns
    if order_id is None and rescued is not None:
        # Under another name it had no column of its own.
        order_id = pick(read_record(rescued.encode()) or {}, "order_id")
    cleansed = (trim(order_id) or "").lower() or None
    return _BronzeRow(
        columns, _Place(name_in(landing, local_file(input_file)), _comparable(cleansed)), load_time
    )


def _comparable(order_id: str | None) -> str | None:
    """Take a nested value for no order id: both sides know it, but each writes it in its own way."""
    if order_id is None or order_id[0] in (OBJECT[0], LIST[0]):
        return None
    # Half a character that was written as an escape is a question mark in Spark.
    return order_id.encode("utf-8", errors="replace").decode()
