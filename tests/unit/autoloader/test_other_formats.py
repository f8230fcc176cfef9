"""Line ends, encodings and compressed files, and the formats whose files have columns of their own."""

import bz2
import gzip

import pytest

from medallion_lab.errors import AutoLoaderOptionError
from tests.unit.autoloader.loading import land

RECORDS = '{"id": "ä"}\r{"id": "b"}\r\n\r\n{"id": "c"}\n'


def values(stream, column="value"):
    assert stream.run() is None
    return [row[0] for row in stream.rows(column, order=column)]


def test_cr_crlf_and_lf_end_a_line_of_text_and_no_line_is_added(landing, load):
    (landing / "1.txt").write_bytes(b"a\rb\r\nc\n\nd")
    assert values(load(cloudFiles__format="text")) == ["", "a", "b", "c", "d"]
    (landing / "1.txt").write_bytes("ä1;€2;\r\n3;".encode("utf-16"))
    stream = load(cloudFiles__format="text", lineSep=";", encoding="UTF-16")
    assert values(stream) == ["\r\n3", "ä1", "€2"]
    (landing / "1.txt").write_bytes("é\r\n€\n\nx\n".encode("cp1252"))
    assert values(load(cloudFiles__format="text", encoding="windows-1252")) == ["", "x", "é", "€"]
    (landing / "1.txt").write_bytes(b"a\nb\n")
    assert values(load(cloudFiles__format="text", wholeText="true")) == ["a\nb\n"]


def test_json_records_end_at_any_line_end_or_at_one_of_your_own(landing, load):
    (landing / "1.json").write_bytes(b"\xef\xbb\xbf" + RECORDS.encode())
    assert values(load(), "id") == ["b", "c", "ä"]
    (landing / "1.json").write_bytes(b'{"id":\n"a"}|\n{"id": "b"}|')
    assert values(load(lineSep="|"), "id") == ["a", "b"]


@pytest.mark.parametrize("more", [{}, {"schema": "id string"}, {"multiLine": "true"}], ids=str)
def test_json_in_another_encoding_is_decoded_and_its_file_is_known(landing, load, more):
    text = RECORDS if "multiLine" not in more else '[{"id":\r\n"ä"},{"id": "b"},{"id": "c"}]\r\n'
    (landing / "1.json").write_bytes(text.encode("utf-16"))
    (landing / "2.json").write_bytes('{"id": "d"}'.encode("utf-16"))
    stream = load(charset="UTF-16", **more)
    assert values(stream, "id") == ["b", "c", "d", "ä"]
    rows = stream.stream().select("id", "_metadata.file_name", "_metadata.file_size")
    assert rows.columns == ["id", "file_name", "file_size"]


def test_an_encoding_that_nobody_knows_is_refused_by_name(load):
    with pytest.raises(AutoLoaderOptionError, match="encoding=UTF-99"):
        load(schema="id int", encoding="UTF-99").stream()


def test_compressed_files_are_read(landing, load):
    (landing / "1.json.gz").write_bytes(gzip.compress(b'{"id": "a"}\n'))
    (landing / "2.json.bz2").write_bytes(bz2.compress(b'{"id": "b"}\n'))
    assert values(load(), "id") == ["a", "b"]


def test_one_variant_column_holds_each_record_and_needs_no_schema(spark, landing, load):
    land(landing, "1.json", {"id": 1, "who": {"age": 3}}, "nonsense")
    stream = load(singleVariantColumn="v")
    assert stream.run() is None
    land(landing, "2.json", {"id": 2, "new": [1.50]})
    assert stream.run() is None
    assert stream.columns() == {"v": "variant"}
    found = spark.table(stream.table).selectExpr("to_json(v)").collect()
    assert {row[0] for row in found} == {None, '{"id":1,"who":{"age":3}}', '{"id":2,"new":[1.5]}'}


@pytest.mark.parametrize("form", ["parquet", "orc"])
def test_files_with_columns_are_read_with_your_schema_and_their_folders(spark, landing, load, form):
    spark.range(2).selectExpr("id", "'x' AS file").write.format(form).save(
        str(landing / "day=5%25" / "[a]: b")
    )
    stream = load(
        schema="id bigint, file string", cloudFiles__format=form, cloudFiles__partitionColumns="day"
    )
    assert stream.run() is None
    assert stream.rows("id", "file", "day") == [(0, "x", "5%"), (1, "x", "5%")]
    with pytest.raises(AutoLoaderOptionError, match=f"rescuedDataColumn=rest for cloudFiles.format={form}"):
        load(schema="id bigint", cloudFiles__format=form, rescuedDataColumn="rest").stream()
    with pytest.raises(AutoLoaderOptionError, match="no schema for"):
        load(cloudFiles__format=form, cloudFiles__schemaEvolutionMode="none").stream()


def test_binary_files_are_a_row_each(landing, load):
    (landing / "day=1").mkdir()
    (landing / "day=1" / "a.png").write_bytes(b"\x00\xff")
    stream = load(cloudFiles__format="binaryFile", cloudFiles__partitionColumns="day")
    assert stream.run() is None
    assert stream.rows("length", "content", "day", order="path") == [(2, b"\x00\xff", "1")]
    assert stream.rows("path", order="path")[0][0].endswith("/day=1/a.png")


@pytest.mark.parametrize("form", ["avro", "xml"])
def test_other_formats_are_refused_by_name(load, form):
    with pytest.raises(AutoLoaderOptionError, match=f"cloudFiles.format={form}"):
        load(schema="id int", cloudFiles__format=form).stream()
