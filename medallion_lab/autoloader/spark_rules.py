"""What only Spark can say of a text: its own parsers, asked before a stream starts.

An option that Spark would not understand is found here, where it was written, and not by a stream that has
already begun.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-ref-syntax-ddl-alter-table.html (ADD COLUMNS: names with dots
in them and their types), https://spark.apache.org/docs/latest/sql-ref-datetime-pattern.html
"""

import re
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import ParseException, PySparkException
from pyspark.sql.types import DataType, _parse_datatype_json_string

FAULTS = (PySparkException, Py4JJavaError)
# The one statement of Spark's grammar whose columns may be paths: it is read, never run.
STATEMENT = "ALTER TABLE hinted ADD COLUMNS (\n{}\n)"
COLON = re.compile(r"near ':'.*\(line (\d+), pos (\d+)\)")


def parse_columns(text: str) -> list[tuple[tuple[str, ...], DataType]]:
    """Return the path and the type of each column in a text such as ``quantity INT, `net price`.eur DOUBLE``.

    Every type is nullable, as that of anything that comes from a file.

    Raises
    ------
    PySparkException
        If Spark's parser does not read it, or a column has more than a name, a type and a comment.
    """
    parser = _inner("catalyst.parser.CatalystSqlParser")
    statement = STATEMENT.format(text)
    while True:
        try:
            columns = parser.parsePlan(statement).columnsToAdd()
            return [_column(columns.apply(place)) for place in range(columns.size())]
        except ParseException as error:
            # Columns may be written with a colon too, as those of a STRUCT; this statement knows none.
            found = COLON.search(str(error))
            if not found:
                raise
            statement = _blanked(statement, int(found[1]), int(found[2]))


def is_charset(name: str) -> bool:
    """Whether Java knows a character set of this name."""
    try:
        return _jvm().java.nio.charset.Charset.isSupported(name)
    except FAULTS:
        return False


def is_datetime_pattern(text: str) -> bool:
    """Whether Spark can read dates and times by this pattern."""
    utc = _jvm().java.time.ZoneId.of("UTC")
    return _accepts(lambda: _inner("catalyst.util.TimestampFormatter").apply(text, utc, True))


def is_time_zone(name: str) -> bool:
    """Whether Spark knows this time zone: ``Europe/Paris`` or ``+02:00``."""
    return _accepts(lambda: _inner("catalyst.util.DateTimeUtils").getZoneId(name))


def is_locale(tag: str) -> bool:
    """Whether this names a language, and a country that there is: ``fr`` or ``fr-FR``."""
    locale = _jvm().java.util.Locale.forLanguageTag(tag)
    return bool(locale.getLanguage()) and _accepts(lambda: locale.getISO3Language() + locale.getISO3Country())


def is_separator(text: str) -> bool:
    r"""Whether Spark's CSV parser can separate values by this: a letter, letters, or ``\t`` for a tab."""
    return _accepts(lambda: separator(text))


def separator(text: str) -> str:
    r"""Return what stands between two values: a tab for ``\t``, else the letters themselves."""
    return str(_inner("catalyst.csv.CSVExprUtils").toDelimiterStr(text))


def _column(column: Any) -> tuple[tuple[str, ...], DataType]:
    name = column.name()
    if column.position().isDefined() or column.default().isDefined():
        raise ParseException("[PARSE_SYNTAX_ERROR] a place or a default value beside the type")
    kind = _parse_datatype_json_string(column.dataType().asNullable().json())
    return tuple(name.apply(step) for step in range(name.size())), kind


def _blanked(text: str, line: int, place: int) -> str:
    lines = text.split("\n")
    lines[line - 1] = f"{lines[line - 1][:place]} {lines[line - 1][place + 1 :]}"
    return "\n".join(lines)


def _accepts(question: Any) -> bool:
    try:
        question()
    except FAULTS:
        return False
    return True


def _inner(name: str) -> Any:
    """Return one of Spark's Scala objects."""
    found = _jvm().org.apache.spark.sql
    *packages, name = name.split(".")
    for package in packages:
        found = getattr(found, package)
    return getattr(getattr(found, f"{name}$"), "MODULE$")


def _jvm() -> Any:
    context = SparkContext._active_spark_context
    assert context is not None, "options are checked by a running Spark"
    return context._jvm
