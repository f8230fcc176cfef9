import pytest
from IPython.core.interactiveshell import InteractiveShell

from medallion_lab.panels import sql_cells
from medallion_lab.panels.sql_cells import offer_sql_cells


@pytest.fixture
def shell(monkeypatch):
    shell = InteractiveShell()
    monkeypatch.setattr(sql_cells, "get_ipython", lambda: shell)
    offer_sql_cells()
    return shell


@pytest.mark.parametrize(
    "text", ["SELECT 1 AS n", "\nSELECT 1 AS n\n", "SELECT 1 AS n;", "-- one\nSELECT 1 AS n"]
)
def test_a_cell_is_one_statement_and_gives_its_rows(spark, shell, text):
    rows = shell.run_cell_magic("sql", "", text)
    assert [row.n for row in rows.collect()] == [1]


def test_braces_are_sqls_own_and_no_variable_of_the_notebook(spark, shell):
    shell.user_ns["n"] = 3
    [row] = shell.run_cell_magic("sql", "", "SELECT '{n}' AS text").collect()
    assert row.text == "{n}"


def test_outside_of_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.setattr(sql_cells, "get_ipython", lambda: None)
    offer_sql_cells()
