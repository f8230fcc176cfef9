import inspect

import pytest
from pyspark.sql.types import StructType

from medallion_lab.autoloader.schemas import (
    add_fields,
    add_path,
    columns_of,
    new_paths,
    wider,
)
from medallion_lab.errors import AutoLoaderOptionError


def schema(text):
    return StructType.fromDDL(text)


def kind(text):
    return schema(f"x {text}")[0].dataType


def test_new_fields_go_to_the_end_at_every_level_and_old_types_stay():
    old = schema("b int, s struct<y: int>, l array<struct<p: string>>")
    learned = schema("a string, b string, l array<struct<o: int, p: int>>, s struct<x: int, y: string>")
    assert add_fields(old, learned) == schema(
        "b int, s struct<y: int, x: int>, l array<struct<p: string, o: int>>, a string"
    )


def test_a_name_that_differs_in_case_only_is_no_new_field():
    assert add_fields(
        schema("id string"), schema("ID string, Tag int, tag int, s struct<A: int, a: int>")
    ) == schema("id string, Tag int, s struct<A: int>")


@pytest.mark.parametrize(
    ("old", "seen", "becomes"),
    [
        ("tinyint", "BIGINT", "bigint"),
        ("int", "BIGINT", "bigint"),
        ("int", "DOUBLE", "double"),
        ("int", "DECIMAL(5,2)", "decimal(12,2)"),
        ("bigint", "DECIMAL(5,2)", "decimal(22,2)"),
        ("float", "DOUBLE", "double"),
        ("decimal(5,2)", "DECIMAL(6,3)", "decimal(6,3)"),
        ("decimal(5,2)", "DECIMAL(7,1)", "decimal(8,2)"),
        ("bigint", "DOUBLE", "bigint"),
        ("decimal(38,0)", "DECIMAL(2,1)", "decimal(38,0)"),
        ("date", "BIGINT", "date"),
        ("string", "BIGINT", "string"),
    ],
)
def test_numbers_widen_along_the_documented_list_and_nothing_else_does(old, seen, becomes):
    """Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/type-widening.html
    (supported type changes; int with decimal(5,2) is its own example).
    """
    assert wider(kind(old), seen) == kind(becomes)


def test_a_path_leads_through_structs_and_arrays():
    assert add_path(schema("s array<struct<t: struct<a: int>>>"), ["s", "t", "b"]) == schema(
        "s array<struct<t: struct<a: int, b: string>>>"
    )


def test_what_is_new_is_named_by_its_path():
    new = schema("a bigint, s struct<x: int, y: string>, c string")
    assert new_paths(schema("a int, s struct<x: int>"), new) == ["a (now bigint)", "s.y", "c"]


def test_one_type_is_refused_where_columns_are_needed():
    assert columns_of("id string") == schema("id string")
    with pytest.raises(AutoLoaderOptionError, match="'string', which is one type"):
        columns_of("string")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("x", "which does not read"),
        ("x STRING, X INT", "x twice"),
        ({"x": "string"}, "which has no columns"),
        (StructType([]), "which has no columns"),
    ],
)
def test_what_says_no_columns_is_refused_by_what_it_says(written, told):
    # A Databricks notebook's reader hands on whatever it was given.
    with pytest.raises(AutoLoaderOptionError, match=told):
        inspect.unwrap(columns_of)(written)
