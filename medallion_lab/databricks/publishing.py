"""A file that a stream sees whole or not at all: written under a hidden name, published when it is closed.

Spark passes over names that begin with a dot. A crash, or an error inside ``with open(...)``, leaves at most
such a draft. Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/files/index.html (``/dbfs`` paths with Python's ``open``; no random
writes)
"""

import builtins
import io
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from medallion_lab.databricks.paths import Dbfs
from medallion_lab.errors import DbfsFileNotFoundError, DbfsPathError

DRAFT = ".draft"


def is_hidden(path: Path) -> bool:
    """Say whether this is a draft, or the checksum that Spark keeps beside a file on a local disk."""
    return path.name.startswith(".") and path.suffix in (DRAFT, ".crc")


def draft_beside(target: Path) -> Path:
    """Return a new hidden name in the same folder, so that a rename can publish it in one step."""
    return target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}{DRAFT}")


def publish(draft: Path, target: Path) -> None:
    """Give a finished draft its name; what had the name before is replaced."""
    forget_checksum(target)
    os.replace(draft, target)


def forget_checksum(target: Path) -> None:
    """Delete Spark's checksum of a file: beside new bytes it would call them corrupt."""
    target.with_name(f".{target.name}.crc").unlink(missing_ok=True)


class Draft(io.FileIO):
    """The bytes of a file that is being written.

    Parameters
    ----------
    target : Path
        The name that it gets when it is closed.
    name : str
        The name that the notebook wrote; ``file.name`` answers it.
    mode : str
        As for ``open``: with ``a`` or ``+``, what is there already is copied or can be read back.
    """

    def __init__(self, target: Path, name: str, mode: str) -> None:
        self._target, self._draft = target, draft_beside(target)
        self._is_abandoned = False
        super().__init__(self._draft, "w+" if "+" in mode else "w")
        self.name = name
        if "a" in mode and target.exists():
            self.write(target.read_bytes())

    def abandon(self) -> None:
        """Have ``close`` delete the draft and publish nothing."""
        self._is_abandoned = True

    def close(self) -> None:
        """Publish the file, unless it was abandoned. Doing it twice is fine."""
        if self.closed:
            return
        if not self._is_abandoned:
            os.fsync(self.fileno())
        super().close()
        if self._is_abandoned:
            self._draft.unlink(missing_ok=True)
        else:
            publish(self._draft, self._target)


class _ClosesDraft(io.IOBase):
    """Mixed into Python's file objects: tells the draft when what was written is not whole."""

    draft: Draft

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.draft.abandon()
        self.close()

    def close(self) -> None:
        if not self.closed:
            try:
                self.flush()
            except BaseException:
                self.draft.abandon()
                super().close()
                raise
        super().close()


class BytesFile(_ClosesDraft, io.BufferedWriter):
    """What ``open(path, "wb")`` returns."""


class UpdatableFile(_ClosesDraft, io.BufferedRandom):
    """What ``open(path, "w+b")`` returns."""


class TextFile(_ClosesDraft, io.TextIOWrapper):
    """What ``open(path, "w")`` returns."""

    mode: str


def notebook_open(dbfs: Dbfs) -> Callable[..., IO]:
    """Return an ``open`` that knows ``/dbfs/...``; every other path goes to Python's own, untouched."""

    def open(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Callable | None = None,
    ) -> IO:
        """Open a file as Python does; a file under /dbfs is published when it is closed.

        Appending copies the file first and publishes the longer one at close: a stream that has read it does
        not read it again. Writing in the middle of a file (``r+``) is refused, as on Databricks.
        """
        text = os.fspath(file) if isinstance(file, str | os.PathLike) else ""
        if not (isinstance(text, str) and (text == "/dbfs" or text.startswith("/dbfs/"))):
            return builtins.open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        real = dbfs.locate(text)
        if not set(mode) & set("wax") and "+" not in mode:
            if not real.exists():
                raise missing(text)
            return builtins.open(real, mode, buffering, encoding, errors, newline)
        _refuse(text, real, mode)
        draft = Draft(real, text, mode)
        return _wrapped(draft, mode, encoding, errors, newline)

    return open


def _wrapped(draft: Draft, mode: str, encoding: str | None, errors: str | None, newline: str | None) -> IO:
    """Give the draft a buffer and, unless the mode says bytes, an encoding: as Python's open does."""
    file = UpdatableFile(draft) if "+" in mode else BytesFile(draft)
    file.draft = draft
    if "b" in mode:
        return file
    text = TextFile(file, encoding, errors, newline)
    text.draft, text.mode = draft, mode
    return text


def _refuse(text: str, real: Path, mode: str) -> None:
    if "r" in mode:
        raise DbfsPathError(
            got=f"open({text!r}, {mode!r}), which writes into the middle of a file",
            needed="a file that is written from its start, or at its end",
            next_step="read it, change what you read, and write it anew with mode 'w'",
        )
    if "x" in mode and real.exists():
        raise FileExistsError(text)
    if real.is_dir():
        raise IsADirectoryError(text)
    if not real.parent.is_dir():
        raise missing(os.path.dirname(text))


def missing(path: str) -> DbfsFileNotFoundError:
    """Return the error for a path where nothing is."""
    is_theirs = re.match(r"(dbfs:)?/*(dbfs/)?(databricks-datasets|mnt)(/|$)", path)
    if is_theirs or re.match(r"\w+://", path):
        return DbfsFileNotFoundError(
            got=f"java.io.FileNotFoundException: {path}, which is filled on Databricks, and not here",
            needed="files that were put into this workspace",
            next_step=f"put files of your own there: dbutils.fs.put('{path.rstrip('/')}/...', text), or "
            "open('/dbfs/...', 'w')",
        )
    return DbfsFileNotFoundError(
        got=f"java.io.FileNotFoundException: {path}, where nothing is",
        needed="a file or folder that exists",
        next_step="see what is there: dbutils.fs.ls('/'); make a folder: dbutils.fs.mkdirs(path)",
    )
