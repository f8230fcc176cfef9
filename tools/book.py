"""Make the book: ``build`` runs chapters, ``html`` shows their stored outputs, ``refresh`` stores new ones.

Called by ``make book``, ``make html`` and ``make refresh``. Chapters run in the Python that runs this.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from medallion_lab.errors import MedallionLabError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from tools.running import Outcome

# JVM messages go to the terminal instead of into a cell's output, and a reader's own start-up files stay out.
KERNEL_CONFIG = """\
c.IPKernelApp.capture_fd_output = False
c.IPKernelApp.log_level = 40
c.HistoryManager.enabled = False
"""

# What panels.drawing puts before a run; nbval passes over what follows, see tests/notebooks/nbval.cfg.
RECORDED_RUN = "<!-- recorded run: begin -->"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console(soft_wrap=True, highlight=False)


@app.command()
def build(
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Run every chapter again.")] = False,
    run: Annotated[
        list[str] | None,
        typer.Option(help="Run this chapter only; the others show the outputs that their notebooks hold."),
    ] = None,
) -> None:
    """Run the chapters that changed and build the HTML book; every warning is an error."""
    from tools import pages
    from tools.contents import exercises, running

    everything = running()
    if unknown := sorted(set(run or []) - {page.stem for page in everything}):
        raise pages.BookError(
            got=f"--run {unknown[0]}",
            needed=f"one of {', '.join(page.stem for page in everything)}",
            next_step="check the name",
        )
    chosen = [page for page in everything if not run or page.stem in run]
    with _only_build_here():
        pages.forget_outputs_of_other_code(console, always=from_scratch)
        changed = pages.without_outputs(chosen)
        outcomes = _run(changed)
        for outcome in outcomes:
            if outcome.notebook is not None:
                pages.keep(outcome)
        _require_all(outcomes)
        pages.make_pages(console, stored=[*(page for page in everything if page not in chosen), *exercises()])
        table = Table("Chapter", "Seconds", "Outputs")
        table.columns[1].justify = "right"
        for page in chosen:
            outputs = "run now" if page in changed else "kept (unchanged)"
            table.add_row(_name(page), f"{pages.seconds_of(page):.1f}", outputs)
        console.print(table)
    console.print(f"The book is built. Open [bold]{pages.HTML / 'index.html'}[/]")


@app.command(name="html")
def html_only() -> None:
    """Build the HTML book from the outputs that the notebooks hold; no chapter runs, no Java is needed."""
    from tools import pages
    from tools.contents import exercises, running

    with _only_build_here():
        pages.make_pages(console, stored=[*running(), *exercises()])
    console.print(f"The book is built. Open [bold]{pages.HTML / 'index.html'}[/]")


@app.command()
def refresh(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="Chapters to run; none runs them all.")
    ] = None,
) -> None:
    """Run chapters from top to bottom and store their outputs in the notebooks themselves."""
    from tools.contents import running
    from tools.pages import BookError

    paths = [path.resolve() for path in notebooks or []] or running()
    for path in paths:
        if path.suffix != ".ipynb" or not path.is_file():
            raise BookError(
                got=str(path),
                needed="a notebook that exists (.ipynb)",
                next_step="check the name; the chapters are in _toc.yml",
            )
    with _only_build_here():
        _require_all([_store(outcome) for outcome in _run(paths)])


# ---------------------------------------------------------------- running chapters
def _run(paths: list[Path]) -> list[Outcome]:
    """Run chapters, telling what happens."""
    from tools.pages import BUILD
    from tools.running import run_chapters

    def started(path: Path) -> None:
        console.print(f"[cyan]▸[/] {_name(path)}: running")

    def ended(outcome: Outcome) -> None:
        if outcome.notebook is None:
            console.print(Text.from_ansi(outcome.error))
        sign = "[red]✗[/]" if outcome.notebook is None else "[green]✓[/]"
        console.print(f"{sign} {_name(outcome.path)}: {outcome.seconds:.1f} s")

    with console.status("Running chapters"):
        return run_chapters(
            paths, environment=_kernel_environment(BUILD), build=BUILD, started=started, ended=ended
        )


def _kernel_environment(build: Path) -> dict[str, str]:
    """Return the settings of a chapter's kernel: its own workspaces, its own IPython profile, this Python."""
    profile = build / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    # A JUPYTER_PATH of the reader's could put another python3 kernel before this environment's, and so could
    # a kernel named python3 in the user's home.
    os.environ.pop("JUPYTER_PATH", None)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    return {
        **os.environ,
        "IPYTHONDIR": str(profile.parent),
        # A build never touches the workspaces that a reader has open.
        "MEDALLION_LAB_HOME": str(build / "lab"),
    }


def _require_all(outcomes: list[Outcome]) -> None:
    from tools.pages import BookError

    failed = [_name(outcome.path) for outcome in outcomes if outcome.notebook is None]
    if failed:
        raise BookError(
            got=f"an error in {', '.join(failed)}",
            needed="chapters that run from top to bottom and leave nothing behind",
            next_step="mend what is shown above, then run this again; their files are as they were",
        )


@contextmanager
def _only_build_here() -> Iterator[None]:
    """Refuse to build into a folder that another build is writing to."""
    from filelock import FileLock, Timeout

    from tools.pages import BUILD, BookError

    BUILD.mkdir(exist_ok=True)
    try:
        with FileLock(BUILD / ".lock", timeout=0):
            yield
    except Timeout as error:
        raise BookError(
            got="another build that is running in this folder",
            needed="one at a time",
            next_step="wait for it, then run this again",
        ) from error


# ---------------------------------------------------------------- storing outputs
def _store(outcome: Outcome) -> Outcome:
    """Store a chapter's outputs in its notebook, if every cell ran."""
    import nbformat

    if outcome.notebook is None:
        return outcome
    before = outcome.path.read_bytes()
    _forget_the_machine(outcome.notebook)
    _keep_recorded_runs(outcome.notebook, nbformat.reads(before.decode("utf-8"), as_version=4))
    after = (nbformat.writes(outcome.notebook).rstrip("\n") + "\n").encode()
    if after != before:
        _replace(outcome.path, after)
    verdict = "same bytes as before" if after == before else "stored"
    console.print(f"[green]✓[/] {_name(outcome.path)}: {verdict}")
    return outcome


def _forget_the_machine(notebook: NotebookNode) -> None:
    """Keep of a run only what every machine would give: the same bytes on each."""
    kept = {key: value for key, value in notebook.metadata.items() if key not in ("widgets", "papermill")}
    kept["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    kept["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    notebook.metadata = type(notebook.metadata)(kept)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            # Names a widget of a kernel that is gone; its text/html and text/plain stay.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


def _keep_recorded_runs(notebook: NotebookNode, before: NotebookNode) -> None:
    """Keep the stored drawing of a recorded run if the new run did the same: only its durations differ."""
    stored = {cell.id: cell.get("outputs", []) for cell in before.cells}
    for cell in notebook.cells:
        for new, old in zip(cell.get("outputs", []), stored.get(cell.id, []), strict=False):
            drawings = [output.get("data", {}).get("text/html", "") for output in (new, old)]
            texts = [output.get("data", {}).get("text/plain") for output in (new, old)]
            if all(drawing.startswith(RECORDED_RUN) for drawing in drawings) and texts[0] == texts[1]:
                new["data"]["text/html"] = drawings[1]


def _replace(path: Path, content: bytes) -> None:
    """Put the new file in the old one's place in one step: an interrupted run leaves no half notebook."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(content)
    temporary.chmod(path.stat().st_mode)
    temporary.replace(path)


def _name(path: Path) -> str:
    from tools.contents import shown

    return shown(path)


def main() -> None:
    """Run the command line; an error of ours is three lines and exit status 1."""
    needed = ("jupyter_book", "nbclient", "ipykernel", "filelock", "yaml")
    if missing := [module for module in needed if importlib.util.find_spec(module) is None]:
        console.print(f"Got: a Python without {', '.join(missing)} ({sys.executable})")
        console.print("Needed: the packages that make the book")
        console.print("Next: run `make setup`, or call this with the Python of the project's environment")
        raise SystemExit(1)
    try:
        app()
    except MedallionLabError as error:
        console.print(Text(str(error)))
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
