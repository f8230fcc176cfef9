"""A release carries the wheel, the offline book and the changelog's words, or is refused."""

import json
import os
import shutil
import sys
import zipfile
from datetime import date

import pytest
import yaml

import medallion_lab
from tests.unit.publishing.making import ROOT, make
from tools.offline_book import pack
from tools.release import HEADING, changes, find_assets

CHANGELOG = "# Changelog\n\n## 1.2.3 (2026-01-31)\n\n- New words.\n\n## 1.2.2 (2025-12-01)\n\n- Old words.\n"
# Writes down what it was asked to do.
GH = """#!{python}
import json, sys
json.dump([sys.argv[1:], sys.stdin.read()], open({log!r}, "w"))
"""


# ---------------------------------------------------------------- the archive of the pages
@pytest.fixture
def html(tmp_path):
    (tmp_path / "html" / "book").mkdir(parents=True)
    (tmp_path / "html" / "index.html").write_text("start")
    (tmp_path / "html" / "book" / "silver.html").write_text("silver")
    return tmp_path / "html"


def test_the_offline_book_is_one_folder_with_the_pages_and_both_licences(html, tmp_path):
    options = f"OFFLINE_BOOK=--html {html} --out {tmp_path / 'dist'}"
    run = make("offline-book", options, done=["book"])
    (archive,) = (tmp_path / "dist").glob("*.zip")
    assert str(archive) in run.stdout
    folder = f"medallion-lab-book-{medallion_lab.__version__}"
    assert archive.name == f"{folder}.zip"
    inside = {"index.html", "book/silver.html", "LICENSE", "LICENSE-TEXT.md"}
    with zipfile.ZipFile(archive) as packed:
        assert set(packed.namelist()) == {f"{folder}/{name}" for name in inside}
        packed.extractall(tmp_path / "reader")
    assert (tmp_path / "reader" / folder / "book" / "silver.html").read_text() == "silver"


def test_the_same_pages_give_the_same_bytes(html, tmp_path):
    first = pack(html, tmp_path / "first", version="1").read_bytes()
    os.utime(html / "index.html", (0, 1_000_000_000))
    assert pack(html, tmp_path / "second", version="1").read_bytes() == first


def test_a_book_that_was_not_built_is_not_packed(tmp_path):
    with pytest.raises(SystemExit, match="make book"):
        pack(tmp_path, tmp_path / "dist", version="1")
    assert not (tmp_path / "dist").exists()


# ---------------------------------------------------------------- the release
@pytest.fixture
def project(tmp_path):
    """A project whose version 1.2.3 is ready, and a `gh` that notes what it was told."""
    folder = tmp_path / "project"
    (folder / "dist").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder / "Makefile")
    shutil.copytree(ROOT / "tools", folder / "tools")
    (folder / "pyproject.toml").write_text('[project]\nname = "medallion-lab"\nversion = "1.2.3"\n')
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    for name in ("medallion_lab-1.2.3-py3-none-any.whl", "medallion-lab-book-1.2.3.zip"):
        (folder / "dist" / name).write_text("built")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "gh").write_text(GH.format(python=sys.executable, log=str(tmp_path / "asked.json")))
    (programs / "gh").chmod(0o755)
    return folder


def release(project, tag):
    path = f"{project.parent / 'programs'}{os.pathsep}{os.environ['PATH']}"
    return make("release", f"TAG={tag}", f"PYTHON={sys.executable}", cwd=project, PATH=path)


def test_a_release_attaches_both_files_and_says_what_is_new(project):
    run = release(project, "v1.2.3")
    assert run.returncode == 0, run.stderr
    asked, notes = json.loads((project.parent / "asked.json").read_text())
    assert asked[:4] == ["release", "create", "v1.2.3", "--verify-tag"]
    names = {"medallion_lab-1.2.3-py3-none-any.whl", "medallion-lab-book-1.2.3.zip"}
    assert {word.rsplit("/", 1)[-1] for word in asked[-2:]} == names
    assert notes == "- New words."


@pytest.mark.parametrize("tag", ["v1.2.2", "1.2.3", ""])
def test_a_tag_that_is_not_the_version_is_refused(project, tag):
    run = release(project, tag)
    assert run.returncode != 0
    assert "Needed: v1.2.3" in run.stderr
    assert not (project.parent / "asked.json").exists()


def test_a_version_without_a_day_is_not_released(project):
    (project / "CHANGELOG.md").write_text(CHANGELOG.replace(" (2026-01-31)", ""))
    run = release(project, "v1.2.3")
    assert run.returncode != 0
    assert "no heading for 1.2.3" in run.stderr
    assert not (project.parent / "asked.json").exists()


def test_a_release_without_its_wheel_is_refused(project):
    next((project / "dist").glob("*.whl")).unlink()
    with pytest.raises(SystemExit, match="make wheel"):
        find_assets(project / "dist", "1.2.3")


def test_the_oldest_version_of_the_changelog_ends_with_the_file():
    assert changes(CHANGELOG, "1.2.2") == ("2025-12-01", "- Old words.")


# ---------------------------------------------------------------- how to cite it
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_the_citation_has_the_version_of_the_package():
    assert citation()["version"] == medallion_lab.__version__


def test_the_citation_has_the_day_of_the_changelog_or_none():
    days = {
        found["version"]: found["date"] for found in HEADING.finditer((ROOT / "CHANGELOG.md").read_text())
    }
    expected = days.get(citation()["version"])
    assert citation().get("date-released") == (date.fromisoformat(expected) if expected else None)


def test_every_licence_that_is_named_is_there():
    assert citation()["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
    assert "Creative Commons Attribution 4.0" in (ROOT / "LICENSE-TEXT.md").read_text()
    assert 'license = "MIT AND CC-BY-4.0"' in (ROOT / "pyproject.toml").read_text()
