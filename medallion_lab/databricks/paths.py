"""One mapping of Databricks' paths onto the workspace's folder ``dbfs``; no other path is ever reached.

``/x``, ``dbfs:/x``, ``/dbfs/x`` and ``x`` are the same file, as is ``/Volumes/a/b/c`` itself. Managed tables
are in ``/user/hive/warehouse``, and ``s3://bucket/x`` is ``/cloud/s3/bucket/x``.
Terms: DBFS, volume.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/dbfs/index.html and
https://docs.databricks.com/en/files/index.html (paths without a scheme start at the DBFS root)
"""

import os
import re
from pathlib import Path

from medallion_lab.databricks.notices import notice
from medallion_lab.errors import DbfsPathError
from medallion_lab.runtime.workspace import DATABASE, Workspace

WAREHOUSE = "user/hive/warehouse"
CLOUD = "cloud"
# Each store's names: an address written with one of them is found by the others too.
STORES = {"s3a": "s3", "s3n": "s3", "s3": "s3", "abfs": "abfss", "abfss": "abfss", "gs": "gs", "r2": "r2"}
STORES |= {"wasb": "wasbs", "wasbs": "wasbs", "adl": "adl"}
SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]+):(?=/)")


class Dbfs:
    """Databricks' file system as a folder of the workspace.

    Parameters
    ----------
    workspace : Workspace
        The workspace whose folder ``dbfs`` it is; made if it is not there.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.home = workspace.path.resolve()
        # A home behind a link has two real paths.
        self._homes = (self.home, workspace.path)
        self.root = self.home / workspace.dbfs.name
        self.root.mkdir(exist_ok=True)
        self._tables = self.home / workspace.tables.name
        self._stores_met: set[str] = set()

    def locate(self, path: str | os.PathLike) -> Path:
        """Return the real path of a path that a notebook wrote, whether or not something is there.

        A real path inside the workspace stays what it is. In a pattern such as ``/sales/*.json`` the pattern
        stays too.

        Raises
        ------
        DbfsPathError
            If it leads out of the workspace, by ``..``, by a link, or by a scheme of the cloud's.
        """
        text = os.fspath(path)
        scheme = SCHEME.match(text)
        rest = text[scheme.end() :] if scheme else text
        is_dbfs = scheme is None or scheme[1] == "dbfs"
        if scheme and scheme[1].lower() in STORES:
            rest, is_dbfs = self._in_store(STORES[scheme[1].lower()], rest), True
        elif scheme and scheme[1] not in ("dbfs", "file"):
            raise DbfsPathError(
                got=f"{text}, an address in a network",
                needed="a path in this workspace: its Spark reads no other machine's files",
                next_step="copy the files in: dbutils.fs.mkdirs('/in'), then open('/dbfs/in/...', 'w')",
            )
        rest = re.sub("/+", "/", rest)
        if not re.match("/dbfs(/|$)", rest) and (not is_dbfs or self._is_inside(rest)):
            real, border = Path(os.path.normpath(rest)), self.home
            if not real.is_relative_to(border):
                real = Path(os.path.normpath(real.resolve()))
        else:
            inside = re.sub("^/dbfs(?=/|$)", "", rest)
            real, border = Path(os.path.normpath(f"{self.root}/{inside}")), self.root
            if real.is_relative_to(self.root / WAREHOUSE):
                real, border = self._in_warehouse(real.relative_to(self.root / WAREHOUSE)), self._tables
        # A pattern may hold ".." where normpath does not see it: {a,../b}.
        climbs = not real.is_relative_to(border) or ".." in re.split("[/{},]", str(real))
        if climbs or not real.resolve().is_relative_to(self.home):
            raise DbfsPathError(
                got=f"{text}, which leads out of the workspace",
                needed=f"a path inside {self.root}, written as /..., dbfs:/... or /dbfs/...",
                next_step="for a file elsewhere on this machine use Python's open() or %sh",
            )
        return real

    def for_spark(self, path: str, *, writes: bool) -> str:
        """Return the path that Spark is given.

        Of files elsewhere on this machine, ``file:/...``, Spark may read and never write.
        """
        local = re.sub("/+", "/", path.removeprefix("file:"))
        is_elsewhere = not self._is_inside(local) and not local.startswith("/dbfs/")
        if path.startswith("file:/") and not writes and is_elsewhere:
            return path
        return str(self.locate(path))

    def address(self, real: Path) -> str:
        """Return the ``dbfs:/`` address of a real path inside DBFS; of another, its ``file:`` address."""
        if real.is_relative_to(self._tables):
            return f"dbfs:/{WAREHOUSE}/{real.relative_to(self._tables)}".removesuffix("/.")
        if real.is_relative_to(self.root):
            parts = real.relative_to(self.root).parts
            if parts[:1] == (CLOUD,) and len(parts) > 2:
                return f"{parts[1]}://{'/'.join(parts[2:])}"
            return f"dbfs:/{'/'.join(parts)}"
        return f"file:{real}"

    def shown(self, text: str) -> str:
        """Return a text of Spark's with the notebook's addresses in place of this disk's paths."""
        inside = re.compile(rf"file:/*({re.escape(str(self.home))}/[^\s,'\"]*)")
        return inside.sub(lambda found: self.address(Path(found[1])), text)

    def _in_store(self, store: str, rest: str) -> str:
        bucket, _, path = rest.lstrip("/").partition("/")
        if f"{store}://{bucket}" not in self._stores_met:
            self._stores_met.add(f"{store}://{bucket}")
            notice(
                f"{store}://{bucket}: on Databricks a store in a cloud; here the folder "
                f"dbfs:/{CLOUD}/{store}/{bucket} of this workspace, with what this notebook puts there."
            )
        return f"/{CLOUD}/{store}/{bucket}/{path}"

    def _in_warehouse(self, path: Path) -> Path:
        """Return where a managed table is: a lab's own database has no folder of its own."""
        database = path.parts[0].removesuffix(".db") if path.parts else ""
        if database == DATABASE and not (self._tables / path.parts[0]).exists():
            path = path.relative_to(path.parts[0])
        return Path(os.path.normpath(self._tables / path))

    def _is_inside(self, path: str) -> bool:
        return any(Path(path).is_relative_to(home) for home in self._homes)
