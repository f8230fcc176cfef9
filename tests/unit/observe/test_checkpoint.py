import json

import pytest

from medallion_lab.observe.checkpoint import (
    files_between,
    last_begun,
    last_committed,
    read_offset,
    taken_version,
)


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint of two micro-batches, of which the second was begun only."""
    note(tmp_path / "offsets" / "0", {}, {"reservoirVersion": 3, "index": -1})
    note(tmp_path / "offsets" / "9", {}, {"logOffset": 1}, {"reservoirVersion": 7, "index": -1})
    note(tmp_path / "commits" / "0")
    (tmp_path / "commits" / ".1.crc").write_text("")
    return tmp_path


def note(path, *entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["v1", *map(json.dumps, entries)]))


def test_what_was_begun_and_what_was_committed_are_counted_apart(checkpoint, tmp_path):
    assert (last_begun(checkpoint), last_committed(checkpoint)) == (9, 0)
    assert (last_begun(tmp_path / "none"), last_committed(tmp_path / "none")) == (-1, -1)


def test_the_version_that_was_read_whole_is_the_one_before_the_next_to_read(checkpoint):
    assert [taken_version(checkpoint, batch) for batch in (0, 9, 4)] == [2, 6, -1]


def test_files_are_those_of_the_logs_in_between_each_named_once(checkpoint):
    def entry(number):
        return {"path": f"file:///landing/a%20{number}.json", "batchId": number}

    for number in (7, 8, 10):
        note(checkpoint / "sources" / "0" / str(number), entry(number))
    note(checkpoint / "sources" / "0" / "9.compact", *map(entry, range(10)))
    assert [path.name for path in files_between(checkpoint, 7, 10)] == ["a 8.json", "a 9.json", "a 10.json"]
    assert list(files_between(checkpoint, 10, 12)) == []


@pytest.mark.parametrize(
    ("told", "offset"),
    [
        ({"logOffset": 1}, {"logOffset": 1}),
        ('{"logOffset": 1}', {"logOffset": 1}),
        ("1,2", {"offset": "1,2"}),
        ("5", {}),
        (None, {}),
    ],
)
def test_an_offset_is_a_dict_however_spark_gives_it(told, offset):
    assert read_offset(told) == offset
