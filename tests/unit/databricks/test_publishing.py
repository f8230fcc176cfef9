import csv
import json

import pytest

from medallion_lab.databricks.publishing import notebook_open
from medallion_lab.errors import DbfsPathError


@pytest.fixture
def open_file(dbfs):
    (dbfs.root / "in").mkdir()
    return notebook_open(dbfs)


@pytest.fixture
def seen(dbfs):
    """What a stream would see: names without a dot."""
    return lambda: sorted(path.name for path in (dbfs.root / "in").iterdir() if path.name[0] != ".")


def drafts(dbfs):
    return [path.name for path in (dbfs.root / "in").iterdir() if path.suffix == ".draft"]


def test_a_file_is_there_when_it_is_closed_and_not_before(open_file, seen, dbfs):
    with open_file("/dbfs/in/a.json", "w") as file:
        json.dump({"id": 1}, file)
        file.flush()
        assert seen() == []
        assert file.name == "/dbfs/in/a.json"
    assert seen() == ["a.json"]
    assert (dbfs.root / "in" / "a.json").read_text() == '{"id": 1}'


def test_an_error_while_writing_publishes_nothing(open_file, seen, dbfs):
    for mode, data in (("w", "half"), ("wb", b"half"), ("w+b", b"half")):
        with pytest.raises(ZeroDivisionError), open_file("/dbfs/in/a.json", mode) as file:
            file.write(data)
            1 / 0  # noqa: B018
    assert seen() == drafts(dbfs) == []


def test_an_error_while_writing_anew_leaves_the_file_as_it_was(open_file, dbfs):
    (dbfs.root / "in" / "a.json").write_text("whole")
    for mode in ("w", "a"):
        with pytest.raises(ZeroDivisionError), open_file("/dbfs/in/a.json", mode) as file:
            file.write("half")
            1 / 0  # noqa: B018
    assert (dbfs.root / "in" / "a.json").read_text() == "whole"


def test_a_text_that_cannot_be_encoded_publishes_nothing(open_file, seen):
    file = open_file("/dbfs/in/a.txt", "w", encoding="ascii")
    with pytest.raises(UnicodeEncodeError):
        file.write("zwölf")
    file.__exit__(UnicodeEncodeError, None, None)
    assert seen() == []


def test_appending_replaces_the_file_at_close(open_file, dbfs):
    target = dbfs.root / "in" / "a.txt"
    target.write_text("one\n")
    with open_file("/dbfs/in/a.txt", "a") as file:
        file.write("two\n")
        file.flush()
        assert target.read_text() == "one\n"
    assert target.read_text() == "one\ntwo\n"


def test_bytes_encodings_and_newlines_are_as_python_has_them(open_file, dbfs):
    with open_file("/dbfs/in/a.bin", "wb") as file:
        file.write(b"\x00\xff")
    with open_file("/dbfs/in/a.csv", "w", newline="", encoding="utf-16") as file:
        csv.writer(file).writerow(["zwölf", 1])
    with open_file("/dbfs/in/both.bin", "w+b") as file:
        file.write(b"abc")
        file.seek(0)
        assert file.read() == b"abc"
    assert open_file("/dbfs/in/a.bin", "rb").read() == b"\x00\xff"
    assert open_file("/dbfs/in/a.csv", encoding="utf-16", newline="").read() == "zwölf,1\r\n"


def test_an_existing_file_is_not_created_again(open_file, dbfs):
    (dbfs.root / "in" / "a.txt").write_text("whole")
    with pytest.raises(FileExistsError):
        open_file("/dbfs/in/a.txt", "x")


def test_what_is_not_there_is_pythons_own_error(open_file):
    for path, mode in (("/dbfs/in/no.txt", "r"), ("/dbfs/no/a.txt", "w")):
        with pytest.raises(FileNotFoundError, match="/dbfs/"):
            open_file(path, mode)


def test_writing_in_the_middle_and_outside_is_refused(open_file):
    with pytest.raises(DbfsPathError, match="middle"):
        open_file("/dbfs/in/a.txt", "r+")
    with pytest.raises(DbfsPathError, match="leads out"):
        open_file("/dbfs/../x", "w")


def test_every_other_path_is_pythons_own(open_file, tmp_path):
    with open_file(tmp_path / "mine.txt", "w") as file:
        file.write("mine")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    with pytest.raises(FileNotFoundError):
        open_file(str(tmp_path / "dbfs" / "x"))
