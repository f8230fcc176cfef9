"""Cut CSV files into records: where each ends, which are comments, and which one is the header.

Without ``multiLine`` a record is a line, as in Spark. With it a line break inside quotes ends none: then a
regular expression follows the quotes. What the values of a record are, Spark's parser says.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-csv.html (lineSep, multiLine, comment, header).
"""

import re

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion_lab.autoloader.landed_text import decoded, is_utf8, line_end
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.spark_rules import separator

# One record has no end for Spark's parser to find: a letter of Unicode's private area stands for it.
END_OF_RECORD = "\ue0f5"
# A header stands behind a few remarks at most; only where it does not, the whole file is looked through.
NEAR = 1000
BLANK = "".join(map(chr, range(33)))


def records_of(files: DataFrame, settings: Settings) -> DataFrame:
    """Cut each file into its records.

    Parameters
    ----------
    files : DataFrame
        ``value string``, one whole file each, and any other columns.

    Returns
    -------
    DataFrame
        Instead of ``value``: ``records array<string>``; ``first int``, the place of the first record with
        values; ``header string``, NULL if the file has none; and ``spoilt boolean``, whether U+FFFD in it
        stands for a byte that is no letter.
    """
    # U+FFFD stands for a byte that is no letter; in a file that is text it is a letter like another.
    if is_utf8(settings):
        files = files.withColumn("spoilt", ~F.is_valid_utf8("value"))
        files = files.withColumn("value", F.ltrim("value", F.lit("\ufeff")))
    else:
        files = decoded(files, settings).withColumn("spoilt", F.lit(True))
    records = (
        F.regexp_extract_all("value", F.lit(_record_pattern(settings)), F.lit(1))
        if settings.multi_line
        else F.split("value", line_end(settings))
    )
    files = files.withColumn("records", records).drop("value")
    skipped = settings.skip_rows
    near = F.slice("records", F.lit(skipped + 1), F.lit(NEAR))

    def content(some: Column) -> Column:
        return F.get(F.filter(some, lambda record: is_content(record, settings)), F.lit(0))

    if not settings.header:
        return files.withColumn("first", F.lit(skipped)).withColumn("header", F.lit(None).cast("string"))
    everything = F.slice("records", F.lit(skipped + 1), F.greatest(F.size("records"), F.lit(1)))
    files = files.withColumn("header", F.coalesce(content(near), content(everything)))
    return files.withColumn("first", F.array_position(everything, F.col("header")).cast("int") + skipped)


def exploded(files: DataFrame, kept: list[str], settings: Settings) -> DataFrame:
    """Return one row a record that is no header, no remark and not blank, as ``value``."""
    rows = files.select(*kept, "first", F.posexplode_outer("records").alias("place", "value"))
    is_row = (F.col("place") >= F.coalesce("first", F.lit(0))) & is_content(F.col("value"), settings)
    return rows.where(is_row).drop("first", "place")


def is_content(record: Column, settings: Settings) -> Column:
    """Whether a record has values: it is neither blank nor a remark."""
    # As Spark has it: a line of spaces, tabs and the like is none; but with multiLine they are a value.
    is_blank = (record if settings.multi_line else F.trim(record, F.lit(BLANK))) == ""
    return ~is_blank & ~record.startswith(settings.comment) if settings.comment else ~is_blank


def _record_pattern(settings: Settings) -> str:
    """Return a pattern whose first group is one record, with the line breaks inside its quotes.

    It never goes back, so a cell of megabytes costs no stack.
    """
    parser = settings.parser
    sep = re.escape(separator(parser.get("sep", ",")))
    quote, escape = parser.get("quote", '"'), parser.get("escape", "\\")
    end = line_end(settings)
    rest = f"(?:(?!{sep}|{end}).)*+"
    field = rest
    if quote:
        space = r"[ \t]*+" if parser.get("ignoreLeadingWhiteSpace") == "true" else ""
        q, e = re.escape(quote), re.escape(escape)
        inside = f"[^{q}]*+(?:{q}{q}[^{q}]*+)*+"
        if escape and escape != quote:
            inside = f"[^{q}{e}]*+(?:(?:{e}.|{q}{q})[^{q}{e}]*+)*+"
        field = f"(?:{space}{q}{inside}{q})?+{rest}"
    return f"(?s)({field}(?:{sep}{field})*+)(?:{end}|\\z)"
