from medallion_lab.runtime import doctor
from medallion_lab.runtime.doctor import examine


def findings():
    return {finding.thing: finding for finding in examine()}


def test_on_a_machine_that_is_set_up_nothing_is_missing(home):
    assert [finding.thing for finding in examine() if finding.state == "missing"] == []


def test_missing_jars_are_counted_and_the_cure_is_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_CACHE", str(tmp_path / "empty"))
    jars = findings()["Delta's jars"]
    assert (jars.state, jars.found.split(" in ")[0]) == ("missing", "7 of 7 not")
    assert "medallion-lab setup" in jars.advice
    assert findings()["fast start"].state == "note"


def test_a_place_that_cannot_be_written_to_is_missing(monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_HOME", "/dev/null/home")
    assert "MEDALLION_LAB_HOME" in findings()["workspaces"].advice


def test_a_disk_that_is_nearly_full_is_missing(home, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_DISK_GB", 10**9)
    assert findings()["workspaces"].state == "missing"
    assert "free some space" in findings()["workspaces"].advice


def test_little_memory_is_a_note(home, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_MEMORY_GB", 10**9)
    assert findings()["memory"].state == "note"


def test_no_java_is_one_finding_among_others(home, monkeypatch, tmp_path):
    import importlib.util

    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    found = findings()
    assert (found["Java"].state, found["cache"].state) == ("missing", "ok")
