"""The few attributes of pyspark and Delta that a notebook sees changed, and how each gets back its own.

Everything else is a class or a name of our own. Taught in: book/beyond/databricks.ipynb.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable, DeltaTableBuilder
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame

from medallion_lab.databricks.frames import (
    NotebookCatalog,
    Reader,
    StreamReader,
    StreamWriter,
    TableWriter,
    Writer,
)
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql import rewrite, rewrite_name
from medallion_lab.databricks.sql_parameters import bind
from medallion_lab.databricks.streams import NotebookStreams

ABSENT = object()


@dataclass(frozen=True)
class Patch:
    """One attribute of a class, and what takes its place."""

    owner: type
    name: str
    replacement: Any


class Patches:
    """Attributes that are replaced until ``undo``.

    Parameters
    ----------
    patches : list of Patch
        Applied in this order, at once.
    """

    def __init__(self, patches: list[Patch]) -> None:
        self._kept = [(patch, patch.owner.__dict__.get(patch.name, ABSENT)) for patch in patches]
        for patch in patches:
            setattr(patch.owner, patch.name, patch.replacement)

    def undo(self) -> None:
        """Give every attribute back what it was. Doing it twice is fine."""
        for patch, original in reversed(self._kept):
            if original is ABSENT:
                delattr(patch.owner, patch.name)
            else:
                setattr(patch.owner, patch.name, original)
        self._kept = []


def notebook_patches(dbfs: Dbfs, *, display: Callable[[Any], None], streams: NotebookStreams) -> list[Patch]:
    """Return what a Databricks notebook needs of Spark's and Delta's own classes.

    Parameters
    ----------
    dbfs : Dbfs
        Where paths lead.
    display : callable
        Becomes ``DataFrame.display``.
    streams : NotebookStreams
        Notes every stream that starts.
    """
    run_sql, read_table, set_location = SparkSession.sql, SparkSession.table, DeltaTableBuilder.location
    for_path, for_name, is_delta = DeltaTable.forPath, DeltaTable.forName, DeltaTable.isDeltaTable

    def sql(self: SparkSession, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:
        ours = rewrite(self, dbfs, sqlQuery)
        return run_sql(self, bind(ours, args) if args else ours, **kwargs)

    def table(self: SparkSession, tableName: str) -> DataFrame:
        return read_table(self, rewrite_name(dbfs, tableName))

    def forPath(cls: type, sparkSession: SparkSession, path: str, hadoopConf: Any = None) -> DeltaTable:
        return for_path(sparkSession, dbfs.for_spark(path, writes=True), hadoopConf or {})

    def forName(cls: type, sparkSession: SparkSession, tableOrViewName: str) -> DeltaTable:
        return for_name(sparkSession, rewrite_name(dbfs, tableOrViewName))

    def isDeltaTable(cls: type, sparkSession: SparkSession, identifier: str) -> bool:
        return is_delta(sparkSession, dbfs.for_spark(identifier, writes=False))

    def location(self: DeltaTableBuilder, location: str) -> DeltaTableBuilder:
        return set_location(self, dbfs.for_spark(location, writes=True))

    return [
        Patch(SparkSession, "sql", sql),
        Patch(SparkSession, "table", table),
        Patch(SparkSession, "read", property(lambda self: Reader(self, dbfs))),
        Patch(SparkSession, "readStream", property(lambda self: StreamReader(self, dbfs))),
        Patch(SparkSession, "catalog", property(lambda self: NotebookCatalog(self, dbfs))),
        Patch(ClassicDataFrame, "write", property(lambda self: Writer(self, dbfs))),
        Patch(ClassicDataFrame, "writeStream", property(lambda self: StreamWriter(self, dbfs, streams))),
        Patch(ClassicDataFrame, "writeTo", lambda self, table: TableWriter(self, table, dbfs)),
        Patch(ClassicDataFrame, "display", lambda self: display(self)),
        Patch(DeltaTable, "forPath", classmethod(forPath)),
        Patch(DeltaTable, "forName", classmethod(forName)),
        Patch(DeltaTable, "isDeltaTable", classmethod(isDeltaTable)),
        Patch(DeltaTableBuilder, "location", location),
    ]
