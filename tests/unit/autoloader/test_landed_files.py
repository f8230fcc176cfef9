"""Files and folders of any name, and what is said where there is none to learn from."""

import os

import pytest
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab import autoloader
from medallion_lab.autoloader.file_states import local_path
from medallion_lab.autoloader.landed_files import folder_columns, folder_value
from medallion_lab.autoloader.options import settle_options
from medallion_lab.errors import (
    AutoLoaderOptionError,
    LandingNotFoundError,
    NothingToLearnFromError,
    WrongTypeError,
)
from tests.unit.autoloader.loading import Load, land

NAMES = [
    "100%", "50%25", "50%", "a b", "a#b", "a?b=c", "a+b", "a[1]", "a{1,2}", "a*", "a\\b", "a;b&c",
    "zürich 日本", "till 1: monday", ":", "e\u0301", "'quoted\"",
]  # fmt: skip


def names_and_places(stream):
    """Return, for each row, its name and the path that its file's address means."""
    rows = stream.stream().select("id", F.input_file_name().alias("file"), "_metadata.file_path")
    writer = rows.writeStream.option("checkpointLocation", str(stream.checkpoint)).trigger(availableNow=True)
    writer.toTable(stream.table).awaitTermination()
    for row in stream.spark.table(stream.table).collect():
        assert local_path(row.file) == local_path(row.file_path)
        yield row.id, local_path(row.file)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_file_of_any_name_is_learned_from_and_read_and_named_as_it_is(landing, load, form):
    written = {}
    for number, name in enumerate(NAMES):
        lines = ["id", str(number)] if form == "csv" else [{"id": number}]
        written[str(number)] = land(landing / f"in {name}", f"{name}.{form}", *lines)
    stream = load(cloudFiles__format=form)
    assert dict(names_and_places(stream)) == written
    states = autoloader.file_states(stream.checkpoint)
    assert {state.path for state in states} == {str(path) for path in written.values()}


def test_new_fields_in_a_file_of_any_name_are_learned_and_the_log_names_the_file(landing, load):
    land(landing, "1.json", {"id": "A"})
    stream = load(cloudFiles__schemaEvolutionMode="addNewColumns")
    assert stream.run() is None
    land(landing, "50%25 [x]: y.json", {"id": "B", "coupon": "SPRING"})
    assert "New fields: coupon\n" in stream.run()
    assert stream.versions()[-1].reason == "new in 50%25 [x]: y.json: coupon"
    assert stream.run() is None
    assert stream.rows("id", "coupon") == [("A", None), ("B", "SPRING")]


def test_what_a_folder_says_is_decoded_once_and_what_hive_escapes_is_itself(spark):
    settings = settle_options(
        {"cloudFiles.format": "json"}, schema=StructType([StructField("id", StringType())])
    )
    said = {
        "discount=5%25": "5%", "discount=50%": "50%", "discount=1%2F2": "1/2", "discount=a+b c": "a+b c",
        "discount=caf%C3%A9": "café", "discount=__HIVE_DEFAULT_PARTITION__": None, "discount=": None,
        "discount=1:2": "1:2", "discount=a=b": "a=b",
    }  # fmt: skip
    addresses = {spark._jvm.java.io.File(f"/x/{folder}/a.json").toURI().toString(): folder for folder in said}
    rows = spark.createDataFrame([(address,) for address in addresses], "file string")
    found = rows.select("file", folder_value(StructField("discount", StringType()), F.col("file"))).collect()
    assert {addresses[file]: value for file, value in found} == said
    assert folder_columns(list(addresses), settings).fieldNames() == ["discount"]
    address = spark._jvm.java.io.File("/x/a%3Ab c=1/a.json").toURI().toString()
    assert folder_columns([address], settings).fieldNames() == ["a:b c"]
    row = spark.range(1).select(folder_value(StructField("a:b c", StringType()), F.lit(address))).first()
    assert row[0] == "1"


@pytest.mark.parametrize("name", ["x[1]", "x{a}", "x*", "x\\y", "till:1", "p%25", "a b"])
def test_a_landing_folder_of_any_name_is_that_folder_and_no_pattern(spark, tmp_path, name):
    land(tmp_path / "at" / name, "1.json", {"id": "A"}), land(tmp_path / "at" / "x1", "2.json", {"id": "B"})
    learned = Load(spark, tmp_path / "at" / name, tmp_path / "learned", {})
    own = Load(spark, f"file:{tmp_path}/at/{name}", tmp_path / "own", {}, "id string")
    assert (learned.run(), own.run()) == (None, None)
    assert learned.rows("id") == own.rows("id") == [("A",)]


def test_a_pattern_and_a_file_are_read_and_a_list_is_refused(spark, tmp_path):
    for number in "123":
        land(tmp_path / "at" / f"x{number}", "1.json", {"id": number})
    pattern = Load(spark, tmp_path / "at" / "x[12]", tmp_path / "pattern", {})
    file = Load(spark, tmp_path / "at" / "x3" / "1.json", tmp_path / "file", {})
    assert (pattern.run(), file.run()) == (None, None)
    assert (pattern.rows("id"), file.rows("id")) == ([("1",), ("2",)], [("3",)])
    with pytest.raises(WrongTypeError, match="path: a text"):
        Load(spark, [str(tmp_path)], tmp_path / "list", {}, "id string").stream()
    (tmp_path / "at" / "a:b").mkdir()
    with pytest.raises(AutoLoaderOptionError, match="a folder with a colon in its name: a:b"):
        Load(spark, tmp_path / "at" / "*" / "y*", tmp_path / "colon", {}, "id string").stream()


def told(stream, error):
    with pytest.raises(error) as raised:
        stream.stream()
    assert str(stream.landing) in raised.value.got, "each names the folder"
    return str(raised.value)


def test_a_missing_an_empty_a_hidden_and_an_unfitting_folder_say_so_each(landing, load, tmp_path):
    stream = load()
    assert "the folder is empty" in told(stream, NothingToLearnFromError)
    (landing / "deep" / "er").mkdir(parents=True)
    assert "the folder is empty" in told(stream, NothingToLearnFromError)
    land(landing / "deep", "_part.json", {"id": "A"}), land(landing / "_tmp", "1.json", {"id": "A"})
    text = told(stream, NothingToLearnFromError)
    assert "2 files such as" in text and "begin with _ or a dot are passed over" in text
    land(landing, "1.json", {"id": "A"})
    stream.options["pathGlobFilter"] = "*.csv"
    text = told(stream, NothingToLearnFromError)
    assert "the file 1.json in" in text and "pathGlobFilter=*.csv" in text and "correct the option" in text
    stream.options.pop("pathGlobFilter")
    assert stream.run() is None
    for schema in (None, "id string"):
        nowhere = load(schema=schema)
        nowhere.landing = tmp_path / "nowhere"
        assert "correct the path" in told(nowhere, LandingNotFoundError)


def test_an_error_names_the_folder_as_the_reader_wrote_it(spark, tmp_path):
    (tmp_path / "landing").mkdir()
    options = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": str(tmp_path / "schema")}
    with pytest.raises(NothingToLearnFromError, match="no file in /Volumes/shop: "):
        autoloader.read(spark, tmp_path / "landing", options=options, called="/Volumes/shop")
    with pytest.raises(LandingNotFoundError, match="/Volumes/shop, where there is no folder"):
        autoloader.read(spark, tmp_path / "no", options=options, schema="id int", called="/Volumes/shop")


def test_records_that_stand_on_several_lines_lead_to_multi_line(landing, load):
    land(landing, "1.json", "[", "  {", '    "id": 1', "  }", "]")
    with pytest.raises(NothingToLearnFromError, match="set multiLine to true"):
        load().stream()
    own = load(schema="id int", rescuedDataColumn="_rescued_data")
    assert own.run() is None
    kept = [rescued["_corrupt_record"] for rescued in own.rescued(order="_rescued_data")]
    assert sorted(kept) == sorted(["[", "  {", '    "id": 1', "  }", "]"]), "without it nothing is lost"
    whole = load(multiLine="true")
    assert whole.run() is None
    assert whole.rows("id") == [("1",)]


def test_a_file_that_the_time_excludes_teaches_nothing(landing, load):
    os.utime(land(landing, "old.csv", "x,y", "foo,bar"), (1_000_000_000, 1_000_000_000))
    land(landing, "new.csv", "id,y", "1,2")
    options = {"cloudFiles__format": "csv", "cloudFiles__inferColumnTypes": "true"}
    kinds = load(**options, modifiedAfter="2020-01-01").stream().dtypes
    assert kinds == [("id", "int"), ("y", "int"), ("_rescued_data", "string")]
    with pytest.raises(NothingToLearnFromError, match=r"none that fits modifiedAfter=2090-01-01"):
        load(**options, modifiedAfter="2090-01-01").stream()


def test_files_without_a_byte_are_said_to_be_empty(landing, load):
    land(landing, "z.csv")
    with pytest.raises(NothingToLearnFromError, match=r"the file z.csv in .*, with nothing in them"):
        load(cloudFiles__format="csv").stream()


@pytest.mark.parametrize("path", ["s3://bucket/x", "abfss://c@a.dfs.core.windows.net/x", "dbfs:/x", ""])
def test_a_path_that_is_no_folder_here_is_refused_in_a_sentence(spark, path):
    options = {"cloudFiles.format": "json"}
    with pytest.raises(AutoLoaderOptionError, match="a folder on this machine"):
        autoloader.read(spark, path, options=options, schema="id string")


@pytest.mark.parametrize("name", ["rest", "REST"])
def test_what_does_not_fit_needs_a_name_of_its_own(landing, load, name):
    with pytest.raises(AutoLoaderOptionError, match="a column of that name"):
        load(schema=f"id string, {name} string", rescuedDataColumn="rest").stream()


def test_a_folder_without_a_value_leaves_the_others_numbers(landing, load):
    land(landing / "y=2024", "1.json", {"id": "A"})
    land(landing / "y=__HIVE_DEFAULT_PARTITION__", "2.json", {"id": "B"})
    assert dict(load(cloudFiles__inferColumnTypes="true").stream().dtypes)["y"] == "bigint"
