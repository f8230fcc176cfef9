"""``make bench``: both sides of each figure in one run, as a ratio. Never part of the tests."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import autoloader, backfill, chapters, chart, growth, latency, shop
from tests.benchmarks.measuring import load, machine, middle_and_spread

BENCHMARKS = {
    "first_row": latency.first_row,
    "drops": latency.drops,
    "backfill": backfill.backfill,
    "growth": growth.growth,
    "chapters": chapters.chapters,
    "rescue": autoloader.rescue,
    "listing": autoloader.listing,
    "generator": shop.generator,
}
RESULTS = Path(__file__).with_name("results.json")
ONE = "--one"


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Some of {', '.join(BENCHMARKS)}; none: all.")
    ] = None,
) -> None:
    """Measure, print, store the figures beside this file, and show them in the chart and in the README."""
    chosen = names or list(BENCHMARKS)
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    console = Console(soft_wrap=True)
    console.print(f"On {machine()}")
    results = load(RESULTS)
    for name in chosen:
        console.print(f"\n[bold]{name}[/] … {BENCHMARKS[name].__doc__.splitlines()[0]}")
        # A process of its own: a JVM keeps its profile, and its warmth, for life.
        child = subprocess.run([sys.executable, "-m", "tests.benchmarks", ONE, name], stdout=subprocess.PIPE)
        if child.returncode:
            raise typer.Exit(child.returncode)
        figures = json.loads(child.stdout)
        results[name] = {
            "machine": machine(),
            "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
            "figures": figures,
        }
        console.print(_table(figures))
        # In the order of the list above, whichever was measured last.
        results = {each: results[each] for each in BENCHMARKS if each in results}
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
        chart.show(results)


def _table(figures: list[dict]) -> Table:
    table = Table("figure", "ours", "theirs", "ratio", "aim")
    for figure in figures:
        table.add_row(
            f"{figure['name']} [{figure['unit']}]".replace("[", r"\["),
            f"{middle_and_spread(figure['ours'])}\n{figure['ours_is']}",
            f"{middle_and_spread(figure['theirs'])}\n{figure['theirs_is']}",
            f"{figure['ratio']:.2f}",
            f"{figure['aim']} {'✓ met' if figure['is_met'] else '✗ missed'}",
        )
    return table


if __name__ == "__main__":
    if ONE in sys.argv[1:2]:
        print(json.dumps([figure.as_json() for figure in BENCHMARKS[sys.argv[2]]()]))
    else:
        typer.run(main)
