from pathlib import Path

import pytest

from tools import change
from tools.change import changed_files, plan


def test_a_module_asks_for_its_tests_its_importers_tests_and_its_chapter():
    made = plan([Path("medallion_lab/observe/landed.py")])
    names = {test.name for test in made.tests}
    # Its own; the ledger's, which imports it; one that calls it without carrying its name.
    assert {"test_landed.py", "test_ledger.py", "test_faults.py"} <= names
    assert "test_progress.py" not in names
    assert made.chapters == [Path("book/layers/silver.ipynb")]


def test_what_is_not_run_is_listed():
    made = plan([Path("medallion_lab/observe/landed.py")])
    listed = "\n".join(made.left_out)
    assert "tests/unit/autoloader: everything" in listed
    assert "tests/kills: everything" in listed
    assert "test_landed" not in listed
    assert "gold" in listed
    assert "silver, solutions" in listed
    assert "silver" not in listed.replace("silver, solutions", "")


def test_a_chapter_asks_for_itself_and_its_form():
    made = plan([Path("book/layers/gold.ipynb")])
    assert made.chapters == [Path("book/layers/gold.ipynb")]
    assert made.tests == [Path("tests/notebooks/test_form.py")]


def test_a_test_asks_for_itself_alone_and_what_tests_share_asks_for_those_below_it():
    assert plan([Path("tests/unit/shop/test_till.py")]).tests == [Path("tests/unit/shop/test_till.py")]
    below = plan([Path("tests/unit/shop/conftest.py")]).tests
    assert Path("tests/unit/shop/test_till.py") in below
    assert all(test.is_relative_to("tests/unit/shop") for test in below)


def test_a_page_asks_for_the_tests_of_pages():
    assert Path("tests/unit/reference/test_links.py") in plan([Path("book/reference/glossary.md")]).tests


def test_a_tool_asks_for_its_tests():
    assert plan([Path("tools/timings.py")]).tests == [
        Path("tests/notebooks/test_bare_start.py"),
        Path("tests/unit/tools/test_timings.py"),
    ]


def test_a_module_that_was_removed_asks_for_those_who_still_import_it():
    made = plan([Path("medallion_lab/observe/gone.py")])
    assert made.tests == []
    assert made.chapters == []


@pytest.fixture
def repository(tmp_path, monkeypatch):
    import subprocess

    def git(*words):
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "kept.py").write_text("1\n")
    (tmp_path / "edited.py").write_text("1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    monkeypatch.setattr(change, "ROOT", tmp_path)
    return tmp_path


def test_edited_and_new_files_are_changes_and_ignored_ones_are_not(repository):
    (repository / "edited.py").write_text("2\n")
    (repository / "new.py").write_text("1\n")
    (repository / ".gitignore").write_text("*.log\n")
    (repository / "noise.log").write_text("x\n")
    assert changed_files("HEAD") == [Path(".gitignore"), Path("edited.py"), Path("new.py")]


def test_nothing_changed_is_an_empty_list(repository):
    assert changed_files("HEAD") == []
