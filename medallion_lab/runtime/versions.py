"""Check that the installed packages are the ones that work together.

Delta is built against one patch release of Spark, and another one ends in a NoSuchMethodError deep inside a
query. So the project's metadata pins both, and the lab asks before it starts. The pins have one home:
``pyproject.toml``.
Terms: dependency, runtime.
Taught in: book/foundations/the_lab.ipynb.
"""

import sys
from importlib import metadata

from packaging.requirements import Requirement

from medallion_lab.errors import VersionMismatchError

PROJECT = "medallion-lab"
OLDEST_PYTHON = (3, 11)


def requirements(extra: str = "") -> list[Requirement]:
    """Return what this project asks for, as in ``pyproject.toml``.

    Parameters
    ----------
    extra : str, default ""
        Name of one extra, such as ``java``; the empty string is the package itself.
    """
    return [
        requirement
        for requirement in map(Requirement, metadata.requires(PROJECT) or [])
        if _is_for(requirement, extra) and not (extra and _is_for(requirement, ""))
    ]


def _is_for(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def misfits() -> list[str]:
    """Name every installed package that is missing or outside the versions that fit, one sentence each."""
    found = []
    if sys.version_info < OLDEST_PYTHON:
        found.append(
            f"Python {sys.version.split()[0]} where {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed"
        )
    for requirement in requirements():
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            installed = "nothing"
        if installed == "nothing" or not requirement.specifier.contains(installed, prereleases=True):
            found.append(
                f"{requirement.name} {installed} where {requirement.name}{requirement.specifier} is needed"
            )
    return found


def check_versions() -> None:
    """Refuse to start Spark on packages that do not fit together.

    Raises
    ------
    VersionMismatchError
        If Python is too old or a package is missing or has another version than the pinned one.
    """
    if found := misfits():
        pins = " ".join(f"'{requirement}'" for requirement in requirements() if str(requirement.specifier))
        raise VersionMismatchError(
            got="; ".join(found),
            needed="the versions that were tested together",
            next_step=f"run `make setup` in the project's folder, or `python -m pip install {pins}`",
        )
