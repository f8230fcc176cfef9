import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion_lab.databricks.names import Names, database_of, schema_of, with_own_names
from medallion_lab.databricks.sql import rewrite, rewrite_name
from medallion_lab.databricks.sql_names import name_identifiers
from medallion_lab.databricks.sql_tokens import split_statements, tokenize
from medallion_lab.databricks.unity import answer
from medallion_lab.errors import DbfsPathError, NotOnALaptopError


@pytest.fixture
def ours(spark, dbfs):
    """The SQL that Spark gets, or what is said where it gets none."""

    def run(sql):
        named = name_identifiers(sql, spark)
        answer(spark, dbfs, named)
        return rewrite(spark, dbfs, named)

    return run


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("SELECT * FROM main.sales.orders", "SELECT * FROM sales.orders"),
        ("SELECT * FROM `hive_metastore`.`sales`.orders o", "SELECT * FROM sales.orders o"),
        ("INSERT INTO main . sales . orders VALUES (1)", "INSERT INTO sales . orders VALUES (1)"),
        ("SHOW TABLES IN main.sales", "SHOW TABLES IN sales"),
        ("CREATE SCHEMA IF NOT EXISTS main.sales", "CREATE SCHEMA IF NOT EXISTS sales"),
        ("USE main.sales", "USE sales"),
        ("SELECT main.sales.orders.id FROM main.sales.orders", "SELECT sales.orders.id FROM sales.orders"),
    ],
)
def test_a_catalog_in_front_of_a_name_is_dropped(ours, theirs, expected):
    assert ours(theirs) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'main.sales.orders', \"hive_metastore.a.b\" AS x",
        "SELECT 'it''s main.a.b', 'a\\'main.a.b'",
        "SELECT 1 -- main.sales.orders\nFROM t",
        "SELECT 1 /* main.a.b /* main.c.d */ main.e.f */ FROM t",
        "SELECT `main.sales.orders` FROM t",
        "SELECT main.customer.name FROM orders AS main",
        "SELECT main.id FROM main.orders",
        "SELECT text.`a b` FROM notes text",
        "SELECT * FROM files WHERE (path = '/in/a.json')",
    ],
)
def test_texts_comments_and_names_that_only_look_so_are_untouched(ours, sql):
    assert ours(sql) == sql


def test_paths_in_sql_lead_to_dbfs(ours, dbfs):
    assert ours("CREATE TABLE t (a INT) LOCATION '/x/y'").endswith(f"LOCATION '{dbfs.root}/x/y'")
    assert ours("SELECT * FROM json.`dbfs:/x`") == f"SELECT * FROM json.`{dbfs.root}/x`"
    assert ours("OPTIMIZE delta.`/x`") == f"OPTIMIZE delta.`{dbfs.root}/x`"
    for before, after in (("VACUUM ", ""), ("INSERT OVERWRITE DIRECTORY ", " USING json SELECT 1")):
        assert ours(f"{before}'/x'{after}") == f"{before}'{dbfs.root}/x'{after}"
    for option in ("path '/x'", "'path' = '/x'", "header true, path='/x'"):
        assert f"'{dbfs.root}/x'" in ours(f"CREATE TABLE t USING csv OPTIONS ({option})")
    with pytest.raises(DbfsPathError):
        ours("CREATE DATABASE d LOCATION 'file:/data'")


def test_names_given_to_methods_lose_their_catalog_too(spark, dbfs):
    assert rewrite_name(dbfs, "main.sales.orders") == "sales.orders"
    assert rewrite_name(dbfs, "main.orders") == "main.orders"
    assert rewrite_name(dbfs, "main.sales", is_schema=True) == "sales"
    assert rewrite_name(dbfs, "delta.`/x`") == f"delta.`{dbfs.root}/x`"


@pytest.mark.parametrize(
    ("sql", "instead"),
    [
        ("CREATE OR REFRESH STREAMING TABLE t AS SELECT * FROM STREAM read_files('/x')", "read"),
        ("CREATE OR REFRESH STREAMING LIVE TABLE t AS SELECT 1", "writeStream"),
        ("CREATE LIVE VIEW t AS SELECT 1", "writeStream"),
        ("SELECT * FROM read_files('/x', format => 'json')", "cloudFiles"),
        ("CREATE CONNECTION c TYPE postgresql OPTIONS (host 'h')", "jdbc"),
        ("ALTER TABLE t SET ROW FILTER f ON (region)", "view"),
        ("SELECT * FROM system.billing.usage", "own"),
        ("SELECT * FROM dev.information_schema.tables", "SHOW TABLES"),
        ("SELECT ai_query('m', text) FROM t", "model"),
        ("COPY INTO t FROM '/x' FILEFORMAT = JSON", "cloudFiles"),
        ("SELECT * FROM cloud_files_state(TABLE t)", "checkpoint"),
        ("CREATE TABLE a DEEP CLONE b", "AS SELECT"),
    ],
)
def test_what_needs_databricks_is_refused_with_what_works(ours, sql, instead):
    with pytest.raises(NotOnALaptopError, match=instead):
        ours(sql)


def test_words_of_the_refused_in_texts_do_no_harm(ours):
    for sql in ("SELECT 'GRANT x' AS grant_text", "SELECT copy, into FROM t -- read_files('/x')"):
        assert ours(sql) == sql


def test_statements_are_split_where_a_semicolon_is_one():
    sql = "SELECT ';'; -- a; b\nSELECT 2 /* ; */;\n;"
    assert split_statements(sql) == ["SELECT ';'", "-- a; b\nSELECT 2 /* ; */"]
    assert split_statements("BEGIN SELECT 1; SELECT 2; END") == ["BEGIN SELECT 1; SELECT 2; END"]


@pytest.mark.parametrize("sql", ["SELECT 'open", "/* open", "a`b", r"SELECT r'\' || 'x'", ""])
def test_tokens_joined_again_are_the_sql(sql):
    assert "".join(token.text for token in tokenize(sql)) == sql


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("SELECT * FROM dev.bronze.orders", "SELECT * FROM catalog_3_dev_bronze.orders"),
        ("SELECT o.id FROM `dev`.`bronze`.`orders` o", "SELECT o.id FROM catalog_3_dev_bronze.`orders` o"),
        (
            "SELECT dev.a.t.id, x.y.z FROM dev.a.t, dev.b.u x WHERE dev.a.t.id = 1",
            "SELECT catalog_3_dev_a.t.id, x.y.z FROM catalog_3_dev_a.t, catalog_3_dev_b.u x"
            " WHERE catalog_3_dev_a.t.id = 1",
        ),
        (
            "MERGE INTO dev.a.t t USING (SELECT * FROM dev.a.u) s ON t.id = s.id WHEN MATCHED THEN DELETE",
            "MERGE INTO catalog_3_dev_a.t t USING (SELECT * FROM catalog_3_dev_a.u) s ON t.id = s.id"
            " WHEN MATCHED THEN DELETE",
        ),
        (
            "CREATE TABLE IF NOT EXISTS dev.a.t (id INT)",
            "CREATE TABLE IF NOT EXISTS catalog_3_dev_a.t (id INT)",
        ),
        ("CREATE SCHEMA IF NOT EXISTS dev.a", "CREATE SCHEMA IF NOT EXISTS catalog_3_dev_a"),
        ("DESCRIBE TABLE EXTENDED dev.a.t", "DESCRIBE TABLE EXTENDED catalog_3_dev_a.t"),
        ("SHOW TABLES FROM dev.a LIKE 'x*'", "SHOW TABLES FROM catalog_3_dev_a LIKE 'x*'"),
        ("SELECT trim(BOTH FROM a.b.c) FROM t a", "SELECT trim(BOTH FROM a.b.c) FROM t a"),
        (
            "SELECT extract(YEAR FROM o.at) FROM dev.a.o",
            "SELECT extract(YEAR FROM o.at) FROM catalog_3_dev_a.o",
        ),
        ("SELECT * FROM t@v4 x", "SELECT * FROM t VERSION AS OF 4 x"),
        ("SELECT * FROM dev.a.t@V12", "SELECT * FROM catalog_3_dev_a.t VERSION AS OF 12"),
        (
            "SELECT * FROM t@20261127093001250",
            "SELECT * FROM t TIMESTAMP AS OF '2026-11-27 09:30:01.250'",
        ),
        ("SELECT '@v4', a FROM t -- t@v4", "SELECT '@v4', a FROM t -- t@v4"),
        ("SELECT * FROM IDENTIFIER('dev.a.t')", "SELECT * FROM catalog_3_dev_a.t"),
        ("SELECT * FROM IDENTIFIER('dev' || '.a.' || lower('T'))", "SELECT * FROM catalog_3_dev_a.t"),
        ("SELECT current_catalog(), 1", "SELECT 'main' AS `current_catalog()`, 1"),
        ("SELECT current_catalog() AS c, x", "SELECT 'main' AS c, x"),
    ],
)
def test_a_catalog_of_any_name_and_its_schema_are_one_database(ours, theirs, expected):
    assert ours(theirs) == expected


def test_under_another_catalog_a_schema_is_that_catalogs(spark, dbfs):
    names = Names(spark)
    names.use("prod")
    try:
        for theirs, expected in [
            ("SELECT b.id, b.c.d FROM silver.b", "SELECT b.id, b.c.d FROM catalog_4_prod_silver.b"),
            (
                "SELECT silver.b.id FROM silver.b",
                "SELECT catalog_4_prod_silver.b.id FROM catalog_4_prod_silver.b",
            ),
            ("USE silver", "USE catalog_4_prod_silver"),
            ("SELECT id FROM silver", "SELECT id FROM silver"),
            ("SELECT * FROM main.silver.b", "SELECT * FROM silver.b"),
            ("SELECT * FROM hive_metastore.silver.b", "SELECT * FROM silver.b"),
            ("SELECT * FROM global_temp.b", "SELECT * FROM global_temp.b"),
            ("SELECT a IS DISTINCT FROM o.b, o.c FROM t o", "SELECT a IS DISTINCT FROM o.b, o.c FROM t o"),
            (
                "SELECT x FROM t LATERAL VIEW explode(t.items) AS x",
                "SELECT x FROM t LATERAL VIEW explode(t.items) AS x",
            ),
            ("SELECT current_schema()", "SELECT 'default' AS `current_schema()`"),
        ]:
            assert rewrite(spark, dbfs, theirs) == expected
        assert rewrite_name(dbfs, "silver.b") == "catalog_4_prod_silver.b"
        assert rewrite_name(dbfs, "b") == "b"
    finally:
        names.use("main")


@settings(max_examples=200)
@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_every_catalog_and_schema_is_found_again_by_its_database(catalog, schema, other):
    database = database_of(f"c{catalog}", schema)
    assert re.fullmatch("[a-z0-9_]+", database)
    assert schema_of(database) == (f"c{catalog}".lower(), schema.lower())
    if other.lower() != schema.lower():
        assert database_of(f"c{catalog}", other) != database


@pytest.mark.parametrize("name", ["catalog_3_ab", "catalog_x", "catalog_99_dev_a", "sales"])
def test_a_schema_that_is_only_called_so_stays_itself(name):
    assert schema_of(name) == ("main", name)


def test_what_spark_says_of_a_database_has_the_notebooks_names():
    text = "`spark_catalog`.`catalog_3_dev_a`.`t` and catalog_3_dev_a.t, in catalog_9_my_x2d_eu_raw"
    assert with_own_names(text) == "`dev`.`a`.`t` and dev.a.t, in my-eu.raw"
