"""The repository's public address: read from pyproject.toml, handed to whoever shows it.

While ``[project.urls]`` holds no ``Repository``, the project has no public address: no page shows a button
and no file a link that would lead nowhere. ``make address`` writes it into README.md and CITATION.cff.
"""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path
from typing import Any

from medallion_lab.errors import MedallionLabError

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
BRANCH = "main"
BINDER = "https://mybinder.org"

README_BEGIN, README_END = "<!-- address: begin -->", "<!-- address: end -->"
CITATION_LINE = re.compile(r"^repository-code: .*\n", re.MULTILINE)


class AddressError(MedallionLabError):
    """An address that is none, or a file that has no place for it."""


def repository(pyproject: Path = PYPROJECT) -> str | None:
    """Return the repository's public address.

    Parameters
    ----------
    pyproject : Path
        The file whose ``[project.urls]`` names it as ``Repository``.

    Returns
    -------
    str or None
        Such as ``https://github.com/owner/name``, without a slash or ``.git`` at its end; None while unset.

    Raises
    ------
    AddressError
        If there is one that is not of this form.
    """
    urls = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"].get("urls", {})
    if (address := urls.get("Repository")) is None:
        return None
    address = address.removesuffix("/").removesuffix(".git")
    if not re.fullmatch(r"https://(github|gitlab)\.com/[\w.-]+/[\w.-]+", address):
        raise AddressError(
            got=f"Repository = {urls['Repository']!r} in {pyproject.name}",
            needed="https://github.com/OWNER/NAME, or the same at gitlab.com",
            next_step="mend it, or put a # before it: an unset address shows no button",
        )
    return address


def with_address(settings: dict[str, Any], *, pyproject: Path = PYPROJECT) -> dict[str, Any]:
    """Return the book's settings with the buttons that the address makes possible, or without any.

    Parameters
    ----------
    settings : dict
        What ``_config.yml`` says; it is not changed.
    pyproject : Path
        Where the address stands.

    Returns
    -------
    dict
        With an address: ``repository``, ``launch_buttons`` (Binder), and in ``html`` the buttons that lead to
        the repository and to a report on the page. Without one: none of them.
    """
    settings = copy.deepcopy(settings)
    address = repository(pyproject)
    settings.pop("repository", None)
    settings.pop("launch_buttons", None)
    # Jupyter Book's own settings name its own repository: without an address the buttons are off by name.
    html = settings.setdefault("html", {})
    html |= {"use_repository_button": bool(address), "use_issues_button": bool(address)}
    if address:
        settings["repository"] = {"url": address, "path_to_book": "", "branch": BRANCH}
        settings["launch_buttons"] = {"binderhub_url": BINDER, "notebook_interface": "jupyterlab"}
    return settings


def binder(address: str) -> str:
    """Return the link that opens the introduction on Binder."""
    host, owner, name = address.removeprefix("https://").split("/")
    place = f"gh/{owner}/{name}" if host == "github.com" else f"gl/{owner}%2F{name}"
    return f"{BINDER}/v2/{place}/{BRANCH}?urlpath=lab/tree/book/foundations/introduction.ipynb"


def readme_part(address: str | None) -> str:
    """Return what README.md says between its two marks: how to get the project, nothing if it is nowhere."""
    if address is None:
        return ""
    name = address.rsplit("/", 1)[1]
    return (
        f"```\ngit clone {address}\ncd {name}\n```\n\n"
        f"Or run it without installing: [open the introduction on Binder]({binder(address)}).\n"
    )


def fill_readme(text: str, address: str | None) -> str:
    """Return the README with the address between its two marks.

    Raises
    ------
    AddressError
        If the marks are not there, once each and in this order.
    """
    marked = re.compile(f"{re.escape(README_BEGIN)}\n.*?{re.escape(README_END)}", re.DOTALL)
    if len(marked.findall(text)) != 1 or text.count(README_BEGIN) != 1:
        raise AddressError(
            got="a README.md without a place for the address",
            needed=f"one line {README_BEGIN}, and below it one line {README_END}",
            next_step="put them where a newcomer looks for `git clone`",
        )
    return marked.sub(lambda _: f"{README_BEGIN}\n{readme_part(address)}{README_END}", text)


def fill_citation(text: str, address: str | None) -> str:
    """Return CITATION.cff with the address as its last line, or without one."""
    without = CITATION_LINE.sub("", text)
    return f"{without}repository-code: {address}\n" if address else without


def write(root: Path = ROOT) -> list[str]:
    """Write the address into the files that cannot ask for it; return the names of those that changed."""
    address = repository(root / "pyproject.toml")
    changed = []
    for name, fill in (("README.md", fill_readme), ("CITATION.cff", fill_citation)):
        before = (root / name).read_text(encoding="utf-8")
        if (after := fill(before, address)) != before:
            (root / name).write_text(after, encoding="utf-8")
            changed.append(name)
    return changed


def main() -> None:
    """Write the address, or its absence, and say what changed."""
    try:
        changed = write()
    except AddressError as error:
        raise SystemExit(str(error)) from error
    print(f"Address: {repository() or 'unset'}. Changed: {', '.join(changed) or 'nothing'}.")


if __name__ == "__main__":
    main()
