"""Auto Loader's reader: a folder as a streaming DataFrame whose schema is known, kept and evolved.

It is Spark's own text source, followed by expressions: no Python on the path of a row.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/index.html
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader import evolution
from medallion_lab.autoloader.fitting import (
    RESERVED,
    fields_to_widen,
    new_fields,
    rescued_data,
    rescued_fields,
    rescued_record,
)
from medallion_lab.autoloader.hints import apply_hints
from medallion_lab.autoloader.json_records import unmarked_fields
from medallion_lab.autoloader.learning import folder_columns, learn, read_records, text_options
from medallion_lab.autoloader.options import Settings, settle_options
from medallion_lab.autoloader.schema_log import SchemaLog
from medallion_lab.autoloader.schemas import add_fields, columns_of, is_scalar, new_paths
from medallion_lab.errors import AutoLoaderOptionError, NothingToLearnFromError

SAMPLE_FILES = 1000
"""How many files a schema is learned from at the first start; Databricks takes as many, or 50 GB."""

STARTED = "_started"


def read(
    spark: SparkSession,
    path: str | Path,
    *,
    options: Mapping[str, object],
    schema: StructType | str | None = None,
) -> DataFrame:
    """Read the files in a folder, and in the folders inside it, as a stream.

    Parameters
    ----------
    spark : SparkSession
        The session.
    path : str or Path
        The folder where files land.
    options : mapping
        Named as on Databricks; ``autoloader.options_table()`` lists them. ``cloudFiles.format`` is needed,
        and ``cloudFiles.schemaLocation`` too unless you give a schema.
    schema : StructType or str, optional
        Your own schema, which stays as it is.

    Returns
    -------
    DataFrame
        Streaming: the schema's columns, those of ``key=value`` folders, and ``_rescued_data string`` (JSON
        of what did not fit and of ``_file_path``; NULL when all fits). ``_metadata`` and
        ``input_file_name()`` can be selected.

    Raises
    ------
    AutoLoaderOptionError
        If an option is unknown, refused, or contradicts another.
    NothingToLearnFromError
        If the schema is to be learned and no file with a record has landed.
    SchemaLogError
        If the schema log does not read.
    StreamingQueryException
        Later, from the stream: ``[UNKNOWN_FIELD_EXCEPTION]`` with the new fields and the file.

    Notes
    -----
    Each micro-batch lists the folder, and so does a stream that waits. Measured on two cores: 0.07 s with 10
    files, 0.12 s with 1,000, 1.0 s with 20,000 (``make bench BENCHMARKS=listing``). With
    ``cloudFiles.cleanSource=MOVE``, which takes processed files to another folder, it stays at 0.06 s however
    many there have been. That costs one rename a file, and whoever reads the landed files again must look in
    both folders.
    """
    given = columns_of(schema) if isinstance(schema, str) else schema
    settings = settle_options(options, schema=given)
    evolution.settle()
    if settings.format == "text":
        return _source(spark, path, settings, "text", text_options(settings)).select("value")
    if settings.format == "parquet":
        if given is None:
            raise AutoLoaderOptionError(
                got="no schema for cloudFiles.format=parquet",
                needed="the columns to read: from parquet files none are learned here",
                next_step='add .schema("order_id STRING, quantity INT")',
            )
        return _source(spark, path, settings, "parquet", {}, schema=given)
    reader = _fixed_reader(spark, settings) if given else _learned_reader(spark, path, settings)
    evolution.watch(spark)
    lines = _source(spark, path, settings, "text", text_options(settings))
    return _columns(lines, reader)


def _source(
    spark: SparkSession,
    path: str | Path,
    settings: Settings,
    file_format: str,
    options: Mapping[str, str],
    *,
    schema: StructType | str = "value string",
) -> DataFrame:
    stream = spark.readStream.format(file_format).schema(schema).options(**settings.source, **options)
    rows = stream.load(str(path))
    # Spark's file stream refuses these as options; as filters on the file's time they skip whole files.
    changed = F.col("_metadata.file_modification_time")
    if settings.modified_after:
        rows = rows.where(changed > _moment("modifiedAfter", settings.modified_after))
    if settings.modified_before:
        rows = rows.where(changed < _moment("modifiedBefore", settings.modified_before))
    if not settings.include_existing:
        rows = rows.where(changed > _moment("the first start", _first_start(settings)))
    return rows


def _moment(name: str, text: str) -> Column:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise AutoLoaderOptionError(
            got=f"{name}={text}", needed="a moment", next_step="write it as 2026-03-02T16:00:00"
        ) from error
    return F.lit(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _first_start(settings: Settings) -> str:
    """Return when this stream was started first: what had landed by then is passed over for good."""
    note = Path(settings.schema_location or "") / STARTED
    if not note.exists():
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(datetime.now(UTC).isoformat())
    return note.read_text()


def _fixed_reader(spark: SparkSession, settings: Settings) -> evolution.Reader:
    schema = settings.schema or StructType()
    # With a schema of your own, a folder's column is one that cloudFiles.partitionColumns names.
    folders = settings.partition_columns or ()
    missing = [StructField(name, StringType()) for name in folders if name not in schema.fieldNames()]
    return evolution.Reader(spark, settings, StructType([*schema, *missing]), folders, version=None)


def _learned_reader(spark: SparkSession, path: str | Path, settings: Settings) -> evolution.Reader:
    log = SchemaLog(settings.schema_location or "")
    latest = log.latest()
    if latest is None:
        files = _landed(spark, path, settings)[:SAMPLE_FILES]
        learned = learn(spark, files, StructType(), settings) if files else StructType()
        if not learned.fields and not settings.hints:
            raise NothingToLearnFromError(
                got=f"{len(files)} files with no record in them, in {path}",
                needed="at least one file with a record, to learn the schema from",
                next_step="land a file first; or give a schema, or cloudFiles.schemaHints",
            )
        folders = folder_columns(files, settings)
        schema = apply_hints(add_fields(_without(learned, folders), folders), settings.hints)
        if files and any(field not in learned for field in schema if not is_scalar(field.dataType)):
            # A hint has made an object of what was learned as text: its other fields can be learned too.
            schema = learn(spark, files, schema, settings)
        latest = log.append(
            0,
            schema,
            partition_columns=tuple(folders.fieldNames()),
            hints=settings.hints_text,
            reason=f"first look, at {len(files)} {'file' if len(files) == 1 else 'files'}",
            new_fields=tuple(schema.fieldNames()),
        )
    if latest.hints != settings.hints_text:
        # What was learned inside a hinted struct stays; a hint that was there before has done its work.
        hinted = add_fields(apply_hints(latest.schema, settings.hints), latest.schema)
        latest = log.append(
            latest.version + 1,
            hinted,
            partition_columns=latest.partition_columns,
            hints=settings.hints_text,
            reason=f"other cloudFiles.schemaHints: {settings.hints_text or 'none'}",
            new_fields=tuple(new_paths(latest.schema, hinted)),
        )
    return evolution.Reader(spark, settings, latest.schema, latest.partition_columns, version=latest.version)


def _landed(spark: SparkSession, path: str | Path, settings: Settings) -> list[str]:
    """Return the addresses of the files that have landed, oldest first."""
    listing = {
        name: settings.source[name]
        for name in ("recursiveFileLookup", "pathGlobFilter")
        if name in settings.source
    }
    try:
        files = spark.read.format("binaryFile").options(**listing).load(str(path))
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            return []
        raise
    rows = files.select("path", "modificationTime").orderBy("modificationTime", "path").collect()
    return [row.path for row in rows]


def _without(schema: StructType, others: StructType) -> StructType:
    """Leave out what a folder says too: the folder has the last word."""
    return StructType([field for field in schema if field.name not in others.fieldNames()])


def _columns(lines: DataFrame, reader: evolution.Reader) -> DataFrame:
    """Turn lines into the columns that the reader promised, and stop where the mode says so."""
    settings = reader.settings
    elsewhere = [*reader.partition_columns, settings.corrupt_column]
    inside = StructType([field for field in reader.schema if field.name not in elsewhere])
    records = read_records(lines, inside, settings).withColumn("file", F.input_file_name())
    records = _malformed_as_asked(records, settings)
    if settings.stops:
        known = [*RESERVED, *elsewhere, settings.rescued_column or ""]
        records = _stop_at_new(records, inside, known=known, reader=reader)
    columns = [_column(field, reader).alias(field.name) for field in reader.schema]
    if settings.rescued_column:
        columns.append(_rescued(inside, settings).alias(settings.rescued_column))
    return records.select(*columns)


def _column(field: StructField, reader: evolution.Reader) -> Column:
    if field.name in reader.partition_columns:
        return _folder_value(field)
    if field.name == reader.settings.corrupt_column:
        return F.when(~F.col("sound"), F.col("value"))
    return F.col("typed")[field.name]


def _folder_value(field: StructField) -> Column:
    found = F.regexp_extract("file", f"/{re.escape(field.name)}=([^/]*)/", 1)
    # A space stands as %20 in the file's address; a plus is a plus.
    value = F.try_url_decode(F.replace(found, F.lit("+"), F.lit("%2B")))
    is_missing = (found == "") | (value == "__HIVE_DEFAULT_PARTITION__")
    return F.when(~is_missing, value).try_cast(field.dataType)


def _malformed_as_asked(records: DataFrame, settings: Settings) -> DataFrame:
    if settings.on_malformed == "DROPMALFORMED":
        return records.where("sound")
    if settings.on_malformed == "FAILFAST":
        message = F.concat(F.lit("mode=FAILFAST: a malformed record in "), F.col("file"))
        return records.where(
            F.when(F.col("sound"), F.lit(True)).otherwise(F.raise_error(message).cast("boolean"))
        )
    return records


def _stop_at_new(
    records: DataFrame, inside: StructType, *, known: list[str], reader: evolution.Reader
) -> DataFrame:
    raw, typed, settings = F.col("raw"), F.col("typed"), reader.settings
    found = F.coalesce(F.size(new_fields(raw, inside, known=known)), F.lit(0))
    if settings.mode == "addNewColumnsWithTypeWidening" and settings.format == "json":
        records = records.withColumn("numbers", unmarked_fields(settings))
        found = found + F.coalesce(F.size(fields_to_widen(F.col("numbers"), typed, inside)), F.lit(0))
    stop = evolution.stop_at_new_fields(evolution.register(reader), F.col("file"))
    # A filter, because Spark drops a column that nobody asks for, and its error with it.
    return records.where(F.when(F.when(raw.isNotNull(), found > 0).otherwise(False), stop).otherwise(True))


def _rescued(inside: StructType, settings: Settings) -> Column:
    raw, typed = F.col("raw"), F.col("typed")
    # Of a CSV record raw holds no more than what is to be rescued.
    fields = rescued_fields(raw, typed, StructType() if settings.format == "csv" else inside)
    # A field with a name that the rescued data needs itself would hide it: such a record is kept whole.
    hides = F.exists(F.map_keys(raw), lambda name: name.isin(*RESERVED))
    return F.when(
        ~F.col("sound") | F.coalesce(hides, F.lit(False)), rescued_record(F.col("value"), F.col("file"))
    ).when(raw.isNotNull(), rescued_data(fields, F.col("file")))
