"""Learn a schema from CSV files: which columns their headers name, and the types that Spark infers.

Columns stand in the order of the first file's header; those that only later files have follow in theirs.
Term: schema inference.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (inference) and
https://spark.apache.org/docs/latest/sql-data-sources-csv.html (inferSchema).
"""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader.csv_files import exploded, records_of
from medallion_lab.autoloader.csv_headers import width_of, with_names
from medallion_lab.autoloader.csv_parsing import as_written_again
from medallion_lab.autoloader.csv_records import MARGIN, read_csv
from medallion_lab.autoloader.file_states import local_path
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schemas import add_fields

AT_ONCE = 64
"""Columns of a header that are looked at in the first pass; a wider one costs a second."""


def learn_csv(
    files: DataFrame, addresses: Sequence[str], schema: StructType, settings: Settings
) -> StructType:
    """Return the schema with every column that these files have beyond it, at its end.

    Parameters
    ----------
    files : DataFrame
        ``value string``: whole files.
    addresses : sequence of str
        The same files, in the order in which their columns are to follow.
    schema : StructType
        What is known; its columns keep their place and type.
    """
    names = _named(files, addresses, settings) if settings.header else _numbered(files, settings)
    known = add_fields(schema, _as_text(names))
    if known.fields and settings.header and settings.on_malformed == "PERMISSIVE":
        known = add_fields(known, _as_text(_behind(files, known.fieldNames(), settings)))
    names = known.fieldNames()
    new = names[len(schema) :]
    if not settings.infer_types or not new:
        return known
    return add_fields(schema, _inferred(files, names, new, settings))


def _named(files: DataFrame, addresses: Sequence[str], settings: Settings) -> list[str]:
    """Return the names in these files' headers, in the order of the files."""
    heads = _with_width(files.withColumn("file", F.input_file_name()), settings)
    most = AT_ONCE
    found = with_names(heads, most, settings).select("file", "width", "names").where("width > 0").collect()
    if any(row.width > most for row in found):
        most = max(row.width for row in found)
        found = with_names(heads, most, settings).select("file", "names").where("width > 0").collect()
    order = {local_path(address): place for place, address in enumerate(addresses)}
    by_age = sorted(found, key=lambda row: order[local_path(row.file)])
    return [name for row in by_age for name in row.names]


def _behind(files: DataFrame, names: list[str], settings: Settings) -> list[str]:
    """Return the numbered names of values that stand behind the last name of their file's header."""
    records = exploded(_with_width(files, settings), ["width"], settings)
    wider = records.where(width_of(F.col("value"), settings) > F.col("width"))
    if wider.isEmpty():
        return []
    records = read_csv(files, _as_text(names), settings, margin=MARGIN)
    behind = records.select(F.explode(F.map_keys("raw")).alias("name")).distinct().collect()
    extra = [row.name for row in behind if row.name.startswith("_c")]
    return sorted(extra, key=lambda name: int(name[2:]))


def _with_width(files: DataFrame, settings: Settings) -> DataFrame:
    return records_of(files, settings).withColumn("width", width_of(F.col("header"), settings))


def _numbered(files: DataFrame, settings: Settings) -> list[str]:
    """Return as many numbered names as the longest record has values."""
    records = exploded(records_of(files, settings), [], settings)
    most = records.agg(F.max(width_of(F.col("value"), settings)).alias("most")).collect()[0].most
    return [f"_c{place}" for place in range(most or 0)]


def _inferred(files: DataFrame, names: list[str], new: list[str], settings: Settings) -> StructType:
    """Return the types that Spark's inference gives the values of the new columns."""
    values = F.struct(*[F.col("typed")[name].alias(f"_{place}") for place, name in enumerate(new)])
    record, options = as_written_again(values, settings)
    records = read_csv(files, _as_text(names), settings, margin=1).select(record.alias("value"))
    reader = files.sparkSession.read.options(**options).option("inferSchema", "true")
    # Read once and kept: with hundreds of columns Spark would plan for minutes what takes it a second.
    kinds = [field.dataType for field in reader.csv(records.localCheckpoint()).schema] or [
        StringType()
    ] * len(new)
    return StructType([StructField(name, kind) for name, kind in zip(new, kinds, strict=True)])


def _as_text(names: list[str]) -> StructType:
    return StructType([StructField(name, StringType()) for name in names])
