"""Landed files as text: cut into records where their lines end, and decoded where they are not in UTF-8.

Spark's text source cuts UTF-8 as it reads. In any other encoding the bytes of a line end are others, so such
a file is read whole, decoded and cut here: keep it well under a gigabyte.
Term: newline-delimited JSON.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-text.html (lineSep, wholetext).
"""

from pyspark.errors import IllegalArgumentException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion_lab.autoloader.options import Settings
from medallion_lab.errors import AutoLoaderOptionError

LINE_END = r"\r\n|\r|\n"


def text_options(settings: Settings) -> dict[str, str]:
    """Return how Spark's text source cuts a file: into lines, or not at all."""
    if settings.format == "csv" or settings.multi_line or settings.whole_text or not _is_utf8(settings):
        return {"wholetext": "true"}
    return {"lineSep": settings.line_separator} if settings.line_separator else {}


def in_lines(files: DataFrame, spark: SparkSession, settings: Settings) -> DataFrame:
    """Decode and cut what Spark's text source has left whole because of its encoding.

    Parameters
    ----------
    files : DataFrame
        ``value string`` from a source with ``text_options``, and any other columns. Batch or streaming.

    Raises
    ------
    AutoLoaderOptionError
        If Java knows no such encoding.
    """
    if _is_utf8(settings) or settings.format == "csv":
        return files
    try:
        spark._jvm.java.nio.charset.Charset.forName(settings.encoding)  # type: ignore[union-attr]
    except IllegalArgumentException as error:
        raise AutoLoaderOptionError(
            got=f"encoding={settings.encoding}",
            needed="an encoding that Java knows",
            next_step="write it as UTF-16, ISO-8859-1, windows-1252 or Shift_JIS",
        ) from error
    files = _decoded(files, spark, settings.encoding)
    if settings.multi_line or settings.whole_text:
        return files
    end = rf"\Q{settings.line_separator}\E" if settings.line_separator else LINE_END
    # What ends a line ends the last one too: behind it is no line.
    whole = F.regexp_replace("value", rf"(?:{end})\z", "")
    lines = F.when(F.col("value") != "", F.split(whole, end))
    return files.withColumn("value", F.explode(lines))


def _is_utf8(settings: Settings) -> bool:
    return settings.encoding.upper().replace("-", "") == "UTF8"


def _decoded(files: DataFrame, spark: SparkSession, encoding: str) -> DataFrame:
    # Spark's decode knows seven encodings, and with this setting all of Java's. It is asked for here, once.
    setting = "spark.sql.legacy.javaCharsets"
    before = spark.conf.get(setting) or "false"
    spark.conf.set(setting, "true")
    try:
        text = F.decode(F.col("value").cast("binary"), encoding)
        return files.withColumn("value", F.ltrim(text, F.lit("\ufeff")))
    finally:
        spark.conf.set(setting, before)
