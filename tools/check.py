"""Try a change before it goes in: lint, its tests, the chapter that teaches it. Called by ``make check``.

What it does not try is listed at its end: `make test` alone is the proof.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from tools.change import Plan, changed_files, plan
from tools.contents import ROOT
from tools.warm_jvm import how_many_fit

LINT = ("ruff format --check .", "ruff check .", "lint-imports", "mypy")
NBVAL = "--nbval --nbval-current-env --nbval-cell-timeout=300 --nbval-sanitize-with tests/notebooks/nbval.cfg"

console = Console(soft_wrap=True, highlight=False)


def main(
    since: Annotated[
        str, typer.Option(help="The commit that the change is measured from; by default the last one.")
    ] = "HEAD",
) -> None:
    """Run what a change asks for, and list what is left out."""
    made = plan(changed_files(since))
    if not made.changed:
        console.print(f"Nothing differs from {since}: nothing to check. A change before it: SINCE=<commit>.")
        return
    started = time.monotonic()
    for path in made.changed:
        console.print(f"changed: {path}")
    failed = [name for name, passed in (("lint", _lint()), ("tests", _tests(made))) if not passed]
    console.print("\n[bold]Left out[/], for `make test`:")
    for left in made.left_out:
        console.print(f"  {left}")
    verdict = f"[red]✗ failed: {', '.join(failed)}[/]" if failed else "[green]✓ passed[/]"
    console.print(f"{verdict}, in {time.monotonic() - started:.0f} s")
    if failed:
        raise typer.Exit(1)


def _lint() -> bool:
    """Run the linters beside each other; show what those say that complain."""
    bin_folder = os.path.dirname(sys.executable)
    running = [
        (line, subprocess.Popen([f"{bin_folder}/{name}", *rest], cwd=ROOT, **_both_streams()))
        for line in LINT
        for name, *rest in [line.split()]
    ]
    passed = True
    for line, process in running:
        said, _ = process.communicate()
        console.print(f"{'[red]✗[/]' if process.returncode else '[green]✓[/]'} {line}")
        if process.returncode:
            passed = False
            console.print(said.strip(), markup=False)
    return passed


def _tests(made: Plan) -> bool:
    """Run the tests and the chapters of a plan, two at a time where there is more than one."""
    files = [*map(str, made.tests), *map(str, made.chapters)]
    if not files:
        return True
    at_a_time = ["-n", "2", "--dist", "loadscope"] if len(files) > 1 and how_many_fit() > 1 else []
    chapters = NBVAL.split() if made.chapters else []
    # Chapters that share a JVM pay from the third on: a check runs one or two.
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.notebooks.warm", "--own-jvm"]
    return subprocess.run([*command, *at_a_time, *chapters, *files], cwd=ROOT).returncode == 0


def _both_streams() -> dict:
    return {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}


if __name__ == "__main__":
    typer.run(main)
