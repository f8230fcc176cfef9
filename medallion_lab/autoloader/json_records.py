"""Read JSON text into typed columns without losing a letter of it.

Spark's ``from_json`` is quick, and has three habits that an exact bronze cannot live with. It stops after the
first object of a line, it passes over fields that the schema does not name, and it rewrites a fraction that
becomes a string (1.50 as 1.5). So a line is parsed inside an envelope, which has to close; its keys are
counted; and fractions are put between two marks before the parser sees them. A line that is an array of
objects is as many records.
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

from medallion_lab.autoloader.expressions import let
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
NUMBER_AS_VALUE = r'\G((?:[^"0-9-]++|-(?=I)|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+)(' + NUMBER + r")(?=\s*+[,\]}])"
# What Spark reads as a number although it is none in JSON, and how it writes it into a text.
NO_NUMBER = r":\s*[+-]?(?:NaN|INF|Infinity)"
QUOTED = ('"NaN"', '"Infinity"', '"-Infinity"')

TEXT_MAP = MapType(StringType(), StringType())
VARIANT_MAP = MapType(StringType(), VariantType())


def read_json(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Parse one JSON object a row.

    Parameters
    ----------
    lines : DataFrame
        ``value string``, one record each or an array of them, and any other columns. Batch or streaming.
    schema : StructType
        The columns to read.

    Returns
    -------
    DataFrame
        The other columns, ``value`` and

        * ``sound boolean``: whether the record is one JSON object with no key twice, at any depth;
        * ``typed struct``: the schema's columns, NULL where the record has none, or one of another type;
        * ``fits boolean``: whether each value that is there and not null has become one of its column's type;
        * ``raw map<string,variant>``: every field of a sound record that may not fit, NULL for one that fits;
        * ``has_fraction boolean``: whether ``raw`` has marks in it, which ``unmark`` takes off.
    """
    if settings.multi_line:
        lines = lines.withColumn("value", F.trim("value", F.lit(" \t\r\n\ufeff")))
    # Most lines begin with a brace: only others have to be looked through.
    is_record = F.col("value").startswith("{") | ~F.col("value").rlike(r"^[ \t\r]*+(?:\[\s*+\][ \t\r]*+)?$")
    lines = lines.where(is_record)
    columns = [*lines.columns, "has_fraction", "sound", "typed", "raw", "fits"]
    if settings.variant_column:
        return _read_variant(lines, settings).select(*columns)
    lines = _split_arrays(lines, settings)
    if not settings.case_sensitive:
        lines = _rename_fields(lines, schema, settings)
    read = _read_text if is_all_text(schema) else _read_types
    return read(lines, schema, settings).select(*columns)


def unmark(text: Column) -> Column:
    """Take the marks, and the quotes that they came in, off every fraction in this text."""
    return F.when(F.col("has_fraction"), _without_marks(text)).otherwise(text)


def unmarked_fields(settings: Settings) -> Column:
    """Return ``raw`` once more, read from the text as it came: its numbers are numbers there."""
    return F.when(
        F.col("raw").isNotNull(), F.get(_record(F.col("value"), VARIANT_MAP, settings)["line"], F.lit(0))
    )


def _has_fraction() -> Column:
    value = F.col("value")
    return _is_short() & value.rlike(FRACTION) & ~value.contains(OPEN) & ~value.contains(CLOSE)


def _marked() -> Column:
    """Put every number into quotes and between marks, where a parser hands it on letter by letter."""
    return F.when(F.col("has_fraction"), _with_marks(F.col("value"))).otherwise(F.col("value"))


def _with_marks(text: Column) -> Column:
    return F.regexp_replace(text, NUMBER_AS_VALUE, f'$1"{OPEN}$2{CLOSE}"')


def _without_marks(text: Column) -> Column:
    return F.regexp_replace(text, f'"?{OPEN}({NUMBER}){CLOSE}"?', "$1")


def _record(text: Column, kind: DataType, settings: Settings) -> Column:
    """Parse one record as this type; NULL unless the text is that record and nothing else."""
    return _elements(F.concat(F.lit("["), text, F.lit("]")), kind, settings)


def _elements(array: Column, kind: DataType, settings: Settings) -> Column:
    """Parse an array's elements as this type; the envelope closes only if nothing stands behind them."""
    envelope = StructType([StructField("line", ArrayType(kind)), StructField(END, IntegerType())])
    enclosed = F.concat(F.lit('{"line":'), array, F.lit(f',"{END}":1}}'))
    return F.when(_is_short(), F.from_json(enclosed, envelope, settings.parser))


def _is_short() -> Column:
    """Whether a variant can hold the line. Parsing a longer one would fill a small heap for nothing."""
    return F.octet_length("value") < LONGEST


def _only(envelope: Column) -> Column:
    """Return the envelope's record if it is the only one, and may be read at all."""
    # What does not decode, or is too long for a variant, or names the end itself, is kept whole instead.
    may_be_read = _is_short() & F.is_valid_utf8("value") & ~F.col("value").contains(END)
    closed = (envelope[END] == 1) & (F.size(envelope["line"]) == 1)
    return F.when(closed & may_be_read, F.get(envelope["line"], F.lit(0)))


def _with_all_fields(lines: DataFrame, settings: Settings) -> DataFrame:
    """Read records that are not ``plain`` again, slowly and exactly.

    Returns
    -------
    DataFrame
        Also ``has_fraction``; ``texts map<string,string>`` and ``raw map<string,variant>``, every field of
        the record; ``sound``.
    """
    has_fraction = F.when(~F.col("plain"), _has_fraction()).otherwise(False)
    lines = lines.withColumn("has_fraction", has_fraction)
    both = F.struct(
        _record(_marked(), TEXT_MAP, settings).alias("texts"),
        _record(_marked(), VARIANT_MAP, settings).alias("raw"),
    )
    lines = lines.withColumn("slowly", F.when(~F.col("plain"), both))
    lines = lines.withColumn("texts", _only(F.col("slowly.texts")))
    lines = lines.withColumn("variants", _only(F.col("slowly.raw")))
    keys = F.map_keys("texts")
    no_key_twice = F.size(F.array_distinct(keys)) == F.size(keys)
    # A variant is stricter than text: with a key twice deep inside it is none, and could not be rescued.
    exact = F.coalesce(no_key_twice & F.col("variants").isNotNull(), F.lit(False))
    lines = lines.withColumn("sound", F.col("plain") | exact)
    return lines.withColumn("raw", F.when(F.col("sound") & ~F.col("plain"), F.col("variants")))


def _read_text(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Read columns that are all strings: one quick pass for records that hold nothing else."""
    quick_map = F.from_json("value", TEXT_MAP.simpleString(), settings.parser)
    lines = lines.withColumn("quick", F.when(_is_short(), quick_map))
    quick = [F.try_element_at("quick", F.lit(name)).alias(name) for name in schema.fieldNames()]
    lines = lines.withColumn("found", F.struct(F.lit(0).alias(END), *quick))
    found = {name: F.col("found")[name] for name in schema.fieldNames()}
    # As many fields as columns that were found: so there is no other field, and none twice.
    count = reduce(lambda sum_, value: sum_ + value.isNotNull().cast("int"), found.values(), F.lit(0))
    lines = lines.withColumn("plain", F.coalesce((F.size("quick") == count) & _is_plain(found), F.lit(False)))
    lines = _with_all_fields(lines, settings)
    columns = [
        F.when(F.col("plain"), value)
        .when(F.col("sound"), _text(F.try_element_at("texts", F.lit(name))))
        .alias(name)
        for name, value in found.items()
    ]
    return lines.withColumn("typed", F.struct(*columns)).withColumn("fits", F.lit(True))


def _text(value: Column) -> Column:
    """Return a text without its marks, and NaN without the quotes that Spark puts around it."""
    bare = value.isin(*QUOTED) & F.col("value").rlike(NO_NUMBER) & ~F.col("value").rlike(r'\\"-?(?:N|I)')
    return F.when(bare, F.trim(value, F.lit('"'))).otherwise(unmark(value))


def _is_plain(found: dict[str, Column]) -> Column:
    """Whether the quick pass has read this text exactly: nothing nested, nothing behind it, no fraction."""
    one_object = F.octet_length(F.substring_index("value", "}", 1)) + 1 == F.octet_length("value")
    # Spark writes each fraction, also one that came as 1e5, with a point; or as Infinity.
    may_be_fraction = [
        value.contains(".") | value.contains("Infinity") | value.contains("NaN") for value in found.values()
    ]
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
    has_no_other = F.size(F.json_object_keys("value")) == len(schema)
    plain = _all([_is_short(), has_no_other, _has_whole_letters(), *all_found])
    lines = _with_all_fields(lines.withColumn("plain", F.coalesce(plain, F.lit(False))), settings)
    columns = []
    for field in schema:
        value = record[field.name]
        if isinstance(field.dataType, StringType):
            exact = F.try_element_at("texts", F.lit(field.name))
            value = _text(F.when(F.col("has_fraction"), exact).otherwise(value))
        columns.append(F.when(F.col("sound"), value).alias(field.name))
    lines = lines.withColumn("typed", F.struct(*columns))
    fits = [
        _fits(F.try_element_at("raw", F.lit(field.name)), F.col("typed")[field.name], field.dataType)
        for field in schema
    ]
    return lines.withColumn("fits", F.when(F.col("raw").isNotNull(), _all(fits)).otherwise(True))


def _fits(raw: Column, typed: Column, kind: DataType) -> Column:
    """Whether a value, if there is one, has become one of this type, as Spark's own reader judges it."""
    is_nothing = raw.isNull() | F.coalesce(F.is_variant_null(raw), F.lit(False))
    inside = F.lit(True)
    if isinstance(kind, StructType):
        fields = F.try_variant_get(raw, "$", "map<string,variant>")
        inside = _all(
            [
                _fits(F.try_element_at(fields, F.lit(field.name)), typed[field.name], field.dataType)
                for field in kind
            ]
        )
    elif isinstance(kind, ArrayType):
        elements = F.try_variant_get(raw, "$", "array<variant>")
        each = F.zip_with(elements, typed, lambda one, read: _fits(one, read, kind.elementType))
        inside = F.forall(each, lambda fits: fits)
    return is_nothing | (typed.isNotNull() & F.coalesce(inside, F.lit(False)))


def _read_variant(lines: DataFrame, settings: Settings) -> DataFrame:
    """Read each line into one variant, whatever JSON it is."""
    lines = lines.withColumn("has_fraction", F.lit(False))
    lines = lines.withColumn("parsed", _record(F.col("value"), VariantType(), settings))
    lines = lines.withColumn("record", _only(F.col("parsed")))
    lines = lines.withColumn("typed", F.struct(F.col("record").alias(settings.variant_column or "")))
    nothing = F.lit(None).cast(VARIANT_MAP)
    return lines.withColumns({"sound": F.col("record").isNotNull(), "fits": F.lit(True), "raw": nothing})


def _all(conditions: list[Column]) -> Column:
    return reduce(lambda first, second: first & second, conditions, F.lit(True))


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


def _split_arrays(lines: DataFrame, settings: Settings) -> DataFrame:
    """Make of a line that is an array of objects a row for each; any other line stays one row."""
    is_array = ~F.col("value").startswith("{") & F.col("value").rlike(r"^[ \t\r]*+\[")
    value, fraction = F.col("value"), _has_fraction()
    marked = F.when(fraction, _with_marks(value)).otherwise(value)
    may_be_read = F.is_valid_utf8("value") & ~F.col("value").contains(END)

    def records(both: Column) -> Column:
        are_objects = F.forall(both["objects"]["line"], lambda one: one.isNotNull()) & (
            both["texts"][END] == 1
        )
        plain = F.transform(
            both["texts"]["line"], lambda text: F.when(fraction, _without_marks(text)).otherwise(text)
        )
        return F.when(are_objects & may_be_read, plain)

    texts, objects = (_elements(marked, kind, settings) for kind in (StringType(), TEXT_MAP))
    both = F.struct(texts.alias("texts"), objects.alias("objects"))
    # One step, and no row more for a line that is no array: an array for each would double the time.
    lines = lines.withColumn("part", F.explode_outer(F.when(is_array, let(both, records))))
    lines = lines.withColumn("value", F.coalesce("part", "value"))
    return lines.drop("part")
