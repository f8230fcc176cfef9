"""``spark.catalog`` of a notebook: names of up to three parts in, the notebook's own names out.

Taught in: book/beyond/databricks.ipynb.
Source: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/catalog.html
"""

from pyspark.sql import SparkSession
from pyspark.sql.catalog import Catalog, CatalogMetadata, Database, Table

from medallion_lab.databricks.frames import names_table, with_argument, writes
from medallion_lab.databricks.names import Names, database_of, schema_of
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql import rewrite_name

ABOUT_ONE_TABLE = (
    "analyzeTable",
    "cacheTable",
    "dropTable",
    "dropView",
    "getCreateTableString",
    "getTableProperties",
    "isCached",
    "listColumns",
    "listPartitions",
    "recoverPartitions",
    "refreshTable",
    "tableExists",
    "truncateTable",
    "uncacheTable",
)


class NotebookCatalog(Catalog):
    """``spark.catalog``."""

    def __init__(self, spark: SparkSession, dbfs: Dbfs) -> None:
        super().__init__(spark)
        self.dbfs = dbfs
        self._names = Names(spark)

    def currentCatalog(self) -> str:
        """Return the current catalog's name."""
        return self._names.current()[0]

    def setCurrentCatalog(self, catalogName: str) -> None:
        """Make this the current catalog, with its schema ``default``."""
        self._names.use(catalogName)

    def listCatalogs(self, pattern: str | None = None) -> list[CatalogMetadata]:
        """Return the catalogs, sorted by name."""
        found = self._sparkSession.sql("SHOW CATALOGS" + _like(pattern)).collect()
        return [CatalogMetadata(name, None) for (name,) in found]

    def currentDatabase(self) -> str:
        """Return the current schema's name, without its catalog."""
        return self._names.current()[1]

    def setCurrentDatabase(self, dbName: str) -> None:
        """Make this the current schema; its catalog becomes the current one."""
        super().setCurrentDatabase(self._own(dbName))

    def listDatabases(self, pattern: str | None = None) -> list[Database]:
        """Return the schemas of the current catalog, sorted by name."""
        found = self._sparkSession.sql("SHOW SCHEMAS" + _like(pattern)).collect()
        return [self.getDatabase(name) for (name,) in found]

    def getDatabase(self, dbName: str) -> Database:
        """Return what is known of a schema."""
        found = super().getDatabase(self._own(dbName))
        catalog, schema = schema_of(found.name)
        return found._replace(name=schema, catalog=catalog, locationUri=self.dbfs.shown(found.locationUri))

    def databaseExists(self, dbName: str) -> bool:
        """Say whether there is a schema of this name."""
        return super().databaseExists(self._own(dbName))

    def listTables(self, dbName: str | None = None, pattern: str | None = None) -> list[Table]:
        """Return the tables and views of a schema, by default of the current one."""
        own = database_of(*self._names.current()) if dbName is None else self._own(dbName)
        return [_shown(table) for table in super().listTables(own, pattern)]

    def getTable(self, tableName: str) -> Table:
        """Return what is known of a table or view."""
        return _shown(super().getTable(rewrite_name(self.dbfs, tableName)))

    def _own(self, database: str) -> str:
        return rewrite_name(self.dbfs, database, is_schema=True)

    createTable = writes(names_table(Catalog.createTable))
    createDatabase = with_argument(Catalog.createDatabase, ("dbName",), _own)
    dropDatabase = with_argument(Catalog.dropDatabase, ("dbName",), _own)


for method in ABOUT_ONE_TABLE:
    argument = "viewName" if method == "dropView" else "tableName"
    setattr(NotebookCatalog, method, names_table(getattr(Catalog, method), argument=argument))


def _like(pattern: str | None) -> str:
    return f" LIKE '{pattern}'" if pattern else ""


def _shown(table: Table) -> Table:
    if not table.namespace:
        return table
    catalog, schema = schema_of(table.namespace[0])
    return table._replace(catalog=catalog, namespace=[schema])
