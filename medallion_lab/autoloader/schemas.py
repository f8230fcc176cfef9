"""Arithmetic on schemas: new fields at the end, wider types. No rows, no Spark job.

Term: schema.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (new
columns at the end) and .../auto-loader/type-widening.html (which type may become which).
"""

import re

from pyspark.errors import ParseException
from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
    VariantType,
)

from medallion_lab.errors import AutoLoaderOptionError

# An integer's digits when it becomes a decimal.
DIGITS: dict[DataType, int] = {ByteType(): 10, ShortType(): 10, IntegerType(): 10, LongType(): 20}
MOST_DIGITS = 38
STRING = StringType()


def columns_of(written: StructType | str) -> StructType:
    """Return columns that are written as in SQL, ``order_id string, quantity int``, or are columns already.

    Raises
    ------
    AutoLoaderOptionError
        If the text does not read as columns, is the name of one type, or has a name twice.
    """
    try:
        columns = StructType.fromDDL(written) if isinstance(written, str) else written
    except ParseException as error:
        raise _no_columns(f"the schema {written!r}, which does not read") from error
    if not isinstance(columns, StructType) or not columns.fields:
        one = "which is one type" if isinstance(written, str) else "which has no columns"
        raise _no_columns(f"the schema {written!r}, {one}")
    names = [name.lower() for name in columns.fieldNames()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _no_columns(f"a schema with {', '.join(twice)} twice: upper and lower case are one")
    return columns


def _no_columns(got: str) -> AutoLoaderOptionError:
    return AutoLoaderOptionError(
        got=got,
        needed="columns, each a name and a type",
        next_step='write it as "order_id STRING, quantity INT"',
    )


def add_fields(old: StructType, learned: StructType) -> StructType:
    """Return ``old`` with the fields that only ``learned`` has at its end, at every level.

    The types of old fields stay. A name that differs from an old one only in case is no new field.
    """
    by_name = {field.name: field.dataType for field in learned}
    fields = [StructField(field.name, _grow(field.dataType, by_name.get(field.name))) for field in old]
    names = {field.name.lower() for field in old}
    for field in learned:
        if field.name.lower() not in names:
            names.add(field.name.lower())
            fields.append(StructField(field.name, _without_twins(field.dataType)))
    return StructType(fields)


def add_path(schema: StructType, path: list[str]) -> StructType:
    """Return the schema with a string field at this path through its structs and arrays."""
    name, *rest = path
    if not rest:
        return add_fields(schema, StructType([StructField(name, STRING)]))
    return StructType(
        [
            StructField(
                field.name, _add_inside(field.dataType, rest) if field.name == name else field.dataType
            )
            for field in schema
        ]
    )


def _add_inside(kind: DataType, path: list[str]) -> DataType:
    if isinstance(kind, ArrayType):
        return ArrayType(_add_inside(kind.elementType, path))
    return add_path(kind, path) if isinstance(kind, StructType) else kind


def inner_struct(kind: DataType) -> StructType | None:
    """Return the struct that this type is, or that its arrays are made of; None if there is none."""
    while isinstance(kind, ArrayType):
        kind = kind.elementType
    return kind if isinstance(kind, StructType) else None


def _grow(old: DataType, learned: DataType | None) -> DataType:
    if isinstance(old, StructType) and isinstance(learned, StructType):
        return add_fields(old, learned)
    if isinstance(old, ArrayType) and isinstance(learned, ArrayType):
        return ArrayType(_grow(old.elementType, learned.elementType))
    return old


def _without_twins(kind: DataType) -> DataType:
    """Keep, of fields whose names differ only in case, the first: a table can hold no more."""
    if isinstance(kind, StructType):
        return add_fields(StructType(), kind)
    return ArrayType(_without_twins(kind.elementType)) if isinstance(kind, ArrayType) else kind


def room(kind: DataType) -> tuple[int, int] | None:
    """Return a number's digits before and after the point; None if it can become no decimal."""
    if isinstance(kind, DecimalType):
        return kind.precision - kind.scale, kind.scale
    return (DIGITS[kind], 0) if kind in DIGITS else None


def may_become_double(kind: DataType) -> bool:
    """Whether Auto Loader lets this type grow into a double."""
    return isinstance(kind, ByteType | ShortType | IntegerType | FloatType)


def wider(old: DataType, seen: str) -> DataType:
    """Return the type that a column becomes so that a number fits; the old one if it may not.

    Parameters
    ----------
    old : DataType
        The column's type.
    seen : str
        What ``schema_of_variant`` says of the number: ``BIGINT``, ``DECIMAL(p,s)`` or ``DOUBLE``.
    """
    if seen == "DOUBLE":
        return DoubleType() if may_become_double(old) else old
    if seen == "BIGINT":
        return LongType() if isinstance(old, ByteType | ShortType | IntegerType) else old
    has, needs = room(old), re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", seen)
    if not has or not needs:
        return old
    precision, scale = int(needs[1]), int(needs[2])
    after = max(has[1], scale)
    digits = max(has[0], precision - scale) + after
    return DecimalType(digits, after) if digits <= MOST_DIGITS else old


def new_paths(old: StructType, new: StructType, *, prefix: str = "") -> list[str]:
    """Return what ``new`` has and ``old`` has not: new fields, and old ones with another type."""
    before = {field.name: field.dataType for field in old}
    paths = []
    for field in new:
        path, was, now = f"{prefix}{field.name}", before.get(field.name), field.dataType
        while isinstance(was, ArrayType) and isinstance(now, ArrayType):
            was, now = was.elementType, now.elementType
        if isinstance(was, StructType) and isinstance(now, StructType):
            paths += new_paths(was, now, prefix=f"{path}.")
        elif was != now:
            paths.append(path if field.name not in before else f"{path} (now {now.simpleString()})")
    return paths


def is_all_text(schema: StructType) -> bool:
    """Whether every column is a string, so that no value can be of the wrong type."""
    return all(isinstance(field.dataType, StringType) for field in schema)


def is_scalar(kind: DataType) -> bool:
    """Whether a value of this type has no parts."""
    return not isinstance(kind, StructType | ArrayType | VariantType) and kind.typeName() != "map"
