"""Millions of orders, made by Spark: a loop in Python would be what a benchmark measures.

Spark numbers the rows, and each order is computed from the seed, its file's number and its place in the
file, with hashes in the place of dice. A partition is a file, whatever the machine: so the bytes are the same
on two cores and on two hundred.
Term: seed.
Taught in: book/reference/api.md.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion_lab.errors import LandingError, OrderCountError
from medallion_lab.shop.clock import OPENING_TIME, TIME_BETWEEN_FILES, Pace, landing_time
from medallion_lab.shop.landing import LandedFile, land_finished
from medallion_lab.shop.numbering import make_way, number_of
from medallion_lab.shop.orders import CUSTOMER_IDS, PRODUCT_IDS, Order, as_json_lines

# Spark passes over folders that begin with a dot, whatever stands in them.
UNFINISHED = ".bulk"
MOST_FILES = 10_000
LONGEST_LINE_BYTES = 1 + len(
    as_json_lines([Order("8" * 36, max(CUSTOMER_IDS), max(PRODUCT_IDS), 5, str(OPENING_TIME))])[0]
)
# Tables that are made from the files need room too, and so does everything else on the reader's disk.
ROOM_TO_LEAVE_BYTES = 2**30


def bulk_lines(
    spark: SparkSession, *, seed: int, first_file: int, sizes: Sequence[int], paces: Sequence[Pace] = ()
) -> DataFrame:
    """Return the lines of several files, one partition a file, in order.

    Parameters
    ----------
    spark : SparkSession
        The session.
    seed : int
        The shop's seed.
    first_file : int
        The number of the first file; the others follow.
    sizes : sequence of int
        How many orders each file has; each size is the largest or one less.
    paces : sequence of Pace, optional
        The paces of the shop's clock, if any were set.

    Returns
    -------
    DataFrame
        ``value string``: an order as JSON, with the fields and the ranges of ``orders.Order``.
    """
    most = max(sizes)
    full = sum(size == most for size in sizes)
    numbers = spark.range(0, len(sizes) * most, 1, numPartitions=len(sizes))
    places = numbers.selectExpr(f"{first_file} + id DIV {most} AS file_number", f"id % {most} AS place")
    # Files of the largest size come first; in the others the last place stays empty.
    places = places.where(f"place < {most - 1} OR file_number < {first_file + full}")
    name = f"medallion shop, bulk, seed {seed}"
    thrown = places.withColumn("dice", F.xxhash64(F.lit(name), "file_number", "place"))
    # Spark adds the partition's number to this seed: a file's ids depend on the file's number alone.
    order_id = F.uuid(F.lit(_first_digits(name) + first_file))
    landing_seconds = _landing_seconds(F.col("file_number"), paces)
    most_seconds = _seconds(landing_time(first_file + len(sizes) - 1, paces))
    return thrown.select(
        F.concat(
            F.lit('{"order_id": "'),
            order_id,
            F.lit('", "customer_id": '),
            _one_of(CUSTOMER_IDS, F.col("dice")),
            F.lit(', "product_id": '),
            _one_of(PRODUCT_IDS, F.shiftright("dice", 8)),
            F.lit(', "quantity": '),
            _one_of(range(1, 6), F.shiftright("dice", 16)),
            F.lit(', "order_timestamp": "'),
            _order_time(landing_seconds - F.pmod(F.shiftright("dice", 24), F.lit(3601)), most=most_seconds),
            F.lit('"}'),
        ).alias("value")
    )


def check_bulk(landing: Path, *, rows: int, files: int) -> None:
    """Refuse what cannot be landed, before anything is made.

    Raises
    ------
    OrderCountError
        If there are more files than orders, no file, or more files than 10,000.
    LandingError
        If the disk has no room for so many orders.
    """
    if not 1 <= files <= min(rows, MOST_FILES):
        raise OrderCountError(
            got=f"{rows:,} orders in {files:,} files",
            needed=f"at least one order for each file, and 1 to {MOST_FILES:,} files",
            next_step="ask for more orders or fewer files, such as rows=500_000, files=8",
        )
    _require_room(landing, rows)


def land_in_bulk(
    spark: SparkSession,
    landing: Path,
    *,
    seed: int,
    rows: int,
    paths: Sequence[Path],
    paces: Sequence[Pace] = (),
    just_before: Callable[[Path], None],
) -> list[LandedFile]:
    """Land many orders in several files; each file appears at once and whole.

    Parameters
    ----------
    spark : SparkSession
        Makes the lines and writes them.
    landing : Path
        The folder where the files arrive.
    seed : int
        The shop's seed.
    rows : int
        How many orders in all; the files' sizes differ by one at most.
    paths : sequence of Path
        Their names, ``sales_NNNNNN.json`` with numbers that follow each other.
    paces : sequence of Pace, optional
        The paces of the shop's clock, if any were set.
    just_before : callable
        Called with each path when its file is about to appear.

    Raises
    ------
    LandingError
        If Spark cannot write them. A file that has not landed leaves nothing behind.
    """
    files = len(paths)
    sizes = [rows // files + (place < rows % files) for place in range(files)]
    lines = bulk_lines(spark, seed=seed, first_file=number_of(paths[0]), sizes=sizes, paces=paces)
    unfinished = landing / UNFINISHED
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        writer = lines.write.options(compression="none", lineSep="\n", maxRecordsPerFile=0)
        writer.text(str(unfinished))
        parts = sorted(unfinished.glob("part-*"), key=lambda part: int(part.name.split("-")[1]))
        return [
            LandedFile(land_finished(path, part, just_before=partial(just_before, path)), size)
            for path, part, size in zip(paths, parts, sizes, strict=True)
        ]
    except (PySparkException, Py4JError, OSError) as error:
        raise LandingError(
            got=f"Spark could not write {rows:,} orders: {str(error).strip().splitlines()[0]}",
            needed=f"room and write access in {landing}",
            next_step="free some space (`medallion-lab clean` lists old workspaces), then land them again: "
            "they will be the same orders",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _require_room(landing: Path, rows: int) -> None:
    make_way(landing)
    free, needed = shutil.disk_usage(landing).free, rows * LONGEST_LINE_BYTES + ROOM_TO_LEAVE_BYTES
    if free < needed:
        most = max(0, free - ROOM_TO_LEAVE_BYTES) // LONGEST_LINE_BYTES
        raise LandingError(
            got=f"{rows:,} orders, which take {rows * LONGEST_LINE_BYTES / 2**30:,.1f} GB, "
            f"and {free / 2**30:,.1f} GB of free space",
            needed=f"{needed / 2**30:,.1f} GB: {ROOM_TO_LEAVE_BYTES / 2**30:g} GB stays free",
            next_step=f"land {most:,} orders at most, or free some space (`medallion-lab clean`)",
        )


def _landing_seconds(file_number: Column, paces: Sequence[Pace]) -> Column:
    """Return what ``clock.landing_time`` says, in seconds since the shop's first midnight."""
    seconds = _seconds(OPENING_TIME) + (file_number - 1) * int(TIME_BETWEEN_FILES.total_seconds())
    for pace in paces:
        start = _seconds(landing_time(pace.starts_after, paces))
        since = (file_number - pace.starts_after) * int(pace.time_between_files.total_seconds())
        seconds = F.when(file_number >= pace.first_file, start + since).otherwise(seconds)
    return seconds


def _seconds(moment: datetime) -> int:
    return int((moment - datetime.combine(OPENING_TIME, time.min)).total_seconds())


def _first_digits(name: str) -> int:
    """Return 48 bits that depend on every letter of a name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16)


def _one_of(values: Iterable[object], dice: Column) -> Column:
    texts = [str(value) for value in values]
    return _look_up(texts, F.pmod(dice, F.lit(len(texts))))


def _order_time(seconds: Column, *, most: int) -> Column:
    """Write seconds since the shop's first midnight as date and time; ``most`` is the greatest there is.

    All is looked up: Spark's way to write a time takes as long as everything else in a line together, and
    asks the session for a time zone.
    """
    days = [str(OPENING_TIME.date() + timedelta(days=day)) for day in range(most // 86_400 + 1)]
    minutes = [f" {hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    return F.concat(
        _look_up(days, _div(seconds, 86_400)),
        _look_up(minutes, _div(seconds, 60) % len(minutes)),
        _look_up([f":{second:02}" for second in range(60)], seconds % 60),
    )


def _look_up(texts: list[str], place: Column) -> Column:
    # A list of literals would cross to the JVM text by text; this is one, and Spark splits it once.
    return F.get(F.split(F.lit(",".join(texts)), ","), place.cast("int"))


def _div(number: Column, by: int) -> Column:
    return F.call_function("div", number, F.lit(by))
