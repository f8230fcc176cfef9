"""Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (override
schema inference with schema hints; hints for arrays and maps), and Spark's own DDL for how they are written.
"""

import pytest
from pyspark.sql.types import StructType

from medallion_lab.autoloader.hints import apply_hints, read_hints, shown
from medallion_lab.errors import AutoLoaderOptionError
from tests.unit.autoloader.loading import land


def types(text):
    return {path: kind.simpleString() for path, kind in read_hints(text).items()}


def schema(text):
    return StructType.fromDDL(text) if text else StructType()


def hinted(learned, text):
    return apply_hints(schema(learned), read_hints(text))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("quantity INT, who.since DATE", {("quantity",): "int", ("who", "since"): "date"}),
        ("\n  id\tINT,\n  at\n DATE\n", {("id",): "int", ("at",): "date"}),
        ("id: INT, a.b : STRING", {("id",): "int", ("a", "b"): "string"}),
        ("id INT COMMENT 'a, b: c' NOT NULL -- d, e\n, n INT /* f, g */", {("id",): "int", ("n",): "int"}),
        (
            "`net.price` DOUBLE, `a``b` INT, `x y`.`z\"q'` STRING",
            {("net.price",): "double", ("a`b",): "int", ("x y", "z\"q'"): "string"},
        ),
        ("tags MAP<STRING, DECIMAL(9, 2)>", {("tags",): "map<string,decimal(9,2)>"}),
        ("s STRUCT<a: INT NOT NULL, `b,c`: ARRAY<STRING>>", {("s",): "struct<a:int,b,c:array<string>>"}),
        ("date DATE, order INT, 2nd INT", {("date",): "date", ("order",): "int", ("2nd",): "int"}),
        (" \n", {}),
    ],
)
def test_hints_are_read_as_spark_reads_columns(text, right):
    assert types(text) == right


def test_whatever_is_hinted_may_be_missing_in_a_file():
    (kind,) = read_hints("s STRUCT<a: INT NOT NULL> NOT NULL").values()
    assert kind == schema("a INT")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("id INT, n", "a name or its type is missing at the end", id="no type at the end"),
        pytest.param("n, id INT", "before ','", id="no type"),
        pytest.param("id INT,", "missing at the end", id="a comma too many"),
        pytest.param("id INTT", 'Unsupported data type "INTT"', id="an unknown type"),
        pytest.param("n DECIMAL(50, 2)", "50 exceeds", id="too many digits"),
        pytest.param("order-id INT", "back-ticks", id="a name with other letters"),
        pytest.param("id INT FIRST", "a place or a default value", id="a place"),
        pytest.param("id INT) (n INT", "before '('", id="brackets"),
        pytest.param("id INT, ID STRING", "id and ID are hints for one column", id="a name twice"),
        pytest.param("a INT, a.b INT", "a and a.b are hints for one column", id="a column and its part"),
        pytest.param("a.b.c INT, A.B STRING", "a.b.c and A.B are", id="the other way round"),
    ],
)
def test_what_does_not_read_as_columns_is_one_error_that_shows_it(text, told):
    with pytest.raises(AutoLoaderOptionError, match=r"cloudFiles\.schemaHints") as refused:
        read_hints(text)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("learned", "text", "right"),
    [
        ("b string, s struct<x: int, y: string>", "b INT, s.y DATE", "b int, s struct<x: int, y: date>"),
        ("id int", "new DATE, a.b.c INT, a.b.d INT", "id int, new date, a struct<b: struct<c:int, d:int>>"),
        ("Id string, Who struct<Since: string>", "ID INT, who.since DATE", "Id int, Who struct<Since: date>"),
        ("`net.price` string", "`net.price` INT, net.price INT", "`net.price` int, net struct<price: int>"),
        # Databricks' own examples.
        ("locations array<bigint>", "locations.element STRING", "locations array<string>"),
        ("users array<struct<id:date, a:int>>", "users.element.id INT", "users array<struct<id:int, a:int>>"),
        ("names map<string, string>", "names.key INT", "names map<int, string>"),
        ("prices map<string, string>", "prices.value INT", "prices map<string, int>"),
        ("d map<struct<id: string>, string>", "d.key.id INT", "d map<struct<id: int>, string>"),
        ("d map<string, struct<text: string>>", "d.value.text INT", "d map<string, struct<text: int>>"),
        # What was learned as text, as an object, or not at all, and is an array or a map.
        ("tags string", "tags.element INT", "tags array<int>"),
        ("m struct<x: bigint, y: bigint>", "m.key STRING, m.value INT", "m map<string, int>"),
        ("", "m.key STRING, m.value.element.a INT", "m map<string, array<struct<a: int>>>"),
        # Fields that are called so.
        ("s struct<element: int, key: int>", "s.element DATE, s.key INT", "s struct<element: date, key:int>"),
        ("s struct<value: string, unit: string>", "s.value DOUBLE", "s struct<value: double, unit: string>"),
        # What you know holds, whatever was learned.
        ("a bigint", "a.b INT", "a struct<b: int>"),
    ],
)  # fmt: skip
def test_a_hint_changes_a_type_or_adds_a_column_at_its_path(learned, text, right):
    assert hinted(learned, text) == schema(right)


@pytest.mark.parametrize(
    ("learned", "text", "told"),
    [
        ("users array<struct<id: string>>", "users.id INT", "write users.element.id"),
        ("m map<string, int>", "m.x INT", "write m.key.x or m.value.x"),
    ],
)
def test_a_path_that_passes_over_an_arrays_elements_is_told_how_to_go_on(learned, text, told):
    with pytest.raises(AutoLoaderOptionError, match=told):
        hinted(learned, text)


def test_a_path_is_shown_as_it_is_written():
    assert shown(("who", "net.price", "a`b", "é")) == "who.`net.price`.`a``b`.`é`"


def test_hints_reach_the_rows_through_arrays_maps_folders_and_names_with_dots(landing, load):
    record = {
        "id": 1,
        "tags": [1, 2],
        "users": [{"id": 1, "name": "ann"}],
        "counts": {"a": 1, "b": 2},
        "net.price": 1.50,
        "who": {"since": "2026-01-02", "tier": 7},
    }
    land(landing, "day=2026-03-04/1.json", record)
    stream = load(
        cloudFiles__schemaHints="""
            id INT, tags.element STRING,  -- not numbers, as learned
            users.element.id INT, counts.key STRING, counts.value INT,
            `net.price` DECIMAL(9, 2), who.since DATE, day DATE
        """,
        cloudFiles__inferColumnTypes="true",
    )
    rows = stream.stream().withColumnRenamed("net.price", "price")
    writer = rows.writeStream.option("checkpointLocation", str(stream.checkpoint))
    writer.trigger(availableNow=True).toTable(stream.table).awaitTermination()
    kinds = stream.columns()
    assert [kinds[name] for name in ("id", "tags", "users", "counts", "price", "who", "day")] == [
        "int", "array<string>", "array<struct<id:int,name:string>>", "map<string,int>", "decimal(9,2)",
        "struct<since:date,tier:bigint>", "date",
    ]  # fmt: skip
    (row,) = stream.spark.table(stream.table).collect()
    assert (row.tags, row.users[0].asDict(), row.counts) == (
        ["1", "2"],
        {"id": 1, "name": "ann"},
        {"a": 1, "b": 2},
    )
    assert [str(value) for value in (row.price, row.who.since, row.who.tier, row.day)] == [
        "1.50", "2026-01-02", "7", "2026-03-04",
    ]  # fmt: skip
    assert row._rescued_data is None


def test_without_types_a_hint_inside_an_object_learns_the_rest_of_it_at_once(landing, load):
    land(landing, "1.json", {"id": 1, "who": {"since": "2026-01-02", "tier": 7}})
    stream = load(cloudFiles__schemaHints="who.since DATE")
    assert stream.run() is None
    assert stream.columns()["who"] == "struct<since:date,tier:string>"
