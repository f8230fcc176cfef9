"""What Databricks documents about Auto Loader, each promise by name, on real streams.

Source, unless a test says otherwise, with the section in brackets:
https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html
"""

import json
import os

import pytest

from medallion_lab import autoloader
from medallion_lab.errors import AutoLoaderOptionError, NothingToLearnFromError, SchemaLogError
from tests.unit.autoloader.loading import land


def test_without_inference_of_types_every_column_is_a_string(landing, load):
    """[How does Auto Loader schema inference work?]"""
    land(landing, "1.json", {"id": "A", "n": 1, "f": 1.5, "b": True, "o": {"x": 1}})
    stream = load()
    assert stream.run() is None
    kinds = stream.columns()
    assert {kinds[name] for name in ("id", "n", "f", "b", "o", "_rescued_data")} == {"string"}
    assert stream.rows("id", "n", "f", "b", "o") == [("A", "1", "1.5", "true", '{"x":1}')]


def test_with_inference_columns_have_the_types_of_their_values(landing, load):
    """[How does Auto Loader schema inference work?] cloudFiles.inferColumnTypes."""
    land(landing, "1.json", {"id": "A", "n": 1, "f": 1.5, "b": True, "o": {"x": [1]}}, {"id": "B", "f": 2})
    stream = load(cloudFiles__inferColumnTypes="true")
    assert stream.run() is None
    kinds = stream.columns()
    assert [kinds[name] for name in ("n", "f", "b", "o")] == [
        "bigint",
        "double",
        "boolean",
        "struct<x:array<bigint>>",
    ]


def test_a_hint_overrides_inference_and_adds_columns_that_no_file_has_yet(landing, load):
    """[Override schema inference with schema hints]"""
    land(landing, "1.json", {"id": "A", "n": 1, "who": {"since": "2026-01-01", "x": 1}})
    stream = load(
        cloudFiles__inferColumnTypes="true",
        cloudFiles__schemaHints="n SMALLINT, who.since DATE, later DOUBLE",
    )
    assert stream.run() is None
    kinds = stream.columns()
    assert (kinds["n"], kinds["who"], kinds["later"]) == ("smallint", "struct<since:date,x:bigint>", "double")


def test_changed_hints_make_a_new_version_and_unchanged_ones_none(landing, load):
    """[Override schema inference with schema hints]"""
    land(landing, "1.json", {"id": "A", "n": 1})
    stream = load(cloudFiles__schemaHints="n STRING")
    stream.stream(), stream.stream()
    assert len(stream.versions()) == 1
    stream.options["cloudFiles.schemaHints"] = "n INT"
    stream.stream(), stream.stream()
    assert [version.hints for version in stream.versions()] == ["n STRING", "n INT"]


def test_new_columns_stop_the_stream_which_goes_on_after_a_restart_with_the_same_files(landing, load):
    """[How does Auto Loader schema evolution work?] addNewColumns, the default."""
    land(landing, "1.json", {"id": "A", "n": 1})
    stream = load()
    assert stream.run() is None
    land(landing, "2.json", {"id": "B", "n": 2, "coupon": "SPRING"})
    land(landing, "3.json", {"id": "C", "gift": True, "colour": "red"})
    told = stream.run().splitlines()
    assert told[0] == "[UNKNOWN_FIELD_EXCEPTION] New fields: colour, coupon, gift"
    assert told[1].startswith("File: file:///") and told[1].endswith(".json")
    assert "Version 1 of the schema is written" in told[2]
    assert stream.rows("id") == [("A",)], "nothing of the micro-batch that failed is written"
    assert stream.run() is None
    assert list(stream.columns()) == ["id", "n", "_rescued_data", "colour", "coupon", "gift"]
    assert stream.rows("id", "n", "colour", "coupon", "gift") == [
        ("A", "1", None, None, None),
        ("B", "2", None, "SPRING", None),
        ("C", None, "red", None, "true"),
    ]


def test_the_schema_log_says_when_and_why_each_version_was_written(landing, load):
    """[How does Auto Loader schema evolution work?] new columns come at the end of the schema."""
    land(landing, "1.json", {"id": "A", "zebra": 1})
    stream = load()
    stream.run()
    land(landing, "2.json", {"id": "B", "coupon": "SPRING"})
    stream.run()
    first, second = stream.versions()
    assert (first.reason, first.new_fields) == ("first look, at 1 file", ("id", "zebra"))
    assert (second.reason, second.new_fields) == ("new in 2.json: coupon", ("coupon",))
    assert second.schema.fieldNames() == ["id", "zebra", "coupon"]
    assert second.written >= first.written


def test_types_of_columns_that_are_there_do_not_evolve(landing, load):
    """[How does Auto Loader schema evolution work?] existing columns do not evolve data types."""
    land(landing, "1.json", {"id": "A", "n": 1})
    stream = load(cloudFiles__inferColumnTypes="true")
    stream.run()
    land(landing, "2.json", {"id": "B", "n": 1.5, "coupon": 1.5})
    assert stream.run_to_the_end() == 1
    kinds = stream.columns()
    assert (kinds["n"], kinds["coupon"]) == ("bigint", "double")
    assert stream.rescued() == [None, {"n": 1.5}]


def test_fields_inside_structs_and_arrays_evolve_too(landing, load):
    """[How does Auto Loader schema evolution work?]"""
    land(landing, "1.json", {"id": "A", "who": {"name": "x"}, "items": [{"sku": 1}]})
    stream = load(cloudFiles__inferColumnTypes="true")
    stream.run()
    land(landing, "2.json", {"id": "B", "who": {"tier": 2}, "items": [{"sku": 2, "free": True}]})
    assert "New fields: items.free, who.tier" in stream.run()
    assert stream.run() is None
    kinds = stream.columns()
    assert kinds["who"] == "struct<name:string,tier:bigint>"
    assert kinds["items"] == "array<struct<sku:bigint,free:boolean>>"
    assert stream.rows("who.tier", "items") == [(None, [(1, None)]), (2, [(2, True)])]


def test_new_fields_that_are_now_this_now_that_are_learned_as_text(landing, load):
    land(landing, "1.json", {"id": "A", "who": {"name": "x"}})
    stream = load(cloudFiles__inferColumnTypes="true")
    stream.run()
    land(
        landing, "2.json", {"id": "B", "who": {"t": 1}, "m": 1}, {"id": "C", "who": {"t": {"u": 1}}, "m": {}}
    )
    land(landing, "3.json", {"id": "D", "who": 5, "empty": {}, "nothing": None, "list": [{}]})
    assert stream.run_to_the_end() == 1
    kinds = stream.columns()
    assert kinds["who"] == "struct<name:string,t:string>"
    assert {kinds[name] for name in ("m", "empty", "nothing")} == {"string"}
    assert stream.rescued()[-1] == {"who": 5}


def test_fail_on_new_columns_stops_again_until_the_schema_or_the_file_is_changed(landing, load):
    """[How does Auto Loader schema evolution work?] failOnNewColumns."""
    land(landing, "1.json", {"id": "A"})
    stream = load(cloudFiles__schemaEvolutionMode="failOnNewColumns")
    stream.run()
    land(landing, "2.json", {"id": "B", "coupon": "SPRING"})
    assert "New fields: coupon" in stream.run()
    assert "the schema stays as it is" in stream.run()
    assert len(stream.versions()) == 1
    stream.options["cloudFiles.schemaHints"] = "coupon STRING"
    assert stream.run() is None
    assert stream.rows("id", "coupon") == [("A", None), ("B", "SPRING")]


def test_rescue_never_evolves_and_never_stops(landing, load):
    """[How does Auto Loader schema evolution work?] rescue."""
    land(landing, "1.json", {"id": "A"})
    stream = load(cloudFiles__schemaEvolutionMode="rescue")
    stream.run()
    land(landing, "2.json", {"id": "B", "coupon": "SPRING", "n": 1.5})
    assert stream.run() is None
    assert list(stream.columns()) == ["id", "_rescued_data"]
    assert stream.rescued() == [None, {"coupon": "SPRING", "n": 1.5}]


def test_none_ignores_new_columns_and_rescues_only_if_the_column_is_named(landing, load):
    """[How does Auto Loader schema evolution work?] none."""
    land(landing, "1.json", {"id": "A"})
    silent, keeping = (
        load(cloudFiles__schemaEvolutionMode="none", **more)
        for more in ({}, {"rescuedDataColumn": "_rescued_data"})
    )
    silent.run(), keeping.run()
    land(landing, "2.json", {"id": "B", "coupon": "SPRING"}, '{"id": "C", "cou')
    assert (silent.run(), keeping.run()) == (None, None)
    assert silent.rows(order="id") == [(None,), ("A",), ("B",)]
    assert keeping.rescued()[2] == {"coupon": "SPRING"}
    assert keeping.rescued()[0] == {"_corrupt_record": '{"id": "C", "cou'}


def test_an_explicit_schema_stays_and_needs_no_file_to_start(landing, load):
    """[How does Auto Loader schema evolution work?] none is the default when a schema is provided."""
    stream = load(schema="id string, n int", rescuedDataColumn="rest")
    assert stream.run() is None
    land(landing, "1.json", {"id": "A", "n": "many", "coupon": "SPRING"})
    assert stream.run() is None
    (row,) = stream.rows("id", "n", "rest")
    assert row[:2] == ("A", None)
    assert json.loads(row[2]) | {"_file_path": ""} == {"n": "many", "coupon": "SPRING", "_file_path": ""}


def test_type_widening_lets_a_number_grow_and_rescues_what_may_not(spark, landing, load):
    """Source: .../auto-loader/type-widening.html (supported type changes; the table must allow it)."""
    land(landing, "1.json", {"id": "A", "n": 1, "m": 1})
    stream = load(
        cloudFiles__schemaEvolutionMode="addNewColumnsWithTypeWidening",
        cloudFiles__schemaHints="n INT, m INT",
    )
    assert stream.run() is None
    spark.sql(f"ALTER TABLE {stream.table} SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true')")
    land(
        landing,
        "2.json",
        {"id": "B", "n": 3_000_000_000, "m": "many", "coupon": "SPRING"},
        {"id": "C", "m": 2.25},
    )
    assert "New fields: m (now decimal(12,2)), n (now bigint), coupon" in stream.run()
    assert stream.run() is None
    kinds = stream.columns()
    assert (kinds["n"], kinds["m"]) == ("bigint", "decimal(12,2)")
    assert [(n, m and str(m)) for n, m in stream.rows("n", "m")] == [
        (1, "1.00"),
        (3_000_000_000, None),
        (None, "2.25"),
    ]
    assert stream.rescued() == [None, {"m": "many"}, None]


def test_a_key_in_another_case_is_rescued_and_stops_nobody(landing, load):
    """[What is the rescued data column?] case mismatches; readerCaseSensitive."""
    land(landing, "1.json", {"id": "A", "Note": "x"})
    strict, lenient = load(), load(readerCaseSensitive="false")
    strict.run(), lenient.run()
    land(landing, "2.json", {"id": "B", "note": "y"})
    assert (strict.run(), lenient.run()) == (None, None)
    assert strict.rescued() == [None, {"note": "y"}]
    assert lenient.rows("Note") == [("x",), ("y",)]


def test_folders_of_the_form_key_value_become_columns(landing, load):
    """Source: .../auto-loader/options.html (cloudFiles.partitionColumns)."""
    land(landing / "region=North West" / "day=1", "1.json", {"id": "A", "region": "elsewhere"})
    land(landing / "region=South+1" / "day=2", "2.json", {"id": "B"})
    every, one, none = load(), load(cloudFiles__partitionColumns="day"), load(cloudFiles__partitionColumns="")
    assert (every.run(), one.run(), none.run()) == (None, None, None)
    assert every.rows("region", "day") == [("North West", "1"), ("South+1", "2")]
    assert every.rescued()[0] == {"region": "elsewhere"}
    assert one.rows("region", "day") == [("elsewhere", "1"), (None, "2")]
    assert none.rows("region") == [("elsewhere",), (None,)]


def test_csv_files_are_read_by_their_own_headers(landing, load):
    """[How does Auto Loader schema inference work?] each CSV file is parsed according to its header."""
    (landing / "1.csv").write_text("id,n\nA,1\nB,2\n")
    stream = load(cloudFiles__format="csv", cloudFiles__inferColumnTypes="true")
    assert stream.run() is None
    (landing / "2.csv").write_text('n,id,note\n3,C,"x, y"\nmany,D,\n4,E,z,too much\n')
    assert "New fields: note, _c3" in stream.run()
    assert stream.run() is None
    assert stream.columns()["n"] == "int"
    assert stream.rows("id", "n", "note", "_c3") == [
        ("A", 1, None, None),
        ("B", 2, None, None),
        ("C", 3, "x, y", None),
        ("D", None, None, None),
        ("E", 4, "z", "too much"),
    ]
    assert stream.rescued()[3] == {"n": "many"}


def test_csv_without_a_header_has_numbered_columns(landing, load):
    """Source: .../auto-loader/options.html (header)."""
    (landing / "1.csv").write_text("A,1\nB,2\n")
    stream = load(cloudFiles__format="csv", header="false")
    assert stream.run() is None
    assert stream.rows("_c0", "_c1", order="_c0") == [("A", "1"), ("B", "2")]


def test_text_files_have_the_one_column_value(landing, load):
    """Source: .../auto-loader/schema.html (text: fixed schema)."""
    (landing / "1.txt").write_text("b\na\n")
    stream = load(cloudFiles__format="text")
    assert stream.run() is None
    assert stream.rows(order="value") == [("a",), ("b",)]


def test_parquet_files_are_read_with_the_schema_that_you_give(spark, landing, load):
    spark.range(3).selectExpr("cast(id AS string) AS id").write.parquet(str(landing / "p"))
    stream = load(schema="id string", cloudFiles__format="parquet")
    assert stream.run() is None
    assert stream.rows() == [("0",), ("1",), ("2",)]


def test_parquet_without_a_schema_is_refused_with_a_next_step(load):
    stream = load(cloudFiles__format="parquet", cloudFiles__schemaEvolutionMode="none")
    with pytest.raises(AutoLoaderOptionError, match=r"Next: add \.schema"):
        stream.stream()


def test_the_file_and_its_metadata_can_be_selected(spark, landing, load, tmp_path):
    """Source: https://docs.databricks.com/en/ingestion/file-metadata-column.html"""
    path = land(landing, "a [1].json", {"id": "A"})
    stream = (
        load()
        .stream()
        .selectExpr("id", "input_file_name() AS file", "_metadata.file_name", "_metadata.file_size")
    )
    writer = stream.writeStream.option("checkpointLocation", str(tmp_path / "c")).trigger(availableNow=True)
    writer.toTable("with_metadata").awaitTermination()
    (row,) = spark.table("with_metadata").collect()
    assert (row.id, row.file_name, row.file_size) == ("A", "a%20%5B1%5D.json", path.stat().st_size)
    assert row.file.startswith("file:///") and row.file.endswith("/a%20%5B1%5D.json")


def test_only_files_that_match_the_pattern_are_read(landing, load):
    """Source: .../auto-loader/options.html (pathGlobFilter)."""
    land(landing, "1.json", {"id": "A"}), land(landing, "2.txt", {"id": "B"})
    stream = load(pathGlobFilter="*.json")
    stream.run()
    assert stream.rows("id") == [("A",)]


def test_files_can_be_chosen_by_the_time_of_their_change(landing, load):
    """Source: .../auto-loader/options.html (modifiedAfter, modifiedBefore)."""
    for name, moment in (("1.json", 1_700_000_000), ("2.json", 1_750_000_000), ("3.json", 1_790_000_000)):
        os.utime(land(landing, name, {"id": name}), (moment, moment))
    stream = load(modifiedAfter="2024-01-01", modifiedBefore="2026-01-01T00:00:00")
    assert stream.run() is None
    assert stream.rows("id") == [("2.json",)]


def test_files_that_were_there_at_the_first_start_can_be_passed_over(landing, load):
    """Source: .../auto-loader/options.html (cloudFiles.includeExistingFiles, of the first start)."""
    land(landing, "1.json", {"id": "A"})
    stream = load(cloudFiles__includeExistingFiles="false")
    assert stream.run() is None
    land(landing, "2.json", {"id": "B"})
    assert stream.run() is None
    assert stream.rows("id") == [("B",)]


def test_a_file_with_an_old_date_is_read_however_old_it_is(landing, load):
    """Spark's own file stream passes over a file that is a week older than the newest, without a word."""
    land(landing, "new.json", {"id": "A"})
    stream = load()
    stream.run()
    os.utime(land(landing, "old.json", {"id": "B"}), (1_000_000_000, 1_000_000_000))
    stream.run()
    assert stream.rows("id") == [("A",), ("B",)]


def test_a_micro_batch_takes_no_more_files_or_bytes_than_asked(landing, load):
    """Source: .../auto-loader/options.html (cloudFiles.maxFilesPerTrigger, cloudFiles.maxBytesPerTrigger)."""
    for number in range(5):
        land(landing, f"{number}.json", {"id": str(number), "text": "x" * 100})
    by_files, by_bytes = load(cloudFiles__maxFilesPerTrigger=2), load(cloudFiles__maxBytesPerTrigger="300b")
    by_files.run(), by_bytes.run()
    assert [state.batch for state in autoloader.file_states(by_files.checkpoint)] == [0, 0, 1, 1, 2]
    assert max(state.batch for state in autoloader.file_states(by_bytes.checkpoint)) >= 2


def test_processed_files_move_away_and_stay_known(landing, load, tmp_path):
    """Source: .../auto-loader/options.html (cloudFiles.cleanSource). Spark cleans one micro-batch later."""
    stream = load(
        cloudFiles__cleanSource="MOVE", cloudFiles__cleanSource__moveDestination=str(tmp_path / "done")
    )
    for number in range(3):
        land(landing, f"{number}.json", {"id": str(number)})
        assert stream.run() is None
    moved = {path.name for path in (tmp_path / "done").rglob("*.json")}
    assert "0.json" in moved and "2.json" not in moved
    assert {path.name for path in landing.iterdir()} | moved == {"0.json", "1.json", "2.json"}
    assert stream.rows("id") == [("0",), ("1",), ("2",)]
    assert autoloader.file_states(stream.checkpoint)[0].state == "cleaned"


def test_the_state_of_every_file_is_known(landing, load):
    """Source: https://docs.databricks.com/en/sql/language-manual/functions/cloud_files_state.html"""
    first = land(landing, "1.json", {"id": "A"})
    stream = load()
    stream.run()
    second = land(landing, "2.json", {"id": "B", "coupon": 1})
    stream.run()
    done, waiting = autoloader.file_states(stream.checkpoint)
    assert (done.path, done.size, done.batch, done.state) == (
        str(first),
        first.stat().st_size,
        0,
        "processed",
    )
    assert done.discovered <= done.processed
    assert (waiting.path, waiting.batch, waiting.processed, waiting.state) == (
        str(second),
        1,
        None,
        "discovered",
    )
    stream.run()
    assert {state.state for state in autoloader.file_states(stream.checkpoint)} == {"processed"}


def test_an_empty_folder_has_nothing_to_learn_from(landing, load):
    with pytest.raises(NothingToLearnFromError, match="land a file first"):
        load().stream()


def test_two_streams_with_their_own_locations_evolve_on_their_own(landing, load):
    """[Syntax for schema inference and evolution] each workload has its own location."""
    land(landing, "1.json", {"id": "A"})
    one, other = load(), load()
    one.run(), other.run()
    land(landing, "2.json", {"id": "B", "coupon": "SPRING"})
    assert "coupon" in one.run()
    assert (len(one.versions()), len(other.versions())) == (2, 1)
    assert "coupon" in other.run()
    assert (one.run(), other.run()) == (None, None)
    assert one.rows() == other.rows()


def test_a_corrupt_schema_log_stops_the_start_and_is_left_alone(landing, load):
    land(landing, "1.json", {"id": "A"})
    stream = load()
    stream.run()
    version = stream.location / "_schemas" / "0"
    version.write_text('{"format": 1, "vers')
    with pytest.raises(SchemaLogError, match="nothing was changed"):
        stream.run()
    assert version.read_text() == '{"format": 1, "vers'
    assert len(list(version.parent.iterdir())) == 1


def test_failfast_stops_at_a_malformed_record_and_dropmalformed_drops_it_because_it_was_asked_to(
    landing, load
):
    """Source: .../auto-loader/options.html (mode)."""
    land(landing, "1.json", {"id": "A"}, '{"id": "B')
    strict, dropping, own = (
        load(mode="FAILFAST"),
        load(mode="DROPMALFORMED"),
        load(cloudFiles__schemaHints="_corrupt_record STRING"),
    )
    assert "mode=FAILFAST: a malformed record in file:///" in strict.run()
    assert (dropping.run(), own.run()) == (None, None)
    assert dropping.rows("id") == [("A",)]
    assert own.rows("id", "_corrupt_record") == [(None, '{"id": "B'), ("A", None)]
