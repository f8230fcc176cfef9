"""Half a million rows that have landed already, through three layers, against one plain conversion."""

import time

from medallion_lab import open_lab
from tests.benchmarks.measuring import Comparison, temporary_home

ORDER = "order_id string, customer_id long, product_id long, quantity long, order_timestamp string"


def backfill(*, rows=500_000, files=8, rounds=3):
    """Take landed files to gold, in the simple and in the exact forms; against JSON to Parquet in one hop.

    Both sides have the same session, of the profile for backfills, and the same files. Each round of each
    form begins with an empty workspace and is followed by theirs on the same files. What the exact forms do
    more is in their time: rules, one row for each order, revenue, and customers' features. There is no aim:
    one hop without a table is the physical limit, which three hops into Delta never reach.
    """
    ours, theirs = {False: [], True: []}, {False: [], True: []}
    with temporary_home() as home:
        # The first round warms both sides up and is not counted.
        for turn in range(rounds + 1):
            for exact in ours:
                passed = _seconds_of_both(
                    home / f"theirs_{turn}_{exact}", rows=rows, files=files, exact=exact
                )
                if turn:
                    ours[exact].append(rows / passed[0])
                    theirs[exact].append(rows / passed[1])
    return [
        Comparison(
            f"{rows:,} rows, files to gold, {name} forms",
            "rows/s",
            f"the lab, {name} forms, three hops",
            ours[exact],
            "Spark, JSON with a fixed schema to Parquet, one hop",
            theirs[exact],
            None,
        )
        for exact, name in ((False, "simple"), (True, "exact"))
    ]


def _seconds_of_both(output, *, rows, files, exact):
    with open_lab("bench_backfill", profile="throughput") as lab:
        lab.shop.land_bulk(lab.spark, rows, files=files)
        begin = time.perf_counter()
        lab.start_pipeline(exact=exact, available_now=True)
        half = time.perf_counter()
        lab.spark.read.schema(ORDER).json(str(lab.workspace.landing)).write.parquet(str(output))
        end = time.perf_counter()
        for name, found in (
            ("silver", lab.spark.table("silver_sales_tbl").count()),
            ("the Parquet folder", lab.spark.read.parquet(str(output)).count()),
        ):
            if found != rows:
                raise RuntimeError(f"{found:,} of {rows:,} rows in {name}: the two sides did not do the same")
    return half - begin, end - half
