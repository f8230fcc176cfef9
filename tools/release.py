"""Publish the wheel and the offline book under a tag, with the changelog's words: ``make release``.

It needs nothing but Python and GitHub's command line tool, so that the job that may write runs little code.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
HEADING = re.compile(r"^## (?P<version>\S+) \((?P<date>\d{4}-\d\d-\d\d)\)$", re.MULTILINE)


def changes(changelog: str, version: str) -> tuple[str, str]:
    """Return a version's date and what the changelog says about it.

    Its heading is the version and, in brackets, the day: a version without a day is not released yet.
    """
    for found in HEADING.finditer(changelog):
        if found["version"] == version:
            following = re.search(r"^## ", changelog[found.end() :], re.MULTILINE)
            end = found.end() + following.start() if following else len(changelog)
            return found["date"], changelog[found.end() : end].strip()
    _stop(
        f"no heading for {version} in CHANGELOG.md",
        f"`## {version} (the day, as 2026-01-31)`",
        "say there what is new, and give CITATION.cff the same `date-released`",
    )


def check_tag(tag: str, version: str) -> None:
    """Refuse a tag that is not the version's own."""
    if tag != f"v{version}":
        _stop(
            f"the tag {tag or '(none)'}",
            f"v{version}, the version of pyproject.toml",
            "tag the commit with that, or raise the version first",
        )


def find_assets(folder: Path, version: str) -> list[Path]:
    """Return the files to attach: the wheel and the archive of the pages."""
    wanted = {
        "wheel": f"medallion_lab-{version}-*.whl",
        "offline-book": f"medallion-lab-book-{version}.zip",
    }
    assets = []
    for target, pattern in wanted.items():
        found = sorted(folder.glob(pattern))
        if len(found) != 1:
            _stop(
                f"{len(found)} files {pattern} in {folder.name}/", "one", f"run `make clean`, `make {target}`"
            )
        assets += found
    return assets


def publish(root: Path, tag: str) -> None:
    """Make the release of a tag that exists, after everything that could be wrong has been looked at."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    check_tag(tag, project["version"])
    _, notes = changes((root / "CHANGELOG.md").read_text(encoding="utf-8"), project["version"])
    assets = find_assets(root / "dist", project["version"])
    if not (gh := shutil.which("gh")):
        _stop("no `gh` on PATH", "GitHub's command line tool", "install it, or attach the files by hand")
    command = [gh, "release", "create", tag, "--verify-tag", "--title", f"Medallion Lab {project['version']}"]
    subprocess.run(
        [*command, "--notes-file", "-", *map(str, assets)], input=notes, text=True, cwd=root, check=True
    )


def _stop(got: str, needed: str, next_step: str) -> NoReturn:
    raise SystemExit(f"Got: {got}\nNeeded: {needed}\nNext: {next_step}")


def main() -> None:
    """Publish the tag that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tag", nargs="?", default="", help="such as v1.2.3")
    publish(ROOT, parser.parse_args().tag)


if __name__ == "__main__":
    main()
