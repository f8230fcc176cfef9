"""What the book consists of: the pages that _toc.yml names, and which of them are chapters, or run."""

from __future__ import annotations

from pathlib import Path

import yaml

from medallion_lab.errors import MedallionLabError

ROOT = Path(__file__).resolve().parent.parent

# A reader goes on with these when all cells have run: the streams run, and the panels above are live.
LEFT_OPEN = frozenset({"introduction", "control_room"})
# Each chapter's exercises, which wait for a reader's answers; and the solutions that they are made from.
EXERCISES, SOLUTIONS = ROOT / "book" / "exercises", ROOT / "book" / "solutions"


class ContentsError(MedallionLabError):
    """The table of contents does not read, or names a page that is not there."""


def pages() -> list[Path]:
    """Return the files that _toc.yml names, in reading order."""
    try:
        toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
        parts = [_names(part["chapters"]) for part in toc.get("parts", [])]
        names = [toc["root"], *(name for part in parts for name in part)]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ContentsError(
            got=f"_toc.yml that cannot be read ({error})",
            needed="root, and parts with chapters",
            next_step="mend _toc.yml",
        ) from error
    return [_page(name) for name in names]


def chapters() -> list[Path]:
    """Return the pages that teach, in reading order: notebooks, all of which run."""
    return [page for page in _notebooks() if page.parent not in (EXERCISES, SOLUTIONS)]


def solutions() -> list[Path]:
    """Return the solved exercises, in reading order: notebooks, all of which run."""
    return [page for page in _notebooks() if page.parent == SOLUTIONS]


def exercises() -> list[Path]:
    """Return the notebooks that wait for a reader's answers: they do not run by themselves."""
    return [page for page in _notebooks() if page.parent == EXERCISES]


def running() -> list[Path]:
    """Return the notebooks that run, in reading order."""
    return [*chapters(), *solutions()]


def is_left_open(notebook: Path) -> bool:
    """Say whether a notebook leaves its lab open on purpose."""
    return notebook.stem in LEFT_OPEN and notebook.parent != SOLUTIONS


def title(notebook: Path) -> str:
    """Return a short name that no other notebook has: ``silver``, ``silver, solutions``."""
    return notebook.stem if notebook.parent != SOLUTIONS else f"{notebook.stem}, solutions"


def shown(path: Path) -> str:
    """Return a path as a reader of this folder writes it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def _notebooks() -> list[Path]:
    return [page for page in pages() if page.suffix == ".ipynb"]


def _names(entries: list[dict]) -> list[str]:
    """Return the files of these entries, each before those that stand below it."""
    return [name for entry in entries for name in (entry["file"], *_names(entry.get("sections", [])))]


def _page(name: str) -> Path:
    for suffix in (".ipynb", ".md"):
        if (page := ROOT / f"{name}{suffix}").is_file():
            return page
    raise ContentsError(
        got=f"no file for {name!r}",
        needed=f"{name}.ipynb or {name}.md, as _toc.yml says",
        next_step="write it, or take it out of _toc.yml",
    )
