"""Give the tables in a folder their names again when a session starts.

Term: catalog.
Taught in: book/foundations/the_lab.ipynb.
Source: https://docs.databricks.com/en/tables/managed.html (what dropping a managed table does)
"""

import shutil
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.errors import BrokenTableError


def register_tables(spark: SparkSession, database: str, folder: Path) -> None:
    """Give the Delta tables in this folder their names in the database again.

    Spark keeps table names in memory: after a restart the data is there and the names are gone. The tables
    are managed ones, as they were: DROP TABLE deletes their files. What is left of a table whose creation was
    cut short is removed: it has no version and no row, and Delta would refuse to create the table there.

    Raises
    ------
    BrokenTableError
        If a table's log does not read. Nothing of it is changed.
    """
    for log in sorted(folder.glob("*/_delta_log")):
        if not any(log.glob("*.json")):
            _remove_if_empty(log.parent)
        else:
            name, place = f"`{database}`.`{log.parent.name}`", sql_string(log.parent)
            if spark.catalog.tableExists(name):
                continue
            try:
                spark.sql(f"CREATE TABLE {name} USING delta LOCATION {place}")
                _make_managed(spark, database, log.parent.name)
            # Which of the two it is depends on the line that does not read.
            except (PySparkException, Py4JJavaError) as error:
                raise BrokenTableError(
                    got=f"the table {log.parent.name}, whose _delta_log in {log.parent} does not read",
                    needed="a log as Delta wrote it",
                    next_step="put the log's files back from a copy; or open the lab with fresh=True, which "
                    "empties the workspace",
                ) from error


def _remove_if_empty(table: Path) -> None:
    """Remove a table's folder if all its files are hidden: so Delta names what it has not finished."""
    files = [path for path in table.rglob("*") if path.is_file()]
    if all(path.name.startswith(".") for path in files):
        shutil.rmtree(table)


def _make_managed(spark: SparkSession, database: str, table: str) -> None:
    """Note in Spark's catalog that this table's files are its own; no SQL says so of files that are there."""
    jvm: Any = spark._jvm
    catalog = spark._jsparkSession.sessionState().catalog()
    spark_catalyst = jvm.org.apache.spark.sql.catalyst
    name = spark_catalyst.TableIdentifier(table, jvm.scala.Option.apply(database))
    found = catalog.getTableMetadata(name)
    parts = [found.productElement(place) for place in range(found.productArity())]
    names = [found.productElementName(place) for place in range(found.productArity())]
    parts[names.index("tableType")] = spark_catalyst.catalog.CatalogTableType.MANAGED()
    catalog.alterTable(found.copy(*parts))
