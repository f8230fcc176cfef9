"""What a record has that its columns cannot say: fields to rescue, and fields that are new.

Every expression here is plain SQL over one row, so it runs where the file is read.
Term: rescued data.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (what the
rescued data column holds).
"""

import json

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, DecimalType, StringType, StructType, VariantType

from medallion_lab.autoloader.json_records import unmark
from medallion_lab.autoloader.schemas import MOST_DIGITS, inner_struct, is_scalar, may_become_double, room

# Between the names of a path: a name may well have a point in it.
STEP = "\u241f"
# Names that the rescued data itself uses: a field of such a name is never made a column.
RESERVED = ("_file_path", "_corrupt_record")


def rescued_fields(raw: Column, typed: Column, schema: StructType) -> Column:
    """Return, for each field that does not fit, its ``"name":value`` as JSON text: ``array<string>``.

    Parameters
    ----------
    raw : Column
        Every field of the record, ``map<string,variant>``.
    typed : Column
        The record as the schema reads it, a struct.
    schema : StructType
        That struct's type.
    """
    parts = []
    for field in schema:
        if not _holds_all(field.dataType):
            misfit = _misfit(F.try_element_at(raw, F.lit(field.name)), typed[field.name], field.dataType)
            name = F.lit(f"{json.dumps(field.name, ensure_ascii=False)}:")
            parts.append(F.when(misfit.isNotNull(), F.concat(name, misfit)))
    others = F.map_filter(raw, lambda name, _: ~name.isin(schema.fieldNames()))
    # A map's NULL values are written; to_json leaves out only those of a struct.
    parts.append(F.when(F.size(others) > 0, _without_braces(F.to_json(others))))
    return F.array_compact(F.array(*parts))


def _holds_all(kind: DataType) -> bool:
    """Whether every value fits this type, so that nothing has to be rescued."""
    return isinstance(kind, StringType | VariantType)


def _misfit(raw: Column, typed: Column, kind: DataType) -> Column:
    """Return the value as JSON where it does not fit this type, else NULL."""
    said = raw.isNotNull() & ~F.coalesce(F.is_variant_null(raw), F.lit(False))
    whole = F.to_json(raw)
    if isinstance(kind, StructType):
        inner = F.try_variant_get(raw, "$", "map<string,variant>")
        parts = rescued_fields(inner, typed, kind)
        some = F.when(F.size(parts) > 0, F.concat(F.lit("{"), F.array_join(parts, ","), F.lit("}")))
        return F.when(said, F.when(inner.isNull() | typed.isNull(), whole).otherwise(some))
    if isinstance(kind, ArrayType):
        # An element that does not fit is rescued with its neighbours: alone it would have no place.
        elements = F.try_variant_get(raw, "$", "array<variant>")
        misfits = F.size(elements) != F.size(typed)
        if not _holds_all(kind.elementType):
            pairs = F.zip_with(elements, typed, lambda one, read: _misfit(one, read, kind.elementType))
            misfits = misfits | F.exists(pairs, lambda misfit: misfit.isNotNull())
        return F.when(said & F.coalesce(elements.isNull() | typed.isNull() | misfits, F.lit(True)), whole)
    lost = typed.isNull()
    if isinstance(kind, DecimalType):
        # The parser rounds what has too many digits behind the point; a rounded amount is another amount.
        said_number = F.trim(unmark(whole), F.lit('"')).try_cast("decimal(38,18)")
        lost = lost | F.coalesce(said_number != typed, F.lit(False))
    return F.when(said & lost, whole)


def new_fields(raw: Column, schema: StructType, *, known: list[str], prefix: str = "") -> Column:
    """Return the paths of the fields that the schema has at no place: ``array<string>``.

    A name that differs only in case is not new, nor is one of ``known``: it can be rescued, but never be a
    column beside the one that is there.
    """
    names = [name.lower() for name in [*schema.fieldNames(), *known]]
    own = F.transform(
        F.filter(F.map_keys(raw), lambda name: ~F.lower(name).isin(names)),
        lambda name: F.concat(F.lit(prefix), name),
    )
    found = [own]
    for field in schema:
        inner = inner_struct(field.dataType)
        if inner is not None:
            objects = _objects(F.array(F.try_element_at(raw, F.lit(field.name))), field.dataType)
            path = f"{prefix}{field.name}{STEP}"
            found.append(_new_inside(objects, inner, path))
    return F.array_distinct(F.flatten(F.array(*found)))


def _new_inside(objects: Column, inner: StructType, path: str) -> Column:
    return F.flatten(F.transform(objects, lambda one: new_fields(one, inner, known=[], prefix=path)))


def _objects(values: Column, kind: DataType) -> Column:
    """Return the objects that these values are or hold in arrays: ``array<map<string,variant>>``."""
    while isinstance(kind, ArrayType):
        kind = kind.elementType
        values = F.flatten(
            F.array_compact(F.transform(values, lambda one: F.try_variant_get(one, "$", "array<variant>")))
        )
    return F.array_compact(
        F.transform(values, lambda one: F.try_variant_get(one, "$", "map<string,variant>"))
    )


def fields_to_widen(raw: Column, typed: Column, schema: StructType) -> Column:
    """Return the columns whose number would fit a wider type that Auto Loader allows: ``array<string>``."""
    found = [
        F.when(
            _may_widen(F.try_element_at(raw, F.lit(field.name)), field.dataType)
            & _misfit(
                F.try_element_at(raw, F.lit(field.name)), typed[field.name], field.dataType
            ).isNotNull(),
            F.lit(field.name),
        )
        for field in schema
        if is_scalar(field.dataType) and (room(field.dataType) or may_become_double(field.dataType))
    ]
    return F.array_compact(F.array(*found)) if found else F.array().cast("array<string>")


def _may_widen(raw: Column, kind: DataType) -> Column:
    seen = F.schema_of_variant(raw)
    allowed = F.lit(False)
    if may_become_double(kind):
        allowed = seen.isin("BIGINT", "DOUBLE")
    if digits := room(kind):
        precision, scale = (
            F.regexp_extract(seen, r"DECIMAL\((\d+),(\d+)\)", group).try_cast("int") for group in (1, 2)
        )
        needed = F.greatest(precision - scale, F.lit(digits[0])) + F.greatest(scale, F.lit(digits[1]))
        # What is no decimal has no digits to count, and greatest passes over what is NULL.
        allowed = allowed | F.when(precision.isNotNull(), needed <= MOST_DIGITS).otherwise(False)
    return allowed


def rescued_data(fields: Column, file: Column) -> Column:
    """Return the rescued data column: a JSON object of these fields and the file's path, NULL for none."""
    path = _without_braces(F.to_json(F.struct(file.alias("_file_path"))))
    together = F.concat(F.lit("{"), F.array_join(F.concat(fields, F.array(path)), ","), F.lit("}"))
    return F.when(F.size(fields) > 0, unmark(together))


def rescued_record(value: Column, file: Column) -> Column:
    """Return the rescued data column for a record that is malformed: all of its text, and the file's path."""
    text = F.when(F.is_valid_utf8(value), value)
    data = F.when(~F.is_valid_utf8(value), F.base64(value.cast("binary")))
    return F.to_json(
        F.struct(
            text.alias("_corrupt_record"),
            # Bytes that are no text go as base64: JSON can hold no others.
            data.alias("_corrupt_record_base64"),
            file.alias("_file_path"),
        )
    )


def _without_braces(json_object: Column) -> Column:
    return F.substring(json_object, F.lit(2), F.length(json_object) - 2)
