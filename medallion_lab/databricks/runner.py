"""Run a notebook's file, or a folder of them, in a terminal: ``medallion-lab run NOTEBOOK``.

Each cell runs in a shell of IPython's, in this process. Before the next one the streams catch up: a reader
waits by eye, a run has to be told. The notebooks of a folder run in the order of their names, in one
workspace: each with names of its own, all on one Spark, as on a cluster.
Term: job.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/notebook-workflows.html (``notebook.exit``, parameters)
"""

import linecache
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from rich.console import Console
from rich.markdown import Markdown
from traitlets import Type
from traitlets.config import Config

from medallion_lab import databricks
from medallion_lab.databricks.dbutils import NotebookExit
from medallion_lab.databricks.notebook import NAME_VARIABLE
from medallion_lab.databricks.sources import Cell, notebooks_in, read_notebook
from medallion_lab.runtime.failures import without_stack
from medallion_lab.runtime.workspace import Workspace

SETTLE_SECONDS = 120


@dataclass
class RunReport:
    """How far a notebook came.

    Attributes
    ----------
    path : Path
        The notebook's file.
    cells : int
        How many of its cells hold code.
    ran : int
        How many of them have run without an error.
    failed : list of str
        For each cell that has not: its number, its first line, and the error.
    exited : bool
        Whether ``dbutils.notebook.exit`` ended it.
    """

    path: Path
    cells: int
    ran: int = 0
    failed: list[str] = field(default_factory=list)
    exited: bool = False

    def __str__(self) -> str:
        whole = f"{self.ran} of {self.cells} cells ran"
        if self.failed:
            return f"{whole}. The first that did not is {self.failed[0]}"
        return f"{whole}, up to its exit." if self.exited else f"{whole}: ran whole."


def run_notebooks(
    place: Path,
    *,
    console: Console,
    parameters: Mapping[str, str],
    workspace: str | None = None,
    fresh: bool = False,
    keep_going: bool = False,
) -> list[RunReport]:
    """Run every cell of a notebook, or of each notebook of a folder, until one fails.

    Parameters
    ----------
    place : Path
        A notebook's file, or a folder. In a folder a notebook that another one calls with ``%run`` does not
        run by itself.
    console : Console
        Where to print.
    parameters : mapping of str to str
        Values for the notebooks' widgets.
    workspace : str, optional
        The workspace's name; by default made from the file's or the folder's.
    fresh : bool, default False
        True empties the workspace first; False goes on with its files and tables, as Databricks does.
    keep_going : bool, default False
        True runs the cells behind one that fails too, and lists at the end what could not run.

    Returns
    -------
    list of RunReport
        One for each notebook that has begun.

    Raises
    ------
    NotebookFileError
        If the file is no notebook that can run here, or the folder holds none.
    WorkspaceInUseError
        If another program holds the workspace.
    WorkspaceMovedError
        If the workspace was moved after its streams had begun; never when ``fresh``.
    """
    paths = notebooks_in(place) if place.is_dir() else [place]
    contents = {path: read_notebook(path) for path in paths}
    name = workspace or workspace_name(place.resolve())
    if fresh:
        held = Workspace(name)
        held.reset()
        held.close()
    reports: list[RunReport] = []
    with _shell(workspace=name) as shell:
        # As an extension, so that a %load_ext in the notebook itself does nothing more.
        shell.run_line_magic("load_ext", databricks.__name__)
        try:
            for path, cells in contents.items():
                if len(paths) > 1:
                    console.rule(str(path.relative_to(place)), style="bold")
                with _at_home_in(path.resolve().parent):
                    databricks.current_notebook().begin(parameters)
                    reports.append(_run_cells(path, cells, shell, console, keep_going=keep_going))
                if reports[-1].failed and not keep_going:
                    break
        finally:
            shell.run_line_magic("unload_ext", databricks.__name__)
    if len(paths) > 1:
        _show_summary(reports, place, len(paths), console)
    return reports


def workspace_name(path: Path) -> str:
    """Return a workspace's name for a notebook's file: Sales Demo.py becomes sales_demo."""
    return re.sub("[^a-z0-9]+", "_", path.stem.lower()).strip("_")[:64] or "notebook"


def _run_cells(
    path: Path, cells: list[Cell], shell: InteractiveShell, console: Console, *, keep_going: bool
) -> RunReport:
    report = RunReport(path, sum(cell.kind == "code" for cell in cells))
    for cell in cells:
        if cell.kind == "markdown":
            console.print(Markdown(cell.text))
            continue
        console.print(f"\n── Cell {cell.number} ── {cell.title}", style="bold", markup=False)
        error = _run(cell, shell)
        if error is None:
            try:
                message = databricks.current_notebook().streams.settle(timeout_seconds=SETTLE_SECONDS)
            except Exception as failure:  # noqa: BLE001 - any failure of a stream ends the run, and is shown
                error = failure
            else:
                console.print(message, style="yellow", end="\n" if message else "", markup=False)
        if isinstance(error, NotebookExit):
            report.ran, report.exited = report.ran + 1, True
            console.print(f"\nNotebook exited: {error.value}", markup=False)
            break
        if error is None:
            report.ran += 1
            continue
        heading = _show_error(error, cell, shell, console)
        report.failed.append(f"cell {cell.number}, {cell.title!r}: {heading}")
        if not keep_going:
            console.print("The cells after it did not run.", markup=False)
            break
    console.print(f"\n{report}", style="bold red" if report.failed else "bold", markup=False)
    for missed in report.failed[1:]:
        console.print(f"Nor did {missed}", markup=False)
    return report


def _show_summary(reports: list[RunReport], place: Path, count: int, console: Console) -> None:
    console.rule("All notebooks", style="bold")
    for report in reports:
        console.print(
            f"{'✗' if report.failed else '✓'} {report.path.relative_to(place)}: {report}", markup=False
        )
    whole = sum(not report.failed for report in reports)
    console.print(f"{whole} of {count} notebooks ran whole.", style="bold", markup=False)


def _run(cell: Cell, shell: InteractiveShell) -> BaseException | None:
    result = shell.run_cell(cell.text)
    return result.error_before_exec or result.error_in_exec


def _show_error(error: BaseException, cell: Cell, shell: InteractiveShell, console: Console) -> str:
    """Print what went wrong and where; return its first line."""
    first, _, rest = without_stack(error).partition("\n")
    heading = f"{type(error).__name__}: {first}" if first else type(error).__name__
    console.print(f"\n✗ {heading}", style="bold red", markup=False)
    if rest:
        console.print(rest, markup=False)
    console.print(f"In cell {cell.number}{_place(error, shell)}.", markup=False)
    return heading


def _place(error: BaseException, shell: InteractiveShell) -> str:
    """Return the line of the notebook's own code where the error came up."""
    frames = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals is shell.user_global_ns
    ]
    if not frames:
        return ""
    file, line = frames[-1]
    return f", line {line}: {linecache.getline(file, line).strip()}"


class _PlainResults(DisplayHook):
    """Shows what a cell returns, without ``Out[1]:`` before it."""

    def write_output_prompt(self) -> None:
        """Write nothing."""


class _RunnerShell(InteractiveShell):
    """A shell that shows no traceback: what went wrong is shown once, by the runner."""

    displayhook_class = Type(_PlainResults)

    def _showtraceback(self, *_: Any) -> None:
        """Show nothing."""


@contextmanager
def _shell(*, workspace: str) -> Iterator[InteractiveShell]:
    """Give a shell without history or start-up files."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    name_before = os.environ.get(NAME_VARIABLE)
    with tempfile.TemporaryDirectory() as ipython_folder:
        shell = _RunnerShell.instance(config=config, ipython_dir=ipython_folder)
        os.environ[NAME_VARIABLE] = workspace
        try:
            yield shell
        finally:
            os.environ.pop(NAME_VARIABLE)
            if name_before is not None:
                os.environ[NAME_VARIABLE] = name_before
            shell.restore_sys_module_state()
            _RunnerShell.clear_instance()


@contextmanager
def _at_home_in(folder: Path) -> Iterator[None]:
    """Let a notebook read and import what lies beside it."""
    before = Path.cwd()
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        os.chdir(before)
