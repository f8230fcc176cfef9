"""Measure two sides in one run and say their ratio: a figure alone says more about the machine."""

import json
import os
import platform
import statistics
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from medallion_lab.lab import current_lab
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.runtime.session import stop_jvm


@dataclass(frozen=True)
class Comparison:
    """One figure of both sides.

    Attributes
    ----------
    name : str
        What was measured.
    unit : str
        Of both sides' values; ``rows/s`` and the like are better when larger, ``s`` when smaller.
    ours, theirs : list of float
        Each repetition, in the order in which the two sides took turns.
    ours_is, theirs_is : str
        What each side is.
    aim : str or None
        What the ratio should be, such as ``>= 0.5``; None for a figure that is good to know and has no aim.
    """

    name: str
    unit: str
    ours_is: str
    ours: list[float]
    theirs_is: str
    theirs: list[float]
    aim: str | None

    @property
    def ratio(self):
        """Our median over theirs."""
        return statistics.median(self.ours) / statistics.median(self.theirs)

    @property
    def is_met(self):
        """Whether the aim is met; None without one."""
        if self.aim is None:
            return None
        sign, bound = self.aim.split()
        return self.ratio >= float(bound) if sign == ">=" else self.ratio <= float(bound)

    def as_json(self):
        """Return everything, with the ratio, as a dict for the data file."""
        return asdict(self) | {"ratio": round(self.ratio, 3), "is_met": self.is_met}


def middle(values):
    """Return the median as text."""
    return _short(statistics.median(values))


def middle_and_spread(values):
    """Return the median, and the range from the smallest to the largest, as text; of one value, the value."""
    if len(values) == 1:
        return _short(values[0])
    return f"{middle(values)} ({_short(min(values))} to {_short(max(values))})"


def _short(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def percentile(values, percent):
    """Return the value below which so many per cent of the values lie, between two of them if need be."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def machine():
    """Return what a reader needs to know of this machine to read a figure."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"


def cpu_seconds_of_others():
    """Return how long this machine has worked for programs that this process neither is nor has started.

    Only their difference between two moments says something, and only when the processes that were started
    in between have ended and were waited for. A kernel leaves its JVM behind, so a chapter's counts here.
    """
    everyone, own = psutil.cpu_times(), os.times()
    return everyone.user + everyone.nice + everyone.system - sum(own[:4])


def seconds_until(condition, *, timeout_seconds=300.0):
    """Return how long it took until the condition held, looking every 5 ms."""
    begin = time.perf_counter()
    while not condition():
        if time.perf_counter() - begin > timeout_seconds:
            raise TimeoutError(f"nothing happened within {timeout_seconds:g} s")
        time.sleep(0.005)
    return time.perf_counter() - begin


@contextmanager
def temporary_home():
    """Give this process's labs a home that goes when they are done, and their JVM with it."""
    kept = os.environ.get("MEDALLION_LAB_HOME")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MEDALLION_LAB_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            end_lab()
            if kept is None:
                del os.environ["MEDALLION_LAB_HOME"]
            else:
                os.environ["MEDALLION_LAB_HOME"] = kept


def end_lab():
    """Close the lab that is open, if one is, and end its JVM: the next one may have another profile."""
    if lab := current_lab():
        lab.close()
    stop_jvm()


def versions(table: Path):
    """Return how many versions a Delta table has, from its log's files alone."""
    return len(list((table / "_delta_log").glob("*.json")))


def checkpoints(table: Path):
    """Return how many Delta checkpoints a table has."""
    return len(list((table / "_delta_log").glob("*.checkpoint*.parquet")))


def row_files(log: DeltaLog):
    """Return the Parquet files that hold a table's rows, and nothing else."""
    if log.has_marked_rows:
        raise ValueError(f"{log.table.name} marks rows as deleted: its files alone do not say its rows")
    return log.files


def load(path: Path):
    """Return the data file's content, empty at the first run."""
    return json.loads(path.read_text()) if path.exists() else {}
