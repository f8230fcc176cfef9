"""Read CSV files with differing headers: each file's header says which value belongs to which column.

Spark's CSV source reads by position and takes one header for all files. So a file is read whole, cut into
records, and each record goes through ``from_csv``, Spark's own parser with all of its options. Keep files
well under a gigabyte.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (each CSV file
is parsed according to its header) and https://spark.apache.org/docs/latest/sql-data-sources-csv.html.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructType

from medallion_lab.autoloader.csv_files import exploded, records_of
from medallion_lab.autoloader.csv_headers import with_places
from medallion_lab.autoloader.csv_parsing import (
    MISFIT,
    as_written_again,
    cells_of,
    parser_options,
    with_misfit,
)
from medallion_lab.autoloader.expressions import let, texts
from medallion_lab.autoloader.options import Settings

MARGIN = 512
"""Columns beyond the schema's that can be told apart where a new one does not stop the stream."""


def read_csv(
    files: DataFrame, schema: StructType, settings: Settings, *, margin: int | None = None
) -> DataFrame:
    """Parse whole CSV files into one row a record.

    Parameters
    ----------
    files : DataFrame
        ``value string``, one file each, and any other columns. Batch or streaming.
    schema : StructType
        The columns to read, at least one; a value belongs to the column that its file's header names, or,
        without a header, to the one at its place.
    margin : int, optional
        How many columns beyond the schema's can be told apart.

    Returns
    -------
    DataFrame
        As of ``read_json``: the other columns, ``value`` (the record), ``sound``, ``fits``, ``typed``,
        ``raw`` (only the fields that do not fit) and ``has_fraction``. A value that is empty, or that a short
        record does not have, is NULL.
    """
    if margin is None:
        margin = 1 if settings.stops else max(MARGIN, len(schema), settings.max_columns or 0)
    most = len(schema) + margin
    others = [name for name in files.columns if name != "value"]
    files = with_places(records_of(files, settings), schema, settings, most)
    rows = exploded(files, [*others, "spoilt", "is_plain", "has_new", "width", "names", "places"], settings)
    plain = F.from_csv("value", with_misfit(schema).toDDL(), parser_options(settings))
    rows = rows.withColumn("plain", F.when(F.col("is_plain"), plain))
    rows = rows.withColumn("slow", _slowly(schema, settings, most))
    sound = ~(F.col("spoilt") & F.col("value").contains("\ufffd"))
    if settings.on_malformed != "PERMISSIVE":
        # What is rescued need neither be dropped nor stop the stream; what is too short or too long must.
        sound = sound & F.coalesce(F.col("slow")["is_whole"], F.lit(True))
    return rows.select(
        *others,
        "value",
        sound.alias("sound"),
        F.coalesce(F.col("slow")["fits"], F.lit(True)).alias("fits"),
        F.coalesce(F.col("slow")["typed"], F.col("plain")).alias("typed"),
        F.col("slow")["raw"].alias("raw"),
        F.lit(False).alias("has_fraction"),
    )


def _slowly(schema: StructType, settings: Settings, most: int) -> Column:
    """Return a record that does not stand as the schema does; NULL for one that does.

    Returns
    -------
    Column
        ``struct<typed, fits, is_whole, raw>``; whole is a record of as many values as its file has columns.
    """
    is_plain, plain = F.col("is_plain"), F.col("plain")
    is_kept = bool(settings.rescued_column or settings.stops)
    nothing = F.lit(None).cast("map<string,variant>")

    def whole(cells: Column, typed: Column) -> Column:
        fits = (is_plain | cells["fit"]) & typed[MISFIT].isNull()
        raw = _misfits(cells["values"], typed, schema, most) if is_kept else nothing
        needed = F.when(~fits | F.col("has_new"), raw)
        said = (typed.alias("typed"), fits.alias("fits"), cells["fit"].alias("is_whole"), needed.alias("raw"))
        return F.struct(*said)

    def with_cells(cells: Column) -> Column:
        own = F.transform("places", lambda place: F.get(cells["values"], place.cast("int") - 1))
        typed = let(own, lambda values: _typed(values, schema, settings))
        return let(F.when(is_plain, plain).otherwise(typed), lambda typed: whole(cells, typed))

    slow = F.when(
        ~is_plain | plain[MISFIT].isNotNull(), let(cells_of("value", "width", most, settings), with_cells)
    )
    if is_kept:
        return slow
    # Nobody asks for what does not fit: that there is something is all that has to be said of it.
    misfit = F.struct(
        plain.alias("typed"), F.lit(False).alias("fits"), F.lit(False).alias("is_whole"), nothing.alias("raw")
    )
    return F.when(is_plain & plain[MISFIT].isNotNull(), misfit).otherwise(slow)


def _typed(values: Column, schema: StructType, settings: Settings) -> Column:
    """Return values, in the schema's order, as a struct; what is no text Spark's parser reads once more."""
    text = {field.name: F.get(values, F.lit(place)) for place, field in enumerate(schema)}
    others = [field for field in schema if not isinstance(field.dataType, StringType)]

    def columns(read: Column | None) -> Column:
        found = {field.name: read[field.name] for field in others} if read is not None else {}
        misfit = read[MISFIT] if read is not None else F.lit(None).cast("string")
        return F.struct(*[column.alias(name) for name, column in (text | found | {MISFIT: misfit}).items()])

    if not others:
        return columns(None)
    record, options = as_written_again(
        F.struct(*[text[field.name].alias(f"_{place}") for place, field in enumerate(others)]), settings
    )
    ddl = with_misfit(StructType(others)).toDDL()
    return let(F.from_csv(record, ddl, options), columns)


def _misfits(cells: Column, typed: Column, schema: StructType, most: int) -> Column:
    """Return, by name, the values that no column holds."""
    own = schema.fieldNames()
    names = F.coalesce("names", texts([*own, *(f"_c{place}" for place in range(len(own), most))]))

    def unless(found: Column) -> Column:
        def is_misfit(name: Column, cell: Column) -> Column:
            is_new = cell.isNotNull() | (F.array_position(names, name) <= F.col("width"))
            is_lost = cell.isNotNull() & ~F.array_contains(found, name)
            return F.when(F.array_contains(texts(own), name), is_lost).otherwise(is_new)

        return F.map_filter(F.map_from_arrays(names, cells), is_misfit)

    # Named, so that a record is written as JSON once, and not for each of its values.
    fields = let(F.json_object_keys(F.to_json(typed, {"ignoreNullFields": "true"})), unless)
    return F.transform_values(fields, lambda _, cell: cell.cast("variant"))
