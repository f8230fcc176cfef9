"""The book that came with the package, and the reader's own copy of its chapters.

A wheel carries the chapters, and the built pages if they were there when it was made; in a clone both stand
beside the package. A reader works in a copy of the chapters. What was given is noted there by its hash, so
that an upgrade replaces what nobody has changed and keeps what a reader wrote.
Term: notebook.
Taught in: book/index.md.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path, PurePosixPath

from filelock import FileLock

from medallion_lab.errors import BookNotFoundError, ForeignFolderError, NotWritableError

PACKAGE = Path(__file__).parent
FIRST_PAGE = "foundations/introduction.ipynb"

OWN_FOLDER = ".medallion-lab-book"
"""The folder in a reader's copy which says that the lab made it, and notes what was given."""

# What stands at a path where no file of ours could be: a folder, or a link, which is never followed.
NO_FILE = "no file"


@dataclass(frozen=True)
class Copied:
    """What became of a reader's copy. Each name is a path in it, such as ``layers/gold.ipynb``.

    Attributes
    ----------
    folder : Path
        The copy.
    added : list of str
        Files that were not there.
    updated : list of str
        Files that nobody had changed, and that are the book's newest now.
    yours : list of str
        Files that the reader changed: they are as they were.
    beside : dict of str to str
        Those of ``yours`` of which the book has a newer version -> where that stands now.
    no_way : list of str
        Files that could not be given, because a link or a file stands where their folder would be.
    left : list of str
        Files that the book no longer has; they stay.
    """

    folder: Path
    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    yours: list[str] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    no_way: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def chapters_folder() -> Path:
    """Return the folder of the chapters that came with this package: in the wheel, or in a clone.

    Raises
    ------
    BookNotFoundError
        If they did not come along.
    """
    for folder in (PACKAGE / "_book" / "chapters", PACKAGE.parent / "book"):
        if (folder / FIRST_PAGE).is_file():
            return folder
    raise BookNotFoundError(
        got=f"no chapters beside the package in {PACKAGE}",
        needed="a wheel that was built with the book, or a clone of the project",
        next_step='install it anew: python -m pip install --force-reinstall "medallion-lab[book]"',
    )


def first_built_page() -> Path:
    """Return the page with which the built book opens: in the wheel, or in a clone that has built it.

    Raises
    ------
    BookNotFoundError
        If the pages were not built, or did not come along.
    """
    for folder in (PACKAGE / "_book" / "html", PACKAGE.parent / "_build" / "html"):
        if (page := folder / "index.html").is_file():
            return page
    raise BookNotFoundError(
        got="no built pages with this package",
        needed="a wheel that was built with them, or a clone in which they were built",
        next_step="in a clone run `make html` or `make book`; without one read the chapters themselves, "
        "which hold their results: `medallion-lab lab`",
    )


def default_copy() -> Path:
    """Return the folder of a reader who names none: the same one wherever they call, and one they can see."""
    return Path.home() / "medallion-lab-book"


def copy_chapters(folder: Path, *, source: Path | None = None) -> Copied:
    """Give a reader the chapters, their figures and pages; a second time, what is new in them.

    A file that the reader changed is never written to: its newer version goes beside it, as
    ``gold.new.ipynb``. A file that the reader removed comes back. Nothing is ever deleted. Each file appears
    whole or not at all, and a copy that was cut short goes on where it stopped.

    Parameters
    ----------
    folder : Path
        The reader's folder: not there yet, or empty but for hidden files, or an earlier copy.
    source : Path, optional
        The chapters to give; by default those that came with the package.

    Returns
    -------
    Copied
        What was done, file by file.

    Raises
    ------
    ForeignFolderError
        If the folder is a link, or holds what the lab did not put there. Nothing is changed.
    NotWritableError
        If a file cannot be written. Those before it are there.
    BookNotFoundError
        If no chapters came with the package.
    """
    source = source or chapters_folder()
    folder = folder.expanduser().absolute()
    own = folder / OWN_FOLDER
    try:
        _refuse_foreign(folder)
        own.mkdir(parents=True, exist_ok=True)
        with FileLock(own / "lock"):
            given = _read_given(own)
            try:
                return _copy(source, folder, given)
            finally:
                # Also when it was cut short: what has been given is ours to replace next time.
                _write(own / "given.json", json.dumps(vars(given), indent=1, sort_keys=True).encode(), own)
    except OSError as error:
        raise NotWritableError(
            got=f"{error.filename or folder} could not be written: {error.strerror or error}",
            needed="a folder for the chapters that this user may write to, with room in it",
            next_step="make room, or name another folder: medallion-lab lab FOLDER",
        ) from error


@dataclass
class _Given:
    """The hash of what was given last under each name: as the book's own file, and beside a reader's."""

    chapters: dict[str, str] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)


def _copy(source: Path, folder: Path, given: _Given) -> Copied:
    copied = Copied(folder)
    book = {path.relative_to(source).as_posix(): path for path in _files_for_readers(source)}
    for name, page in book.items():
        if not _has_way(folder, name):
            copied.no_way.append(name)
            continue
        content = page.read_bytes()
        newest, before, now = _digest(content), given.chapters.get(name), _digest_at(folder / name)
        if now is None or now == before != newest:
            _write(folder / name, content, folder / OWN_FOLDER)
            (copied.added if now is None else copied.updated).append(name)
        elif now != newest:
            copied.yours.append(name)
            if newest != before:
                copied.beside[name] = _write_beside(folder, name, content, given)
        given.chapters[name] = newest
    for name in sorted(given.chapters.keys() - book.keys()):
        del given.chapters[name]
        if _has_way(folder, name) and _digest_at(folder / name):
            copied.left.append(name)
    return copied


def _files_for_readers(source: Path) -> list[Path]:
    """Return the chapters, figures and pages: not the site's scripts, byte code or settings of a linter."""
    return [
        path
        for path in sorted(source.rglob("*"))
        if path.is_file()
        and not path.is_symlink()
        and path.suffix != ".toml"
        and not any(part.startswith((".", "_")) for part in path.relative_to(source).parts)
    ]


def _write_beside(folder: Path, name: str, content: bytes, given: _Given) -> str:
    """Write the newer version of a file that the reader has changed under the first name that is free."""
    path, newest = PurePosixPath(name), _digest(content)
    endings = chain(["new"], (f"new-{number}" for number in count(2)))
    names = (path.with_name(f"{path.stem}.{ending}{path.suffix}").as_posix() for ending in endings)
    free = next(name for name in names if _digest_at(folder / name) in (None, newest, given.beside.get(name)))
    _write(folder / free, content, folder / OWN_FOLDER)
    given.beside[free] = newest
    return free


def _write(path: Path, content: bytes, own: Path) -> None:
    """Write a file in one step: what is cut short stays in our own folder, out of the reader's sight."""
    incoming = own / "incoming"
    incoming.write_bytes(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming.replace(path)


def _read_given(own: Path) -> _Given:
    try:
        return _Given(**json.loads((own / "given.json").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        # Nothing is known to be ours then, so that each file which differs counts as the reader's.
        return _Given()


def _has_way(folder: Path, name: str) -> bool:
    """Say whether the folders on the way to a file are folders, or not there yet; a link is neither."""
    between = [folder / parent for parent in PurePosixPath(name).parents]
    return not any(path.is_symlink() or (path.exists() and not path.is_dir()) for path in between)


def _digest_at(path: Path) -> str | None:
    """Return the hash of a file; None where nothing is."""
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return NO_FILE
    return _digest(path.read_bytes()) if path.exists() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse_foreign(folder: Path) -> None:
    if folder.is_symlink():
        raise ForeignFolderError(
            got=f"{folder}, a link to {os.readlink(folder)}",
            needed="a folder: links are not followed",
            next_step="name the folder that it leads to, or another: medallion-lab lab FOLDER",
        )
    if folder.exists() and not folder.is_dir():
        raise _foreign(folder, "is a file")
    if (own := folder / OWN_FOLDER).is_symlink():
        raise _foreign(folder, f"has a link where {OWN_FOLDER} would be")
    if folder.is_dir() and not own.is_dir():
        # What is hidden, an environment or a repository of the reader's, is not in the way of a chapter.
        strangers = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
        if strangers:
            raise _foreign(folder, f"holds {strangers[0]!r}")


def _foreign(folder: Path, why: str) -> ForeignFolderError:
    return ForeignFolderError(
        got=f"{folder}, which {why}",
        needed="an empty folder, or an earlier copy of the chapters",
        next_step="nothing was changed: name another folder: medallion-lab lab FOLDER",
    )
