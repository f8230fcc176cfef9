"""The schema log: each version of a learned schema is a small file that you can open and read.

A version is written under another name and then linked into place. So it is there whole or not at all, and
of two writers that want the same number only one gets it. Nothing is ever changed or removed.
Terms: schema log, schema location.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (a hidden
directory ``_schemas`` tracks schema changes).
"""

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql.types import StructType

from medallion_lab.errors import SchemaLogError

FOLDER = "_schemas"


@dataclass(frozen=True)
class SchemaVersion:
    """One version of a learned schema.

    Attributes
    ----------
    version : int
        Counted from 0; also the file's name.
    schema : StructType
        The columns of the records and of the folders, without the rescued data column.
    partition_columns : tuple of str
        Those of them that come from ``key=value`` folders.
    hints : str
        The ``cloudFiles.schemaHints`` that it was made with.
    reason : str
        Why this version was made, in one sentence.
    new_fields : tuple of str
        What this version has and the one before had not, nested ones as ``customer.tier``.
    written : datetime
        When it was written (UTC).
    """

    version: int
    schema: StructType
    partition_columns: tuple[str, ...]
    hints: str
    reason: str
    new_fields: tuple[str, ...]
    written: datetime


class SchemaLog:
    """The versions of one stream's schema, in ``<location>/_schemas``."""

    def __init__(self, location: str | Path) -> None:
        self.folder = Path(location) / FOLDER

    def versions(self) -> list[SchemaVersion]:
        """Return all versions, oldest first.

        Raises
        ------
        SchemaLogError
            If a version is missing in between, or a file does not read as one. Nothing is changed.
        """
        numbers = sorted(int(path.name) for path in self.folder.glob("[0-9]*") if path.name.isdigit())
        if numbers != list(range(len(numbers))):
            raise SchemaLogError(
                got=f"versions {', '.join(map(str, numbers))} in {self.folder}",
                needed="every version from 0 on",
                next_step="put the missing file back from a copy; or start over with an empty "
                "schemaLocation, checkpoint and table",
            )
        return [self._read(number) for number in numbers]

    def latest(self) -> SchemaVersion | None:
        """Return the newest version, or None if nothing was learned yet."""
        versions = self.versions()
        return versions[-1] if versions else None

    def append(
        self,
        version: int,
        schema: StructType,
        *,
        partition_columns: tuple[str, ...],
        hints: str,
        reason: str,
        new_fields: tuple[str, ...],
    ) -> SchemaVersion:
        """Write this version unless somebody else has, and return the one that is there.

        Raises
        ------
        SchemaLogError
            If it cannot be written.
        """
        content = {
            "format": 1,
            "version": version,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "reason": reason,
            "new_fields": new_fields,
            "partition_columns": partition_columns,
            "hints": hints,
            "schema": schema.jsonValue(),
        }
        write_whole(self.folder / str(version), json.dumps(content, indent=2, ensure_ascii=False))
        return self._read(version)

    def _read(self, version: int) -> SchemaVersion:
        path = self.folder / str(version)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return SchemaVersion(
                version=content["version"],
                schema=StructType.fromJson(content["schema"]),
                partition_columns=tuple(content["partition_columns"]),
                hints=content["hints"],
                reason=content["reason"],
                new_fields=tuple(content["new_fields"]),
                written=datetime.fromisoformat(content["written"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SchemaLogError(
                got=f"{path}, which does not read as a schema ({type(error).__name__}: {error})",
                needed="the file as Auto Loader wrote it",
                next_step="put it back from a copy; nothing was changed. If there is none, start over with "
                "an empty schemaLocation, checkpoint and table: the landed files are still there",
            ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all, unless it is there.

    Raises
    ------
    SchemaLogError
        If it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            # A link, unlike a rename, never replaces what is there.
            with suppress(FileExistsError):
                os.link(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SchemaLogError(
            got=f"{path}, which could not be written: {error.strerror}",
            needed="a folder with room and write access",
            next_step="make room, or choose another cloudFiles.schemaLocation; then start again",
        ) from error


def schema_versions(schema_location: str | Path) -> list[SchemaVersion]:
    """Return every version of the schema in a ``cloudFiles.schemaLocation``, oldest first.

    Raises
    ------
    SchemaLogError
        If the log cannot be read.
    """
    return SchemaLog(schema_location).versions()
