"""``make bench``: both sides of each figure in one run, as a ratio. Never part of the tests."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    autoloader,
    backfill,
    chapters,
    flights,
    formats,
    growth,
    latency,
    page,
    panels,
    shop,
)
from tests.benchmarks.measuring import cpu_seconds_of_others, load, machine, middle_and_spread

BENCHMARKS = {
    "first_row": latency.first_row,
    "drops": latency.drops,
    "backfill": backfill.backfill,
    "flights": flights.flights,
    "growth": growth.growth,
    "chapters": chapters.chapters,
    "rescue": autoloader.rescue,
    "formats": formats.formats,
    "listing": autoloader.listing,
    "generator": shop.generator,
    "panels": panels.panels,
}
RESULTS = Path(__file__).with_name("results.json")
ONE = "--one"
END_SECONDS = 240


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Some of {', '.join(BENCHMARKS)}; none: all.")
    ] = None,
    stored: Annotated[
        bool, typer.Option("--stored", help="Measure nothing: show the stored figures once more.")
    ] = False,
) -> None:
    """Measure, print, store the figures beside this file; show them on the book's page and in the README."""
    if stored:
        page.show(load(RESULTS))
        return
    chosen = names or list(BENCHMARKS)
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    console = Console(soft_wrap=True)
    console.print(f"On {machine()}")
    results = load(RESULTS)
    for name in chosen:
        console.print(f"\n[bold]{name}[/] … {BENCHMARKS[name].__doc__.splitlines()[0]}")
        before = time.perf_counter(), cpu_seconds_of_others()
        figures = _measure(name)
        others = (cpu_seconds_of_others() - before[1]) / (time.perf_counter() - before[0])
        console.print(
            f"Meanwhile other programs kept {others:.1f} cores busy; more than 0.3 spoils a figure."
        )
        results[name] = {
            "machine": machine(),
            "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
            "cores_busy_with_others": round(others, 2),
            "figures": figures,
        }
        console.print(_table(figures))
        # In the order of the list above, whichever was measured last.
        results = {each: results[each] for each in BENCHMARKS if each in results}
        RESULTS.write_text(json.dumps(results, indent=2) + "\n")
        page.show(results)


def _measure(name: str) -> list[dict]:
    """Return the figures, from a process of its own: a JVM keeps its profile and its warmth for life."""
    command = [sys.executable, "-m", "tests.benchmarks", ONE, name]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        try:
            printed, _ = child.communicate()
        except BaseException:
            # It ends what it has started, and removes its folders, before it goes.
            child.terminate()
            child.wait(timeout=END_SECONDS)
            raise
    if child.returncode:
        raise typer.Exit(child.returncode)
    # The last line: a JVM may have said something before, such as what VACUUM has deleted.
    return json.loads(printed.splitlines()[-1])


def _table(figures: list[dict]) -> Table:
    table = Table("figure", "ours", "theirs", "ratio", "aim")
    for figure in figures:
        table.add_row(
            f"{figure['name']} [{figure['unit']}]".replace("[", r"\["),
            f"{middle_and_spread(figure['ours'])}\n{figure['ours_is']}",
            f"{middle_and_spread(figure['theirs'])}\n{figure['theirs_is']}",
            f"{figure['ratio']:.2f}",
            f"{figure['aim']} {'✓ met' if figure['is_met'] else '✗ missed'}" if figure["aim"] else "none",
        )
    return table


def _stop(number: int, frame: object) -> NoReturn:
    """End by way of every ``finally``: Python would stop at once and leave folders and JVMs behind."""
    # Being told twice must not cut the cleaning short.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    if ONE in sys.argv[1:2]:
        print(json.dumps([figure.as_json() for figure in BENCHMARKS[sys.argv[2]]()]))
    else:
        typer.run(main)
