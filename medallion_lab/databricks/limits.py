"""What a laptop cannot do as Databricks does, by name, each with the nearest thing that works.

One table, ``limits.toml``: the errors, ``dbutils.help()`` and the chapter read it.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/dev-tools/databricks-utils.html and
https://docs.databricks.com/en/sql/language-manual/index.html
"""

import re
import tomllib
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from itertools import pairwise
from pathlib import Path
from typing import Any

from medallion_lab.errors import DatabricksModuleError, NotOnALaptopError

REFUSED, DIFFERENT, PASSES = "refused", "different", "passes"


@dataclass(frozen=True)
class Limit:
    """One thing that is not as on Databricks.

    Attributes
    ----------
    name : str
        As a notebook writes it.
    kind : str
        ``refused``: an error names it; ``different``: it runs, with another result; ``passes``: it does
        nothing, and a line says so.
    instead : str
        The nearest thing that works, or what differs, or what it does there and what is there here.
    sql : tuple of str
        First words of the SQL statements, or ``name(`` of the SQL functions, that are meant.
    pattern : str
        Or a regular expression for how a statement begins.
    modules : tuple of str
        Python modules that only Databricks has.
    """

    name: str
    kind: str
    instead: str
    sql: tuple[str, ...] = ()
    pattern: str = ""
    modules: tuple[str, ...] = ()


def _read() -> tuple[Limit, ...]:
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["limit"]
    lists = ("sql", "modules")
    return tuple(Limit(**(row | {key: tuple(row[key]) for key in lists if key in row})) for row in table)


LIMITS = _read()
"""Everything that is refused here, or runs with another result."""


class MissingModules(MetaPathFinder):
    """Names a module of Databricks' that no other finder has found, instead of an import that only fails."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Raise the error if the module is in the table."""
        for limit in LIMITS:
            if fullname in limit.modules:
                raise DatabricksModuleError(
                    got=f"import {fullname}: {limit.name}",
                    needed="Databricks itself: this runs on your machine",
                    next_step=limit.instead,
                )


def refuse(name: str, *, seen: str = "") -> NotOnALaptopError:
    """Return the error for one of the names in the table.

    Parameters
    ----------
    name : str
        A ``Limit.name``.
    seen : str, default ""
        What the notebook wrote, if that says more than the name.
    """
    instead = next(limit.instead for limit in LIMITS if limit.name == name)
    got = f"{seen}: {name}" if seen else name
    return NotOnALaptopError(
        got=got, needed="Databricks itself: this runs on your machine", next_step=instead
    )


def find_in_sql(words: list[str], text: str) -> Limit | None:
    """Return what a statement asks for that is refused or only passes, or None.

    Parameters
    ----------
    words : list of str
        The statement's words in capitals, without literals and comments; a word before ``(`` ends with it.
    text : str
        The statement on one line, with one space between words.
    """
    start = " ".join(word.removesuffix("(") for word in words[:5]) + " "
    for limit in LIMITS:
        if limit.pattern and re.match(limit.pattern, text, flags=re.IGNORECASE):
            return limit
        for pattern in limit.sql:
            if pattern in words if pattern.endswith("(") else start.startswith(pattern + " "):
                return limit
    if ("DEEP", "CLONE") in pairwise(words):
        return next(limit for limit in LIMITS if limit.name == "DEEP CLONE")
    return None
