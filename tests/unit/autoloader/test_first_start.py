"""cloudFiles.includeExistingFiles=false: what was there at the first start is passed over, by name, for good.

Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
"""

import os
import time

import pytest

from medallion_lab.autoloader.first_start import NOTE
from medallion_lab.errors import NothingToLearnFromError
from tests.unit.autoloader.loading import land

ONE_DAY = 86_400


@pytest.mark.parametrize("schema", [None, "id string"], ids=["learned", "own"])
def test_what_came_later_is_read_however_old_and_what_was_there_is_not_however_new(
    landing, load, tmp_path, schema
):
    there = [
        land(landing / "k=1", "50%25 [a]: b.json", {"id": "there"}),
        land(landing, "2.json", {"id": "too"}),
    ]
    os.utime(there[0], (time.time() + ONE_DAY, time.time() + ONE_DAY))
    stream = load(schema=schema, cloudFiles__includeExistingFiles="false")
    stream.stream()  # The first start, and killed before its first micro-batch.
    outside = land(tmp_path, "export.json", {"id": "moved in"})
    os.utime(outside, (1_000_000_000, 1_000_000_000))
    outside.rename(landing / "export.json")
    assert stream.run() is None
    stream.options["cloudFiles.includeExistingFiles"] = "true"
    land(landing, "3.json", {"id": "last"})
    assert stream.run() is None
    assert stream.rows("id") == [("last",), ("moved in",)]


def test_only_the_first_start_asks(landing, load):
    land(landing, "1.json", {"id": "A"})
    stream = load()
    stream.stream()
    stream.options["cloudFiles.includeExistingFiles"] = "false"
    land(landing, "2.json", {"id": "B"})
    assert stream.run() is None
    assert stream.rows("id") == [("A",), ("B",)]


def test_a_start_that_could_learn_nothing_was_none_and_a_half_written_note_is_none(landing, load):
    stream = load(cloudFiles__includeExistingFiles="false")
    with pytest.raises(NothingToLearnFromError):
        stream.stream()
    land(landing, "1.json", {"id": "A"})
    stream.location.mkdir(parents=True)
    (stream.location / f".{NOTE}.1").write_text("file:/half")
    assert stream.run() is None
    land(landing, "2.json", {"id": "B"})
    assert stream.run() is None
    assert stream.rows("id") == [("B",)]
    assert (stream.location / NOTE).read_text().endswith("/landing/1.json\n")


def test_a_failure_says_its_cause_without_the_thousands_of_names(landing, load):
    for number in range(300):
        land(landing, f"{number}.json", {"id": "A"})
    stream = load(schema="id string", cloudFiles__includeExistingFiles="false", mode="FAILFAST")
    assert stream.run() is None
    land(landing, "broken.json", "{")
    assert len(stream.run()) < 20_000
