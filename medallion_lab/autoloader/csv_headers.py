"""What a CSV file's header says: the columns' names, and where a schema's columns stand in its records.

Terms: Auto Loader, schema.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (each CSV file
is parsed according to its header) and https://spark.apache.org/docs/latest/sql-data-sources-csv.html
(enforceSchema).
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from medallion_lab.autoloader.csv_parsing import cells_of, parser_options
from medallion_lab.autoloader.expressions import texts
from medallion_lab.autoloader.options import Settings


def width_of(record: Column, settings: Settings) -> Column:
    """Return how many values a record has, ``int``; 0 if there is none."""
    one = F.from_csv(record, "v variant", parser_options(settings) | {"singleVariantColumn": "v"})
    values = F.try_variant_get(one["v"], "$", "map<string,variant>")
    return F.coalesce(F.size(F.map_keys(values)), F.lit(0))


def with_names(files: DataFrame, most: int, settings: Settings) -> DataFrame:
    """Add each file's column names as Spark makes them: none is empty, none comes twice.

    Parameters
    ----------
    files : DataFrame
        With ``header string``, the file's first record, and ``width int``, how many values it has.
    most : int
        Names beyond this are left out.

    Returns
    -------
    DataFrame
        Also ``names array<string>``; NULL for a file without a record.
    """
    cells = cells_of("header", "width", most, settings)["values"]
    given = F.slice(cells, F.lit(1), F.least("width", F.lit(most)))
    files = files.withColumn("given", F.transform(given, lambda name: F.nullif(name, F.lit(""))))
    files = files.withColumn("lower", F.array_compact(F.transform("given", F.lower)))
    lower = F.col("lower")
    numbered = F.transform(
        "given",
        lambda name, place: F.when(
            F.size(F.filter(lower, lambda other: other == F.lower(name))) > 1,
            F.concat(name, place.cast("string")),
        ).otherwise(name),
    )
    is_clear = F.size(F.array_distinct(lower)) == F.size(lower)
    names = F.when(is_clear, F.col("given")).otherwise(numbered)
    names = F.transform(names, lambda name, place: F.coalesce(name, _number(place)))
    return files.withColumn("names", F.when(F.col("header").isNotNull(), names)).drop("given", "lower")


def _number(place: Column) -> Column:
    return F.concat(F.lit("_c"), place.cast("string"))


def with_places(files: DataFrame, schema: StructType, settings: Settings, most: int) -> DataFrame:
    """Say for each file where the schema's columns stand in its records.

    Returns
    -------
    DataFrame
        Also ``is_plain boolean``, whether a record's values are the schema's columns in their order; ``width
        int``, how many a record should have; ``has_new boolean``, whether there are other columns; and, NULL
        for a plain file, ``names array<string>`` and ``places array<bigint>``, from 1, 0 for a column that is
        not there.
    """
    size, own = len(schema), texts(schema.fieldNames())
    if settings.header:
        files = files.withColumn("width", width_of(F.col("header"), settings))
        files = files.withColumn("width", _refused_if_too_wide(F.col("width"), settings, most))
        files = with_names(files, most, settings)
        files = files.withColumn("names", _own_names(schema, settings))
        files = files.withColumn("names", _names_that_count(own, settings))
    else:
        files = files.withColumn("width", F.lit(size)).withColumn("names", F.lit(None).cast("array<string>"))
    is_plain = F.col("names").isNull() | (F.col("names") == own)
    files = files.withColumn("is_plain", is_plain)
    files = files.withColumn("width", F.when(F.col("is_plain"), F.lit(size)).otherwise(F.col("width")))
    files = files.withColumn("has_new", F.coalesce(F.size(F.array_except("names", own)) > 0, F.lit(False)))
    numbers = texts(f"_c{place}" for place in range(most))
    behind = F.slice(numbers, F.size("names") + 1, F.lit(most))
    files = files.withColumn("names", F.when(~F.col("is_plain"), F.concat("names", behind)))
    places = F.transform(own, lambda name: F.array_position("names", name))
    return files.withColumn("places", F.when(~F.col("is_plain"), places))


def _refused_if_too_wide(width: Column, settings: Settings, most: int) -> Column:
    """Stop at a file with more columns than can be told apart; where new columns stop a stream, they do."""
    if settings.stops:
        return width
    said = F.concat(F.lit("Got: "), width.cast("string"), F.lit(" columns in "), F.input_file_name())
    told = (
        f"\nNeeded: at most {most}\nNext: set .option('maxColumns', ...) to as many, and run the code again"
    )
    return F.when(width > most, F.raise_error(F.concat(said, F.lit(told))).cast("int")).otherwise(width)


def _own_names(schema: StructType, settings: Settings) -> Column:
    """Call columns as the schema does where they differ in case only, unless that is to be rescued."""
    names = F.col("names")
    if settings.case_sensitive and (settings.schema is None or settings.rescued_column):
        return names
    column_of = F.map_from_arrays(texts(map(str.lower, schema.fieldNames())), texts(schema.fieldNames()))
    own = F.transform(
        names, lambda name: F.coalesce(F.try_element_at(column_of, F.lower(F.trim(name))), name)
    )
    # Two names for one column cannot both be read: such a file keeps its names.
    return F.when(F.size(F.array_distinct(own)) == F.size(own), own).otherwise(names)


def _loosely(names: Column) -> Column:
    return F.transform(names, lambda name: F.lower(F.trim(name)))


def _names_that_count(own: Column, settings: Settings) -> Column:
    """Leave out the names of a header that says nothing about a schema of one's own: it goes by place."""
    names = F.col("names")
    if settings.schema is None:
        return names
    if settings.enforce_schema:
        return F.lit(None).cast("array<string>")
    missing = F.array_except(own, names)
    if settings.enforce_schema is None:
        return F.when(F.arrays_overlap(_loosely(names), _loosely(own)), names)
    said = F.concat(F.lit("Got: no column "), F.array_join(missing, ", "), F.lit(" in the header of "))
    told = (
        "\nNeeded: enforceSchema=false asks for every column of the schema\nNext: mend the file or the schema"
    )
    message = F.concat(said, F.input_file_name(), F.lit(told))
    return F.when(F.size(missing) > 0, F.raise_error(message).cast("array<string>")).otherwise(names)
