"""A copy of the project gets other versions wherever they are pinned, and the jars that belong to them."""

import ast
import re
import subprocess
import tomllib

import pytest

from medallion_lab.runtime.jars import JARS, Jar
from tests.unit.publishing.making import ROOT
from tools import next_versions
from tools.next_versions import JARS_FILE, PINNED, copy_project, pins, raise_pins, write_jars

TABLE = r"PUBLISHED = (\{.*?\n\})"
PAIR = {"pyspark": "9.8.7", "delta-spark": "6.5.4"}


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "copy").mkdir()
    copy_project(ROOT, tmp_path / "copy")
    return tmp_path / "copy"


def test_the_copy_is_what_git_knows(copy):
    assert (copy / "Makefile").is_file() and (copy / ".binder" / "requirements.txt").is_file()
    assert not (copy / "_build").exists() and not (copy / ".venv").exists()


def test_the_copy_can_be_copied_like_the_project(copy, tmp_path):
    (tmp_path / "again").mkdir()
    copy_project(copy, tmp_path / "again")
    assert (tmp_path / "again" / "Makefile").read_text() == (copy / "Makefile").read_text()


def test_a_second_copy_keeps_what_was_installed_and_nothing_else(copy):
    (copy / ".venv").mkdir()
    (copy / "left_over").mkdir()
    copy_project(ROOT, copy)
    assert (copy / ".venv").is_dir() and not (copy / "left_over").exists()


def test_every_file_with_a_pin_gets_the_new_one(copy):
    present = pins(copy)
    raise_pins(copy, PAIR | {"importlib_metadata": "3.2.1"})
    assert pins(copy) == PAIR
    for name in PINNED:
        text = (copy / name).read_text()
        for package, version in present.items():
            assert f"{package}=={version}" not in text
            assert f"{package}=={PAIR[package]}" in text
    assert "importlib_metadata==3.2.1" in (copy / "constraints.txt").read_text()


def test_packages_whose_name_only_ends_alike_keep_their_version(copy):
    raise_pins(copy, {"jupyter-core": "1.2.3", "core": "9.9"})
    assert "jupyter-core==1.2.3" in (copy / "constraints.txt").read_text()
    before = (ROOT / "constraints.txt").read_text().splitlines()
    after = (copy / "constraints.txt").read_text().splitlines()
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def read_table(source):
    return ast.literal_eval(re.search(TABLE, source, flags=re.S)[1])


def test_jars_of_one_group_in_two_versions_are_all_written():
    jars = [
        Jar("io.delta", name, version, "0" * 64) for name, version in (("a", "1"), ("b", "2"), ("c", "1"))
    ]
    written = read_table(write_jars((ROOT / JARS_FILE).read_text(), jars))
    assert written == {
        ("io.delta", "1"): {"a": "0" * 64, "c": "0" * 64},
        ("io.delta", "2"): {"b": "0" * 64},
    }


def test_the_table_of_jars_is_written_as_a_person_would_write_it():
    source = (ROOT / JARS_FILE).read_text()
    assert write_jars(source, list(JARS)) == source


def test_other_jars_take_the_place_of_the_present_ones():
    source = (ROOT / JARS_FILE).read_text()
    written = write_jars(source, [Jar("io.delta", "delta-spark_9.8_2.13", "6.5.4", "0" * 64)])
    assert read_table(written) == {("io.delta", "6.5.4"): {"delta-spark_9.8_2.13": "0" * 64}}
    assert re.sub(TABLE, "", written, flags=re.S) == re.sub(TABLE, "", source, flags=re.S)


def test_a_table_that_is_not_there_is_said():
    with pytest.raises(SystemExit, match="0 tables PUBLISHED"):
        write_jars("nothing\n", list(JARS))


def test_the_pins_are_those_of_the_package():
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {f"{name}=={version}" for name, version in pins().items()} <= set(asked)


def test_no_newer_pair_is_no_failure(monkeypatch, capsys):
    monkeypatch.setattr(next_versions, "newest", lambda present: {**present, "py4j": "0.1"})
    monkeypatch.setattr("sys.argv", ["next_versions"])
    next_versions.main()
    present = " and ".join(f"{name} {version}" for name, version in pins().items())
    assert f"No pair newer than {present}." in capsys.readouterr().out


def test_a_target_that_fails_in_the_copy_fails_the_try(monkeypatch, tmp_path):
    """Everything but the packages and the jars is real: the copy, its pins, its Makefile."""
    monkeypatch.setattr(next_versions, "COPY", tmp_path / "copy")
    monkeypatch.setattr(next_versions, "needed_jars", lambda *_: list(JARS))
    real, made = subprocess.run, []

    def run(command, **options):
        if command[0] == "make":
            made.append(command[-1])
            (tmp_path / "copy" / ".venv/lib/python3/site-packages/pyspark/jars").mkdir(
                parents=True, exist_ok=True
            )
            command = ["make", "-C", command[2], "help" if command[-1] == ".venv/.book" else command[-1]]
        return real(command, **options)

    monkeypatch.setattr(next_versions.subprocess, "run", run)
    assert next_versions.attempt(PAIR, ["help"]) == 0
    assert next_versions.attempt(PAIR, ["no-such-target"]) != 0
    assert made == [".venv/.book", "help", ".venv/.book", "no-such-target"]
