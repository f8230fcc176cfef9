"""What the book consists of: the pages that _toc.yml names, and which of them are chapters."""

from __future__ import annotations

from pathlib import Path

import yaml

from medallion_lab.errors import MedallionLabError

ROOT = Path(__file__).resolve().parent.parent

# A reader goes on with these when all cells have run: the streams run, and the panels above are live.
LEFT_OPEN = frozenset({"introduction", "control_room"})


class ContentsError(MedallionLabError):
    """The table of contents does not read, or names a page that is not there."""


def pages() -> list[Path]:
    """Return the files that _toc.yml names, in reading order."""
    try:
        toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
        names = [toc["root"], *(entry["file"] for part in toc.get("parts", []) for entry in part["chapters"])]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ContentsError(
            got=f"_toc.yml that cannot be read ({error})",
            needed="root, and parts with chapters",
            next_step="mend _toc.yml",
        ) from error
    return [_page(name) for name in names]


def chapters() -> list[Path]:
    """Return the pages that run, in reading order."""
    return [page for page in pages() if page.suffix == ".ipynb"]


def shown(path: Path) -> str:
    """Return a path as a reader of this folder writes it."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def _page(name: str) -> Path:
    for suffix in (".ipynb", ".md"):
        if (page := ROOT / f"{name}{suffix}").is_file():
            return page
    raise ContentsError(
        got=f"no file for {name!r}",
        needed=f"{name}.ipynb or {name}.md, as _toc.yml says",
        next_step="write it, or take it out of _toc.yml",
    )
