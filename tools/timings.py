"""Where the minutes of a test run went, and which chapters have become slower; the end of ``make test``.

Each part of the suite leaves a report in JUnit's format, which pytest writes. A chapter's seconds are divided
by those of a bare start of Spark that the same run measured: so a slow hour of a machine does not look like a
slow chapter. A warning never fails a run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import typer
from rich.console import Console
from rich.table import Table

from tools.contents import ROOT

REPORTS = ROOT / "_build" / "timings"
STORED = ROOT / "tests" / "notebooks" / "timings.json"
# The property under which a test notes a bare start's seconds.
BARE_START = "bare_start_seconds"
SLOWER = 4 / 3

console = Console(soft_wrap=True, highlight=False)


def main(
    store: Annotated[
        bool, typer.Option("--store", help="Keep these figures as those to compare with.")
    ] = False,
) -> None:
    """Print the slowest parts of the last run, and warn of each chapter that has become a third slower."""
    reports = sorted(REPORTS.glob("*.xml"))
    if not reports:
        console.print("No reports in _build/timings: `make test` writes them.")
        return
    parts = seconds_by_part(reports)
    table = Table("The ten slowest parts", "Minutes", title_justify="left")
    table.columns[1].justify = "right"
    for name, seconds in sorted(parts.items(), key=lambda part: -part[1])[:10]:
        table.add_row(name, f"{seconds / 60:.1f}")
    console.print(table)
    wholes = ", ".join(
        f"{report.stem} {minutes:.1f}" for report, minutes in minutes_by_report(reports).items()
    )
    start = bare_start(reports)
    console.print(
        f"Minutes in all: {wholes}. A bare start of Spark: {f'{start:.1f} s' if start else 'not measured'}."
    )
    now = chapters_by_bare_start(parts, start)
    if store:
        STORED.write_text(json.dumps(now, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        console.print(f"Stored {len(now)} figures.")
        return
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.is_file() else {}
    for warning in warnings(now, stored):
        console.print(f"[yellow]Warning:[/] {warning}")


def seconds_by_part(reports: list[Path]) -> dict[str, float]:
    """Return how long each file of tests took, and each chapter: compared, and with other parameters."""
    parts: dict[str, float] = defaultdict(float)
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            parts[_part(case)] += float(case.get("time", 0))
    return dict(parts)


def minutes_by_report(reports: list[Path]) -> dict[Path, float]:
    """Return how long each run of the suite took from its start to its end, its workers beside each other."""
    return {
        report: sum(float(suite.get("time", 0)) for suite in ElementTree.parse(report).iter("testsuite")) / 60
        for report in reports
    }


def bare_start(reports: list[Path]) -> float | None:
    """Return the seconds of a bare start that one of these runs has noted, or None."""
    for report in reports:
        for noted in ElementTree.parse(report).iter("property"):
            if noted.get("name") == BARE_START:
                return float(noted.get("value", ""))
    return None


def chapters_by_bare_start(parts: dict[str, float], bare: float | None) -> dict[str, float]:
    """Return each chapter's time as a multiple of a bare start; nothing if none was measured."""
    chapters = {name: seconds for name, seconds in parts.items() if name.startswith("chapter ")}
    return {name: round(seconds / bare, 1) for name, seconds in chapters.items()} if bare else {}


def warnings(now: dict[str, float], stored: dict[str, float]) -> list[str]:
    """Say which chapters have become a third slower than what is stored."""
    return [
        f"{name} took {now[name]:g} bare starts, {before:g} in the stored figures: a third more, or worse"
        for name, before in sorted(stored.items())
        if name in now and now[name] > before * SLOWER
    ]


def _part(case: ElementTree.Element) -> str:
    """Name the part that a test belongs to: its file, or the chapter that it runs."""
    place, name = case.get("classname", ""), case.get("name", "")
    if "ipynb" in place:
        name = place.replace(".ipynb", "").rpartition(".")[2]
        return f"chapter {name}{', solutions' if 'solutions' in place.split('.') else ''}, compared"
    if place.endswith("test_papermill") and name.endswith("]"):
        return f"chapter {name[:-1].rpartition('[')[2]}, with other parameters"
    return place.replace(".", "/")


if __name__ == "__main__":
    typer.run(main)
