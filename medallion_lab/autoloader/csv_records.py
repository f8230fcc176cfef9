"""Read CSV files with differing headers: each file's header says which value belongs to which column.

Spark's CSV source reads by position and takes one header for all files; so a file is read whole, cut into
records, and each record goes through ``from_csv``, Spark's own parser with all of its options. Keep files well
under a gigabyte.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (each CSV file
is parsed according to its header) and https://spark.apache.org/docs/latest/sql-data-sources-csv.html.
"""

from collections.abc import Callable, Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import AtomicType, StringType, StructField, StructType, VariantType

from medallion_lab.autoloader.csv_files import END_OF_RECORD, exploded, records_of
from medallion_lab.autoloader.options import Settings
from medallion_lab.errors import AutoLoaderOptionError

# A column beside the schema's own, in which Spark's parser puts the text of a record that does not fit.
MISFIT = "\u2404misfit"
# What stands for NULL where values are written once more; no text that means something has it.
NOTHING = "\ue0f0"
MARGIN = 512
"""Columns beyond the schema's that can be told apart where a new one does not stop the stream."""
VALUE_OPTIONS = (
    "dateFormat", "timestampFormat", "timestampNTZFormat", "timeZone", "locale", "nanValue", "positiveInf",
    "negativeInf", "preferDate", "enableDateTimeParsingFallback",
)  # fmt: skip


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

    Raises
    ------
    AutoLoaderOptionError
        If the schema has a column of a type that CSV cannot hold.
    """
    _check_types(schema)
    if margin is None:
        margin = 1 if settings.stops else max(MARGIN, len(schema), settings.max_columns or 0)
    most = len(schema) + margin
    others = [name for name in files.columns if name != "value"]
    files = _with_places(records_of(files, settings), schema, settings, most)
    rows = exploded(files, [*others, "is_plain", "has_new", "width", "names", "places"], settings)
    kinds = StructType([*schema, StructField(MISFIT, StringType())])
    plain = F.from_csv("value", kinds.toDDL(), parser_options(settings))
    rows = rows.withColumn("plain", F.when(F.col("is_plain"), plain))
    rows = rows.withColumn("slow", _slowly(kinds, settings, most))
    sound = F.is_valid_utf8("value") if settings.rescued_column else F.lit(True)
    return rows.select(
        *others,
        "value",
        sound.alias("sound"),
        F.coalesce(F.col("slow")["fits"], F.lit(True)).alias("fits"),
        F.coalesce(F.col("slow")["typed"], F.col("plain")).alias("typed"),
        F.col("slow")["raw"].alias("raw"),
        F.lit(False).alias("has_fraction"),
    )


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
    cells = _cells("header", "width", most, settings)["values"]
    given = F.slice(cells, F.lit(1), F.least("width", F.lit(most)))
    files = files.withColumn("given", F.transform(given, lambda name: F.nullif(name, F.lit(""))))
    lower = F.array_compact(F.transform("given", F.lower))
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
    return files.withColumn("names", F.when(F.col("header").isNotNull(), names)).drop("given")


def parser_options(settings: Settings) -> dict[str, str]:
    """Return the options of Spark's parser for one record, which is all that it is given."""
    # Remarks are no records any more, and how many columns are too many is said with the file's name.
    return {name: value for name, value in settings.parser.items() if name not in ("comment", "maxColumns")} | _ONE_RECORD


def as_written_again(values: Column, settings: Settings) -> tuple[Column, dict[str, str]]:
    """Return values, a struct of strings, as one plain record, and the options with which Spark reads it."""
    plain = {"sep": ",", "quote": '"', "escape": '"', "nullValue": NOTHING, "emptyValue": ""}
    spaces = {"ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"}
    formats = {name: value for name, value in settings.parser.items() if name in VALUE_OPTIONS}
    record = F.to_csv(values, plain | spaces | {"quoteAll": "true"})
    return record, formats | plain | spaces | _ONE_RECORD


_ONE_RECORD = {
    "multiLine": "true",
    "lineSep": END_OF_RECORD,
    # For each record the parser takes a buffer, a million letters long unless told otherwise.
    "inputBufferSize": "8192",
    "maxColumns": "32768",
    "columnNameOfCorruptRecord": MISFIT,
}


def _check_types(schema: StructType) -> None:
    for field in schema:
        if not isinstance(field.dataType, AtomicType | VariantType):
            raise AutoLoaderOptionError(
                got=f"the column {field.name} of type {field.dataType.simpleString()} for csv",
                needed="types of one value: a CSV cell has no parts",
                next_step=f"read {field.name} as STRING, and take it apart with from_json or split",
            )


def _number(place: Column) -> Column:
    return F.concat(F.lit("_c"), place.cast("string"))


def _let(value: Column, body: Callable[[Column], Column]) -> Column:
    """Give a value a name: worked out once, and only where the body is asked for."""
    return F.get(F.transform(F.array(value), body), F.lit(0))


def _text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _texts(texts: Iterable[str]) -> Column:
    return F.expr(f"array({', '.join(map(_text, texts))})")


def _cells(record: str, width: str, most: int, settings: Settings) -> Column:
    """Return a record's values as ``struct<values: array<string>, fit: boolean>``: ``most`` of them; fit if as many as said.

    In SQL, because an expression of a thousand columns is made much faster so.
    """
    ddl = _text(", ".join(f"_{place} string" for place in range(most)) + f", `{MISFIT}` string")
    options = parser_options(settings)
    sep = _text(options.get("sep", ","))
    pairs = ", ".join(f"{_text(name)}, {_text(value)}" for name, value in options.items())

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


def _with_places(files: DataFrame, schema: StructType, settings: Settings, most: int) -> DataFrame:
    """Say for each file where the schema's columns stand in its records.

    Returns
    -------
    DataFrame
        Also ``is_plain boolean``, whether a record's values are the schema's columns in their order; ``width
        int``, how many a record should have; ``has_new boolean``, whether there are other columns; and, NULL
        for a plain file, ``names array<string>`` and ``places array<bigint>``, from 1, 0 for a column that is
        not there.
    """
    size, own = len(schema), _texts(schema.fieldNames())
    if settings.header:
        files = files.withColumn("width", width_of(F.col("header"), settings))
        files = files.withColumn("width", _refused_if_too_wide(F.col("width"), settings, most))
        files = with_names(files, most, settings)
        files = files.withColumn("names", _own_names(schema, settings))
        files = files.withColumn("names", _names_that_count(own, settings))
    else:
        files = files.withColumn("names", F.lit(None).cast("array<string>"))
    is_plain = F.col("names").isNull() | (F.col("names") == own)
    files = files.withColumn("is_plain", is_plain)
    files = files.withColumn(
        "width",
        F.when(F.col("is_plain"), F.lit(size)).otherwise(F.col("width")) if settings.header else F.lit(size),
    )
    files = files.withColumn("has_new", F.coalesce(F.size(F.array_except("names", own)) > 0, F.lit(False)))
    numbers = _texts(f"_c{place}" for place in range(most))
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
    """Call a file's columns as the schema does where they differ in case only, unless that is to be rescued."""
    names = F.col("names")
    if settings.case_sensitive and (settings.schema is None or settings.rescued_column):
        return names
    column_of = F.map_from_arrays(_texts(map(str.lower, schema.fieldNames())), _texts(schema.fieldNames()))
    own = F.transform(names, lambda name: F.coalesce(F.try_element_at(column_of, F.lower(name)), name))
    # Two names for one column cannot both be read: such a file keeps its names.
    return F.when(F.size(F.array_distinct(own)) == F.size(own), own).otherwise(names)


def _names_that_count(own: Column, settings: Settings) -> Column:
    """Leave out the names of a header that says nothing about a schema of one's own: it goes by place."""
    names = F.col("names")
    if settings.schema is None:
        return names
    if settings.enforce_schema:
        return F.lit(None).cast("array<string>")
    missing = F.array_except(own, names)
    if settings.enforce_schema is None:
        return F.when(F.arrays_overlap(names, own), names)
    said = F.concat(F.lit("Got: no column "), F.array_join(missing, ", "), F.lit(" in the header of "))
    told = (
        "\nNeeded: enforceSchema=false asks for every column of the schema\nNext: mend the file or the schema"
    )
    message = F.concat(said, F.input_file_name(), F.lit(told))
    return F.when(F.size(missing) > 0, F.raise_error(message).cast("array<string>")).otherwise(names)


def _slowly(kinds: StructType, settings: Settings, most: int) -> Column:
    """Return what a record says that does not stand as the schema does: ``struct<typed, fits, raw>``; else NULL."""
    is_plain, plain, width = F.col("is_plain"), F.col("plain"), F.col("width")
    is_kept = bool(settings.rescued_column or settings.stops)

    def whole(cells: Column, typed: Column, fit: Column) -> Column:
        fits = fit & typed[MISFIT].isNull()
        raw = _misfits(cells, typed, kinds, most) if is_kept else F.lit(None)
        needed = F.when(~fits | F.col("has_new"), raw.cast("map<string,variant>"))
        return F.struct(typed.alias("typed"), fits.alias("fits"), needed.alias("raw"))

    def with_cells(cells: Column) -> Column:
        own = F.transform("places", lambda place: F.get(cells["values"], place.cast("int") - 1))
        typed = _let(own, lambda values: _typed(values, kinds, settings))
        return _let(
            F.when(is_plain, plain).otherwise(typed),
            lambda typed: whole(cells["values"], typed, is_plain | cells["fit"]),
        )

    slow = F.when(
        ~is_plain | plain[MISFIT].isNotNull(), _let(_cells("value", "width", most, settings), with_cells)
    )
    if is_kept:
        return slow
    # Nobody asks for what does not fit: that there is something is all that has to be said of it.
    misfit = F.struct(
        plain.alias("typed"), F.lit(False).alias("fits"), F.lit(None).cast("map<string,variant>").alias("raw")
    )
    return F.when(is_plain & plain[MISFIT].isNotNull(), misfit).otherwise(slow)


def _typed(values: Column, kinds: StructType, settings: Settings) -> Column:
    """Return values, in the schema's order, as a struct; what is no text goes through Spark's parser once more."""
    text = {field.name: F.get(values, F.lit(place)) for place, field in enumerate(kinds[:-1])}
    others = [field for field in kinds[:-1] if not isinstance(field.dataType, StringType)]

    def columns(read: Column | None) -> Column:
        found = {field.name: read[field.name] for field in others} if read is not None else {}
        misfit = read[MISFIT] if read is not None else F.lit(None).cast("string")
        return F.struct(*[column.alias(name) for name, column in (text | found | {MISFIT: misfit}).items()])

    if not others:
        return columns(None)
    record, options = as_written_again(
        F.struct(*[text[field.name].alias(f"_{place}") for place, field in enumerate(others)]), settings
    )
    ddl = StructType([*others, kinds[MISFIT]]).toDDL()
    return _let(F.from_csv(record, ddl, options), columns)


def _misfits(cells: Column, typed: Column, kinds: StructType, most: int) -> Column:
    """Return, by name, the values that no column holds."""
    own = kinds.fieldNames()[:-1]
    names = F.coalesce("names", _texts([*own, *(f"_c{place}" for place in range(len(own), most))]))
    found = F.json_object_keys(F.to_json(typed, {"ignoreNullFields": "true"}))

    def is_misfit(name: Column, cell: Column) -> Column:
        is_new = cell.isNotNull() | (F.array_position(names, name) <= F.col("width"))
        is_lost = cell.isNotNull() & ~F.array_contains(found, name)
        return F.when(F.array_contains(_texts(own), name), is_lost).otherwise(is_new)

    fields = F.map_filter(F.map_from_arrays(names, cells), is_misfit)
    return F.transform_values(fields, lambda _, cell: cell.cast("variant"))
