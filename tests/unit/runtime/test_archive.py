import dataclasses
from pathlib import Path

import pytest

from medallion_lab.errors import SparkStartError
from medallion_lab.runtime.archive import archive_flags, archive_path, build_archive
from medallion_lab.runtime.jars import ensure_jars
from medallion_lab.runtime.java import find_java


def test_an_archive_fits_one_java_one_class_path_and_one_set_of_flags():
    java, jars = find_java(), ensure_jars()
    fitting = archive_path(java, jars, "-XX:+UseSerialGC")
    other_java = dataclasses.replace(java, banner=java.banner + "another build")
    assert archive_path(java, jars, "-XX:+UseSerialGC") == fitting
    assert archive_path(other_java, jars, "-XX:+UseSerialGC") != fitting
    assert archive_path(java, jars[1:], "-XX:+UseSerialGC") != fitting
    assert archive_path(java, jars, "-XX:+UseParallelGC") != fitting


def test_without_an_archive_the_jvm_starts_as_it_always_does(tmp_path):
    assert archive_flags(tmp_path / "none.jsa") == ""


def test_a_training_run_that_fails_leaves_no_archive_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(tmp_path))
    archive = tmp_path / "fast-start" / "x.jsa"
    with pytest.raises(SparkStartError, match="no such demo"):
        build_archive(archive, java=find_java(), workload=["-c", "import sys; sys.exit('no such demo')"])
    assert not archive.exists()


def test_a_java_that_writes_no_archive_is_no_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(tmp_path))
    archive = tmp_path / "fast-start" / "x.jsa"
    assert build_archive(archive, java=find_java(), workload=["-c", "pass"]) is False
    assert not archive.exists()


def test_an_archive_appears_in_one_step_and_replaces_the_one_that_no_longer_fits(tmp_path, monkeypatch):
    archive = tmp_path / "fast-start" / "new.jsa"
    archive.parent.mkdir()
    (archive.parent / "old.jsa").write_text("of another Java")
    write = "import os; open(os.environ['MEDALLION_LAB_WRITE_ARCHIVE'], 'w').write('classes')"
    assert build_archive(archive, java=find_java(), workload=["-c", write])
    assert sorted(path.name for path in Path(archive.parent).glob("*.jsa")) == ["new.jsa"]
