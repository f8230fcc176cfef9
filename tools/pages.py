"""Make the HTML book of the chapters' outputs: of those that a cache holds, or those stored in the notebooks.

No chapter runs here. ``tools.book`` runs them first and puts what came of them into the cache.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from rich.console import Console
from rich.text import Text

from medallion_lab.errors import MedallionLabError
from tools.address import with_address
from tools.contents import ROOT, shown

if TYPE_CHECKING:
    from tools.running import Outcome

BUILD = ROOT / "_build"
HTML = BUILD / "html"
CACHE = BUILD / ".jupyter_cache"
LOG = BUILD / "book.log"

# The console script may not be on PATH; this is what it does.
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
# -n reports links that lead nowhere; --keep-going shows every warning before -W makes the build fail; --all
# reads each page again, with the outputs that the cache holds, so that no page keeps an old sidebar.
STRICT = ["-W", "-n", "--keep-going", "--all"]

COLOUR_CODES = re.compile(r"\x1b\[[0-9;]*m")
TROUBLE = re.compile(r"\b(WARNING|ERROR|CRITICAL): ")


class BookError(MedallionLabError):
    """The book cannot be built."""


# ---------------------------------------------------------------- outputs that are kept from build to build
def forget_outputs_of_other_code(console: Console, *, always: bool) -> None:
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


def without_outputs(chapters: Iterable[Path]) -> list[Path]:
    """Return those of these chapters that the cache has no outputs of."""
    return [chapter for chapter in chapters if seconds_of(chapter) is None]


def seconds_of(chapter: Path) -> float | None:
    """Return how long this chapter took when it last ran, or None if it has changed since."""
    from jupyter_cache import get_cache

    try:
        return float(get_cache(str(CACHE)).match_cache_file(str(chapter)).data["execution_seconds"])
    except KeyError:
        return None


def keep(outcome: Outcome) -> None:
    """Put what came of a chapter where the build looks for it."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    bundle = CacheBundleIn(
        outcome.notebook, str(outcome.path), data={"execution_seconds": round(outcome.seconds, 1)}
    )
    get_cache(str(CACHE)).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def _fingerprint() -> str:
    """Return one hash of all that the outputs of a chapter depend on, besides the chapter."""
    package = (p for p in (ROOT / "medallion_lab").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    digest = hashlib.sha256(platform.python_version().encode())
    for path in [*sorted(package), ROOT / "constraints.txt", ROOT / "pyproject.toml"]:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{shown(path)} {len(content)}\n".encode() + content)
    installed = {f"{found.name} {found.version}" for found in importlib.metadata.distributions()}
    digest.update("\n".join(sorted(installed)).encode())
    return digest.hexdigest()


# ---------------------------------------------------------------- pages
def make_pages(console: Console, *, stored: Sequence[Path]) -> None:
    """Build every page.

    Parameters
    ----------
    console : Console
        Where warnings are shown.
    stored : sequence of Path
        Chapters that show the outputs which their notebooks hold; the others show those of the cache.

    Raises
    ------
    BookError
        If a page has a broken link, a missing picture or markup that is not understood.
    """
    # Otherwise the page of a chapter that was renamed would stay.
    shutil.rmtree(HTML, ignore_errors=True)
    command = [*JUPYTER_BOOK, "build", str(ROOT), *STRICT, "--config", str(_configuration(stored))]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        LOG.open("w", encoding="utf-8") as log,
        console.status("Making the pages"),
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
            if TROUBLE.search(line):
                console.print(Text(line.strip().replace(f"{ROOT}{os.sep}", ""), style="yellow"))
    if process.returncode:
        raise _what_it_said(console)


def _configuration(stored: Sequence[Path]) -> Path:
    """Write the book's settings, with the chapters that keep the outputs which their notebooks hold."""
    settings = with_address(yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8")))
    settings["execute"]["exclude_patterns"] = [shown(page) for page in stored]
    file = BUILD / "_config.yml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return file


def _what_it_said(console: Console) -> BookError:
    said = LOG.read_text(encoding="utf-8")
    warnings = len(TROUBLE.findall(said))
    if not warnings:
        console.print(Text(said[-3000:]))
        return BookError(
            got="an error in jupyter-book, shown above",
            needed="a build that ends",
            next_step=f"read {shown(LOG)}",
        )
    return BookError(
        got=f"{warnings} warnings, shown above",
        needed="none: each is a broken link, a missing picture or markup that is not understood",
        next_step=f"mend them, then build again; all that jupyter-book said is in {shown(LOG)}",
    )
