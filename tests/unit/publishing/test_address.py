"""The repository's address has one home, and nobody else holds another one."""

import re
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.unit.publishing.making import ROOT, make, project_with
from tools.address import (
    AddressError,
    binder,
    fill_citation,
    fill_readme,
    readme_part,
    repository,
    with_address,
)

ADDRESS = "https://github.com/example-school/gold-class"
MARKED = "Before\n<!-- address: begin -->\nold\n<!-- address: end -->\nAfter\n"


def test_without_urls_the_address_is_unset(tmp_path):
    assert repository(project_with(tmp_path)) is None


@pytest.mark.parametrize("ending", ["", "/", ".git"])
def test_an_address_is_the_same_however_it_ends(tmp_path, ending):
    assert repository(project_with(tmp_path, f"{ADDRESS}{ending}")) == ADDRESS


@pytest.mark.parametrize(
    "wrong", ["http://github.com/a/b", "github.com/a/b", "https://github.com/a", "https://x.example/a/b"]
)
def test_what_no_button_could_lead_to_is_refused(tmp_path, wrong):
    with pytest.raises(AddressError, match="OWNER/NAME") as caught:
        repository(project_with(tmp_path, wrong))
    assert wrong in caught.value.got


def test_settings_without_an_address_offer_nothing_and_keep_the_rest(tmp_path):
    settings = {
        "title": "A book",
        "html": {"favicon": "a.svg", "use_repository_button": True},
        "repository": {"url": "https://github.com/somebody/else"},
        "launch_buttons": {"binderhub_url": "https://mybinder.org"},
    }
    before = yaml.safe_dump(settings)
    buttons = {"use_repository_button": False, "use_issues_button": False}
    without = with_address(settings, pyproject=project_with(tmp_path))
    assert without == {"title": "A book", "html": {"favicon": "a.svg", **buttons}}
    assert yaml.safe_dump(settings) == before


def test_settings_with_an_address_lead_to_it(tmp_path):
    settings = with_address({"title": "A book"}, pyproject=project_with(tmp_path, ADDRESS))
    assert settings["repository"]["url"] == ADDRESS
    assert settings["html"] == {"use_repository_button": True, "use_issues_button": True}
    assert settings["launch_buttons"]["binderhub_url"] == "https://mybinder.org"


def test_the_readme_says_how_to_get_the_project_only_once_it_is_somewhere():
    assert fill_readme(MARKED, None) == "Before\n<!-- address: begin -->\n<!-- address: end -->\nAfter\n"
    filled = fill_readme(MARKED, ADDRESS)
    assert f"git clone {ADDRESS}\ncd gold-class\n" in filled
    assert binder(ADDRESS) in filled
    assert fill_readme(filled, None) == fill_readme(MARKED, None)


@pytest.mark.parametrize("text", ["no marks\n", MARKED + MARKED, MARKED.replace("begin", "start")])
def test_a_readme_without_a_place_for_the_address_is_refused(text):
    with pytest.raises(AddressError, match="git clone"):
        fill_readme(text, ADDRESS)


def test_the_citation_has_one_address_or_none():
    once = fill_citation("title: A book\n", ADDRESS)
    assert once == f"title: A book\nrepository-code: {ADDRESS}\n"
    assert fill_citation(once, ADDRESS) == once
    assert fill_citation(once, None) == "title: A book\n"


def test_binder_is_led_to_both_hosts():
    assert "/v2/gh/example-school/gold-class/main?" in binder(ADDRESS)
    assert "/v2/gl/example-school%2Fgold-class/main?" in binder(ADDRESS.replace("github", "gitlab"))


def test_make_address_writes_it_wherever_it_is_shown(tmp_path):
    for name in ("Makefile", "README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    project_with(tmp_path, ADDRESS)
    run = make("address", f"BIN={ROOT}/.venv/bin", done=[".venv/.book"], cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert "Changed: README.md, CITATION.cff." in run.stdout, run.stderr
    assert readme_part(ADDRESS) in (tmp_path / "README.md").read_text()
    assert f"repository-code: {ADDRESS}" in (tmp_path / "CITATION.cff").read_text()


# ---------------------------------------------------------------- the project's own files
def test_the_files_that_are_written_say_what_pyproject_says():
    readme, citation = (ROOT / "README.md").read_text(), (ROOT / "CITATION.cff").read_text()
    assert fill_readme(readme, repository()) == readme, "run `make address`"
    assert fill_citation(citation, repository()) == citation, "run `make address`"


def test_the_books_settings_hold_no_address_of_their_own():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert not {"repository", "launch_buttons"} & set(settings)
    assert not {"use_repository_button", "use_issues_button"} & set(settings["html"])


def strangers(text, own):
    """Return the addresses in a text that could be taken for this project's, and are not its own."""
    hosted = (
        r"https?://(?:www\.)?(?:github|gitlab)\.com/[\w.-]+/medallion[\w.-]*|https?://mybinder\.org/v2/\S+"
    )
    allowed = (own, binder(own)) if own else ()
    return [found for found in re.findall(hosted, text) if not found.startswith(allowed or ("\0",))]


def test_no_file_of_the_project_holds_another_address():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    names = [
        name for name in listed.stdout.split("\0") if name and not name.startswith("tests/unit/publishing/")
    ]
    texts = {
        name: (ROOT / name).read_bytes().decode("utf-8", "replace")
        for name in names
        if (ROOT / name).is_file()
    }
    found = {name: strange for name, text in texts.items() if (strange := strangers(text, repository()))}
    # It makes the links, out of the address that it reads.
    found.pop("tools/address.py", None)
    assert found == {}


def test_another_address_would_be_found():
    assert strangers("see https://github.com/medallion-lab/medallion-lab.", None)
    assert strangers("https://mybinder.org/v2/gh/a/b/main", ADDRESS)
    assert not strangers(f"{binder(ADDRESS)} https://github.com/delta-io/delta", ADDRESS)


def test_the_tool_runs_with_pythons_own_words(tmp_path):
    """An address that is none ends in three lines, without a traceback."""
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    project_with(tmp_path, "nowhere")
    command = [sys.executable, "-m", "tools.address"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.startswith("Got: Repository = 'nowhere'")
