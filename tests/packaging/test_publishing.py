"""The targets that publish, made for real: they build, fetch and run, so they are part of `make test-all`."""

import zipfile
from email.parser import Parser

import pytest

import medallion_lab
from medallion_lab.runtime.jars import JARS
from tests.unit.publishing.making import ROOT, make
from tools.address import repository
from tools.next_versions import COPY, JARS_FILE, pins

VERSION = medallion_lab.__version__


def succeeded(run):
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return run.stdout


@pytest.fixture(scope="module")
def wheel():
    for old in (ROOT / "dist").glob("*.whl"):
        old.unlink()
    succeeded(make("wheel", done=[".venv/.test"]))
    (built,) = (ROOT / "dist").glob("*.whl")
    return built


def test_the_wheel_has_the_version_both_licences_and_the_address(wheel):
    with zipfile.ZipFile(wheel) as packed:
        (name,) = [name for name in packed.namelist() if name.endswith(".dist-info/METADATA")]
        told = Parser().parsestr(packed.read(name).decode())
    assert told["Version"] == VERSION
    assert told["License-Expression"] == "MIT AND CC-BY-4.0"
    assert set(told.get_all("License-File")) == {"LICENSE", "LICENSE-TEXT.md"}
    urls = told.get_all("Project-URL") or []
    assert urls == ([f"Repository, {address}"] if (address := repository()) else [])


def test_the_book_that_is_published_becomes_the_archive_that_is_released():
    assert "The book is built." in succeeded(make("book", done=["ready"], timeout=1800))
    succeeded(make("offline-book", done=["ready", "book"]))
    with zipfile.ZipFile(ROOT / "dist" / f"medallion-lab-book-{VERSION}.zip") as packed:
        inside = set(packed.namelist())
    folder = f"medallion-lab-book-{VERSION}"
    assert {
        f"{folder}/index.html",
        f"{folder}/book/layers/silver.html",
        f"{folder}/LICENSE-TEXT.md",
    } <= inside


def test_a_machine_that_is_fit_passes_the_smoke_test():
    assert "bronze 40 rows → silver 40 rows" in succeeded(make("smoke", done=["setup"]))
    assert '"execution_count": 1' in (ROOT / "_build" / "smoke" / "the_lab.ipynb").read_text()


def test_a_machine_that_is_not_fit_fails_the_smoke_test(tmp_path):
    """A chapter that is not there stands for one that fails."""
    assert make("smoke", "SMOKE_CHAPTER=no_such_chapter", done=["setup"]).returncode != 0


def test_the_present_versions_tried_as_if_they_were_new_give_the_present_jars():
    pair = " ".join(f"{name}=={version}" for name, version in pins().items())
    said = succeeded(make("next-versions", f"NEXT={pair} --targets help", done=["setup"], timeout=1800))
    found = {line.strip() for line in said.splitlines()}
    assert {f"{jar} {jar.sha256}" for jar in JARS} <= found
    assert all(f'"{jar.sha256}"' in (COPY / JARS_FILE).read_text() for jar in JARS)
