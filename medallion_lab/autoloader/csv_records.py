"""Read CSV files with differing headers: each file's first line says which value belongs to which column.

A file is read whole, because its header and its rows must stay together: keep files well under a gigabyte.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (each CSV file
is parsed according to its header).
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    StructType,
    TimestampType,
)

from medallion_lab.autoloader.options import CSV_PARSER_OPTIONS, Settings

MOST_COLUMNS = 100
"""Values on one line; a line with more is kept whole as malformed."""

CELL_NAMES = [f"_c{place}" for place in range(MOST_COLUMNS + 1)]
CELLS = ", ".join(f"{name} string" for name in CELL_NAMES)


def read_csv(files: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Parse whole CSV files into one row a line.

    Parameters
    ----------
    files : DataFrame
        ``value string``, one file each, and any other columns. Batch or streaming.
    schema : StructType
        The columns to read; a value belongs to the column that its file's header names.

    Returns
    -------
    DataFrame
        As of ``read_json``: the other columns, ``value`` (the line), ``sound``, ``typed``, ``raw`` and
        ``has_fraction``. A value that is empty, or that a short line does not have, is NULL.
    """
    others = [name for name in files.columns if name != "value"]
    lines = F.filter(F.split(F.ltrim("value", F.lit("\ufeff")), "\r?\n"), lambda line: F.trim(line) != "")
    files = files.withColumn("lines", lines)
    if settings.header:
        files = _with_cells(files, "header", F.get("lines", F.lit(0)), settings)
        files = files.withColumn(
            "lines", F.slice("lines", F.lit(2), F.greatest(F.size("lines") - 1, F.lit(0)))
        )
    kept = [*others, "header"] if settings.header else others
    rows = files.select(*kept, F.explode("lines").alias("value"))
    rows = _with_cells(rows, "cells", F.col("value"), settings)
    rows = rows.withColumn("names", _names(F.col("header") if settings.header else None))
    # A line may end in empty cells; those behind its last name say nothing.
    width = F.least(F.size("names"), F.lit(MOST_COLUMNS))
    fields = F.map_filter(
        F.map_from_arrays(F.slice("names", F.lit(1), width), F.slice("cells", F.lit(1), width)),
        lambda name, cell: cell.isNotNull() | ~name.startswith("_c"),
    )
    sound = (F.size(F.array_distinct("names")) == F.size("names")) & F.get(
        "cells", F.lit(MOST_COLUMNS)
    ).isNull()
    rows = rows.withColumn("sound", F.coalesce(sound, F.lit(False))).withColumn(
        "fields", F.when(F.col("sound"), fields)
    )
    columns = [
        _typed(F.try_element_at("fields", F.lit(field.name)), field.dataType, settings) for field in schema
    ]
    return rows.select(
        *others,
        "value",
        "sound",
        F.struct(*[column.alias(field.name) for column, field in zip(columns, schema, strict=True)]).alias(
            "typed"
        ),
        F.transform_values("fields", lambda _, cell: cell.cast("variant")).alias("raw"),
        F.lit(False).alias("has_fraction"),
        F.lit(True).alias("fits"),
    )


def _with_cells(rows: DataFrame, name: str, line: Column, settings: Settings) -> DataFrame:
    """Add a line's values as ``array<string>``."""
    parser = {option: value for option, value in settings.parser.items() if option in CSV_PARSER_OPTIONS}
    # For each line the parser takes a buffer, a million letters long unless told otherwise.
    cells = F.from_csv(line, CELLS, parser | {"inputBufferSize": "8192"})
    # A column of its own: as part of the array it would be parsed once for each element.
    rows = rows.withColumn("parsed", cells)
    return rows.withColumn(name, F.array(*[F.col("parsed")[place] for place in CELL_NAMES])).drop("parsed")


def _names(header: Column | None) -> Column:
    places = F.array(*[F.lit(name) for name in CELL_NAMES])
    return (
        places if header is None else F.zip_with(header, places, lambda name, place: F.coalesce(name, place))
    )


def _typed(cell: Column, kind: DataType, settings: Settings) -> Column:
    if isinstance(kind, DateType) and (form := settings.parser.get("dateFormat")):
        return F.to_date(F.try_to_timestamp(cell, F.lit(form)))
    if isinstance(kind, TimestampType) and (form := settings.parser.get("timestampFormat")):
        return F.try_to_timestamp(cell, F.lit(form))
    if isinstance(kind, BooleanType):
        # A cast would take "yes" and 1 too; the CSV reader takes these two words.
        return F.when(F.lower(cell).isin("true", "false"), F.lower(cell) == "true")
    return cell.try_cast(kind)
