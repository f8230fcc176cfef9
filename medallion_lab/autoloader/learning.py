"""Learn a schema from files: which fields their records have, and of which types.

The records are read by the very code that the stream reads them with. So a field that stops a stream is a
field that is learned here, whatever the file looks like.
Term: schema inference.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (inference).
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, LongType, StringType, StructField, StructType

from medallion_lab.autoloader.csv_learning import learn_csv
from medallion_lab.autoloader.csv_records import read_csv
from medallion_lab.autoloader.fitting import RESERVED, STEP, fields_to_widen, new_fields
from medallion_lab.autoloader.json_records import read_json, unmarked_fields
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schemas import (
    add_fields,
    add_path,
    inner_struct,
    type_of_variants,
    wider,
)

NOTHING = StructType()
FOLDER_COLUMN = re.compile(r"(?<=/)([^/=]+)=([^/]*)(?=/)")


def learn(spark: SparkSession, files: Sequence[str], schema: StructType, settings: Settings) -> StructType:
    """Return the schema with every field that these files' records have beyond it, at its end.

    Parameters
    ----------
    spark : SparkSession
        Reads the files.
    files : sequence of str
        Paths or ``file:`` addresses.
    schema : StructType
        What is known; its columns keep their place and type, unless the mode widens numbers.
    """
    if settings.format == "csv":
        learned = learn_csv(_lines(spark, files, settings), files, schema, settings)
        hidden = [name.lower() for name in (*RESERVED, settings.rescued_column or "")]
        return StructType([field for field in learned if field.name.lower() not in hidden])
    fields = _exploded(spark, files, settings).where(
        ~F.col("name").isin(*RESERVED, settings.rescued_column or "")
    )
    if not settings.infer_types:
        schema = add_fields(schema, StructType([StructField(name, StringType()) for name in _names(fields)]))
    else:
        schema = add_fields(schema, _json_types(fields, schema))
    if settings.mode == "addNewColumnsWithTypeWidening":
        schema = _widened(spark, files, schema, settings)
    return _with_nested_rest(spark, files, schema, settings)


def _names(fields: DataFrame) -> list[str]:
    """Return the fields' names in order; of two that differ only in case, the one that more records have."""
    counted = fields.groupBy("name").count().collect()
    names: dict[str, str] = {}
    for row in sorted(counted, key=lambda row: (-row["count"], row.name)):
        names.setdefault(row.name.lower(), row.name)
    return sorted(names.values())


def _json_types(fields: DataFrame, schema: StructType) -> StructType:
    """Return the type of each field; for an old struct or array, of those values alone that are one."""
    kind = F.schema_of_variant("field")
    shape = F.substring_index(kind, "<", 1)
    shapes = fields.where(kind != "VOID").groupBy(
        "name", F.when(shape.isin("OBJECT", "ARRAY"), shape).alias("shape")
    )
    kinds: dict[str, dict[str | None, str]] = {}
    for row in shapes.agg(F.expr("schema_of_variant_agg(field)").alias("kind")).collect():
        kinds.setdefault(row.name, {})[row["shape"]] = row.kind
    old = {field.name: _SHAPES.get(field.dataType.typeName()) for field in schema}
    return StructType(
        [StructField(name, _one_type(kinds.get(name, {}), old.get(name))) for name in _names(fields)]
    )


_SHAPES = {"struct": "OBJECT", "array": "ARRAY"}


def _one_type(kinds: dict[str | None, str], shape: str | None) -> DataType:
    if shape is not None and shape in kinds:
        return type_of_variants(kinds[shape])
    # Now an object, now a number: only text holds both.
    return type_of_variants(next(iter(kinds.values()))) if len(kinds) == 1 else StringType()


def _with_nested_rest(
    spark: SparkSession, files: Sequence[str], schema: StructType, settings: Settings
) -> StructType:
    """Add, as strings, fields inside structs that have no one type: what stops a stream must be learned."""
    if not any(inner_struct(field.dataType) for field in schema):
        return schema
    records = read_records(_lines(spark, files, settings), NOTHING, settings)
    paths = new_fields(unmarked_fields(settings), schema, known=list(RESERVED))
    for row in records.select(F.explode(paths).alias("path")).distinct().orderBy("path").collect():
        schema = add_path(schema, row.path.split(STEP))
    return schema


def folder_columns(files: Sequence[str], settings: Settings) -> StructType:
    """Return the columns that the ``key=value`` folders of these files make."""
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in FOLDER_COLUMN.findall(unquote(file)):
            values.setdefault(name, set()).add(value)
    if settings.partition_columns is not None:
        values = {name: values.get(name, set()) for name in settings.partition_columns}
    kinds = {
        name: LongType() if settings.infer_types and found and all(map(_is_whole, found)) else StringType()
        for name, found in values.items()
    }
    return StructType([StructField(name, kind) for name, kind in kinds.items()])


def read_records(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Parse lines, or whole files, by their format; see ``read_json`` and ``read_csv``."""
    return (read_csv if settings.format == "csv" else read_json)(lines, schema, settings)


def text_options(settings: Settings) -> dict[str, str]:
    """Return how Spark's text source cuts a file: into lines, or not at all."""
    whole = settings.format == "csv" or settings.multi_line
    if whole:
        return {"wholetext": "true"}
    return {"lineSep": settings.line_separator} if settings.line_separator else {}


def _widened(spark: SparkSession, files: Sequence[str], schema: StructType, settings: Settings) -> StructType:
    """Return the schema with those columns widened that these files' numbers do not fit into."""
    records = read_records(_lines(spark, files, settings), schema, settings)
    records = records.withColumn("numbers", unmarked_fields(settings))
    names = fields_to_widen(F.col("numbers"), F.col("typed"), schema)
    misfits = records.select("numbers", F.explode(names).alias("name"))
    kind = F.schema_of_variant(F.try_element_at("numbers", F.col("name"))).alias("kind")
    types = {field.name: field.dataType for field in schema}
    for row in sorted(misfits.select("name", kind).distinct().collect()):
        types[row.name] = wider(types[row.name], row.kind)
    return StructType([StructField(name, kind) for name, kind in types.items()])


def _lines(spark: SparkSession, files: Sequence[str], settings: Settings) -> DataFrame:
    # The names are exact: a bracket in one is a bracket.
    source = spark.read.format("text").options(**text_options(settings)).option("__globPaths__", "false")
    return source.load([unquote(file) for file in files])


def _exploded(spark: SparkSession, files: Sequence[str], settings: Settings) -> DataFrame:
    """Return ``name string, field variant``: one row for each field of each sound record."""
    records = read_records(_lines(spark, files, settings), NOTHING, settings)
    return records.select(F.explode(unmarked_fields(settings)).alias("name", "field"))


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"-?\d{1,18}", text) is not None
