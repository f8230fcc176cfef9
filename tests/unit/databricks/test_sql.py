import pytest

from medallion_lab.databricks.sql import rewrite, rewrite_name
from medallion_lab.databricks.sql_tokens import split_statements, tokenize
from medallion_lab.errors import DbfsPathError, NotOnALaptopError


@pytest.fixture
def ours(dbfs):
    """The SQL that Spark gets; nothing in these statements asks Spark itself."""
    return lambda sql: rewrite(None, dbfs, sql)


@pytest.mark.parametrize("catalog", ["hive_metastore", "main", "`main`", "HIVE_METASTORE", "'main'"])
def test_the_catalogs_of_databricks_are_accepted(ours, catalog):
    assert ours(f"USE CATALOG {catalog};") == "SET CATALOG spark_catalog"
    assert ours(f"set catalog {catalog}") == "SET CATALOG spark_catalog"


def test_another_catalog_is_refused_by_name(ours):
    with pytest.raises(NotOnALaptopError, match="'sales_prod'"):
        ours("USE CATALOG sales_prod")


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ("SELECT * FROM main.sales.orders", "SELECT * FROM sales.orders"),
        ("SELECT * FROM `hive_metastore`.`sales`.orders o", "SELECT * FROM `sales`.orders o"),
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


def test_names_given_to_methods_lose_their_catalog_too(dbfs):
    assert rewrite_name(dbfs, "main.sales.orders") == "sales.orders"
    assert rewrite_name(dbfs, "main.orders") == "main.orders"
    assert rewrite_name(dbfs, "main.sales", least_parts=2) == "sales"
    assert rewrite_name(dbfs, "delta.`/x`") == f"delta.`{dbfs.root}/x`"


@pytest.mark.parametrize(
    ("sql", "instead"),
    [
        ("CREATE OR REFRESH STREAMING TABLE t AS SELECT * FROM STREAM read_files('/x')", "read"),
        ("SELECT * FROM read_files('/x', format => 'json')", "cloudFiles"),
        ("GRANT SELECT ON TABLE t TO `a@b.c`", "folder"),
        ("create volume main.a.b", "/Volumes/"),
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
