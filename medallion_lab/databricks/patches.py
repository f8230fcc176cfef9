"""The few attributes of pyspark and Delta that a notebook sees changed, and how each gets back its own.

Everything else is a class or a name of our own. Taught in: book/beyond/databricks.ipynb.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from delta.tables import DeltaTable, DeltaTableBuilder
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame

from medallion_lab.databricks.catalog import NotebookCatalog
from medallion_lab.databricks.frames import (
    Reader,
    StreamReader,
    StreamWriter,
    TableWriter,
    Writer,
    with_argument,
)
from medallion_lab.databricks.names import Names, with_own_names
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql import is_listing, rewrite, rewrite_name
from medallion_lab.databricks.sql_names import name_identifiers
from medallion_lab.databricks.sql_parameters import bind
from medallion_lab.databricks.streams import NotebookStreams
from medallion_lab.databricks.unity import answer


@dataclass(frozen=True)
class Patch:
    """One attribute of a class, and what takes its place."""

    owner: type
    name: str
    replacement: Any


def apply(patches: list[Patch]) -> ExitStack:
    """Replace these attributes at once; what is returned gives each back what it was, when it is closed."""
    undo = ExitStack()
    for patch in patches:
        own = vars(patch.owner)
        if patch.name in own:
            undo.callback(setattr, patch.owner, patch.name, own[patch.name])
        else:
            undo.callback(delattr, patch.owner, patch.name)
        setattr(patch.owner, patch.name, patch.replacement)
    return undo


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
    run_sql = SparkSession.sql

    def sql(self: SparkSession, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:
        statement = name_identifiers(bind(sqlQuery, args) if args else sqlQuery, self)
        if (found := answer(self, dbfs, statement)) is not None:
            return found
        rows = run_sql(self, rewrite(self, dbfs, statement), **kwargs)
        return listing(self, rows) if is_listing(statement) else rows

    def listing(spark: SparkSession, rows: DataFrame) -> DataFrame:
        return Names(spark).shown(rows, replace=dbfs.shown)

    detail, message = DeltaTable.detail, CapturedException.__str__

    def names(method: Callable, argument: str) -> Callable:
        return with_argument(method, (argument,), lambda _, name: rewrite_name(dbfs, name))

    def leads_to(method: Callable, argument: str, *, writes: bool) -> Callable:
        return with_argument(method, (argument,), lambda _, path: dbfs.for_spark(path, writes=writes))

    for_path = leads_to(DeltaTable.forPath, "path", writes=True)
    is_delta = leads_to(DeltaTable.isDeltaTable, "identifier", writes=False)
    return [
        Patch(SparkSession, "sql", sql),
        Patch(SparkSession, "table", lambda self, tableName: Reader(self, dbfs).table(tableName)),
        Patch(SparkSession, "read", property(lambda self: Reader(self, dbfs))),
        Patch(SparkSession, "readStream", property(lambda self: StreamReader(self, dbfs))),
        Patch(SparkSession, "catalog", property(lambda self: NotebookCatalog(self, dbfs))),
        Patch(ClassicDataFrame, "write", property(lambda self: Writer(self, dbfs))),
        Patch(ClassicDataFrame, "writeStream", property(lambda self: StreamWriter(self, dbfs, streams))),
        Patch(ClassicDataFrame, "writeTo", lambda self, table: TableWriter(self, table, dbfs)),
        Patch(ClassicDataFrame, "mergeInto", names(ClassicDataFrame.mergeInto, "table")),
        Patch(ClassicDataFrame, "display", lambda self: display(self)),
        Patch(DeltaTable, "forPath", staticmethod(for_path)),
        Patch(DeltaTable, "forName", staticmethod(names(DeltaTable.forName, "tableOrViewName"))),
        Patch(DeltaTable, "isDeltaTable", staticmethod(is_delta)),
        Patch(DeltaTable, "detail", lambda self: listing(SparkSession.active(), detail(self))),
        Patch(DeltaTableBuilder, "tableName", names(DeltaTableBuilder.tableName, "identifier")),
        Patch(CapturedException, "__str__", lambda self: with_own_names(message(self))),
        Patch(DeltaTableBuilder, "location", leads_to(DeltaTableBuilder.location, "location", writes=True)),
    ]
