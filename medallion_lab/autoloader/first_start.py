"""What had landed before a stream was started first: remembered by name, so that it can be passed over.

A file's time says when it was written, not when it came: one that is moved in later may be years old. So the
names are kept, each on a line of a file in the schema location, from the first start on and for good.
Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
(cloudFiles.includeExistingFiles: evaluated only when a stream is started for the first time).
"""

from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion_lab.autoloader.landed_files import landed
from medallion_lab.autoloader.options import Settings
from medallion_lab.autoloader.schema_log import FOLDER, write_whole

NOTE = "_existing_files"


def remember_existing(spark: SparkSession, path: str | Path, settings: Settings) -> None:
    """Note down what has landed, if this is the stream's first start and it has a schema location.

    Raises
    ------
    SchemaLogError
        If the note cannot be written.
    """
    if not settings.schema_location or Path(settings.schema_location, NOTE).exists():
        return
    # A stream that has a schema was started before, and has read what was there.
    begun = settings.include_existing or Path(settings.schema_location, FOLDER).is_dir()
    names = [] if begun else landed(spark, path, settings)
    write_whole(Path(settings.schema_location, NOTE), "".join(f"{name}\n" for name in names))


def without_existing(rows: DataFrame, spark: SparkSession, path: str | Path, settings: Settings) -> DataFrame:
    """Leave out the files that had landed before the first start, if the first start asked for that.

    Parameters
    ----------
    rows : DataFrame
        From Spark's file source, with ``_metadata``.
    """
    remember_existing(spark, path, settings)
    note = Path(settings.schema_location or "", NOTE)
    if not settings.schema_location or not note.stat().st_size:
        return rows
    # The names go to Spark in one piece, and Spark leaves out whole files.
    jvm = spark._jvm.java  # type: ignore[union-attr]  # no Spark Connect here
    names = jvm.nio.file.Files.readAllLines(jvm.io.File(str(note)).toPath())
    address = F.col("_metadata.file_path")
    existed = type(address)(address._jc.isInCollection(names))  # type: ignore[operator]
    return rows.where(~existed)
