"""A catalog for each environment, a schema for each layer: the usual house of the medallion on Databricks."""

import pytest
from pyspark.errors import AnalysisException

from medallion_lab.errors import CatalogError
from tests.unit.databricks.conftest import EXTENSION


def rows(frame):
    return sorted(tuple(row) for row in frame.collect())


def notes(capsys):
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]


@pytest.fixture
def house(cell):
    """Two catalogs that have the same schema and table."""
    for catalog in ("dev", "prod"):
        cell(f'spark.sql("CREATE CATALOG IF NOT EXISTS {catalog}")')
        cell(f'spark.sql("CREATE SCHEMA IF NOT EXISTS {catalog}.bronze")')
        cell(
            f"""spark.sql("CREATE OR REPLACE TABLE {catalog}.bronze.orders AS SELECT '{catalog}' AS name")"""
        )
    yield cell
    cell('spark.sql("USE CATALOG main")')
    for catalog in ("dev", "prod"):
        cell(f'spark.sql("DROP CATALOG IF EXISTS {catalog} CASCADE")')


@pytest.mark.parametrize("catalog", ["dev", "prod"])
def test_two_catalogs_keep_their_tables_apart_for_every_way_to_name_one(house, catalog):
    name = f"{catalog}.bronze.orders"
    for way in (
        f'spark.table("{name}")',
        f'spark.read.table("{name}")',
        f'spark.sql("SELECT * FROM {name}")',
        f'sql("SELECT o.name FROM {name} o WHERE o.name IS NOT NULL")',
        f'DeltaTable.forName(spark, "{name}").toDF()',
        f'spark.table("{name}@v0")',
        f'spark.sql("SELECT * FROM IDENTIFIER(:t)", {{"t": "{name}"}})',
    ):
        house("from delta.tables import DeltaTable")
        assert rows(house(way)) == [(catalog,)], way
    assert house(f'spark.catalog.tableExists("{name}")') is True
    assert house(f'spark.catalog.tableExists("{catalog}.bronze.none")') is False
    assert house(f'spark.catalog.getTable("{name}").catalog') == catalog


def test_a_notebook_in_one_catalog_names_its_schemas_alone(house):
    house('spark.sql("USE CATALOG dev")')
    assert rows(house('spark.sql("SELECT current_catalog(), current_schema()")')) == [("dev", "default")]
    assert rows(house('spark.table("bronze.orders")')) == [("dev",)]
    house('spark.sql("USE SCHEMA bronze")')
    assert rows(house('spark.table("orders")')) == [("dev",)]
    assert house("spark.catalog.currentCatalog(), spark.catalog.currentDatabase()") == ("dev", "bronze")
    house('spark.range(2).write.saveAsTable("dev.bronze.numbers")')
    house('spark.range(2, 3).writeTo("bronze.numbers").append()')
    house("%sql INSERT INTO numbers VALUES (9)")
    assert house('spark.table("numbers").count()') == 4
    house('spark.catalog.setCurrentCatalog("prod"); spark.catalog.setCurrentDatabase("bronze")')
    assert rows(house('spark.table("orders")')) == [("prod",)]
    assert house('spark.catalog.tableExists("numbers")') is False


def test_listings_show_the_notebooks_names(house):
    assert ("dev",) in rows(house('spark.sql("SHOW CATALOGS")'))
    assert rows(house("""spark.sql("SHOW CATALOGS LIKE 'p*|x'")""")) == [("prod",)]
    assert rows(house('spark.sql("SHOW SCHEMAS IN dev")')) == [("bronze",), ("default",)]
    assert rows(house('spark.sql("SHOW TABLES IN dev.bronze")')) == [("bronze", "orders", False)]
    assert "catalog_" not in str(rows(house('spark.sql("SHOW SCHEMAS")')))
    described = dict(row[:2] for row in house('spark.sql("DESCRIBE EXTENDED dev.bronze.orders")').collect())
    assert (described["Catalog"], described["Database"], described["Type"]) == ("dev", "bronze", "MANAGED")
    place = described["Location"]
    assert place.startswith("dbfs:/user/hive/warehouse/") and "/tables/" not in place
    assert rows(house(f'spark.read.format("delta").load("{place}")')) == [("dev",)]
    detail = house('spark.sql("DESCRIBE DETAIL dev.bronze.orders")').first()
    assert (detail["name"], detail["location"]) == ("dev.bronze.orders", place)
    assert house('[table.namespace for table in spark.catalog.listTables("dev.bronze")]') == [["bronze"]]
    assert house('[found.name for found in spark.catalog.listCatalogs("d*")]') == ["dev"]
    house('spark.catalog.setCurrentCatalog("dev")')
    assert house("[found.name for found in spark.catalog.listDatabases()]") == ["bronze", "default"]


def test_errors_show_the_notebooks_names(house):
    with pytest.raises(AnalysisException) as caught:
        house('spark.table("dev.bronze.gone")')
    assert "`dev`.`bronze`.`gone`" in str(caught.value) and "catalog_3" not in str(caught.value)
    with pytest.raises(AnalysisException) as caught:
        house('spark.sql("CREATE TABLE dev.silver.t (id INT)")')
    assert "dev" in str(caught.value) and "catalog_3" not in str(caught.value)


def test_a_stream_goes_from_catalog_to_catalog(house):
    house(
        """spark.readStream.table("dev.bronze.orders").writeStream.trigger(availableNow=True).option(
        "checkpointLocation", "/checkpoints/hop").toTable("prod.bronze.copied").awaitTermination()"""
    )
    assert rows(house('spark.table("prod.bronze.copied")')) == [("dev",)]


def test_a_new_session_finds_catalogs_schemas_and_tables_again(house, shell):
    house('spark.sql("CREATE SCHEMA dev.`more data`")')
    house('spark.sql("CREATE TABLE dev.`more data`.t AS SELECT 5 AS five")')
    shell.extension_manager.reload_extension(EXTENSION)
    assert rows(house('spark.table("dev.`more data`.t")')) == [(5,)]
    assert rows(house('spark.table("prod.bronze.orders")')) == [("prod",)]
    house('spark.sql("DROP TABLE prod.bronze.orders")')
    shell.extension_manager.reload_extension(EXTENSION)
    assert house('spark.catalog.tableExists("prod.bronze.orders")') is False
    house('spark.sql("CREATE TABLE prod.bronze.orders (id INT)")')
    assert rows(house('spark.table("prod.bronze.orders")')) == []


def test_a_catalog_is_made_where_it_is_first_named_and_a_line_says_so(cell, capsys):
    cell('spark.sql("USE CATALOG uat")')
    assert "The catalog uat is new" in notes(capsys)[0]
    cell('spark.sql("CREATE SCHEMA uat.a")')
    assert notes(capsys) == []
    with pytest.raises(CatalogError, match="holds the schema a"):
        cell('spark.sql("DROP CATALOG uat")')
    cell('spark.sql("DROP CATALOG uat CASCADE")')
    assert cell("spark.catalog.currentCatalog()") == "main"
    with pytest.raises(CatalogError, match="uat"):
        cell('spark.sql("DROP CATALOG uat")')
    with pytest.raises(CatalogError):
        cell('spark.sql("DROP CATALOG IF EXISTS main")')
    cell('spark.sql("DROP CATALOG IF EXISTS uat")')


def test_names_that_are_parameters_and_places_that_are_managed(cell, capsys):
    cell('spark.sql("USE CATALOG IDENTIFIER(:c)", {"c": "uat"})')
    place = "abfss://c@account.dfs.core.windows.net/x"
    cell(f"""spark.sql("CREATE SCHEMA uat.silver MANAGED LOCATION '{place}' COMMENT 'two'")""")
    assert "MANAGED LOCATION" in notes(capsys)[-1]
    cell('spark.sql("CREATE TABLE silver.t (id INT)")')
    cell("""spark.sql("COMMENT ON COLUMN uat.silver.t.id IS 'key'")""")
    assert rows(cell('spark.sql("DESCRIBE silver.t")')) == [("id", "int", "key")]
    cell('spark.sql("DROP CATALOG uat CASCADE")')


def test_volumes_are_folders_of_the_workspace(cell, capsys):
    cell("spark.sql(\"CREATE VOLUME IF NOT EXISTS dev.raw.files COMMENT 'in'\")")
    assert "/Volumes/dev/raw/files" in capsys.readouterr().out
    cell("dbutils.fs.put('/Volumes/dev/raw/files/a.txt', 'x')")
    assert cell("dbutils.fs.head('/Volumes/dev/raw/files/a.txt')") == "x"
    with pytest.raises(CatalogError, match="there already"):
        cell('spark.sql("CREATE VOLUME dev.raw.files")')
    described = cell('spark.sql("DESCRIBE VOLUME dev.raw.files")').first().asDict()
    assert (described["name"], described["volume_type"]) == ("files", "MANAGED")
    assert rows(cell('spark.sql("SHOW VOLUMES IN dev.raw")')) == [("raw", "files")]
    cell('spark.sql("DROP VOLUME dev.raw.files")')
    with pytest.raises(CatalogError, match="not there"):
        cell('spark.sql("DESCRIBE VOLUME dev.raw.files")')
    cell('spark.sql("DROP VOLUME IF EXISTS dev.raw.files")')


def test_an_external_volume_is_its_cloud_folder(cell, capsys):
    place = "abfss://raw@account.dfs.core.windows.net/in"
    cell(f"""spark.sql("CREATE EXTERNAL VOLUME dev.raw.ext LOCATION '{place}'")""")
    assert "here the folder" in capsys.readouterr().out
    cell(f"dbutils.fs.put('{place}/a.csv', 'id\\n1')")
    assert cell("[file.name for file in dbutils.fs.ls('/Volumes/dev/raw/ext')]") == ["a.csv"]
    assert cell("spark.read.csv('/Volumes/dev/raw/ext', header=True).collect()")[0].id == "1"
    assert cell('spark.sql("DESCRIBE VOLUME dev.raw.ext")').first().storage_location == place
    cell('spark.sql("DROP VOLUME dev.raw.ext")')
    assert cell(f"dbutils.fs.ls('{place}')")[0].path == f"{place}/a.csv"


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON TABLE dev.a.t TO `readers`",
        "REVOKE ALL PRIVILEGES ON SCHEMA dev.a FROM `x@y.z`",
        "SHOW GRANTS ON SCHEMA dev.a",
        "ALTER TABLE dev.a.t OWNER TO `someone`",
        "ALTER SCHEMA dev.a SET OWNER TO `someone`",
        "ALTER TABLE dev.a.t SET TAGS ('pii' = 'yes')",
        "SET TAG ON TABLE dev.a.t pii = yes",
        "COMMENT ON CATALOG dev IS 'for trying'",
        "CREATE EXTERNAL LOCATION l URL 's3://bucket/x' WITH (STORAGE CREDENTIAL c)",
        "ALTER CATALOG dev ENABLE PREDICTIVE OPTIMIZATION",
    ],
)
def test_what_only_sets_up_rights_passes_with_one_line(cell, capsys, statement):
    cell(f'''spark.sql("{statement}")''')
    (note,) = notes(capsys)
    assert "on Databricks" in note and "here" in note


def test_addresses_in_a_cloud_are_folders_of_the_workspace(cell, capsys):
    place = "s3://bucket/sales"
    cell(f"spark.range(3).write.format('delta').save('{place}')")
    assert len(notes(capsys)) == 1
    assert cell("spark.read.format('delta').load('s3a://bucket/sales').count()") == 3
    assert notes(capsys) == []
    assert cell("dbutils.fs.ls('s3://bucket')[0].path") == f"{place}/"
    cell(f"""spark.sql("CREATE TABLE in_cloud USING delta LOCATION '{place}'")""")
    assert cell("spark.table('in_cloud').count()") == 3
    described = dict(row[:2] for row in cell('spark.sql("DESCRIBE EXTENDED in_cloud")').collect())
    assert (described["Location"], described["Type"]) == (place, "EXTERNAL")
    cell("spark.sql('DROP TABLE in_cloud')")
    assert cell(f"""spark.sql("SELECT count(*) FROM delta.`{place}@v0`").first()[0]""") == 3


def test_an_external_table_is_made_again_over_the_files_that_stayed(cell, shell):
    for session in range(2):
        cell("""spark.sql("CREATE TABLE IF NOT EXISTS ext (id INT) USING delta LOCATION '/data/ext'")""")
        cell("spark.sql('INSERT INTO ext VALUES (1)')")
        cell("spark.sql('DROP TABLE ext')")
        if session == 0:
            shell.extension_manager.reload_extension(EXTENSION)
    cell("""spark.sql("CREATE TABLE ext LOCATION '/data/ext'")""")
    assert cell("spark.table('ext').count()") == 2
    cell("spark.sql('DROP TABLE ext')")


def test_the_warehouse_is_where_databricks_has_it(cell):
    cell("spark.sql('CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS id')")
    for way in (
        'spark.read.format("delta").load("dbfs:/user/hive/warehouse/kept")',
        'spark.read.load("/user/hive/warehouse/kept")',
        'spark.read.load("/dbfs/user/hive/warehouse/kept")',
        'spark.sql("SELECT * FROM delta.`dbfs:/user/hive/warehouse/kept`")',
    ):
        assert rows(cell(way)) == [(1,)], way
    listed = cell("dbutils.fs.ls('dbfs:/user/hive/warehouse/kept')")
    assert "dbfs:/user/hive/warehouse/kept/_delta_log/" in [file.path for file in listed]
    cell("spark.sql('DROP TABLE kept')")
    assert "kept/" not in [file.name for file in cell("dbutils.fs.ls('/user/hive/warehouse')")]
