"""CSV and JSON as Auto Loader reads them, beside Spark's own sources: rows a second, and learning."""

import csv
import itertools
import json
import tempfile
import time
from pathlib import Path

from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from medallion_lab import autoloader
from medallion_lab.autoloader.learning import learn
from medallion_lab.autoloader.options import settle_options
from medallion_lab.runtime.session import start_session, stop_jvm
from tests.benchmarks.measuring import Comparison

SCHEMA = "id INT, name STRING, amount DOUBLE, city STRING, day DATE, pieces INT, paid BOOLEAN, note STRING"
NAMES = [column.split()[0] for column in SCHEMA.split(", ")]
LEARNED_ROWS = 50_000


def formats(*, rows=400_000, files=10, rounds=5):
    """Read files with types into nowhere: CSV in one order of columns and in two, and JSON."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        spark = start_session(profile="throughput", warehouse=place / "tables", log_file=place / "spark.log")
        _land(place, rows // files, files)
        sides = {
            (kind, where): (_ours(spark, place / where, kind), _theirs(spark, place / theirs, kind))
            for kind, where, theirs in (
                ("csv", "same", "same"),
                ("csv", "mixed", "same"),
                ("json", "lines", "lines"),
            )
        }
        rates = {key: ([], []) for key in sides}
        # The first round warms both sides up and is not counted.
        for turn, (key, both) in itertools.product(range(rounds + 1), sides.items()):
            for side, make in enumerate(both):
                checkpoint = place / "checkpoints" / f"{'_'.join(key)}_{side}_{turn}"
                seconds = _run(make(), checkpoint)
                if turn:
                    rates[key][side].append(rows / seconds)
        ours, theirs = _learning(spark, place, rounds)
        stop_jvm()
    said = {
        ("csv", "same"): "CSV, all headers alike",
        ("csv", "mixed"): "CSV, every second header in another order",
        ("json", "lines"): "JSON with types",
    }
    return [
        Comparison(
            f"{rows:,} rows of {said[key]}, read and thrown away",
            "rows/s",
            "Auto Loader",
            rates[key][0],
            "Spark's own source, fixed schema, headers alike"
            if key[0] == "csv"
            else "Spark's own source, fixed schema",
            rates[key][1],
            ">= 0.3" if key == ("csv", "same") else None,
        )
        for key in sides
    ] + [
        Comparison(
            f"the schema of a CSV file of 4 MB, {LEARNED_ROWS:,} rows, learned",
            "s",
            "Auto Loader, from one file",
            ours,
            "Spark's inferSchema",
            theirs,
            None,
        )
    ]


def _land(place, rows, files):
    for folder in ("same", "mixed", "lines", "learned"):
        (place / folder).mkdir()
    for number in range(files):
        records = [_record(number * rows + row) for row in range(rows)]
        _write(place / "same" / f"{number:02}.csv", NAMES, records)
        _write(place / "mixed" / f"{number:02}.csv", NAMES[::-1] if number % 2 else NAMES, records)
        lines = "".join(json.dumps(record) + "\n" for record in records)
        (place / "lines" / f"{number:02}.json").write_text(lines)
    _write(place / "learned" / "0.csv", NAMES, [_record(row) for row in range(LEARNED_ROWS)])


def _record(number):
    return {
        "id": number, "name": f"customer number {number}", "amount": number + 0.5, "city": "Bern",
        "day": "2026-01-02", "pieces": number % 9, "paid": number % 2 == 0, "note": "left at the door",
    }  # fmt: skip


def _write(path, names, records):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(records)


def _ours(spark, folder, kind):
    options = {"cloudFiles.format": kind, "rescuedDataColumn": "_rescued_data"}
    options |= {"header": "true"} if kind == "csv" else {}
    return lambda: autoloader.read(spark, folder, options=options, schema=SCHEMA)


def _theirs(spark, folder, kind):
    source = spark.readStream.format(kind).schema(SCHEMA).option("header", "true")
    return lambda: source.load(str(folder)).withColumn("file", F.input_file_name())


def _run(rows, checkpoint):
    writer = rows.writeStream.format("noop").trigger(availableNow=True)
    begin = time.perf_counter()
    writer.option("checkpointLocation", str(checkpoint)).start().awaitTermination()
    return time.perf_counter() - begin


def _learning(spark, place, rounds):
    path = str(place / "learned" / "0.csv")
    options = {
        "cloudFiles.format": "csv",
        "cloudFiles.schemaLocation": "/none",
        "cloudFiles.inferColumnTypes": True,
    }
    settings = settle_options(options, schema=None)
    ours, theirs = [], []
    for turn in range(rounds + 1):
        for seconds, side in (
            (ours, lambda: learn(spark, [path], StructType(), settings)),
            (theirs, lambda: spark.read.csv(path, header=True, inferSchema=True)),
        ):
            begin = time.perf_counter()
            side()
            if turn:
                seconds.append(time.perf_counter() - begin)
    return ours, theirs
