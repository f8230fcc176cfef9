"""A chapter's own folder: what landed, the tables, the checkpoints, all in one place and reset together.

Only a folder that carries our marker is ever emptied, and a lock keeps two kernels off one workspace: two
programs that write one checkpoint would break it.
Term: workspace.
Taught in: book/foundations/the_lab.ipynb.
"""

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from medallion_lab.errors import (
    ForeignFolderError,
    WorkspaceInUseError,
    WorkspaceMovedError,
    WorkspaceNameError,
)
from medallion_lab.runtime.places import delete, ensure_writable, home_folder

DATABASE = "medallion"
BRONZE_TABLE = "bronze_sales_tbl"
SILVER_TABLE = "silver_sales_tbl"
QUARANTINE_TABLE = "quarantine_sales_tbl"
GOLD_TABLE = "gold_sales_tbl"
GOLD_REVENUE_TABLE = "gold_revenue_tbl"
GOLD_FEATURES_TABLE = "gold_customer_features_tbl"

MARKER = ".medallion-lab-workspace"
"""The name of the file which says that the lab made a folder, and may empty it."""

ROOMS = ("landing", "tables", "checkpoints", "schemas", "answer_key")
# Stands in for Databricks' file system; made by the first notebook that uses it.
DBFS = "dbfs"
MARKED = "Made by medallion_lab, which may empty this folder.\n"
OWN_NAMES = {*ROOMS, DBFS, ".lock", ".holder.json", ".place", "spark.log"}


class Workspace:
    """One workspace on disk, held by this process until ``close``.

    Parameters
    ----------
    name : str
        Small letters, digits and underscores, such as ``introduction``.
    home : Path, optional
        The folder of all workspaces; by default ``MEDALLION_LAB_HOME`` or the platform's data folder.

    Attributes
    ----------
    path : Path
        The workspace's folder.
    landing : Path
        Where the shop's files arrive.
    tables : Path
        Delta tables of the database ``medallion``, one folder each.
    checkpoints : Path
        Where each stream notes what it has finished, one folder each.
    schemas : Path
        What was learned about the shape of the landed files.
    answer_key : Path
        What the shop planted; pipelines never read it.
    dbfs : Path
        What a Databricks notebook sees as ``dbfs:/``; not there before one was opened.
    resets : int
        How often this process has emptied it.

    Raises
    ------
    WorkspaceNameError
        If the name could lead out of the home.
    NotWritableError
        If the folder cannot be written to.
    ForeignFolderError
        If the folder holds files that the lab did not make.
    WorkspaceInUseError
        If another process holds this workspace.
    """

    def __init__(self, name: str, *, home: Path | None = None) -> None:
        self.name = name
        self.path = workspace_path(name, home=home)
        self.landing, self.tables, self.checkpoints, self.schemas, self.answer_key = (
            self.path / room for room in ROOMS
        )
        self.dbfs = self.path / DBFS
        self.resets = 0
        _refuse_foreign(self.path)
        ensure_writable(self.path, variable="MEDALLION_LAB_HOME")
        self._lock = FileLock(self.path / ".lock")
        self._holder = self.path / ".holder.json"
        self._place = self.path / ".place"
        self._take_lock()
        (self.path / MARKER).write_text(MARKED)
        self._make_rooms()

    def __repr__(self) -> str:
        return f"Workspace({self.name!r})"

    def reset(self) -> None:
        """Empty the workspace: landing, tables, checkpoints, schemas and DBFS together.

        A stream whose table is new but whose checkpoint is old fails with
        ``DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE``, so no part is ever reset alone.
        """
        _require_marker(self.path)
        for room in (*ROOMS, DBFS):
            delete(self.path / room)
        self._make_rooms()
        self.resets += 1

    def require_same_place(self) -> None:
        """Refuse to go on with streams that began where this workspace was before it was moved or copied.

        A checkpoint remembers each landed file by its whole path: under another path all of them are new
        files, and bronze would take every row a second time.

        Raises
        ------
        WorkspaceMovedError
            If the workspace was made in another folder, and holds checkpoints. Nothing is changed.
        """
        made_in = self._made_in()
        if made_in != str(self.path):
            raise WorkspaceMovedError(
                got=f"workspace {self.name!r} in {self.path}, made in {made_in}",
                needed="the folder in which its streams began: their checkpoints remember each landed file "
                "by its whole path, and would take all of them once more",
                next_step=f"move it back; or empty it: open_lab({self.name!r}, fresh=True), or "
                f"`medallion-lab clean {self.name}`",
            )

    def close(self) -> None:
        """Let go of the workspace; its files stay. Doing it twice is fine."""
        if self._lock.is_locked:
            try:
                self._mark_what_is_left()
                self._holder.unlink(missing_ok=True)
            finally:
                self._lock.release()

    def remove(self) -> None:
        """Delete the whole workspace and let go of it."""
        _require_marker(self.path)
        self._lock.release()
        delete(self.path)

    def _mark_what_is_left(self) -> None:
        """Mark the folder again if it was deleted, and streams have written rooms of it anew meanwhile."""
        is_unmarked = self.path.is_dir() and not (self.path / MARKER).exists()
        if is_unmarked and {entry.name for entry in self.path.iterdir()} <= OWN_NAMES:
            (self.path / MARKER).write_text(MARKED)

    def _made_in(self) -> str:
        return self._place.read_text() if self._place.exists() else ""

    def _make_rooms(self) -> None:
        for room in ROOMS:
            (self.path / room).mkdir(exist_ok=True)
        has_begun = any(self.checkpoints.iterdir()) or self.dbfs.exists()
        if not has_begun or not self._made_in():
            self._place.write_text(str(self.path))

    def _take_lock(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise WorkspaceInUseError(
                got=f"workspace {self.name!r}, held by {_read_holder(self._holder)}",
                needed="a workspace that no other program is using",
                next_step="shut that program down (in JupyterLab: Kernel, Shut Down Kernel), "
                "or open another workspace: open_lab('my_copy')",
            ) from error
        program = os.environ.get("JPY_SESSION_NAME") or " ".join(sys.argv[:3]) or "an interactive Python"
        since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        self._holder.write_text(json.dumps({"pid": os.getpid(), "program": program, "since": since}))


def workspace_path(name: str, *, home: Path | None = None) -> Path:
    """Return the folder of the workspace of this name, whether or not it exists."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,63}", name):
        raise WorkspaceNameError(
            got=f"the workspace name {name!r}",
            needed="1 to 64 small letters, digits and underscores, such as 'introduction'",
            next_step="choose such a name; the folder goes into the lab's home by itself",
        )
    return (home or home_folder()) / name


def list_workspaces(*, home: Path | None = None) -> list[str]:
    """Return the names of all workspaces in the home, sorted; other folders are not ours and not listed."""
    folder = home or home_folder()
    if not folder.is_dir():
        return []
    ours = [path for path in folder.iterdir() if not path.is_symlink() and (path / MARKER).is_file()]
    return sorted(path.name for path in ours)


def _refuse_foreign(path: Path) -> None:
    if path.is_symlink():
        raise ForeignFolderError(
            got=f"{path}, a link to {os.readlink(path)}",
            needed="a folder of the lab's own: links are not followed",
            next_step="remove the link, or set MEDALLION_LAB_HOME to the folder that it leads to",
        )
    if path.exists() and not path.is_dir():
        raise _foreign(path, "is a file")
    if path.is_dir() and not (path / MARKER).is_file():
        # A lock alone is what a start that was cut short leaves behind.
        strangers = sorted(entry.name for entry in path.iterdir() if entry.name != ".lock")
        if strangers:
            raise _foreign(path, f"holds {strangers[0]!r}")


def _require_marker(path: Path) -> None:
    if path.is_symlink() or not (path / MARKER).is_file():
        raise _foreign(path, "carries no marker of the lab")


def _foreign(path: Path, why: str) -> ForeignFolderError:
    return ForeignFolderError(
        got=f"{path}, which {why}",
        needed="an empty folder, or one that the lab made",
        next_step="nothing was changed: use another name, or set MEDALLION_LAB_HOME to another folder",
    )


def _read_holder(holder: Path) -> str:
    try:
        note = json.loads(holder.read_text())
    except (OSError, ValueError):
        return "another process that has just started"
    return f"process {note['pid']} ({note['program']}) since {note['since']}"
