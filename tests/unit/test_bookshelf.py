import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion_lab import bookshelf
from medallion_lab.bookshelf import (
    FIRST_PAGE,
    OWN_FOLDER,
    chapters_folder,
    copy_chapters,
    default_copy,
    first_built_page,
)
from medallion_lab.errors import BookNotFoundError, ForeignFolderError, NotWritableError

GOLD = "layers/gold.ipynb"
FIGURE = "figures/gold.svg"


def edition(folder, **texts):
    """Write an edition of a small book: one text a file, names with __ for a slash and _ for a dot."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def visible(folder):
    """Return what a reader sees in a folder: path -> text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and OWN_FOLDER not in path.parts
    }


@pytest.fixture
def first(tmp_path):
    return edition(tmp_path / "first", index_md="welcome", layers__gold_ipynb="gold 1", figures__gold_svg="1")


@pytest.fixture
def second(tmp_path):
    return edition(
        tmp_path / "second", index_md="welcome", layers__gold_ipynb="gold 2", figures__gold_svg="2"
    )


@pytest.fixture
def copy(tmp_path, first):
    """A reader's copy of the first edition."""
    return copy_chapters(tmp_path / "copy", source=first).folder


# ---------------------------------------------------------------- the first copy
def test_a_reader_gets_every_chapter_figure_and_page_at_its_place(tmp_path, first):
    copied = copy_chapters(tmp_path / "new" / "copy", source=first)
    assert visible(copied.folder) == {"index.md": "welcome", GOLD: "gold 1", FIGURE: "1"}
    assert copied.added == [FIGURE, "index.md", GOLD]


def test_what_programs_need_and_no_reader_stays_out(tmp_path, first):
    for name in ("_static/site.css", "layers/.ipynb_checkpoints/gold.ipynb", "beyond/ruff.toml",
                 "beyond/__pycache__/sales.pyc"):  # fmt: skip
        (first / name).parent.mkdir(parents=True, exist_ok=True)
        (first / name).write_text("not for readers")
    (first / "secret.md").symlink_to("/etc/hostname")
    assert "not for readers" not in visible(copy_chapters(tmp_path / "copy", source=first).folder).values()
    assert not (tmp_path / "copy" / "secret.md").exists()


def test_the_books_own_chapters_come_with_the_package(tmp_path):
    copied = copy_chapters(tmp_path / "copy")
    assert copied.added == [
        path.relative_to(chapters_folder()).as_posix()
        for path in sorted(chapters_folder().rglob("*.*"))
        if path.suffix in (".ipynb", ".md", ".svg", ".py")
        and not {"_static", ".ipynb_checkpoints", "__pycache__"} & set(path.parts)
    ]
    assert FIRST_PAGE in copied.added and "beyond/sales_pipeline.py" in copied.added
    assert all(
        (copied.folder / name).read_bytes() == (chapters_folder() / name).read_bytes()
        for name in copied.added
    )


def test_a_reader_who_names_no_folder_finds_it_in_their_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_copy() == tmp_path / "medallion-lab-book"


def test_a_tilde_is_the_readers_home(monkeypatch, tmp_path, first):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert copy_chapters(Path("~/mine"), source=first).folder == tmp_path / "mine"


# ---------------------------------------------------------------- upgrades
def test_the_same_edition_again_changes_nothing(copy, first):
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*") if OWN_FOLDER not in path.parts}
    copied = copy_chapters(copy, source=first)
    assert not (copied.added or copied.updated or copied.yours or copied.beside or copied.left)
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_an_upgrade_replaces_what_nobody_changed(copy, second):
    copied = copy_chapters(copy, source=second)
    assert copied.updated == [FIGURE, GOLD]
    assert visible(copy) == {"index.md": "welcome", GOLD: "gold 2", FIGURE: "2"}


def test_what_a_reader_changed_stays_and_the_new_version_stands_beside_it(copy, second):
    (copy / GOLD).write_text("my gold")
    copied = copy_chapters(copy, source=second)
    assert copied.beside == {GOLD: "layers/gold.new.ipynb"} and copied.yours == [GOLD]
    assert (copy / GOLD).read_text() == "my gold"
    assert (copy / "layers/gold.new.ipynb").read_text() == "gold 2"


def test_the_new_version_is_put_beside_once(copy, second):
    (copy / GOLD).write_text("my gold")
    copy_chapters(copy, source=second)
    (copy / "layers/gold.new.ipynb").unlink()
    copied = copy_chapters(copy, source=second)
    assert copied.yours == [GOLD] and copied.beside == {}
    assert not (copy / "layers/gold.new.ipynb").exists()


def test_what_a_reader_changed_is_theirs_also_when_the_book_has_nothing_new(copy, first):
    (copy / GOLD).write_text("my gold")
    copied = copy_chapters(copy, source=first)
    assert copied.yours == [GOLD] and copied.beside == {}
    assert sorted(path.name for path in (copy / "layers").iterdir()) == ["gold.ipynb"]


def test_a_newer_version_replaces_the_one_beside_and_never_one_that_was_edited(copy, second, tmp_path):
    (copy / GOLD).write_text("my gold")
    copy_chapters(copy, source=second)
    third = edition(tmp_path / "third", layers__gold_ipynb="gold 3")
    assert copy_chapters(copy, source=third).beside == {GOLD: "layers/gold.new.ipynb"}
    assert (copy / "layers/gold.new.ipynb").read_text() == "gold 3"
    (copy / "layers/gold.new.ipynb").write_text("my notes on gold 3")
    fourth = edition(tmp_path / "fourth", layers__gold_ipynb="gold 4")
    assert copy_chapters(copy, source=fourth).beside == {GOLD: "layers/gold.new-2.ipynb"}
    assert (copy / "layers/gold.new.ipynb").read_text() == "my notes on gold 3"
    assert (copy / "layers/gold.new-2.ipynb").read_text() == "gold 4"


def test_a_reader_who_takes_the_new_version_gets_the_next_one_in_place(copy, second, tmp_path):
    (copy / GOLD).write_text("my gold")
    copy_chapters(copy, source=second)
    (copy / "layers/gold.new.ipynb").replace(copy / GOLD)
    third = edition(tmp_path / "third", index_md="welcome", layers__gold_ipynb="gold 3")
    copied = copy_chapters(copy, source=third)
    assert copied.updated == [GOLD] and copied.yours == []
    assert (copy / GOLD).read_text() == "gold 3"


def test_a_file_that_the_reader_removed_comes_back(copy, first):
    (copy / GOLD).rename(copy / "layers" / "gold, my try.ipynb")
    assert copy_chapters(copy, source=first).added == [GOLD]
    assert (copy / GOLD).read_text() == "gold 1"
    assert (copy / "layers" / "gold, my try.ipynb").read_text() == "gold 1"


def test_a_file_that_the_book_no_longer_has_stays_and_is_named_once(copy, tmp_path):
    smaller = edition(tmp_path / "smaller", index_md="welcome", figures__gold_svg="1")
    assert copy_chapters(copy, source=smaller).left == [GOLD]
    assert (copy / GOLD).read_text() == "gold 1"
    assert copy_chapters(copy, source=smaller).left == []


def test_a_new_chapter_under_the_name_of_a_readers_file_goes_beside_it(copy, tmp_path):
    (copy / "layers" / "notes.md").write_text("mine")
    larger = edition(tmp_path / "larger", layers__notes_md="the book's")
    assert copy_chapters(copy, source=larger).beside == {"layers/notes.md": "layers/notes.new.md"}
    assert (copy / "layers" / "notes.md").read_text() == "mine"


def test_a_readers_folder_where_a_chapter_would_be_stays(copy, second):
    (copy / GOLD).unlink()
    (copy / GOLD).mkdir()
    (copy / GOLD / "mine.txt").write_text("mine")
    assert copy_chapters(copy, source=second).beside == {GOLD: "layers/gold.new.ipynb"}
    assert (copy / GOLD / "mine.txt").read_text() == "mine"


def test_a_note_of_what_was_given_that_does_not_read_makes_every_file_the_readers(copy, second):
    (copy / OWN_FOLDER / "given.json").write_text('{"chapters": {"layers/')
    copied = copy_chapters(copy, source=second)
    assert copied.updated == [] and set(copied.beside) == {GOLD, FIGURE}
    assert (copy / GOLD).read_text() == "gold 1"


# ---------------------------------------------------------------- cut short
def fail_at(monkeypatch, number, error):
    """Let the write of this number fail, at the moment when the file would appear."""
    replace, done = Path.replace, []

    def replace_or_fail(self, target):
        done.append(target)
        if len(done) == number:
            raise error
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replace_or_fail)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_copy_that_was_cut_short_goes_on_and_its_files_are_not_taken_for_the_readers(
    tmp_path, first, second, monkeypatch, number
):
    with monkeypatch.context() as interrupted:
        fail_at(interrupted, number, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            copy_chapters(tmp_path / "copy", source=first)
    partly = visible(tmp_path / "copy")
    assert partly.items() <= visible(first).items(), "each file is whole, or not there"
    copied = copy_chapters(tmp_path / "copy", source=first)
    assert copied.yours == [] and len(copied.added) == 3 - len(partly)
    assert copy_chapters(tmp_path / "copy", source=second).yours == []
    assert visible(tmp_path / "copy") == visible(second)


def test_an_upgrade_that_was_cut_short_leaves_each_file_old_or_new(copy, second, monkeypatch):
    with monkeypatch.context() as interrupted:
        fail_at(interrupted, 2, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            copy_chapters(copy, source=second)
    assert visible(copy) == {"index.md": "welcome", GOLD: "gold 1", FIGURE: "2"}
    assert copy_chapters(copy, source=second).yours == []
    assert visible(copy) == visible(second)


def test_a_full_disk_is_an_error_that_says_so_and_what_was_copied_is_whole(tmp_path, first, monkeypatch):
    with monkeypatch.context() as full:
        fail_at(full, 2, OSError(28, "No space left on device", str(tmp_path / "copy" / "index.md")))
        with pytest.raises(NotWritableError, match=r"index\.md could not be written: No space left"):
            copy_chapters(tmp_path / "copy", source=first)
    assert visible(tmp_path / "copy") == {FIGURE: "1"}


def test_a_folder_that_cannot_be_made_is_an_error_with_a_next_step(first):
    # Root may write anywhere; but below a device no folder can be made.
    with pytest.raises(NotWritableError, match="name another folder"):
        copy_chapters(Path("/dev/null/copy"), source=first)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write to any folder")
def test_a_read_only_folder_is_an_error_with_a_next_step(tmp_path, first):
    (tmp_path / "copy").mkdir(mode=0o500)
    with pytest.raises(NotWritableError, match="name another folder"):
        copy_chapters(tmp_path / "copy", source=first)


# ---------------------------------------------------------------- other people's folders
def test_a_folder_with_other_files_is_refused_untouched(tmp_path, first):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_text("precious")
    with pytest.raises(ForeignFolderError, match=r"holds 'holiday\.jpg'"):
        copy_chapters(tmp_path / "photos", source=first)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["holiday.jpg"]


def test_a_folder_with_nothing_but_an_environment_in_it_is_taken(tmp_path, first):
    (tmp_path / "project" / ".venv").mkdir(parents=True)
    assert len(copy_chapters(tmp_path / "project", source=first).added) == 3


def test_a_file_is_no_folder(tmp_path, first):
    (tmp_path / "copy").write_text("mine")
    with pytest.raises(ForeignFolderError, match="is a file"):
        copy_chapters(tmp_path / "copy", source=first)
    assert (tmp_path / "copy").read_text() == "mine"


def test_a_link_is_refused_and_where_it_leads_is_untouched(tmp_path, first):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignFolderError, match="a link to"):
        copy_chapters(tmp_path / "copy", source=first)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_link_in_place_of_our_own_notes_is_refused(tmp_path, first):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / OWN_FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ForeignFolderError, match="a link"):
        copy_chapters(tmp_path / "copy", source=first)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_is_written_through_a_link_in_the_copy(copy, second, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "gold.ipynb").write_text("gold 1")
    (elsewhere / "a figure.svg").write_text("1")
    shutil.rmtree(copy / "layers")
    (copy / "layers").symlink_to(elsewhere)
    (copy / FIGURE).unlink()
    (copy / FIGURE).symlink_to(elsewhere / "a figure.svg")
    copied = copy_chapters(copy, source=second)
    assert copied.no_way == [GOLD]
    assert copied.beside == {FIGURE: "figures/gold.new.svg"}
    assert visible(elsewhere) == {"gold.ipynb": "gold 1", "a figure.svg": "1"}
    assert (copy / FIGURE).is_symlink() and (copy / "layers").is_symlink()


# ---------------------------------------------------------------- the law: no byte of a reader's is lost
NAMES = ["index.md", GOLD, FIGURE, "layers/gold.new.ipynb", "layers/gold.new-2.ipynb", "mine/notes.md"]
TEXTS = st.text("abc", max_size=2)
UPGRADES = st.dictionaries(st.sampled_from(NAMES[:3]), TEXTS).map(lambda book: ("upgrade", book))
WRITES = st.tuples(st.sampled_from(NAMES), TEXTS).map(lambda file: ("write", file))
REMOVALS = st.sampled_from(NAMES).map(lambda name: ("remove", name))
CRASHES = st.tuples(st.integers(1, 4), UPGRADES).map(lambda crash: ("crash", crash))


# No Spark here: more examples are cheap.
@settings(max_examples=60)
@given(st.lists(UPGRADES | WRITES | REMOVALS | CRASHES, max_size=12))
def test_no_byte_that_a_reader_wrote_is_ever_lost(steps):
    with tempfile.TemporaryDirectory() as scratch:
        copy, source, theirs = Path(scratch, "copy"), Path(scratch, "book"), {}
        copy_chapters(copy, source=edition(source, index_md="first"))
        for kind, what in steps:
            if kind == "write":
                name, text = what
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                # No edition has such a text: what the book itself has said may be replaced.
                theirs[name] = f"a reader's {text}"
                (copy / name).write_text(theirs[name])
            elif kind == "remove":
                (copy / what).unlink(missing_ok=True)
                theirs.pop(what, None)
            else:
                number, (_, book) = what if kind == "crash" else (0, ("upgrade", what))
                edition(source)
                for name, text in book.items():
                    (source / name).parent.mkdir(parents=True, exist_ok=True)
                    (source / name).write_text(text)
                with pytest.MonkeyPatch.context() as patch:
                    fail_at(patch, number, KeyboardInterrupt())
                    try:
                        copy_chapters(copy, source=source)
                    except KeyboardInterrupt:
                        assert kind == "crash"
            found = visible(copy)
            assert {name: found.get(name) for name in theirs} == theirs
        copy_chapters(copy, source=edition(source, index_md="last", layers__gold_ipynb="last"))
        newest = {text for name, text in visible(copy).items() if name.startswith(("index", "layers/gold"))}
        assert "last" in newest, "and the newest edition is there, in place or beside"


# ---------------------------------------------------------------- what came along
def test_a_wheel_is_asked_before_a_clone(tmp_path, monkeypatch):
    package = tmp_path / "somewhere" / "medallion_lab"
    monkeypatch.setattr(bookshelf, "PACKAGE", package)
    for shelf in (package.parent / "book", package / "_book" / "chapters"):
        (shelf / FIRST_PAGE).parent.mkdir(parents=True)
        (shelf / FIRST_PAGE).write_text("a chapter")
        assert chapters_folder() == shelf
    for shelf in (package.parent / "_build" / "html", package / "_book" / "html"):
        shelf.mkdir(parents=True)
        (shelf / "index.html").write_text("a page")
        assert first_built_page() == shelf / "index.html"


@pytest.mark.parametrize("find", [chapters_folder, first_built_page])
def test_a_package_that_came_without_its_book_says_what_to_do(tmp_path, monkeypatch, find):
    monkeypatch.setattr(bookshelf, "PACKAGE", tmp_path / "medallion_lab")
    with pytest.raises(BookNotFoundError, match="medallion-lab"):
        find()
