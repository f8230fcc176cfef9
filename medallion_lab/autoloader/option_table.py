"""The table of options: option by format, and whether it is kept here. Code, errors and book read this one.

The table itself is ``options.csv`` beside this module.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html and
https://docs.databricks.com/en/spark/api-options.html (the options of each format)
"""

import csv
import difflib
from dataclasses import dataclass
from importlib.resources import files

YES, NOTE, NO, NOT_HERE = "yes", "accepted, without effect", "refused", "of Databricks, not here"
ALL = "all"


@dataclass(frozen=True)
class Option:
    """One option, for one format or for several.

    Attributes
    ----------
    name : str
        As on Databricks; ``sep or delimiter`` is one option with two names.
    formats : str
        ``all``, or the formats that it belongs to: ``json csv``. For another format it may stand in a row of
        its own.
    support : str
        ``yes``; ``accepted, without effect``; ``refused``; or ``of Databricks, not here``.
    value : str
        What it can be: ``true or false``, ``a whole number from 1``.
    default : str
        What holds when it is not given.
    meaning : str
        One or two sentences; of an option that is refused, why and what to do.
    """

    name: str
    formats: str
    support: str
    value: str
    default: str
    meaning: str

    @property
    def names(self) -> list[str]:
        """Return its names; by the first one it is known here."""
        return self.name.split(" or ")

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the words that it can be, if it is one of some words."""
        if self.value == "true or false":
            return ("true", "false")
        return (
            tuple(self.value.removeprefix("one of ").split(", ")) if self.value.startswith("one of ") else ()
        )

    def is_for(self, file_format: str) -> bool:
        """Whether this row is about files of this format."""
        return self.formats == ALL or file_format in self.formats.split()


def _read() -> tuple[Option, ...]:
    text = files(__package__).joinpath("options.csv").read_text(encoding="utf-8")
    return tuple(Option(**row) for row in csv.DictReader(text.splitlines()))


OPTIONS = _read()
"""Every option that Databricks lists for Auto Loader and for each format, and those of Spark's readers."""

FORMATS = OPTIONS[0].choices
"""The formats that are read."""

UNREAD = {
    "avro": "Avro is a package of Spark's that this lab does not bring: convert the files to parquet or json",
    "xml": "convert the files to json, or read the lines as text and take them apart with from_xml",
}
"""Formats that Databricks' Auto Loader reads and this one does not -> what to do."""


def options_table(file_format: str = "") -> list[tuple[str, str, str, str]]:
    """Return name, default, meaning and support of the options for a format; without one, of all rows."""
    rows = [option for option in OPTIONS if not file_format or option.is_for(file_format)]
    return [(option.name, option.default, option.meaning, option.support) for option in rows]


def find(name: str, file_format: str) -> Option | None:
    """Return the row for this option of this format; upper and lower case are the same."""
    return _BY_NAME.get((name.lower(), file_format))


def formats_with(name: str) -> list[str]:
    """Return the formats that an option of this name belongs to."""
    return [file_format for file_format in (*FORMATS, *UNREAD) if find(name, file_format)]


def nearest(name: str, file_format: str) -> list[str]:
    """Return those options of a format, of all that are kept here, whose names are most like this one."""
    known = {
        _last_step(known): known
        for option in OPTIONS
        if option.support == YES and option.is_for(file_format)
        for known in option.names
    }
    near = difflib.get_close_matches(_last_step(name), known, n=3, cutoff=0.6)
    likeness = [difflib.SequenceMatcher(None, one, _last_step(name)).ratio() for one in near]
    return [known[one] for one, ratio in zip(near, likeness, strict=True) if ratio > likeness[0] - 0.1]


def _last_step(name: str) -> str:
    return name.lower().removeprefix("cloudfiles.")


_BY_NAME = {
    (name.lower(), file_format): option
    for option in OPTIONS
    for name in option.names
    for file_format in (*FORMATS, *UNREAD)
    if option.is_for(file_format)
}

MODES = _BY_NAME["cloudfiles.schemaevolutionmode", "json"].choices
"""What a new field can do."""
