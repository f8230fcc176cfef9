"""Landed files as text: cut into records where their lines end, and decoded where they are not in UTF-8.

Spark's text source cuts UTF-8 as it reads. In any other encoding the bytes of a line end are others, so such
a file is read whole, decoded and cut here: keep it well under a gigabyte.
Term: newline-delimited JSON.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-text.html (lineSep, wholetext).
"""

import re

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion_lab.autoloader.options import Settings


def text_options(settings: Settings) -> dict[str, str]:
    """Return how Spark's text source cuts a file: into lines, or not at all."""
    if settings.format == "csv" or settings.multi_line or settings.whole_text or not is_utf8(settings):
        return {"wholetext": "true"}
    return {"lineSep": settings.line_separator} if settings.line_separator else {}


def in_lines(files: DataFrame, settings: Settings) -> DataFrame:
    """Decode and cut what Spark's text source has left whole because of its encoding.

    Parameters
    ----------
    files : DataFrame
        ``value string`` from a source with ``text_options``, and any other columns. Batch or streaming.
    """
    if is_utf8(settings) or settings.format == "csv":
        return files
    files = decoded(files, settings)
    if settings.multi_line or settings.whole_text:
        return files
    end = line_end(settings)
    # What ends a line ends the last one too: behind it is no line.
    whole = F.regexp_replace("value", rf"(?:{end})\z", "")
    lines = F.when(F.col("value") != "", F.split(whole, end))
    return files.withColumn("value", F.explode(lines))


def line_end(settings: Settings) -> str:
    """Return a pattern for what ends a line."""
    return re.escape(settings.line_separator) if settings.line_separator else r"\r\n|\r|\n"


def is_utf8(settings: Settings) -> bool:
    """Whether the files are in the encoding that Spark's text source takes them for."""
    return settings.encoding.upper().replace("-", "").replace("_", "") == "UTF8"


def decoded(files: DataFrame, settings: Settings) -> DataFrame:
    """Turn ``value``, bytes that the text source took for UTF-8, into text, without a byte-order mark."""
    # Spark's decode knows seven encodings; with these settings, while it is made, all of Java's, and it puts
    # U+FFFD for what is no letter.
    conf, names = (
        files.sparkSession.conf,
        ("spark.sql.legacy.javaCharsets", "spark.sql.legacy.codingErrorAction"),
    )
    before = {name: conf.get(name) or "false" for name in names}
    try:
        for name in names:
            conf.set(name, "true")
        files = files.withColumn("value", F.decode(F.col("value").cast("binary"), settings.encoding))
    finally:
        for name, text in before.items():
            conf.set(name, text)
    return files.withColumn("value", F.ltrim("value", F.lit("\ufeff")))
