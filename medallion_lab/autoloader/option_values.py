r"""What an option's value can be: checked where it was written, never by a stream that has begun.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-csv.html (data source options: which are one
letter, ``\t``, how long a lineSep may be)
"""

import re
from collections.abc import Callable
from datetime import datetime

from medallion_lab.autoloader import spark_rules
from medallion_lab.autoloader.option_table import Option
from medallion_lab.errors import AutoLoaderOptionError


def checked(option: Option, name: str, text: str) -> str:
    """Return an option's value as Spark writes it.

    Parameters
    ----------
    option : Option
        The row of the table.
    name : str
        The option's name as it was given.
    text : str
        Its value.

    Raises
    ------
    AutoLoaderOptionError
        If it is none that this option can have.
    """
    if option.choices:
        return one_of(name, text, option.choices)
    may_be, how = _CHECKS.get(option.value, (_anything, ""))
    if not may_be(text):
        raise AutoLoaderOptionError(
            got=f"{name}={text}",
            needed=option.value,
            next_step=how or f"leave it out for {option.default}",
        )
    return text


def one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    """Return the one of these words that the text is, in its own letters' case.

    Raises
    ------
    AutoLoaderOptionError
        If it is none of them.
    """
    by_case = {choice.lower(): choice for choice in allowed}
    if text.lower() not in by_case:
        raise AutoLoaderOptionError(
            got=f"{name}={text}" if text else f"no {name}",
            needed=f"one of {', '.join(allowed)}",
            next_step=f'set .option("{name}", "{allowed[0]}"), or another of them',
        )
    return by_case[text.lower()]


def size_in_bytes(text: str) -> int:
    """Return how many bytes a size such as ``10m`` is; 0 if it is no size."""
    units = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
    found = re.fullmatch(r"([0-9]+)\s*([kmgt]?)b?", text.strip().lower())
    return int(found[1]) * units[found[2]] if found else 0


def _anything(text: str) -> bool:
    return True


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_one_letter_or_none(text: str) -> bool:
    # As Java counts: a letter beyond the first 65,536 is two.
    return len(text.encode("utf-16-le", "surrogatepass")) <= 2


ESCAPE = re.compile(r"\\[nrt]")
LINE_END_ITSELF = (
    'give the letter itself, as Python\'s "\\n" does, not a backslash and an n; for csv at most two letters; '
    "or leave it out for any end of a line"
)
_CHECKS: dict[str, tuple[Callable[[str], bool], str]] = {
    "a whole number from 0": (lambda text: bool(re.fullmatch("[0-9]{1,9}", text)), ""),
    "a whole number from 1": (lambda text: bool(re.fullmatch("0*[1-9][0-9]{0,8}", text)), ""),
    "a whole number or -1": (lambda text: bool(re.fullmatch("-1|[1-9][0-9]{0,8}", text)), ""),
    "a size, as 10g": (lambda text: size_in_bytes(text) > 0, "write it as 500k, 10m or 2g"),
    "a moment": (_is_moment, "write it as 2026-03-02T16:00:00"),
    "one letter or none": (_is_one_letter_or_none, 'write one letter, as ";", or "" for none'),
    r"letters, as \t for a tab": (
        lambda text: bool(text) and spark_rules.is_separator(text),
        r'write it as ";", "||" or "\t"; a backslash as "\\\\"',
    ),
    "letters": (lambda text: bool(text) and not ESCAPE.search(text), LINE_END_ITSELF),
    "one or two letters": (lambda text: len(text) in (1, 2) and not ESCAPE.search(text), LINE_END_ITSELF),
    "a character set": (spark_rules.is_charset, "write it as UTF-8, ISO-8859-1, windows-1252 or UTF-16"),
    "a pattern of date and time": (
        lambda text: bool(text) and spark_rules.is_datetime_pattern(text),
        "write it in Spark's letters, as dd/MM/yyyy HH:mm:ss; words stand in quotes, as yyyy-MM-dd'T'HH:mm",
    ),
    "a time zone": (spark_rules.is_time_zone, "write it as Europe/Paris or +02:00"),
    "a language, as fr-FR": (spark_rules.is_locale, "write it as fr or fr-FR, with a hyphen"),
}
