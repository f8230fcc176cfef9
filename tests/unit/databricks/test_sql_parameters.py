from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from medallion_lab.databricks.sql_parameters import bind, literal


def test_a_marker_takes_its_value_and_nothing_else_does():
    sql = "SELECT :n, ':n', col:n, x::n, f(:n) -- :n"
    assert bind(sql, {"n": "it's"}) == "SELECT 'it\\'s', ':n', col:n, x::n, f('it\\'s') -- :n"


def test_a_marker_without_a_value_stays():
    assert bind("SELECT :n", {"m": 1}) == "SELECT :n"


def test_markers_without_names_take_values_in_order():
    assert bind("SELECT ?, '?', ?, ?", [1, "two"]) == "SELECT 1, '?', 'two', ?"


def test_values_are_the_same_in_sql(spark):
    moment = datetime(2026, 3, 2, 16, 0, 0, 5, tzinfo=UTC)
    values = [None, True, -7, 1.5, Decimal("2.50"), date(2026, 3, 2), "a\\'b\n"]
    row = spark.sql("SELECT " + ", ".join(map(literal, values))).first()
    assert list(row) == values
    assert spark.sql(f"SELECT {literal(moment)} = timestamp'2026-03-02 16:00:00.000005Z'").first()[0] is True


def test_a_list_is_no_value():
    with pytest.raises(TypeError, match="a list"):
        bind("SELECT :n", {"n": [1]})
