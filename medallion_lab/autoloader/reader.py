"""Auto Loader's reader: a folder as a streaming DataFrame whose schema is known, kept and evolved.

It is Spark's own text source, followed by expressions: no Python on the path of a row.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/index.html
"""

from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType, VariantType

from medallion_lab.autoloader import evolution
from medallion_lab.autoloader.first_start import remember_existing, without_existing
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
from medallion_lab.autoloader.landed_files import (
    ANY_NAME,
    clear_failures,
    exact_path,
    folder_columns,
    folder_value,
    landed,
    nothing_landed,
    within_time,
)
from medallion_lab.autoloader.landed_text import in_lines, text_options
from medallion_lab.autoloader.learning import learn, may_span_lines, read_records
from medallion_lab.autoloader.options import Settings, settle_options
from medallion_lab.autoloader.schema_log import SchemaLog
from medallion_lab.autoloader.schemas import add_fields, columns_of, is_scalar, new_paths
from medallion_lab.errors import AutoLoaderOptionError, NothingToLearnFromError

SAMPLE_FILES = 1000
"""How many files a schema is learned from at the first start; Databricks takes as many, or 50 GB."""

OWN_COLUMNS = {
    "text": "value STRING",
    "binaryFile": "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY",
}
"""Formats whose columns are always the same."""

LONGEST_SHOWN = 200
"""Letters of a malformed record that an error shows."""


def read(
    spark: SparkSession,
    path: str | Path,
    *,
    options: Mapping[str, object],
    schema: StructType | str | None = None,
    called: str | None = None,
) -> DataFrame:
    """Read the files in a folder, and in the folders inside it, as a stream.

    Parameters
    ----------
    spark : SparkSession
        The session.
    path : str or Path
        The folder where files land, or a pattern for several such as ``/landing/{shop,web}``.
    options : mapping
        Named as on Databricks; ``autoloader.options_table()`` lists them. ``cloudFiles.format`` is needed,
        and ``cloudFiles.schemaLocation`` too unless you give a schema.
    schema : StructType or str, optional
        Your own schema, which stays as it is.
    called : str, optional
        What the reader calls the folder, for errors; by default its path.

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
    LandingNotFoundError
        If the folder is not there.
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
    given = columns_of(schema) if schema is not None else None
    settings = settle_options(options, schema=given)
    evolution.settle()
    if settings.format not in ("json", "csv"):
        return _ready_columns(spark, path, settings, called)
    is_fixed = given is not None or settings.variant_column
    reader = _fixed_reader(spark, settings) if is_fixed else _learned_reader(spark, path, settings, called)
    evolution.watch(spark)
    lines = _source(spark, path, settings, "text", called, options=text_options(settings))
    return _columns(in_lines(lines, settings), reader)


def _ready_columns(
    spark: SparkSession, path: str | Path, settings: Settings, called: str | None
) -> DataFrame:
    """Read a format whose files hold columns, or one column of text: nothing in it can be new or misfit."""
    own = OWN_COLUMNS.get(settings.format)
    schema = columns_of(own) if own else settings.schema
    if schema is None:
        raise AutoLoaderOptionError(
            got=f"no schema for cloudFiles.format={settings.format}",
            needed=f"the columns to read: from {settings.format} files none are learned here",
            next_step='add .schema("order_id STRING, quantity INT")',
        )
    options = text_options(settings) if settings.format == "text" else {}
    rows = _source(spark, path, settings, settings.format, called, schema=schema, options=options)
    if settings.format == "text":
        rows = in_lines(rows, settings)
    folders = settings.partition_columns or ()
    file = F.input_file_name()
    return rows.select(
        *[
            (folder_value(field, file) if field.name in folders else F.col(f"`{field.name}`")).alias(
                field.name
            )
            for field in _with_folders(schema, folders)
        ]
    )


def _source(
    spark: SparkSession,
    path: str | Path,
    settings: Settings,
    file_format: str,
    called: str | None,
    *,
    options: Mapping[str, str],
    schema: StructType | str = "value string",
) -> DataFrame:
    stream = spark.readStream.format(file_format).schema(schema)
    with clear_failures(path, called=called):
        rows = stream.options(**settings.source, **ANY_NAME, **options).load(exact_path(path))
    # Spark's file stream refuses these as options; as filters on the file's time they skip whole files.
    rows = within_time(rows, F.col("_metadata.file_modification_time"), settings)
    return without_existing(rows, spark, path, settings)


def _fixed_reader(spark: SparkSession, settings: Settings) -> evolution.Reader:
    if settings.variant_column:
        schema = StructType([StructField(settings.variant_column, VariantType())])
    else:
        schema = settings.schema or StructType()
    # With a schema of your own, a folder's column is one that cloudFiles.partitionColumns names.
    folders = settings.partition_columns or ()
    return evolution.Reader(spark, settings, _with_folders(schema, folders), folders, version=None)


def _with_folders(schema: StructType, folders: tuple[str, ...]) -> StructType:
    missing = [StructField(name, StringType()) for name in folders if name not in schema.fieldNames()]
    return StructType([*schema, *missing])


def _learned_reader(
    spark: SparkSession, path: str | Path, settings: Settings, called: str | None
) -> evolution.Reader:
    log = SchemaLog(settings.schema_location or "")
    latest = log.latest()
    if latest is None:
        files = landed(spark, path, settings)[:SAMPLE_FILES]
        learned = learn(spark, files, StructType(), settings) if files else StructType()
        if not learned.fields and not settings.hints:
            raise _no_record(spark, path, files, settings, called)
        folders = folder_columns(files, settings)
        schema = apply_hints(add_fields(_without(learned, folders), folders), settings.hints)
        if files and any(field not in learned for field in schema if not is_scalar(field.dataType)):
            # A hint has made an object of what was learned as text: its other fields can be learned too.
            schema = learn(spark, files, schema, settings)
        # Before the first version, by which a later start sees that it is not the first.
        remember_existing(spark, path, settings)
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


def _no_record(
    spark: SparkSession, path: str | Path, files: list[str], settings: Settings, called: str | None
) -> Exception:
    if not files:
        return nothing_landed(path, settings, called=called)
    way_out = "land a file with a record; or give a schema, or cloudFiles.schemaHints"
    if may_span_lines(spark, files, settings):
        way_out = (
            f"if a record stands on several lines, set multiLine to true: a file is then one record, or "
            f"one array of them; else {way_out}"
        )
    return NothingToLearnFromError(
        got=f"no record in the {len(files)} {'file' if len(files) == 1 else 'files'} in {called or path}",
        needed="at least one file with a record, to learn the schema from",
        next_step=way_out,
    )


def _without(schema: StructType, others: StructType) -> StructType:
    """Leave out what a folder says too: the folder has the last word."""
    return StructType([field for field in schema if field.name not in others.fieldNames()])


def _columns(lines: DataFrame, reader: evolution.Reader) -> DataFrame:
    """Turn lines into the columns that the reader promised, and stop where the mode says so."""
    settings = reader.settings
    elsewhere = [*reader.partition_columns, settings.corrupt_column]
    inside = StructType([field for field in reader.schema if field.name not in elsewhere])
    if (settings.rescued_column or "").lower() in map(str.lower, reader.schema.fieldNames()):
        raise AutoLoaderOptionError(
            got=f"rescuedDataColumn={settings.rescued_column}, and a column of that name",
            needed="a name of its own for what does not fit",
            next_step="give another rescuedDataColumn; or take the name out of the schema, or of the hints",
        )
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
        return folder_value(field, F.col("file"))
    if field.name == reader.settings.corrupt_column:
        return F.when(_is_malformed(reader.settings), F.col("value"))
    return F.col("typed")[field.name]


def _is_malformed(settings: Settings) -> Column:
    """Whether a record is malformed as Spark means it; what a rescued data column takes in is not."""
    return ~F.col("sound") if settings.rescued_column else ~(F.col("sound") & F.col("fits"))


def _malformed_as_asked(records: DataFrame, settings: Settings) -> DataFrame:
    malformed = _is_malformed(settings)
    if settings.on_malformed == "DROPMALFORMED":
        return records.where(~malformed)
    if settings.on_malformed == "FAILFAST":
        record = F.regexp_replace(F.substring("value", 1, LONGEST_SHOWN), r"\s+", " ")
        more = F.when(F.length("value") > LONGEST_SHOWN, "…").otherwise("")
        message = F.concat(
            F.lit("mode=FAILFAST: a malformed record in "), F.col("file"), F.lit(": "), record, more
        )
        return records.where(F.when(malformed, F.raise_error(message).cast("boolean")).otherwise(True))
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
