import bz2
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.observe.landed import (
    count_lines,
    landed_files,
    local_file,
    name_in,
    pick,
    read_lines,
    read_record,
)


@pytest.mark.parametrize(
    "line",
    [
        b'{"order_id": "A", "quant',
        b"not json at all",
        b"42",
        b"null",
        b'[{"order_id": "A"}]',
        b'{"order_id": "A"}{"order_id": "B"}',
        b'{"order_id": "A"} // checked',
        b'{"order_id": "A",}',
        b"{'order_id': 'A'}",
        b'{"quantity": NaN}',
        b'{"quantity": 01}',
        b'{"order_id": "A", "order_id": "A"}',
        b'{"order_id": "A", "\\u006frder_id": "B"}',
        b'{"order_id": "\xff"}',
        b'{"order_id": "a\x01b"}',
        b'{"x": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_line_that_is_not_exactly_one_object_with_each_key_once_is_unreadable(line):
    assert read_record(line) is None


def test_values_are_texts_as_they_were_written():
    line = b' {"a": 1.50, "b": 1e2, "c": -0, "d": "1.50", "e": true, "f": null, "g": {"x": 1}, "h": [1]}\r'
    texts = {
        "a": "1.50",
        "b": "1e2",
        "c": "-0",
        "d": "1.50",
        "e": "true",
        "f": None,
        "g": "{...}",
        "h": "[...]",
    }
    assert read_record(line) == texts
    assert read_record(b"{}") == {}
    assert read_record(b'{"a": ' + b"9" * 1000 + b"}") == {"a": "9" * 1000}


def test_a_key_may_come_again_inside_another_object():
    assert read_record(b'{"a": "1", "b": {"a": 2}}') == {"a": "1", "b": "{...}"}


def test_blank_lines_give_no_record_and_still_count_as_lines(tmp_path):
    file = tmp_path / "sales_000001.json"
    file.write_bytes(b'\n{"a": "1"}\r\n \t\r\n\xc2\xa0\n\x0b\n\n{"a": "2"}')
    found = [(line.file, line.number, line.fields) for line in read_lines([file])]
    assert found == [
        ("sales_000001.json", 2, {"a": "1"}),
        # A no-break space and a vertical tab are no JSON, but they are not nothing.
        ("sales_000001.json", 4, None),
        ("sales_000001.json", 5, None),
        ("sales_000001.json", 7, {"a": "2"}),
    ]


def test_a_byte_order_mark_belongs_to_the_file_and_not_to_its_first_line(tmp_path):
    file = tmp_path / "sales_000001.json"
    file.write_bytes(b'\xef\xbb\xbf{"a": "1"}\n\xef\xbb\xbf{"a": "2"}\n')
    assert [line.fields for line in read_lines([file])] == [{"a": "1"}, None]


def test_a_carriage_return_alone_ends_no_line(tmp_path):
    file = tmp_path / "sales_000001.json"
    file.write_bytes(b'{"a": "1"}\r{"a": "2"}\n')
    assert [line.fields for line in read_lines([file])] == [None]


def test_bytes_that_are_no_text_are_shown_by_a_mark(tmp_path):
    file = tmp_path / "sales_000001.json"
    file.write_bytes(b"half \xff\n")
    assert [line.text for line in read_lines([file])] == ["half �"]


def test_unfinished_files_and_other_names_have_not_landed(workspace):
    for name in ("sales_000002.json", "sales_000001.json", ".sales_000003.json", "_x.json", "notes.txt"):
        (workspace.landing / name).write_text("{}\n")
    assert [path.name for path in landed_files(workspace)] == ["sales_000001.json", "sales_000002.json"]


def test_files_in_folders_have_landed_and_those_in_hidden_folders_have_not(workspace):
    for name in ("1.json", "monday/1.json", "monday/late/2.json", "_day=3/3.json", "x.json/part", "LOUD.JSON",
                 "_hidden/4.json", ".hidden/5.json", "monday/.6.json", "half._COPYING_/7.json"):  # fmt: skip
        (workspace.landing / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.landing / name).write_text("{}\n")
    names = [name_in(workspace.landing, path) for path in landed_files(workspace)]
    assert sorted(names) == ["1.json", "_day=3/3.json", "monday/1.json", "monday/late/2.json"]


def test_nothing_has_landed_in_a_folder_that_is_not_there(workspace):
    workspace.landing.rmdir()
    assert landed_files(workspace) == []


def test_packed_files_are_read_by_their_endings(workspace):
    lines = b'{"a": "1"}\n\n{"a": "2"}\n'
    packed = {
        "1.json.gz": gzip.compress(lines) + gzip.compress(b'{"a": "3"}\n'),
        "2.json.bz2": bz2.compress(lines),
    }
    for name, content in packed.items():
        (workspace.landing / name).write_bytes(content)
    assert list(map(count_lines, landed_files(workspace))) == [3, 2]
    found = [(line.file, line.number, line.fields) for line in read_lines(landed_files(workspace))]
    assert found[2:4] == [("1.json.gz", 4, {"a": "3"}), ("2.json.bz2", 1, {"a": "1"})]


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"{}\n" * 1000)[:-9]],
    ids=["nothing", "no archive", "cut short"],
)
@pytest.mark.parametrize("ending", [".gz", ".bz2"])
def test_a_packed_file_that_is_damaged_is_one_record_that_nobody_can_read(tmp_path, content, ending):
    file = tmp_path / f"1.json{ending}"
    file.write_bytes(content)
    # An empty one is what gzip calls an archive of nothing.
    assert [line.fields for line in read_lines([file])] == ([None] if content else [])


def test_a_file_is_named_with_the_folders_inside_the_landing_folder():
    landing = Path("/lab/landing")
    address = "file:///lab/landing/landing/50%25 %C3%BC/1.json".replace(" ", "%20")
    assert name_in(landing, local_file(address)) == "landing/50% ü/1.json"
    assert name_in(landing, local_file("file:/elsewhere/1.json")) == "1.json"
    assert name_in(landing, Path("/archive/lab/landing/day/1.json"), {"day/1.json", "1.json"}) == "day/1.json"
    assert name_in(landing, Path("/archive/2.json"), {"day/1.json"}) == "2.json"


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"qty": "3", "QUANTITY": "2", "quantity": "1"}, "1"),
        ({"qty": "3", "QUANTITY": "2"}, "2"),
        ({"qty": "3"}, "3"),
        ({"QTY": "3"}, "3"),
        ({"Quantity": "2", "QUANTITY": "1"}, "1"),
        ({"quantity": None, "Qty": "3"}, "3"),
        ({"QUANTITY": None, "Quantity": "2"}, "2"),
        ({"quantity": "", "qty": "3"}, ""),
        ({"quantity": "{...}", "qty": "3"}, "{...}"),
        ({"quantities": "3"}, None),
        ({}, None),
    ],
)
def test_the_exact_name_comes_first_then_other_cases_then_aliases(fields, value):
    assert pick(fields, "quantity") == value
    assert pick(dict(reversed(fields.items())), "quantity") == value


def test_of_two_aliases_the_one_that_is_listed_first_counts():
    assert pick({"order_no": "2", "OrderId": "1"}, "order_id") == "1"


@given(st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.text(max_size=5) | st.integers()))
def test_what_was_written_as_json_is_read_back(record):
    texts = {
        key: str(value).lower() if isinstance(value, bool) else None if value is None else str(value)
        for key, value in record.items()
    }
    assert read_record(json.dumps(record).encode()) == texts


@given(st.binary(max_size=60))
def test_any_bytes_at_all_can_be_read(content):
    assert read_record(content) is None or isinstance(read_record(content), dict)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": {"b": 1, "b": 2}}',  # a key twice, inside
        b'{"a": "\\ud800"}',  # half a letter
        b'{"a": ' + b"9" * 1001 + b"}",  # longer than a reader of JSON takes
    ],
)
def test_what_auto_loader_cannot_rescue_exactly_is_no_record(line):
    assert read_record(line) is None
