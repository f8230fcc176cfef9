"""Ask Spark's CSV parser about one record: its values as text or as types, or written once more.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/api/sql/#from_csv and
https://spark.apache.org/docs/latest/sql-data-sources-csv.html (options).
"""

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader.csv_files import END_OF_RECORD
from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.spark_rules import separator

# A column beside the schema's own, in which Spark's parser puts the text of a record that does not fit.
MISFIT = "\u2404misfit"
# What stands for NULL where values are written once more; no text that means something has it.
NOTHING = "\ue0f0"
VALUE_OPTIONS = (
    "dateFormat", "timestampFormat", "timestampNTZFormat", "timeZone", "locale", "nanValue", "positiveInf",
    "negativeInf", "preferDate", "enableDateTimeParsingFallback",
)  # fmt: skip
_ONE_RECORD = {
    "multiLine": "true",
    "lineSep": END_OF_RECORD,
    # For each record the parser takes a buffer, a million letters long unless told otherwise.
    "inputBufferSize": "8192",
    "maxColumns": "32768",
    "columnNameOfCorruptRecord": MISFIT,
}


def with_misfit(schema: StructType) -> StructType:
    """Return the schema with the column ``MISFIT`` behind it."""
    return StructType([*schema, StructField(MISFIT, StringType())])


def parser_options(settings: Settings) -> dict[str, str]:
    """Return the options of Spark's parser for one record, which is all that it is given."""
    # Remarks are no records any more, and how many columns are too many is said with the file's name.
    return {
        name: value for name, value in settings.parser.items() if name not in ("comment", "maxColumns")
    } | _ONE_RECORD


def as_written_again(values: Column, settings: Settings) -> tuple[Column, dict[str, str]]:
    """Return values, a struct of strings, as one plain record, and the options with which Spark reads it."""
    plain = {"sep": ",", "quote": '"', "escape": '"', "nullValue": NOTHING, "emptyValue": ""}
    spaces = {"ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"}
    formats = {name: value for name, value in settings.parser.items() if name in VALUE_OPTIONS}
    record = F.to_csv(values, plain | spaces | {"quoteAll": "true"})
    return record, formats | plain | spaces | _ONE_RECORD


def cells_of(record: str, width: str, most: int, settings: Settings) -> Column:
    """Return a record's values as ``struct<values: array<string>, fit: boolean>``; fit if as many as said.

    In SQL, because an expression of a thousand columns is made much faster so.
    """
    ddl = sql_string(", ".join(f"_{place} string" for place in range(most)) + f", `{MISFIT}` string")
    options = parser_options(settings)
    sep = sql_string(separator(options.get("sep", ",")))
    pairs = ", ".join(f"{sql_string(name)}, {sql_string(value)}" for name, value in options.items())

    def values(parsed: str, fit: str) -> str:
        array = ", ".join(f"{parsed}._{place}" for place in range(most))
        return f"struct(array({array}) AS values, {fit} AS fit)"

    # Spark's parser is slow where values are missing: so they are there, and empty.
    padded = f"concat({record}, repeat({sep}, greatest({most} - {width}, 0)))"
    as_it_is = (
        f"transform(array(from_csv({record}, {ddl}, map({pairs}))), other -> {values('other', 'false')})"
    )
    return F.expr(
        f"get(transform(array(from_csv({padded}, {ddl}, map({pairs}))), one -> "
        f"if(one.`{MISFIT}` IS NULL, {values('one', 'true')}, get({as_it_is}, 0))), 0)"
    )
