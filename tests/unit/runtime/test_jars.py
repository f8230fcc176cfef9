import shutil

import pytest

from medallion_lab.errors import CorruptJarError, JarDownloadError, NotWritableError
from medallion_lab.runtime.jars import JARS, corrupt_jars, ensure_jars, jar_folder, missing_jars, repair_jars


@pytest.fixture
def copied_cache(tmp_path, monkeypatch):
    """A copy of the jar cache that a test may damage."""
    ensure_jars()
    source = jar_folder()
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(tmp_path / "cache"))
    shutil.copytree(source, jar_folder())
    return jar_folder()


@pytest.fixture
def no_network(monkeypatch):
    """Java's connections go to a port where nobody listens; Ivy fails as it does on a plane."""
    options = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=9"
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", options)


def test_once_fetched_the_jars_need_no_network(copied_cache, no_network):
    assert [path.name for path in ensure_jars()] == [jar.file_name for jar in JARS]


def test_a_first_start_without_a_network_says_what_to_do(tmp_path, monkeypatch, no_network):
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(tmp_path))
    with pytest.raises(JarDownloadError) as caught:
        ensure_jars()
    assert "7 of 7 jars not fetched" in caught.value.got
    assert "medallion-lab setup" in caught.value.next_step
    assert missing_jars() == list(JARS), "a failed fetch must leave no half a jar"


def test_a_corrupt_jar_is_refused_by_name(copied_cache):
    damaged = copied_cache / JARS[0].file_name
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(CorruptJarError, match=JARS[0].file_name):
        ensure_jars()
    assert corrupt_jars() == [JARS[0]]


def test_repair_without_a_network_refuses_before_it_is_too_late(copied_cache, no_network):
    (copied_cache / JARS[0].file_name).write_text("not a jar")
    with pytest.raises(JarDownloadError, match="1 of 1 jars not fetched"):
        repair_jars()
    assert missing_jars() == [JARS[0]]


def test_a_cache_that_cannot_be_written_to_names_its_variable(monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_CACHE", "/dev/null/cache")
    with pytest.raises(NotWritableError, match="MEDALLION_LAB_CACHE"):
        ensure_jars()
