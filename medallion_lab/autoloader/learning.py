"""Learn a schema from files: which fields their records have, and of which types.

The records are read by the very code that the stream reads them with. So a field that stops a stream is a
field that is learned here, whatever the file looks like.
Term: schema inference.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (inference).
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader.csv_learning import learn_csv
from medallion_lab.autoloader.csv_records import read_csv
from medallion_lab.autoloader.file_states import local_path
from medallion_lab.autoloader.fitting import RESERVED, STEP, fields_to_widen, new_fields
from medallion_lab.autoloader.json_records import read_json, unmarked_fields
from medallion_lab.autoloader.landed_files import ANY_NAME
from medallion_lab.autoloader.landed_text import in_lines, text_options
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schemas import (
    add_fields,
    add_path,
    inner_struct,
    wider,
)

NOTHING = StructType()


def learn(spark: SparkSession, files: Sequence[str], schema: StructType, settings: Settings) -> StructType:
    """Return the schema with every field that these files' records have beyond it, at its end.

    Parameters
    ----------
    spark : SparkSession
        Reads the files.
    files : sequence of str
        Their addresses.
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
        schema = add_fields(schema, _json_types(spark, files, _names(fields), settings))
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


def _json_types(
    spark: SparkSession, files: Sequence[str], names: list[str], settings: Settings
) -> StructType:
    """Return these fields with the types that Spark's own inference finds; text where it finds none."""
    records = read_records(_lines(spark, files, settings), NOTHING, settings).where("sound")
    inferred = spark.read.options(**settings.parser).json(records.select("value"))
    kinds = {field.name: field.dataType for field in inferred.schema}
    return StructType([StructField(name, kinds.get(name, StringType())) for name in names])


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


def read_records(lines: DataFrame, schema: StructType, settings: Settings) -> DataFrame:
    """Parse lines, or whole files, by their format; see ``read_json`` and ``read_csv``."""
    return (read_csv if settings.format == "csv" else read_json)(lines, schema, settings)


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


def may_span_lines(spark: SparkSession, files: Sequence[str], settings: Settings) -> bool:
    """Whether a line of these JSON files begins what it does not end."""
    if settings.format != "json" or settings.multi_line:
        return False
    begun = F.col("value").rlike(r"^\s*+[{\[]") & ~F.col("value").rlike(r"[}\]]\s*+$")
    return not _lines(spark, files, settings).where(begun).isEmpty()


def _lines(spark: SparkSession, files: Sequence[str], settings: Settings) -> DataFrame:
    # The names are exact: a bracket in one is a bracket.
    options = text_options(settings) | ANY_NAME | {"__globPaths__": "false"}
    source = spark.read.format("text").options(**options)
    return in_lines(source.load([str(local_path(file)) for file in files]), settings)


def _exploded(spark: SparkSession, files: Sequence[str], settings: Settings) -> DataFrame:
    """Return ``name string, field variant``: one row for each field of each sound record."""
    records = read_records(_lines(spark, files, settings), NOTHING, settings)
    return records.select(F.explode(unmarked_fields(settings)).alias("name", "field"))
