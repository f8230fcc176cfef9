"""The capstone's year of flights, from landed files to gold: its solution, against pandas on those files."""

import io
import json
import math
import time
from contextlib import redirect_stdout

import pandas

from medallion_lab import open_lab
from medallion_lab.classroom.practice import Practice
from tests.benchmarks.measuring import Comparison, temporary_home
from tests.notebooks.chapters import ROOT

SOLUTION = ROOT / "book" / "solutions" / "capstone.ipynb"
LANDING = ("source-data", "landing-land", "landing-small")
LAYERS = (
    "bronze-columns",
    "build_bronze-answer",
    "build_silver_rules-answer",
    "build_silver_judge-answer",
    "build_silver_join-answer",
    "build_gold-answer",
    "build_gold_features-answer",
)
KEY = ["year", "month", "day", "carrier", "flight", "origin"]
DAY = ["carrier_name", "flight_date"]


def flights(*, months=12, rounds=3):
    """Take a year of flights, one month twice, from JSON to silver and gold; against pandas.

    Ours are the cells of the capstone's solution, in the session for backfills: bronze through Auto Loader,
    and six Delta tables. Theirs is one process of pandas, which reads the same files, makes the same six
    tables in memory and pickles them. Both must come to the same figures. There is no aim: a year of flights
    fits into memory, and there pandas is at home.
    """
    ours, theirs = [], []
    with temporary_home() as home:
        # The first round warms both sides up and is not counted.
        for turn in range(rounds + 1):
            rows, passed = _seconds_of_both(home / f"theirs_{turn}", months=months)
            if turn:
                ours.append(rows / passed[0])
                theirs.append(rows / passed[1])
    return [
        Comparison(
            f"{rows:,} flights, files to gold",
            "rows/s",
            "the capstone's solution, six Delta tables",
            ours,
            "pandas, one core, six pickled frames",
            theirs,
            None,
        )
    ]


def _seconds_of_both(output, *, months):
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(SOLUTION.read_text())["cells"]}
    output.mkdir()
    with open_lab("capstone_solutions", seed=7, fresh=True, profile="throughput") as lab:
        names = {"lab": lab, "spark": lab.spark, "practice": Practice("capstone", lab, seed=7)}
        imports = [line for line in cells["open-lab"].splitlines() if line.startswith("from ")]
        names["months"] = months
        with redirect_stdout(io.StringIO()):
            exec("\n".join(imports), names)
            for name in LANDING:
                exec(cells[name], names)
            for name in ("airlines", "planes", "weather"):
                names["small"](name)
            begin = time.perf_counter()
            for name in LAYERS:
                exec(cells[name], names)
            half = time.perf_counter()
        found = _with_pandas(lab.workspace.landing, output)
        end = time.perf_counter()
        rows = lab.spark.table("bronze_flights_tbl").count()
        carriers = lab.spark.table("gold_carriers_tbl").collect()
        before = lab.spark.table("gold_features_tbl").selectExpr("avg(delay_before)").first()[0]
        same = (
            len(found["bronze"]) == rows
            and len(found["silver"]) == lab.spark.table("silver_flights_tbl").count()
            and found["carriers"].flights.to_dict() == {row.carrier_name: row.flights for row in carriers}
            and math.isclose(found["features"].delay_before.mean(), before)
        )
        if not same:
            raise RuntimeError("the two sides did not do the same")
    return rows, (half - begin, end - half)


def _with_pandas(landing, output):
    small = {path.stem: pandas.read_json(path, lines=True) for path in (landing / "small").glob("*.json")}
    files = sorted((landing / "flights").glob("*.json"))
    bronze = pandas.concat(
        [pandas.read_json(path, lines=True).assign(input_file=path.name) for path in files], ignore_index=True
    )
    once = bronze.drop_duplicates(KEY)
    broken = {"it_departed": once.dep_time, "it_arrived": once.arr_delay, "plane_is_named": once.tailnum}
    broken = pandas.DataFrame({name: column.isna() for name, column in broken.items()})
    is_broken = broken.any(axis=1)
    quarantine = once[is_broken].assign(failed_rules=broken[is_broken].apply(_named, axis=1))
    silver = once[~is_broken]
    silver = silver.merge(small["airlines"].rename(columns={"name": "carrier_name"}), "left", on="carrier")
    silver = silver.merge(small["planes"][["tailnum", "seats"]], "left", on="tailnum")
    weather = small["weather"][["origin", "time_hour", "precip"]]
    silver = silver.merge(weather, "left", on=["origin", "time_hour"])
    silver["flight_date"] = pandas.to_datetime(silver[["year", "month", "day"]])
    kind = silver.precip.gt(0).map({True: "rain", False: "dry"}).where(silver.precip.notna(), "unknown")
    before = silver.groupby(DAY).arr_delay.mean().rename("delay_before").reset_index()
    before["flight_date"] += pandas.Timedelta(days=1)
    features = silver.merge(before, "left", on=DAY).assign(is_late=silver.arr_delay > 15)
    tables = {
        "bronze": bronze,
        "quarantine": quarantine,
        "silver": silver,
        "carriers": silver.groupby("carrier_name").arr_delay.agg(flights="size", mean_arrival_delay="mean"),
        "weather": silver.groupby(kind).dep_delay.agg(flights="size", mean_departure_delay="mean"),
        "features": features[[*DAY, "hour", "origin", "delay_before", "is_late"]],
    }
    for name, table in tables.items():
        table.to_pickle(output / f"{name}.pickle")
    return tables


def _named(broken):
    return [name for name, is_broken in broken.items() if is_broken]
