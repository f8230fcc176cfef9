"""The shop's bulk generator: it must not be what a benchmark measures."""

import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from medallion_lab.runtime.session import start_session, stop_jvm
from medallion_lab.shop import Shop
from medallion_lab.shop.landing import land_file
from medallion_lab.shop.orders import make_orders
from tests.benchmarks.measuring import Comparison


def generator(*, rows=500_000, files=8, rounds=5):
    """Land files of orders: made by Spark, by a loop, and by a loop that only writes what is made already."""
    rates = {"bulk": [], "loop": [], "writing alone": []}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        spark = start_session(profile="throughput", warehouse=place / "tables", log_file=place / "spark.log")
        # The first round warms both sides up and is not counted.
        for turn in range(rounds + 1):
            landings = {side: place / f"{side} {turn}" for side in ("bulk", "loop")}
            for landing in landings.values():
                landing.mkdir()
            begin = time.perf_counter()
            Shop(landings["bulk"]).land_bulk(spark, rows, files=files)
            seconds = {"bulk": time.perf_counter() - begin, "loop": 0.0, "writing alone": 0.0}
            for number in range(1, files + 1):
                begin = time.perf_counter()
                orders = make_orders(rows // files, seed=7, file_number=number)
                made = time.perf_counter()
                lines = [json.dumps(asdict(order)) for order in orders]
                land_file(landings["loop"] / f"sales_{number:06}.json", lines)
                seconds["writing alone"] += time.perf_counter() - made
                seconds["loop"] += time.perf_counter() - begin
            if turn:
                for side, passed in seconds.items():
                    rates[side].append(rows / passed)
        stop_jvm()
    return [
        Comparison(
            f"{rows:,} orders into {files} files, against {what}",
            "rows/s",
            "made by Spark",
            rates["bulk"],
            is_what,
            rates[side],
            ">= 4",
        )
        for side, what, is_what in (
            ("loop", "making and writing row by row", "a loop in Python"),
            ("writing alone", "writing alone", "a loop of json.dumps over orders that are made already"),
        )
    ]
