"""Names of three parts: a catalog and a schema of the notebook's are one database of Spark's underneath.

Delta's tables live in the session's own catalog alone. So ``dev.bronze`` is the database
``catalog_3_dev_bronze``, and whatever Spark says of it is said again with the notebook's own names.
Term: catalog.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html (three-part names) and
https://docs.databricks.com/en/data-governance/unity-catalog/index.html (catalogs and schemas)
"""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from medallion_lab.databricks.notices import notice

OWN = "spark_catalog"
CATALOGS = ("hive_metastore", "main", OWN)
"""The names of the session's own catalog: here they are one and the same."""

SHOWN = "main"
DEFAULT = "default"
FOREIGN = re.compile(r"catalog_(\d+)_(\w+)")
# Not in a path, where it is a folder of this disk.
IN_TEXT = re.compile(rf"(?<![/\w])(`?)(?:{OWN}\1\.\1)?({FOREIGN.pattern})\1")


def database_of(catalog: str, schema: str) -> str:
    """Return the database that a catalog's schema is underneath: letters, digits and underscores."""
    if catalog.lower() in CATALOGS:
        return schema
    catalog, schema = _escaped(catalog), _escaped(schema)
    return f"catalog_{len(catalog)}_{catalog}_{schema}"


def schema_of(database: str) -> tuple[str, str]:
    """Return the catalog and the schema that a database of Spark's stands for."""
    match = FOREIGN.fullmatch(database)
    length = int(match[1]) if match else 0
    # One that is only called so is a schema like any other.
    if match is None or match[2][length : length + 1] != "_":
        return SHOWN, database
    return _plain(match[2][:length]), _plain(match[2][length + 1 :])


def _escaped(name: str) -> str:
    return re.sub("_(?=x[0-9a-f]+_)|[^a-z0-9_]", lambda found: f"_x{ord(found[0]):x}_", name.lower())


def _plain(name: str) -> str:
    return re.sub("_x([0-9a-f]+)_", lambda found: chr(int(found[1], 16)), name)


def with_own_names(text: str) -> str:
    """Return a text of Spark's with the notebook's names in it, as an error has to show them."""

    def shown(match: re.Match) -> str:
        quote = match[1]
        return f"{quote}.{quote}".join(schema_of(match[2])).join([quote, quote])

    return re.sub(rf"\b{OWN}\b", SHOWN, IN_TEXT.sub(shown, text))


class Names:
    """The catalogs and schemas of one session. What it remembers is Spark's own current database.

    Parameters
    ----------
    spark : SparkSession
        The notebook's, or the one of a micro-batch, which may be in another database.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark

    def current(self) -> tuple[str, str]:
        """Return the current catalog and schema."""
        return schema_of(self._catalog.getCurrentDatabase())

    def schemas(self, catalog: str) -> list[str]:
        """Return the names of a catalog's schemas, sorted."""
        wanted = SHOWN if catalog.lower() in CATALOGS else catalog.lower()
        return sorted(schema for found, schema in self._all() if found == wanted)

    def catalogs(self) -> list[str]:
        """Return the names of all catalogs, sorted; the session's own is the one called main."""
        return sorted({catalog for catalog, _ in self._all()})

    def use(self, catalog: str) -> None:
        """Make this the current catalog, and its schema ``default`` the current schema."""
        self.meet(catalog)
        self._catalog.setCurrentDatabase(database_of(catalog, DEFAULT))

    def meet(self, catalog: str, *, quietly: bool = False) -> None:
        """Make a catalog that is not there yet: on Databricks an administrator has made it before."""
        if catalog.lower() in CATALOGS or catalog.lower() in self.catalogs():
            return
        self.run(f"CREATE DATABASE IF NOT EXISTS {database_of(catalog, DEFAULT)}")
        if not quietly:
            notice(
                f"The catalog {catalog} is new in this workspace. On Databricks an administrator makes it "
                "and gives rights to it; here it keeps its schemas and tables apart from other catalogs'."
            )

    def shown(self, frame: DataFrame, *, replace: Callable[[str], str]) -> DataFrame:
        """Return the rows of a listing with the notebook's names in place of Spark's.

        Parameters
        ----------
        frame : DataFrame
            What SHOW or DESCRIBE has returned: a few rows.
        replace : callable
            Changes each text further, such as paths.
        """
        rows = [tuple(row) for row in frame.collect()]
        texts = [value for row in rows for value in row if isinstance(value, str)]
        foreign = [schema_of(text)[0] for text in texts if FOREIGN.fullmatch(text)]
        catalog = foreign[0] if foreign else SHOWN

        def own(value: Any) -> Any:
            if not isinstance(value, str):
                return value
            if value == OWN:
                return catalog
            return schema_of(value)[1] if FOREIGN.fullmatch(value) else replace(with_own_names(value))

        changed = [tuple(own(value) for value in row) for row in rows]
        return frame if changed == rows else self._spark.createDataFrame(changed, frame.schema)

    def _all(self) -> list[tuple[str, str]]:
        # Letters, digits and underscores: no comma.
        return [schema_of(name) for name in self._catalog.listDatabases().mkString(",").split(",")]

    def run(self, statement: str) -> None:
        """Run a statement with Spark's own names in it; the notebook's sql would read them once more."""
        self._spark._jsparkSession.sql(statement)

    @cached_property
    def _catalog(self) -> Any:
        # Asked for where a statement names a catalog or a schema: most do not.
        return self._spark._jsparkSession.sessionState().catalog()
