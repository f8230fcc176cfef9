"""How soon gold shows an order: from the launch of the process, and from a file that is dropped."""

import json
import statistics
import tempfile
import time
from pathlib import Path

from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.shop import Shop
from tests.benchmarks.child import Child, prepare
from tests.benchmarks.measuring import Comparison, checkpoints, percentile, row_files
from tests.benchmarks.side import FLOW, landing, tables

OURS = {"simple": "the lab, simple forms", "exact": "the lab, exact forms"}
THEIRS = "the same three streams on default settings"


def first_row(*, rounds=3, orders=10):
    """Launch a process, start three streams, and wait for the first row of gold.

    A file has landed before. The clock runs from the launch of Python to the moment in which gold's log has a
    version with all that landed. The lab's archive for a fast start is there, as ``medallion-lab setup``
    leaves it.
    """
    seconds = {side: [] for side in FLOW}
    for _ in range(rounds):
        for side in FLOW:
            with tempfile.TemporaryDirectory() as place:
                seconds[side].append(_seconds_to_first_row(side, Path(place), orders=orders))
    return [
        Comparison(
            f"launch to first row in gold, {side} forms",
            "s",
            OURS[side],
            seconds[side],
            THEIRS,
            seconds["defaults"],
            "<= 0.2",
        )
        for side in OURS
    ]


def _seconds_to_first_row(side, folder, *, orders):
    prepare(folder)
    total = _drop(Shop(landing(folder)), orders)
    gold = DeltaLog(tables(side, folder) / "gold_sales_tbl")
    with Child(side, folder) as child:
        return _seconds_until_total(child, gold, total, since=child.launched)


def drops(*, count=30, warm_up=5, pad_to=85, orders=10):
    """Drop a file where three streams wait, and see its rows in gold; again when all is idle.

    One side after the other, for two JVMs would share the cores. Every table gets a Delta checkpoint within
    the counted drops: by default after every tenth commit, in the lab after every hundredth, so the lab's
    tables are brought to version 85 by commits without rows first. The first drops of each side warm up.
    """
    seconds, written = {}, {}
    for side in FLOW:
        with tempfile.TemporaryDirectory() as place:
            seconds[side], written[side] = _seconds_of_drops(
                side,
                Path(place),
                count=count,
                warm_up=warm_up,
                pad_to=0 if side == "defaults" else pad_to,
                orders=orders,
            )
    return [
        *(
            Comparison(
                f"drop to rows in gold, {side} forms, median",
                "s",
                f"{what}; {count} drops, {written[side]} Delta checkpoints meanwhile",
                seconds[side],
                f"{THEIRS}; {written['defaults']} Delta checkpoints meanwhile",
                seconds["defaults"],
                aim,
            )
            for (side, what), aim in zip(OURS.items(), ("<= 0.1", "<= 0.2"), strict=True)
        ),
        *(
            Comparison(
                f"drop to rows in gold, {side} forms, 95th percentile",
                "s",
                f"{what}, 95th percentile of {count} drops",
                [percentile(seconds[side], 95)],
                "their median",
                [statistics.median(seconds[side])],
                "<= 2",
            )
            for side, what in OURS.items()
        ),
    ]


def _seconds_of_drops(side, folder, *, count, warm_up, pad_to, orders):
    prepare(folder)
    shop, total, seconds = Shop(landing(folder)), 0, []
    places = [tables(side, folder) / table for table in FLOW[side]]
    gold = DeltaLog(tables(side, folder) / "gold_sales_tbl")
    with Child(side, folder, pad_to=pad_to) as child:
        child.wait_until_started(timeout_seconds=900)
        child.settle()
        for number in range(warm_up + count):
            if number == warm_up:
                before = [checkpoints(place) for place in places]
            gold.advance()
            begin = time.perf_counter()
            total += _drop(shop, orders)
            passed = _seconds_until_total(child, gold, total, since=begin)
            if number >= warm_up:
                seconds.append(passed)
            child.settle()
        written = [checkpoints(place) - had for place, had in zip(places, before, strict=True)]
    if not all(written):
        counts = ", ".join(f"{table} {number}" for table, number in zip(FLOW[side], written, strict=True))
        raise RuntimeError(
            f"side {side!r}, Delta checkpoints within {count} drops: {counts}; each table needs one, or the "
            "figure leaves out what a checkpoint costs"
        )
    return seconds, sum(written)


def _drop(shop, orders):
    """Land a file and return how many pieces its orders add to gold."""
    landed = shop.land(orders)
    return sum(json.loads(line)["quantity"] for line in landed.path.read_text().splitlines())


def _seconds_until_total(child, gold, total, *, since):
    """Return the seconds since then in which gold's newest version came to hold this total."""
    while True:
        child.seconds_until(gold.advance, f"version of gold with {total} pieces")
        passed = time.perf_counter() - since
        if child.total_of(row_files(gold)) == total:
            return passed
