"""Troubleshooting: the names and first lines on the page are those that really come."""

import ast
import inspect
import json
import re
import shutil
import zipfile
from pathlib import Path

import pyspark
import pytest
from delta.tables import DeltaTable
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as F

from medallion_lab import errors
from medallion_lab.autoloader.evolution import ERROR_CLASS
from medallion_lab.runtime.jars import jar_folder
from medallion_lab.runtime.session import stream_settings
from tests.unit.reference.pages import REFERENCE, ROOT, headings, markdown

PAGE = REFERENCE / "troubleshooting.md"
SECTIONS = {
    part.partition("\n")[0].strip(): part.partition("\n")[2].partition("\n## ")[0]
    for part in re.split(r"^### ", markdown(PAGE), flags=re.MULTILINE)[1:]
}


def plain(text):
    """Return a text without Markdown's marks, in one line."""
    return " ".join(re.sub(r"`+", "", text).split())


def seen(title):
    """Return the first line that the page promises, up to what differs from case to case."""
    line = plain(re.search(r"^You see\n: (.+?)\n\n", SECTIONS[title], flags=re.MULTILINE | re.DOTALL)[1])
    return line.partition(" ...")[0]


# ---------------------------------------------------------------- the lab's own errors
OWN = [
    name
    for name, thing in vars(errors).items()
    if inspect.isclass(thing) and issubclass(thing, errors.MedallionLabError)
]


def raise_sites():
    """Yield (error, place, the fixed parts of what it got) for each message that the package can raise."""
    wrappers = {"_refused": "NotebookFileError"}
    for path in sorted((ROOT / "medallion_lab").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            name = wrappers.get(node.func.id, node.func.id)
            if name not in OWN:
                continue
            named = [word.value for word in node.keywords if word.arg == "got"]
            for got in named or node.args[:1]:
                yield name, f"{path.name}:{node.lineno}", [parts(text) for text in alternatives(got)]


def alternatives(node):
    if isinstance(node, ast.IfExp):
        return [*alternatives(node.body), *alternatives(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in alternatives(value)]
    return [node]


def parts(node):
    values = node.values if isinstance(node, ast.JoinedStr) else [node]
    return [
        value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)
    ]


SITES = list(raise_sites())


def test_every_error_of_the_lab_has_its_heading_in_the_packages_order():
    assert [title for title in headings(PAGE, "###") if title in OWN] == OWN


@pytest.mark.parametrize("name", OWN[1:])
def test_every_error_of_the_lab_says_what_it_got_and_what_to_do(name):
    entries = re.findall(r"^`Got: .+`\n: (.+?)(?=\n\n|\Z)", SECTIONS[name], flags=re.MULTILINE | re.DOTALL)
    assert entries
    assert all(len(entry.split()) >= 4 for entry in entries)


@pytest.mark.parametrize(
    ("name", "place", "messages"), SITES, ids=[f"{name} in {place}" for name, place, _ in SITES]
)
def test_each_message_that_the_package_raises_is_on_the_page(name, place, messages):
    got = [plain(line) for line in re.findall(r"^`Got: (.+)`$", SECTIONS[name], flags=re.MULTILINE)]
    for fixed in messages:
        # The words around what differs, in their order; marks such as quotes alone are no words.
        words = [plain(part).strip("'\" ,;:()=") for part in fixed]
        pattern = ".*".join(re.escape(word) for word in words if len(word) > 1)
        assert any(re.search(pattern, line) for line in got), f"{place}: {fixed}"


# ---------------------------------------------------------------- Spark's and Delta's
def known_conditions():
    """Return every error class that the installed Spark and Delta have, with those of its parts."""
    jars = [
        *Path(pyspark.__path__[0], "jars").glob("spark-common-utils_*.jar"),
        *jar_folder().glob("delta-spark_*.jar"),
    ]
    texts = [Path(pyspark.__path__[0], "errors", "error-conditions.json").read_text(encoding="utf-8")]
    for jar in jars:
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if re.search(r"error/(error-conditions|delta-error-classes)\.json$", name):
                    texts.append(archive.read(name).decode("utf-8"))
    found = {ERROR_CLASS}
    for text in texts:
        for name, entry in json.loads(text).items():
            found |= {
                name,
                *(f"{name}.{part}" for part in entry.get("subClass") or entry.get("sub_class") or {}),
            }
    return found


def test_every_error_class_on_the_page_is_one_of_the_installed_spark_or_delta():
    named = set(
        re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+(?:\.[A-Z_]+)?\b", " ".join(headings(PAGE, "###")))
    )
    assert len(named) >= 30
    assert named - known_conditions() == set()


def test_every_entry_says_what_you_see_its_cause_and_its_cure():
    own = headings(PAGE, "###").index("MedallionLabError")
    first = headings(PAGE, "###").index("CAST_INVALID_INPUT")
    for title in headings(PAGE, "###")[first:own]:
        assert re.findall(r"^(You see|Cause|Cure)\n: \S", SECTIONS[title], flags=re.MULTILINE) == [
            "You see",
            "Cause",
            "Cure",
        ]
        assert seen(title)


@pytest.fixture
def orders(spark):
    return spark.createDataFrame([(1, 2, "three")], "order_id int, quantity int, note string")


def ambiguous(orders):
    other = orders.alias("other")
    return orders.join(other, orders.quantity == other.quantity).select("order_id")


def sql(text):
    rows = "VALUES (1, 2, 'three') AS orders(order_id, quantity, note)"
    return lambda orders: orders.sparkSession.sql(text.format(orders=rows)).collect()


def nothing_known(orders):
    return orders.sparkSession.createDataFrame([(None,)], ["quantity"])


def list_without_compiling(orders):
    session = orders.sparkSession
    orders.createOrReplaceTempView("listed")
    try:
        with stream_settings(session):
            session.catalog.listTables()
    finally:
        session.catalog.dropTempView("listed")


# Error on the page -> what provokes it. Nothing here writes.
QUICK = {
    "CAST_INVALID_INPUT": sql("SELECT CAST(note AS INT) FROM {orders}"),
    "CANNOT_PARSE_TIMESTAMP": sql("SELECT to_timestamp('02.03.2026 10:00', 'yyyy-MM-dd HH:mm')"),
    "UNRESOLVED_COLUMN.WITH_SUGGESTION": lambda orders: orders.select("pieces"),
    "AMBIGUOUS_REFERENCE": ambiguous,
    "MISSING_AGGREGATION": sql("SELECT note, sum(quantity) FROM {orders} GROUP BY order_id"),
    "DIVIDE_BY_ZERO": sql("SELECT quantity / 0 FROM {orders}"),
    "ARITHMETIC_OVERFLOW": sql("SELECT 2147483647 + quantity FROM {orders}"),
    "DATATYPE_MISMATCH": lambda orders: orders.where("quantity"),
    "PARSE_SYNTAX_ERROR": sql("SELECT * FORM {orders}"),
    "UNRESOLVED_ROUTINE": sql("SELECT qty_sum(quantity) FROM {orders}"),
    "NOT_ITERABLE": lambda orders: orders.agg(sum(orders.quantity)),
    "NOT_EXPECTED_TYPE": lambda orders: F.sum([1, 2]),
    "CANNOT_CONVERT_COLUMN_INTO_BOOL": lambda orders: orders.where(
        (F.col("quantity") > 1) and (F.col("order_id") > 0)
    ),
    "ATTRIBUTE_NOT_SUPPORTED": lambda orders: orders.pieces,
    "'DataFrame' object is not callable": lambda orders: orders("order_id"),
    "'NoneType' object has no attribute": lambda orders: orders.limit(0).show().where("true"),
    "'GroupedData' object has no attribute": lambda orders: orders.groupBy("note").show(),
    "'Column' object is not callable": lambda orders: orders.quantity.contain("2"),
    "CANNOT_DETERMINE_TYPE": nothing_known,
    "TABLE_OR_VIEW_NOT_FOUND": lambda orders: orders.sparkSession.table("nope_tbl"),
    "EXPRESSION_DECODING_FAILED": list_without_compiling,
    "PATH_NOT_FOUND": lambda orders: orders.sparkSession.read.json("/nowhere/orders.json"),
    "WRITE_STREAM_NOT_ALLOWED": lambda orders: orders.writeStream,
    "DATA_SOURCE_NOT_FOUND": lambda orders: orders.sparkSession.readStream.format("cloudFiles").load(
        "/nowhere"
    ),
}


def fails(action):
    """Return the error's class, or its type, and the first line from there on."""
    with pytest.raises((PySparkException, Py4JJavaError, TypeError, AttributeError)) as caught:
        action()
    error, text = caught.value, str(caught.value)
    # Some come in an envelope, of a stream or of Java: then the name stands further on.
    named = [*re.finditer(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)?)\] ", text)]
    if inner := [found for found in named if found[1] != "STREAM_FAILED"]:
        return inner[0][1], plain(text[inner[0].start() :].splitlines()[0])
    return type(error).__name__, plain(f"{type(error).__name__}: {text.strip().splitlines()[0]}")


def assert_the_page_says(title, action):
    condition, line = fails(action)
    assert line.startswith(seen(title))
    assert condition.partition(".")[0] in title or condition in ("TypeError", "AttributeError")


@pytest.mark.parametrize("title", QUICK)
def test_the_page_says_what_really_comes(orders, title):
    assert_the_page_says(title, lambda: QUICK[title](orders))


# ---------------------------------------------------------------- those that need a table
@pytest.fixture
def table(spark, tmp_path):
    """A Delta table of two orders, by its path."""
    place = str(tmp_path / "orders")
    spark.createDataFrame(
        [(1, 2, "three"), (2, 1, "two")], "order_id int, quantity int, note string"
    ).coalesce(1).write.format("delta").save(place)
    return place


def append(spark, place, text, **options):
    spark.sql(text).write.format("delta").mode("append").options(**options).save(place)


def merge_two(spark, place):
    twice = "(SELECT 1 AS order_id, explode(array(5, 6)) AS quantity)"
    spark.sql(f"MERGE INTO delta.`{place}` AS old USING {twice} AS new ON old.order_id = new.order_id "
              "WHEN MATCHED THEN UPDATE SET quantity = new.quantity")  # fmt: skip


def rewrite_elsewhere(spark, place):
    rows = spark.read.format("delta").load(place)
    rows.write.format("delta").mode("overwrite").option("replaceWhere", "order_id = 7").save(place)


def stream(spark, place, change=lambda rows: rows, mode="append"):
    rows = change(spark.readStream.format("delta").load(place))
    writer = rows.writeStream.format("delta").outputMode(mode).trigger(availableNow=True)
    writer = writer.option("checkpointLocation", f"{place}_checkpoint")
    writer.start(f"{place}_copy").awaitTermination()


def update_the_source(spark, place):
    stream(spark, place)
    spark.sql(f"UPDATE delta.`{place}` SET quantity = 9 WHERE order_id = 1")
    stream(spark, place)


def make_the_source_anew(spark, place):
    stream(spark, place)
    rows = spark.read.format("delta").load(place).collect()
    shutil.rmtree(place)
    spark.createDataFrame(rows).write.format("delta").save(place)
    stream(spark, place)


def number_rows(rows):
    return rows.withColumn("n", F.row_number().over(Window.partitionBy("note").orderBy("order_id")))


WITH_A_TABLE = {
    "DELTA_VERSION_NOT_FOUND": lambda spark, place: spark.sql(
        f"SELECT * FROM delta.`{place}` VERSION AS OF 99"
    ),
    "DELTA_METADATA_MISMATCH": lambda spark, place: append(
        spark, place, "SELECT 1 AS order_id, 1 AS quantity, 'a' AS note, 1 AS extra"
    ),
    "DELTA_FAILED_TO_MERGE_FIELDS": lambda spark, place: append(
        spark, place, "SELECT 'x' AS order_id, 1 AS quantity, 'a' AS note", mergeSchema="true"
    ),
    "DELTA_INVALID_CHARACTERS_IN_COLUMN_NAMES": lambda spark, place: append(
        spark, f"{place}_2", "SELECT 1 AS `order id`"
    ),
    "DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE": merge_two,
    "DELTA_REPLACE_WHERE_MISMATCH": rewrite_elsewhere,
    "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT": lambda spark, place: spark.sql(
        f"VACUUM delta.`{place}` RETAIN 0 HOURS"
    ),
    "DELTA_MISSING_DELTA_TABLE": lambda spark, place: DeltaTable.forPath(spark, f"{place}_nowhere"),
    "DELTA_SCHEMA_NOT_SET": lambda spark, place: stream(spark, f"{place}_nowhere"),
    "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION": lambda spark, place: stream(
        spark, place, lambda rows: rows.groupBy("note").agg(F.sum("quantity").alias("pieces"))
    ),
    "DELTA_UNSUPPORTED_OUTPUT_MODE": lambda spark, place: stream(
        spark, place, lambda rows: rows.groupBy("note").agg(F.sum("quantity").alias("pieces")), mode="update"
    ),
    "NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING": lambda spark, place: stream(spark, place, number_rows),
    "TASK_WRITE_FAILED": lambda spark, place: (
        spark.read.format("delta")
        .load(place)
        .select(F.col("note").cast("int"))
        .write.format("delta")
        .save(f"{place}_copy")
    ),
    "DELTA_SOURCE_TABLE_IGNORE_CHANGES": update_the_source,
    "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE": make_the_source_anew,
}


@pytest.mark.parametrize("title", WITH_A_TABLE)
def test_the_page_says_what_really_comes_of_a_table(spark, table, title):
    assert_the_page_says(title, lambda: WITH_A_TABLE[title](spark, table))
