"""Run the chapters: ``build`` makes the HTML book, ``refresh`` stores fresh outputs in the notebooks.

Called by ``make book`` and ``make refresh``. Both run each chapter in the Python that runs this script.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
HTML = BUILD / "html"
CACHE = BUILD / ".jupyter_cache"
LOG = BUILD / "book.log"
CELL_SECONDS = 300

# The console script may not be on PATH; this is what it does.
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
# -n reports links that lead nowhere; --keep-going shows every warning before -W makes the build fail; --all
# reads each page again, with the outputs that the cache holds, so that no page keeps an old sidebar.
STRICT = ["-W", "-n", "--keep-going", "--all"]

COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")
CHAPTER_EVENT = re.compile(
    r"(?P<path>\S.*\.ipynb): (?P<what>Executing notebook|Executed notebook in|Using cached notebook)"
)
TROUBLE = re.compile(r"\b(WARNING|ERROR|CRITICAL): ")
# What nbclient says ends where myst-nb, or Sphinx, begins.
CHAPTER_ERROR = re.compile(
    r"^nbclient\.exceptions\.\w+: (?P<message>.*?)(?=^ *\[mystnb|^Exception occurred|^The full traceback|\Z)",
    re.MULTILINE | re.DOTALL,
)

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
    _require("jupyter_book", "filelock", "yaml")
    chapters = [page for page in _pages() if page.suffix == ".ipynb"]
    stored = [page for page in chapters if run and page.stem not in run]
    if unknown := sorted(set(run or []) - {page.stem for page in chapters}):
        _stop(f"--run {unknown[0]}", f"one of {', '.join(page.stem for page in chapters)}", "check the name")
    with _only_build_here():
        _forget_outputs_of_other_code(always=from_scratch)
        # Otherwise the page of a chapter that was renamed would stay.
        shutil.rmtree(HTML, ignore_errors=True)
        was_run, unfinished, exit_status = _run_jupyter_book(stored)
        if exit_status:
            _explain_failure(unfinished)
        _print_times([page for page in chapters if page not in stored], was_run)
    console.print(f"The book is built. Open [bold]{HTML / 'index.html'}[/]")


@app.command()
def refresh(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="Chapters to run; none runs them all.")
    ] = None,
) -> None:
    """Run chapters from top to bottom and store their outputs in the notebooks themselves."""
    _require("nbclient", "ipykernel", "yaml")
    chapters = [path.resolve() for path in notebooks or []] or [p for p in _pages() if p.suffix == ".ipynb"]
    for path in chapters:
        if path.suffix != ".ipynb" or not path.is_file():
            _stop(
                f"{path}", "a notebook that exists (.ipynb)", "check the name; the chapters are in _toc.yml"
            )
    os.environ.update(_kernel_environment())
    failed = [path for path in chapters if not _refresh_one(path)]
    if failed:
        _stop(
            f"{len(failed)} of {len(chapters)} chapters failed: {', '.join(map(_name, failed))}",
            "chapters that run from top to bottom",
            "mend the cells shown above, then run this again; the files of failed chapters are as they were",
        )


# ---------------------------------------------------------------- what the book consists of
def _pages() -> list[Path]:
    """Return the files that _toc.yml names, in reading order."""
    import yaml

    toc_file = ROOT / "_toc.yml"
    try:
        toc = yaml.safe_load(toc_file.read_text(encoding="utf-8"))
        names = [toc["root"], *(entry["file"] for part in toc.get("parts", []) for entry in part["chapters"])]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        _stop(
            f"{toc_file.name} that cannot be read ({error})", "root, and parts with chapters", "mend _toc.yml"
        )
    return [_page(name) for name in names]


def _page(name: str) -> Path:
    for suffix in (".ipynb", ".md"):
        if (page := ROOT / f"{name}{suffix}").is_file():
            return page
    _stop(
        f"no file for {name!r}",
        f"{name}.ipynb or {name}.md, as _toc.yml says",
        "write it, or take it out of _toc.yml",
    )


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


# ---------------------------------------------------------------- build
@contextmanager
def _only_build_here() -> Iterator[None]:
    """Refuse to build into a folder that another build is writing to."""
    from filelock import FileLock, Timeout

    BUILD.mkdir(exist_ok=True)
    try:
        with FileLock(BUILD / ".lock", timeout=0):
            yield
    except Timeout:
        _stop(
            "another build that is running in this folder",
            "one at a time",
            "wait for it, then run this again",
        )


def _forget_outputs_of_other_code(*, always: bool) -> None:
    """Remove everything built if the code or the packages that it was built with have changed.

    The cache compares the notebooks alone: it would serve outputs of a package that no longer exists.
    """
    file, now = BUILD / "fingerprint", _fingerprint()
    same_code = file.is_file() and file.read_text(encoding="utf-8") == now
    if same_code and not always:
        return
    if CACHE.exists() and not same_code:
        console.print("The package or its environment has changed: every chapter runs again.")
    for folder in (CACHE, BUILD / ".doctrees", BUILD / "jupyter_execute", HTML):
        shutil.rmtree(folder, ignore_errors=True)
    file.write_text(now, encoding="utf-8")


def _fingerprint() -> str:
    """Return one hash of all that the outputs of a chapter depend on, besides the chapter."""
    package = (p for p in (ROOT / "medallion_lab").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    digest = hashlib.sha256(platform.python_version().encode())
    for path in [*sorted(package), ROOT / "constraints.txt", ROOT / "pyproject.toml"]:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{_name(path)} {len(content)}\n".encode() + content)
    installed = {f"{found.name} {found.version}" for found in importlib.metadata.distributions()}
    digest.update("\n".join(sorted(installed)).encode())
    return digest.hexdigest()


def _configuration(stored: list[Path]) -> Path:
    """Return the book's settings; when chapters are not to run, a copy that says so."""
    import yaml

    own = ROOT / "_config.yml"
    if not stored:
        return own
    settings = yaml.safe_load(own.read_text(encoding="utf-8"))
    settings["execute"]["exclude_patterns"] = [_name(page) for page in stored]
    changed = BUILD / "_config.yml"
    changed.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return changed


def _run_jupyter_book(stored: list[Path]) -> tuple[set[str], set[str], int]:
    """Run jupyter-book, telling what it does; return the chapters run, those that failed, the exit status."""
    was_run, started, writing = set(), {}, False
    command = [*JUPYTER_BOOK, "build", str(ROOT), *STRICT, "--config", str(_configuration(stored))]
    environment = {**os.environ, **_kernel_environment(), "PYTHONUNBUFFERED": "1"}
    # A JUPYTER_PATH of the reader's could put another python3 kernel before this environment's.
    environment.pop("JUPYTER_PATH", None)
    with (
        LOG.open("w", encoding="utf-8") as log,
        console.status("Reading the book") as status,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        for raw in process.stdout or ():
            line = COLOUR_CODES.sub("", raw)
            log.write(line)
            if event := CHAPTER_EVENT.match(line):
                chapter = _name(Path(event["path"]))
                if event["what"] == "Executing notebook":
                    started[chapter] = time.monotonic()
                    console.print(f"[cyan]▸[/] {chapter}: running")
                    status.update(f"Running {chapter}")
                elif chapter in started:
                    was_run.add(chapter)
                    console.print(f"[green]✓[/] {chapter}: {time.monotonic() - started[chapter]:.1f} s")
                else:
                    console.print(f"[green]✓[/] {chapter}: unchanged, outputs kept")
            elif TROUBLE.search(line):
                console.print(Text(line.strip().replace(f"{ROOT}{os.sep}", ""), style="yellow"))
            elif line.startswith("writing output") and not writing:
                writing = True
                status.update("Writing the pages")
    return was_run, started.keys() - was_run, process.returncode


def _explain_failure(unfinished: set[str]) -> NoReturn:
    """Show what jupyter-book said about the failure: a chapter's error, or its warnings."""
    said = LOG.read_text(encoding="utf-8")
    if unfinished:
        error = CHAPTER_ERROR.search(said)
        console.print(Text(error["message"].strip() if error else said[-3000:]))
        _stop(
            f"an error in {', '.join(unfinished)}",
            "chapters that run from top to bottom",
            "mend the cell shown above, then build again",
        )
    warnings = len(re.findall(TROUBLE, said))
    if not warnings:
        console.print(Text(said[-3000:]))
        _stop("an error in jupyter-book, shown above", "a build that ends", f"read {_name(LOG)}")
    _stop(
        f"{warnings} warnings, shown above",
        "none: each is a broken link, a missing picture or markup that is not understood",
        f"mend them, then build again; all that jupyter-book said is in {_name(LOG)}",
    )


def _print_times(chapters: list[Path], was_run: set[str]) -> None:
    from jupyter_cache import get_cache

    cache = get_cache(str(CACHE))
    table = Table("Chapter", "Seconds", "Outputs")
    table.columns[1].justify = "right"
    for chapter in chapters:
        # The cache remembers how long a chapter took when it last ran.
        seconds = cache.match_cache_file(str(chapter)).data["execution_seconds"]
        outputs = "run now" if _name(chapter) in was_run else "kept (unchanged)"
        table.add_row(_name(chapter), f"{seconds:.1f}", outputs)
    console.print(table)


# ---------------------------------------------------------------- refresh
def _refresh_one(path: Path) -> bool:
    """Run one chapter; store its outputs only if every cell ran. Return whether it did."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError

    before = path.read_bytes()
    try:
        notebook = nbformat.reads(before.decode("utf-8"), as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        console.print(f"[red]✗[/] {_name(path)}: not a notebook that can be read ({error})")
        return False
    console.print(f"[cyan]▸[/] {_name(path)}: running")
    started = time.monotonic()
    with console.status("") as status:
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
            # Times, widget ids and the way a text was cut into pieces differ from run to run.
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            on_cell_start=lambda cell, cell_index: status.update(
                f"{_name(path)}: cell {cell_index + 1} of {len(notebook.cells)}"
            ),
        )
        try:
            client.execute()
        except (CellControlSignal, DeadKernelError) as error:
            console.print(Text.from_ansi(str(error)))
            console.print(f"[red]✗[/] {_name(path)}: failed, file kept")
            return False
    _forget_the_machine(notebook)
    _keep_recorded_runs(notebook, nbformat.reads(before.decode("utf-8"), as_version=4))
    after = (nbformat.writes(notebook).rstrip("\n") + "\n").encode()
    if after != before:
        _replace(path, after)
    verdict = "same bytes as before" if after == before else "stored"
    console.print(f"[green]✓[/] {_name(path)}: {time.monotonic() - started:.1f} s, {verdict}")
    return True


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


# ---------------------------------------------------------------- for both
def _kernel_environment() -> dict[str, str]:
    """Return the settings of a chapter's kernel: its own workspaces, its own IPython profile, this Python."""
    profile = BUILD / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")
    return {
        "IPYTHONDIR": str(profile.parent),
        # A kernel named python3 in the user's home would otherwise win over this environment's.
        "JUPYTER_PREFER_ENV_PATH": "1",
        # A build never touches the workspaces that a reader has open.
        "MEDALLION_LAB_HOME": str(BUILD / "lab"),
    }


def _require(*modules: str) -> None:
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        _stop(
            f"a Python without {', '.join(missing)} ({sys.executable})",
            "the packages that make the book",
            "run `make setup`, or call this script with the Python of the project's environment",
        )


def _stop(got: str, needed: str, next_step: str) -> NoReturn:
    for word, text in (("Got", got), ("Needed", needed), ("Next", next_step)):
        console.print(Text.assemble((f"{word}: ", "bold"), text))
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
