"""Spark's readers and writers with three habits of Databricks: DBFS paths, catalogs, ``cloudFiles``.

Each class is Spark's own with a few methods that change an argument and hand it on.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/index.html
(``format("cloudFiles")``) and https://docs.databricks.com/en/dbfs/index.html
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.readwriter import DataFrameReader, DataFrameWriter, DataFrameWriterV2
from pyspark.sql.streaming import DataStreamReader, DataStreamWriter, StreamingQuery
from pyspark.sql.types import StructType

from medallion_lab import autoloader
from medallion_lab.databricks.limits import refuse
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql import rewrite_name, split_moment
from medallion_lab.databricks.streams import NotebookQuery, NotebookStreams
from medallion_lab.errors import AutoLoaderOptionError
from medallion_lab.layers.writing import running_stream
from medallion_lab.runtime.first_offsets import remove_drafts

CLOUD_FILES = "cloudfiles"
PATH_OPTIONS = (
    "path",
    "checkpointlocation",
    "cloudfiles.schemalocation",
    "cloudfiles.cleansource.movedestination",
    "badrecordspath",
)


def with_argument(method: Callable, names: tuple[str, ...], change: Callable[[Any, Any], Any]) -> Callable:
    """Return the method with some of its arguments changed first; its signature stays.

    Parameters
    ----------
    method : callable
        A method of Spark's or Delta's.
    names : tuple of str
        The arguments to change, where they are given.
    change : callable
        Takes the object, or what a method of a class has first, and the argument; returns the new argument.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def call(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        for name in names:
            if bound.arguments.get(name) is not None:
                bound.arguments[name] = change(bound.args[0], bound.arguments[name])
        return method(*bound.args, **bound.kwargs)

    return call


def reads(method: Callable) -> Callable:
    """Map the path, or paths, that this method reads."""
    return with_argument(method, ("path", "paths"), lambda self, path: _paths(self.dbfs, path, writes=False))


def writes(method: Callable) -> Callable:
    """Map the path that this method writes."""
    return with_argument(method, ("path",), lambda self, path: _paths(self.dbfs, path, writes=True))


def names_table(method: Callable, *, argument: str = "tableName") -> Callable:
    """Give the table its name of Spark's."""
    return with_argument(method, (argument,), lambda self, name: rewrite_name(self.dbfs, name))


def _paths(dbfs: Dbfs, path: Any, *, writes: bool) -> Any:
    if isinstance(path, list | tuple):
        return type(path)(_paths(dbfs, one, writes=writes) for one in path)
    # json and csv also take rows instead of a path.
    return dbfs.for_spark(path, writes=writes) if isinstance(path, str) and path.strip() else path


def maps_options(method: Callable) -> Callable:
    """Map those options that are paths."""

    def mapped(self: Any, options: dict[str, Any]) -> dict[str, Any]:
        return {key: self._mapped(key, value) for key, value in options.items()}

    return with_argument(method, ("options",), mapped)


def one_option(self: Any, key: str, value: Any) -> Any:
    """Set an option, as ``options`` sets several."""
    return self.options(**{key: value})


class _MapsPathOptions:
    """Mixed into each of Spark's readers and writers: says which options are paths, and where these lead."""

    dbfs: Dbfs
    is_writer = False

    def _mapped(self, key: str, value: Any) -> Any:
        is_written = self.is_writer or key.lower() != "path"
        return _paths(self.dbfs, value, writes=is_written) if key.lower() in PATH_OPTIONS else value


class Reader(_MapsPathOptions, DataFrameReader):
    """``spark.read``."""

    def __init__(self, spark: SparkSession, dbfs: Dbfs) -> None:
        super().__init__(spark)
        self.dbfs = dbfs

    def format(self, source: str) -> DataFrameReader:
        """Set the format; ``cloudFiles`` is for streams only."""
        if source.lower() == CLOUD_FILES:
            raise refuse("spark.read.format('cloudFiles')")
        return super().format(source)

    option, options = one_option, maps_options(DataFrameReader.options)
    load, json, csv = reads(DataFrameReader.load), reads(DataFrameReader.json), reads(DataFrameReader.csv)
    text, xml, orc = reads(DataFrameReader.text), reads(DataFrameReader.xml), reads(DataFrameReader.orc)
    parquet = reads(DataFrameReader.parquet)

    def table(self, tableName: str) -> DataFrame:
        """Return a table's rows; those of an earlier version or moment for ``t@v4`` and ``t@2026...``."""
        name, moment = split_moment(tableName)
        return self.options(**moment)._own_table(rewrite_name(self.dbfs, name))

    _own_table = DataFrameReader.table


class Writer(_MapsPathOptions, DataFrameWriter):
    """``df.write``."""

    is_writer = True

    def __init__(self, rows: DataFrame, dbfs: Dbfs) -> None:
        super().__init__(rows)
        self.dbfs = dbfs

    option, options = one_option, maps_options(DataFrameWriter.options)
    save, json, csv = writes(DataFrameWriter.save), writes(DataFrameWriter.json), writes(DataFrameWriter.csv)
    text, xml, orc = writes(DataFrameWriter.text), writes(DataFrameWriter.xml), writes(DataFrameWriter.orc)
    parquet = writes(DataFrameWriter.parquet)
    saveAsTable = names_table(DataFrameWriter.saveAsTable, argument="name")
    insertInto = names_table(DataFrameWriter.insertInto)


class StreamReader(_MapsPathOptions, DataStreamReader):
    """``spark.readStream``; with the format ``cloudFiles`` it is Auto Loader."""

    def __init__(self, spark: SparkSession, dbfs: Dbfs) -> None:
        super().__init__(spark)
        self.dbfs = dbfs
        self._source = ""
        self._given: dict[str, Any] = {}
        self._given_schema: StructType | str | None = None

    def format(self, source: str) -> DataStreamReader:
        """Set the format, and remember it."""
        self._source = source
        return super().format(source)

    def schema(self, schema: StructType | str) -> DataStreamReader:
        """Set the schema, and remember it."""
        self._given_schema = schema
        return super().schema(schema)

    def _mapped(self, key: str, value: Any) -> Any:
        self._given[key] = super()._mapped(key, value)
        return self._given[key]

    def load(
        self,
        path: str | None = None,
        format: str | None = None,
        schema: StructType | str | None = None,
        **options: Any,
    ) -> DataFrame:
        """Return the stream; Auto Loader's if the format is ``cloudFiles``."""
        if format is not None:
            self.format(format)
        if schema is not None:
            self.schema(schema)
        self.options(**options)
        place = _paths(self.dbfs, path, writes=False)
        if self._source.lower() != CLOUD_FILES:
            return super().load(place)
        place = place or self._given.get("path")
        if not place:
            raise AutoLoaderOptionError("no path", "the folder where files land", "give it to load(path)")
        given = {key: value for key, value in self._given.items() if key != "path"}
        return autoloader.read(self._spark, place, options=given, schema=self._given_schema, called=path)

    option, options = one_option, maps_options(DataStreamReader.options)
    json, csv = reads(DataStreamReader.json), reads(DataStreamReader.csv)
    text, xml, orc = reads(DataStreamReader.text), reads(DataStreamReader.xml), reads(DataStreamReader.orc)
    parquet, table = reads(DataStreamReader.parquet), names_table(DataStreamReader.table)


class StreamWriter(_MapsPathOptions, DataStreamWriter):
    """``df.writeStream``; a query without a name gets that of its table."""

    is_writer = True

    def __init__(self, rows: DataFrame, dbfs: Dbfs, streams: NotebookStreams) -> None:
        super().__init__(rows)
        self.dbfs = dbfs
        self._streams = streams
        self._has_name = False
        self._checkpoint: str | None = None

    def queryName(self, queryName: str) -> DataStreamWriter:
        """Name the query."""
        self._has_name = True
        return super().queryName(queryName)

    option, options = one_option, maps_options(DataStreamWriter.options)

    def start(
        self,
        path: str | None = None,
        format: str | None = None,
        outputMode: str | None = None,
        partitionBy: str | list[str] | None = None,
        queryName: str | None = None,
        **options: Any,
    ) -> StreamingQuery:
        """Start the stream."""
        self.options(**options)
        self._clear_the_way()
        place = _paths(self.dbfs, path, writes=True)
        return super().start(place, format, outputMode, partitionBy, queryName)

    def toTable(
        self,
        tableName: str,
        format: str | None = None,
        outputMode: str | None = None,
        partitionBy: str | list[str] | None = None,
        queryName: str | None = None,
        **options: Any,
    ) -> StreamingQuery:
        """Start the stream into a table, which is there at once."""
        table = rewrite_name(self.dbfs, tableName)
        if queryName is None and not self._has_name:
            name = table.rpartition(".")[2].strip("`")
            queryName = name if self._frees(name) else None
        self.options(**options)
        self._clear_the_way()
        return super().toTable(table, format, outputMode, partitionBy, queryName)

    def _clear_the_way(self) -> None:
        if self._checkpoint is not None:
            running = {self._place_of(query) for query in self._spark.streams.active}
            if Path(self._checkpoint) not in running:
                remove_drafts(Path(self._checkpoint))

    def _mapped(self, key: str, value: Any) -> Any:
        place = super()._mapped(key, value)
        if key.lower() == "checkpointlocation":
            self._checkpoint = place
        return place

    def _frees(self, name: str) -> bool:
        """Say whether a query may have this name; one that goes on from the same checkpoint makes way."""
        if running := running_stream(self._spark, name):
            if self._checkpoint is None or self._place_of(running) != Path(self._checkpoint):
                return False
            # Spark stops it too, but first it would refuse the name.
            running.stop()
        return True

    def _place_of(self, query: StreamingQuery) -> Path:
        return Path(query._jsq.streamingQuery().resolvedCheckpointRoot().removeprefix("file:"))

    def _sq(self, jsq: JavaObject) -> NotebookQuery:
        return self._streams.note(NotebookQuery(jsq))


class TableWriter(_MapsPathOptions, DataFrameWriterV2):
    """``df.writeTo(table)``."""

    is_writer = True

    def __init__(self, rows: DataFrame, table: str, dbfs: Dbfs) -> None:
        super().__init__(rows, rewrite_name(dbfs, table))
        self.dbfs = dbfs

    option, options = one_option, maps_options(DataFrameWriterV2.options)
