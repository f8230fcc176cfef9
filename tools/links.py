"""Ask every other site that the book links to whether the page is still there: ``make links``.

The build itself already fails on a link inside the book that leads nowhere. This needs a network. A page that
is gone fails; a site that did not answer, or wanted no robot, is only named: that says nothing of the page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.address import with_address
from tools.contents import ROOT
from tools.pages import JUPYTER_BOOK

# What Sphinx says of "not found", of "gone", and of a host whose name leads nowhere any more.
GONE_WORDS = ("404 Client Error", "410 Client Error", "NameResolutionError")


@dataclass(frozen=True)
class Link:
    """A link that was not answered with the page: where it stands, where it leads, what came instead."""

    page: str
    line: int
    address: str
    answer: str
    gone: bool

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.address}: {self.answer}"


def settings_for_links(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the book's settings for reading links: no chapter is run, no site is asked for long."""
    settings = with_address(settings)
    settings["execute"] = {"execute_notebooks": "off"}
    settings.setdefault("sphinx", {}).setdefault("config", {}).update(
        linkcheck_timeout=20,
        linkcheck_retries=2,
        # A site that says "too many requests" is asked again for a minute, not for five.
        linkcheck_rate_limit_timeout=60,
        linkcheck_report_timeouts_as_broken=False,
        # Script makes these anchors: they are in no page that comes over the wire.
        linkcheck_anchors_ignore_for_url=[r"https://github\.com/.*"],
    )
    return settings


def read_answers(lines: list[str]) -> list[Link]:
    """Return the links without a page from Sphinx's report, one JSON object a line."""
    answers = [json.loads(line) for line in lines if line.strip()]
    return [
        Link(
            page=answer["filename"],
            line=answer["lineno"],
            address=answer["uri"],
            answer=answer["info"] or answer["status"],
            gone=answer["status"] == "broken" and any(word in answer["info"] for word in GONE_WORDS),
        )
        for answer in answers
        if answer["status"] in ("broken", "timeout")
    ]


def from_a_site(link: Link) -> bool:
    """Return whether a site said this, with a status of HTTP, and not this machine about its network."""
    return link.answer[:3].isdigit()


def ask(book: Path, out: Path) -> tuple[int, list[Link]]:
    """Ask for each link of a book once.

    Parameters
    ----------
    book : Path
        A folder with ``_config.yml`` and ``_toc.yml``.
    out : Path
        Where Sphinx writes; what is there is removed.

    Returns
    -------
    tuple of int and list of Link
        How many links led to other sites, and those that were not answered with their page.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    settings = yaml.safe_load((book / "_config.yml").read_text(encoding="utf-8"))
    changed = out / "_config.yml"
    changed.write_text(yaml.safe_dump(settings_for_links(settings)), encoding="utf-8")
    command = [*JUPYTER_BOOK, "build", str(book), "--builder", "linkcheck", "--path-output", str(out)]
    run = subprocess.run(
        [*command, "--config", str(changed)],
        cwd=book,
        capture_output=True,
        text=True,
        check=False,
        # The settings name extensions of the project's own, and the book may lie elsewhere.
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
    )
    reports = list(out.rglob("output.json"))
    if not reports:
        raise SystemExit(
            f"{run.stdout[-3000:]}{run.stderr[-3000:]}\nGot: an error in jupyter-book, shown above\n"
            "Needed: pages that can be read\nNext: run `make book`, which says more"
        )
    lines = reports[0].read_text(encoding="utf-8").splitlines()
    asked = sum(json.loads(line)["status"] not in ("unchecked", "local") for line in lines)
    return asked, read_answers(lines)


def main() -> None:
    """Print what was not answered; end with status 1 if a page is gone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--book", type=Path, default=ROOT)
    parser.add_argument("--out", type=Path, default=ROOT / "_build" / "links")
    arguments = parser.parse_args()
    asked, unanswered = ask(arguments.book.resolve(), arguments.out.resolve())
    if unanswered and asked == len(unanswered) and not any(map(from_a_site, unanswered)):
        raise SystemExit("Got: no answer at all\nNeeded: a network\nNext: connect, then run this again")
    gone = [link for link in unanswered if link.gone]
    for link in unanswered:
        print(f"{'gone' if link.gone else 'not answered'}: {link}")
    silent = len(unanswered) - len(gone)
    print(f"{asked} links to other sites: {len(gone)} gone, {silent} not answered.")
    if gone:
        raise SystemExit(
            f"Got: {len(gone)} links to pages that are gone\nNeeded: none\nNext: mend those named above"
        )


if __name__ == "__main__":
    main()
