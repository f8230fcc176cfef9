"""Read JSON text into typed columns without losing a letter of it.

Spark's ``from_json`` is quick, and has three habits that an exact bronze cannot live with. It stops after the
first object of a line, it passes over fields that the schema does not name, and it rewrites a fraction that
becomes a string (1.50 as 1.5). So a line is parsed inside an envelope, which has to close; its keys are
counted; and fractions are put between two marks before the parser sees them.
Term: newline-delimited JSON.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-json.html
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    IntegerType,
    MapType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schemas import is_all_text, is_scalar

# Behind the record comes a key that no record has; a record that closes the envelope early never reaches it.
END = "\u2404"
# Two letters of Unicode's private area: no text that means something uses them.
OPEN, CLOSE = "\ue0f1", "\ue0f2"
LONGEST = 16_000_000
FRACTION = r"[:\[,]\s*-?[0-9]+[.eE]"
NUMBER = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
# From where the last match ended: whole strings and what is no number; then a number that is no key. So text
# that was no JSON before the numbers stood in quotes is none after.
NUMBER_AS_VALUE = r'\G((?:[^"0-9-]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+)(' + NUMBER + r")(?=\s*+[,\]}])"


TEXT_MAP = MapType(StringType(), StringType())
VARIANT_MAP = MapType(StringType(), VariantType())


def read_json(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Parse one JSON object a row.

    Parameters
    ----------
    lines : DataFrame
        ``value string``, one record each, and any other columns. Batch or streaming.
    schema : StructType
        The columns to read.

    Returns
    -------
    DataFrame
        The other columns, ``value`` and

        * ``sound boolean``: whether the record is one JSON object with no key twice, at any depth;
        * ``typed struct``: the schema's columns, NULL where the record has none, or one of another type;
        * ``raw map<string,variant>``: every field of a sound record that may not fit, NULL for one that fits;
        * ``has_fraction boolean``: whether ``raw`` has marks in it, which ``unmark`` takes off.
    """
    if settings.multi_line:
        lines = _split_files(lines)
    # Most lines begin with a brace: only others have to be looked through.
    is_record = F.col("value").startswith("{") | (F.trim("value", F.lit(" \t\r")) != "")
    lines = lines.where(is_record)
    if not settings.case_sensitive:
        lines = _rename_fields(lines, schema, settings)
    columns = [*lines.columns, "has_fraction", "sound", "typed", "raw"]
    read = _read_text if is_all_text(schema) else _read_types
    return read(lines, schema, settings).select(*columns)


def unmark(text: Column) -> Column:
    """Take the marks, and the quotes that they came in, off every fraction in this text."""
    plain = F.regexp_replace(text, f'"?{OPEN}({NUMBER}){CLOSE}"?', "$1")
    return F.when(F.col("has_fraction"), plain).otherwise(text)


def unmarked_fields(settings: Settings) -> Column:
    """Return ``raw`` once more, read from the text as it came: its numbers are numbers there."""
    return F.when(
        F.col("raw").isNotNull(), F.get(_record(F.col("value"), VARIANT_MAP, settings)["line"], F.lit(0))
    )


def _has_fraction() -> Column:
    value = F.col("value")
    return value.rlike(FRACTION) & ~value.contains(OPEN) & ~value.contains(CLOSE)


def _marked() -> Column:
    """Put every number into quotes and between marks, where a parser hands it on letter by letter."""
    marked = F.regexp_replace("value", NUMBER_AS_VALUE, f'$1"{OPEN}$2{CLOSE}"')
    return F.when(F.col("has_fraction"), marked).otherwise(F.col("value"))


def _record(text: Column, kind: DataType, settings: Settings) -> Column:
    """Parse one record as this type; NULL unless the text is that record and nothing else."""
    envelope = StructType([StructField("line", ArrayType(kind)), StructField(END, IntegerType())])
    enclosed = F.concat(F.lit('{"line":['), text, F.lit(f'],"{END}":1}}'))
    return F.from_json(enclosed, envelope, settings.parser)


def _only(envelope: Column) -> Column:
    """Return the envelope's record if it is the only one, and may be read at all."""
    # What does not decode, or is too long for a variant, or names the end itself, is kept whole instead.
    may_be_read = (
        F.is_valid_utf8("value") & (F.octet_length("value") < LONGEST) & ~F.col("value").contains(END)
    )
    closed = (envelope[END] == 1) & (F.size(envelope["line"]) == 1)
    return F.when(closed & may_be_read, F.get(envelope["line"], F.lit(0)))


def _with_all_fields(lines: DataFrame, settings: Settings) -> DataFrame:
    """Read records that do not ``fit`` at once again, slowly and exactly.

    Returns
    -------
    DataFrame
        Also ``has_fraction``; ``texts map<string,string>`` and ``raw map<string,variant>``, every field of
        the record; ``sound``.
    """
    has_fraction = F.when(~F.col("fits"), _has_fraction()).otherwise(False)
    lines = lines.withColumn("has_fraction", has_fraction)
    both = F.struct(
        _record(_marked(), TEXT_MAP, settings).alias("texts"),
        _record(_marked(), VARIANT_MAP, settings).alias("raw"),
    )
    lines = lines.withColumn("slowly", F.when(~F.col("fits"), both))
    lines = lines.withColumn("texts", _only(F.col("slowly.texts")))
    lines = lines.withColumn("variants", _only(F.col("slowly.raw")))
    keys = F.map_keys("texts")
    no_key_twice = F.size(F.array_distinct(keys)) == F.size(keys)
    # A variant is stricter than text: with a key twice deep inside it is none, and could not be rescued.
    exact = F.coalesce(no_key_twice & F.col("variants").isNotNull(), F.lit(False))
    lines = lines.withColumn("sound", F.col("fits") | exact)
    return lines.withColumn("raw", F.when(F.col("sound") & ~F.col("fits"), F.col("variants")))


def _read_text(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Read columns that are all strings: one quick pass for records that hold nothing else."""
    lines = lines.withColumn("quick", F.from_json("value", TEXT_MAP.simpleString(), settings.parser))
    quick = [F.try_element_at("quick", F.lit(name)).alias(name) for name in schema.fieldNames()]
    lines = lines.withColumn("found", F.struct(F.lit(0).alias(END), *quick))
    found = {name: F.col("found")[name] for name in schema.fieldNames()}
    # As many fields as columns that were found: so there is no other field, and none twice.
    count = reduce(lambda sum_, value: sum_ + value.isNotNull().cast("int"), found.values(), F.lit(0))
    lines = lines.withColumn("fits", F.coalesce((F.size("quick") == count) & _is_plain(found), F.lit(False)))
    lines = _with_all_fields(lines, settings)
    columns = [
        F.when(F.col("fits"), value)
        .when(F.col("sound"), unmark(F.try_element_at("texts", F.lit(name))))
        .alias(name)
        for name, value in found.items()
    ]
    return lines.withColumn("typed", F.struct(*columns))


def _is_plain(found: dict[str, Column]) -> Column:
    """Whether the quick pass has read this text exactly: nothing nested, nothing behind it, no fraction."""
    one_object = F.octet_length(F.substring_index("value", "}", 1)) + 1 == F.octet_length("value")
    # Spark writes each fraction, also one that came as 1e5, with a point; or as Infinity.
    may_be_fraction = [value.contains(".") | value.contains("Infinity") for value in found.values()]
    is_whole = [~F.coalesce(fraction, F.lit(False)) for fraction in may_be_fraction]
    return _all([one_object, F.is_valid_utf8("value"), _has_whole_letters(), *is_whole])


def _has_whole_letters() -> Column:
    """Whether no escape can be half a letter: Spark would read that as a question mark."""
    value = F.col("value")
    return ~value.contains("\\ud") & ~value.contains("\\uD")


def _read_types(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Read columns of any type; a second pass counts the fields, and more only where something is missing."""
    lines = lines.withColumn("parsed", _record(F.col("value"), schema, settings))
    lines = lines.withColumn("record", _only(F.col("parsed")))
    record = F.col("record")
    all_found = [record[field.name].isNotNull() & F.lit(is_scalar(field.dataType)) for field in schema]
    fits = _all([F.size(F.json_object_keys("value")) == len(schema), _has_whole_letters(), *all_found])
    lines = _with_all_fields(lines.withColumn("fits", F.coalesce(fits, F.lit(False))), settings)
    columns = []
    for field in schema:
        value = record[field.name]
        if isinstance(field.dataType, StringType):
            exact = unmark(F.try_element_at("texts", F.lit(field.name)))
            value = F.when(F.col("has_fraction"), exact).otherwise(value)
        columns.append(F.when(F.col("sound"), value).alias(field.name))
    return lines.withColumn("typed", F.struct(*columns))


def _all(conditions: list[Column]) -> Column:
    return reduce(lambda first, second: first & second, conditions)


def _rename_fields(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Give a field whose name differs from a column's only in case the column's name."""
    lines = lines.withColumn("has_fraction", _has_fraction())
    lines = lines.withColumn("parsed", _record(_marked(), VARIANT_MAP, settings))
    lines = lines.withColumn("fields", _only(F.col("parsed")))
    column_of = F.create_map(*[F.lit(word) for name in schema.fieldNames() for word in (name.lower(), name)])
    names = F.transform(
        F.map_keys("fields"), lambda key: F.coalesce(F.try_element_at(column_of, F.lower(key)), key)
    )
    # Two fields of one column cannot both be read: such a record keeps its names.
    clear = (F.size(F.array_distinct(names)) == F.size(names)) & (names != F.map_keys("fields"))
    renamed = unmark(F.to_json(F.map_from_arrays(names, F.map_values("fields"))))
    value = F.when(F.coalesce(clear, F.lit(False)), renamed).otherwise(F.col("value"))
    return lines.withColumn("value", value).drop("has_fraction", "parsed", "fields")


def _split_files(files: DataFrame) -> DataFrame:
    """Turn whole files into records: a file holds one, or an array of them. Any other file is one row."""
    files = files.withColumn("has_fraction", _has_fraction())
    text = F.trim(_marked(), F.lit(" \t\r\n\ufeff"))
    array = F.when(text.startswith("["), text).otherwise(F.concat(F.lit("["), text, F.lit("]")))
    records = F.transform(
        F.from_json(array, ArrayType(VariantType())), lambda record: unmark(F.to_json(record))
    )
    value = F.explode(F.coalesce(records, F.array("value")))
    return files.select(
        *[name for name in files.columns if name not in ("value", "has_fraction")], value.alias("value")
    )
