"""Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (the
directory ``_schemas`` tracks schema changes over time).
"""

import json

import pytest
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from medallion_lab.autoloader.schema_log import SchemaLog, schema_versions
from medallion_lab.errors import SchemaLogError

INNER = StructType([StructField("a", IntegerType())])
SCHEMA = StructType([StructField("id", StringType()), StructField("inner", INNER)])


def write(location, *numbers):
    for number in numbers:
        SchemaLog(location).append(
            number, SCHEMA, partition_columns=(), hints="", reason="a test", new_fields=("id",)
        )


def test_a_version_reads_back_as_it_was_written(tmp_path):
    write(tmp_path, 0)
    (version,) = schema_versions(tmp_path)
    assert (version.version, version.schema, version.reason, version.new_fields) == (
        0,
        SCHEMA,
        "a test",
        ("id",),
    )


def test_a_version_is_a_file_that_a_person_can_read(tmp_path):
    write(tmp_path, 0)
    content = json.loads((tmp_path / "_schemas" / "0").read_text())
    assert content["reason"] == "a test"
    assert [field["name"] for field in content["schema"]["fields"]] == ["id", "inner"]


def test_a_version_that_is_there_is_never_replaced(tmp_path):
    write(tmp_path, 0)
    before = (tmp_path / "_schemas" / "0").read_bytes()
    other = SchemaLog(tmp_path).append(
        0, StructType(), partition_columns=(), hints="", reason="another writer", new_fields=()
    )
    assert other.reason == "a test"
    assert (tmp_path / "_schemas" / "0").read_bytes() == before
    assert [path.name for path in (tmp_path / "_schemas").iterdir()] == ["0"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"version": 0}', "\x00\x01"])
def test_a_corrupt_version_is_one_clear_error_and_stays_as_it_is(tmp_path, damage):
    write(tmp_path, 0, 1)
    (tmp_path / "_schemas" / "1").write_text(damage)
    with pytest.raises(SchemaLogError, match="nothing was changed") as error:
        schema_versions(tmp_path)
    assert "_schemas/1" in str(error.value)
    assert (tmp_path / "_schemas" / "1").read_text() == damage


def test_a_missing_version_is_an_error(tmp_path):
    write(tmp_path, 0, 1, 2)
    (tmp_path / "_schemas" / "1").unlink()
    with pytest.raises(SchemaLogError, match="versions 0, 2"):
        schema_versions(tmp_path)


def test_a_log_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "_schemas").write_text("a file is in the way")
    with pytest.raises(SchemaLogError, match="could not be written"):
        write(tmp_path, 0)
