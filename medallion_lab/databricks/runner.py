"""Run a notebook's file in a terminal: ``medallion-lab run NOTEBOOK``.

Each cell runs in a shell of IPython's, in this process. Before the next one the streams catch up: a reader
waits by eye, a run has to be told.
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
from medallion_lab.databricks.sources import Cell, read_notebook
from medallion_lab.runtime.failures import without_stack
from medallion_lab.runtime.workspace import Workspace

SETTLE_SECONDS = 120


def run_notebook(
    path: Path,
    *,
    console: Console,
    parameters: Mapping[str, str],
    workspace: str | None = None,
    fresh: bool = False,
) -> bool:
    """Run every cell until one fails or ends the notebook.

    Parameters
    ----------
    path : Path
        The notebook's file.
    console : Console
        Where to print.
    parameters : mapping of str to str
        Values for the notebook's widgets.
    workspace : str, optional
        The workspace's name; by default made from the file's.
    fresh : bool, default False
        True empties the workspace first; False goes on with its files and tables, as Databricks does.

    Returns
    -------
    bool
        False if a cell failed.

    Raises
    ------
    NotebookFileError
        If the file is no notebook that can run here.
    WorkspaceInUseError
        If another program holds the workspace.
    WorkspaceMovedError
        If the workspace was moved after its streams had begun; never when ``fresh``.
    """
    cells = read_notebook(path)
    name = workspace or workspace_name(path)
    if fresh:
        held = Workspace(name)
        held.reset()
        held.close()
    with _shell_in(path.resolve().parent, workspace=name) as shell:
        # As an extension, so that a %load_ext in the notebook itself does nothing more.
        shell.run_line_magic("load_ext", databricks.__name__)
        try:
            databricks.current_notebook().dbutils.widgets.give(parameters)
            return _run_cells(cells, shell, console)
        finally:
            shell.run_line_magic("unload_ext", databricks.__name__)


def workspace_name(path: Path) -> str:
    """Return a workspace's name for a notebook's file: Sales Demo.py becomes sales_demo."""
    return re.sub("[^a-z0-9]+", "_", path.stem.lower()).strip("_")[:64] or "notebook"


def _run_cells(cells: list[Cell], shell: InteractiveShell, console: Console) -> bool:
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
            console.print(f"\nNotebook exited: {error.value}", markup=False)
            return True
        if error is not None:
            _show_error(error, cell, shell, console)
            return False
    console.print(f"\nAll {len(cells)} cells ran.")
    return True


def _run(cell: Cell, shell: InteractiveShell) -> BaseException | None:
    result = shell.run_cell(cell.text)
    return result.error_before_exec or result.error_in_exec


def _show_error(error: BaseException, cell: Cell, shell: InteractiveShell, console: Console) -> None:
    first, _, rest = without_stack(error).partition("\n")
    heading = f"{type(error).__name__}: {first}" if first else type(error).__name__
    console.print(f"\n✗ {heading}", style="bold red", markup=False)
    if rest:
        console.print(rest, markup=False)
    console.print(
        f"In cell {cell.number}{_place(error, shell)}. The cells after it did not run.", markup=False
    )


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
def _shell_in(folder: Path, *, workspace: str) -> Iterator[InteractiveShell]:
    """Give a shell without history or start-up files, at home in the notebook's folder."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    before, name_before = Path.cwd(), os.environ.get(NAME_VARIABLE)
    with tempfile.TemporaryDirectory() as ipython_folder:
        shell = _RunnerShell.instance(config=config, ipython_dir=ipython_folder)
        os.chdir(folder)
        os.environ[NAME_VARIABLE] = workspace
        sys.path.insert(0, str(folder))
        try:
            yield shell
        finally:
            sys.path.remove(str(folder))
            os.chdir(before)
            os.environ.pop(NAME_VARIABLE)
            if name_before is not None:
                os.environ[NAME_VARIABLE] = name_before
            shell.restore_sys_module_state()
            _RunnerShell.clear_instance()
