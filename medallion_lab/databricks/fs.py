"""``dbutils.fs``: list, make, remove, write, read, copy and move files in DBFS.

Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/dev-tools/databricks-utils.html (file system utility)
"""

import shutil
from pathlib import Path
from pydoc import getdoc, splitdoc
from typing import Any, NamedTuple

from medallion_lab.databricks.limits import refuse
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.publishing import draft_beside, forget_checksum, is_hidden, missing, publish
from medallion_lab.errors import DbfsPathError, NotOnALaptopError
from medallion_lab.runtime.places import delete

METHODS = ("ls", "mkdirs", "rm", "put", "head", "cp", "mv", "help")
MOUNTING = ("mount", "mounts", "unmount", "updateMount", "refreshMounts")


class FileInfo(NamedTuple):
    """One entry of ``dbutils.fs.ls``.

    Attributes
    ----------
    path : str
        ``dbfs:/...``; a folder's ends with a slash.
    name : str
        The last part of it.
    size : int
        Bytes; 0 for a folder.
    modificationTime : int
        Milliseconds since 1970 (UTC).
    """

    path: str
    name: str
    size: int
    modificationTime: int

    def isDir(self) -> bool:
        """Say whether this is a folder."""
        return self.name.endswith("/")

    def isFile(self) -> bool:
        """Say whether this is a file."""
        return not self.isDir()


class FileSystem:
    """What ``dbutils.fs`` can do. Every path is as in ``medallion_lab.databricks.paths``."""

    def __init__(self, dbfs: Dbfs) -> None:
        self._dbfs = dbfs

    def __getattr__(self, name: str) -> Any:
        if name in MOUNTING:
            raise refuse("dbutils.fs.mount", seen=f"dbutils.fs.{name}")
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotOnALaptopError(
            got=f"dbutils.fs.{name}",
            needed=f"one of {', '.join(METHODS)}",
            next_step="dbutils.fs.help() says what each does",
        )

    def ls(self, dir: str) -> list[FileInfo]:
        """Return what is in a folder, sorted by name; of a file, its own entry.

        Raises
        ------
        DbfsFileNotFoundError
            If nothing is there.
        """
        place = self._existing(dir)
        entries = sorted(place.iterdir()) if place.is_dir() else [place]
        return [self._info(entry) for entry in entries if not is_hidden(entry)]

    def mkdirs(self, dir: str) -> bool:
        """Make a folder and those above it; True, also if it is there already."""
        place = self._dbfs.locate(dir)
        if place.is_file():
            raise self._in_the_way(place)
        place.mkdir(parents=True, exist_ok=True)
        return True

    def rm(self, dir: str, recurse: bool = False) -> bool:
        """Remove a file, an empty folder, or with ``recurse`` a folder and all in it.

        Returns
        -------
        bool
            True if something was removed, False if nothing was there. ``rm("/", True)`` empties DBFS.

        Raises
        ------
        DbfsPathError
            If a folder holds something and ``recurse`` is not True.
        """
        place = self._dbfs.locate(dir)
        if not place.exists() and not place.is_symlink():
            return False
        is_folder = place.is_dir() and not place.is_symlink()
        if is_folder and any(place.iterdir()) and not recurse:
            raise DbfsPathError(
                got=f"{self._dbfs.address(place)}, a folder that is not empty",
                needed="a file, an empty folder, or recurse=True",
                next_step=f"dbutils.fs.rm({dir!r}, True) removes it and all that is in it",
            )
        if self._dbfs.root.is_relative_to(place):
            # Never the folder itself, and never the tables and checkpoints beside it.
            for entry in list(self._dbfs.root.iterdir()):
                delete(entry)
        else:
            delete(place)
            forget_checksum(place)
        return True

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        """Write a text into a file, published whole; folders on the way are made.

        Raises
        ------
        DbfsPathError
            If the file exists and ``overwrite`` is not True.
        """
        place = self._dbfs.locate(file)
        if place.is_dir() or (place.exists() and not overwrite):
            raise self._in_the_way(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        data = contents.encode()
        draft = draft_beside(place)
        draft.write_bytes(data)
        publish(draft, place)
        print(f"Wrote {len(data)} bytes.")
        return True

    def head(self, file: str, max_bytes: int = 65536) -> str:
        """Return the first bytes of a file as text."""
        place = self._existing(file)
        if place.is_dir():
            raise DbfsPathError(
                got=f"{self._dbfs.address(place)}, a folder",
                needed="a file",
                next_step=f"see what is in it: dbutils.fs.ls({file!r})",
            )
        with place.open("rb") as source:
            data = source.read(max_bytes)
        if place.stat().st_size > max_bytes:
            print(f"[Truncated to first {max_bytes} bytes]")
        return data.decode(errors="replace")

    def cp(self, source: str, destination: str, recurse: bool = False) -> bool:
        """Copy a file, or with ``recurse`` a folder; into the destination if that is a folder."""
        start, end = self._way(source, destination, recurse=recurse, verb="copies")
        files = [path for path in start.rglob("*") if path.is_file()] if start.is_dir() else [start]
        for path in files:
            if not is_hidden(path):
                _copy_file(path, end / path.relative_to(start))
        if start.is_dir():
            end.mkdir(parents=True, exist_ok=True)
        return True

    def mv(self, source: str, destination: str, recurse: bool = False) -> bool:
        """Move a file, or with ``recurse`` a folder; into the destination if that is a folder."""
        start, end = self._way(source, destination, recurse=recurse, verb="moves")
        if start == end:
            return True
        end.parent.mkdir(parents=True, exist_ok=True)
        if start.is_file():
            publish(start, end)
            forget_checksum(start)
        else:
            start.rename(end)
        return True

    def help(self, method: str = "") -> None:
        """Print what there is, or what one method does."""
        names = [method] if method else METHODS[:-1]
        for name in names:
            first_line, _ = splitdoc(getdoc(getattr(self, name)))
            print(f"dbutils.fs.{name}: {first_line}")

    def _existing(self, path: str) -> Path:
        place = self._dbfs.locate(path)
        if not place.exists():
            raise missing(path)
        return place

    def _info(self, entry: Path) -> FileInfo:
        slash = "/" if entry.is_dir() else ""
        status = entry.lstat()
        size = 0 if slash else status.st_size
        address = self._dbfs.address(entry) + slash
        return FileInfo(address, entry.name + slash, size, int(status.st_mtime * 1000))

    def _way(self, source: str, destination: str, *, recurse: bool, verb: str) -> tuple[Path, Path]:
        start, end = self._existing(source), self._dbfs.locate(destination)
        if start.is_dir() and not recurse:
            raise DbfsPathError(
                got=f"{self._dbfs.address(start)}, a folder",
                needed="a file, or recurse=True",
                next_step=f"recurse=True {verb} it and all that is in it",
            )
        if end.is_dir():
            end = end / start.name
        if end.exists() and (start.is_dir() or end.is_dir()):
            raise self._in_the_way(end)
        if start.is_dir() and end.is_relative_to(start):
            raise DbfsPathError(
                got=f"{self._dbfs.address(end)}, inside {self._dbfs.address(start)}",
                needed="a destination outside the folder",
                next_step="choose another destination",
            )
        return start, end

    def _in_the_way(self, place: Path) -> DbfsPathError:
        return DbfsPathError(
            got=f"{self._dbfs.address(place)}, which is there already",
            needed="a name that is free",
            next_step="dbutils.fs.rm it first, or choose another name; put takes overwrite=True for a file",
        )


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_beside(target)
    shutil.copyfile(source, draft)
    publish(draft, target)
