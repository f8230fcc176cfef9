"""Auto Loader: its rate with rescued data, and what it costs to find a new file among many."""

import tempfile
import time
from pathlib import Path

from medallion_lab import autoloader
from medallion_lab.layers.bronze import PAYLOAD, add_arrival
from medallion_lab.runtime.session import start_session, stop_jvm
from medallion_lab.shop.orders import as_json_lines, make_orders
from tests.benchmarks.measuring import Comparison, seconds_until, versions

STRINGS = ", ".join(f"{name} string" for name in PAYLOAD)
RESCUE = {"cloudFiles.format": "json", "cloudFiles.schemaEvolutionMode": "rescue"}


def rescue(*, rows=500_000, files=8, rounds=5):
    """Take landed files into a Delta table, and into nowhere; with rescue, and by Spark's JSON source."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        landing = place / "landing"
        landing.mkdir()
        for number in range(files):
            lines = as_json_lines(make_orders(rows // files, seed=7, file_number=number + 1))
            (landing / f"sales_{number:06}.json").write_text("\n".join(lines) + "\n")
        spark = start_session(profile="throughput", warehouse=place / "tables", log_file=place / "spark.log")

        def ours():
            return autoloader.read(spark, landing, options=RESCUE, schema=STRINGS).transform(add_arrival)

        def theirs():
            return spark.readStream.schema(STRINGS).json(str(landing)).transform(add_arrival)

        rates = {(side, sink): [] for side in (ours, theirs) for sink in ("delta", "noop")}
        # The first round warms both sides up and is not counted.
        for turn in range(rounds + 1):
            for side, sink in rates:
                name = f"{side.__name__}_{sink}_{turn}"
                writer = side().writeStream.format(sink).trigger(availableNow=True)
                writer = writer.option("checkpointLocation", str(place / "checkpoints" / name))
                begin = time.perf_counter()
                query = writer.start(str(place / "tables" / name))
                query.awaitTermination()
                if turn:
                    rates[side, sink].append(rows / (time.perf_counter() - begin))
        stop_jvm()
    return [
        Comparison(
            f"{rows:,} rows, {what}",
            "rows/s",
            "Auto Loader with rescue",
            rates[ours, sink],
            "Spark's JSON source, fixed schema",
            rates[theirs, sink],
            ">= 0.5",
        )
        for sink, what in (("delta", "from files into a Delta table"), ("noop", "read and thrown away"))
    ]


def listing(*, few=10, many=(1_000, 20_000), drops=20):
    """Drop a file where many have landed and been processed: left where they are, and moved away."""
    measured = {}
    for cleaning in ("OFF", "MOVE"):
        with tempfile.TemporaryDirectory() as folder:
            measured[cleaning] = _drops_among(Path(folder), (few, *many), drops=drops, cleaning=cleaning)
    stop_jvm()
    return [
        Comparison(
            f"{what} among {count:,} processed files, {where}",
            "s",
            f"{count:,} files",
            measured[cleaning][count][what],
            f"{few} files",
            measured[cleaning][few][what],
            aim,
        )
        for cleaning, where in (("OFF", "left in the folder"), ("MOVE", "moved by cleanSource"))
        # Listing is a part of what comes before it, and nobody waits for it alone.
        for what, aim in (("file dropped to row in the table", "<= 1.5"), ("listing alone", None))
        for count in many
    ]


def _drops_among(place, counts, *, drops, cleaning):
    spark = start_session(warehouse=place / "tables", log_file=place / "spark.log")
    landing, table = place / "landing", place / "tables" / "bronze"
    landing.mkdir()
    text = "\n".join(as_json_lines(make_orders(10, seed=7, file_number=1))) + "\n"
    options = RESCUE | {"pathGlobFilter": "*.json", "cloudFiles.cleanSource": cleaning}
    if cleaning == "MOVE":
        options["cloudFiles.cleanSource.moveDestination"] = str(place / "processed")
    landed = 0

    def drop():
        nonlocal landed
        landed += 1
        path = landing / f"sales_{landed:06}.json"
        path.with_name(f".{path.name}").write_text(text)
        path.with_name(f".{path.name}").rename(path)

    def start(**trigger):
        rows = autoloader.read(spark, landing, options=options, schema=STRINGS).transform(add_arrival)
        writer = rows.writeStream.option("checkpointLocation", str(place / "checkpoint"))
        return (writer.trigger(**trigger) if trigger else writer).start(str(table))

    measured = {}
    for count in counts:
        while landed < count:
            drop()
        start(availableNow=True).awaitTermination()
        query = start()
        query.processAllAvailable()
        seconds, listings = [], []
        for number in range(drops + 3):
            before = versions(table)
            drop()
            passed = seconds_until(lambda before=before: versions(table) > before)
            query.processAllAvailable()
            # The first three warm up.
            if number >= 3:
                seconds.append(passed)
                progress = [one for one in query.recentProgress if one["numInputRows"]][-1]
                listings.append(progress["durationMs"]["latestOffset"] / 1000)
        query.stop()
        measured[count] = {"file dropped to row in the table": seconds, "listing alone": listings}
    spark.stop()
    return measured
