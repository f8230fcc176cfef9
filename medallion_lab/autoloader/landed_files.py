"""The files that have landed in a folder: which they are, what their folders say, and why there are none.

A file's name is what the file system says, letter by letter. Spark writes it as an address, in which a space
is %20 and a percent sign is %25: an address is decoded once, where a name is needed, and a name never.
Term: landing.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
(cloudFiles.partitionColumns, pathGlobFilter).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import LongType, StringType, StructField, StructType

from medallion_lab.autoloader.file_states import local_path
from medallion_lab.autoloader.options import Settings
from medallion_lab.errors import AutoLoaderOptionError, LandingNotFoundError, NothingToLearnFromError

ANY_NAME = {
    # Beside each file Spark looks for one with its checksum, and cannot write that one's name with a colon.
    "fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
    "fs.file.impl.disable.cache": "true",
}
"""Options with which Spark's file sources read a file of any name."""

FOLDER_COLUMN = re.compile(r"(?<=/)([^/=]+)=([^/]*)(?=/)")
PATTERN_LETTERS = re.compile(r"([\[\]{}*?\\])")
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


def exact_path(path: str | Path) -> str:
    r"""Return the path as Spark must be given it: what is there as it is written is no pattern.

    Raises
    ------
    AutoLoaderOptionError
        If it is a list of paths, an empty text, or an address on a cloud.
    """
    if not isinstance(path, str | Path):
        raise AutoLoaderOptionError(
            got=f"the path {path!r}",
            needed="one folder, as text",
            next_step="give the folder above, or a pattern such as /landing/{shop,web}; or start a stream a "
            "folder",
        )
    cloud = re.match(r"(?!file:)[a-zA-Z][a-zA-Z0-9+.-]+:/", str(path))
    if cloud or not str(path):
        raise AutoLoaderOptionError(
            got=f"a path on {cloud[0]} ({path})" if cloud else "an empty path",
            needed="a folder on this machine",
            next_step="download the files into a folder, and give that",
        )
    return PATTERN_LETTERS.sub(r"\\\1", str(path)) if _on_disk(path).exists() else str(path)


def landed(spark: SparkSession, path: str | Path, settings: Settings) -> list[str]:
    """Return the addresses of the files that have landed, oldest first; of none if the folder is not there.

    Raises
    ------
    AutoLoaderOptionError
        If the path is a pattern that Spark cannot follow.
    """
    listing = {
        name: settings.source[name]
        for name in ("recursiveFileLookup", "pathGlobFilter")
        if name in settings.source
    }
    try:
        with clear_failures(path):
            files = spark.read.format("binaryFile").options(**listing, **ANY_NAME).load(exact_path(path))
    except LandingNotFoundError:
        return []
    files = within_time(files, F.col("modificationTime"), settings)
    rows = files.select("_metadata.file_path", "modificationTime").orderBy("modificationTime", "path")
    return [row.file_path for row in rows.collect()]


def within_time(rows: DataFrame, changed: Column, settings: Settings) -> DataFrame:
    """Keep the rows of files whose last change (``timestamp``) ``modifiedAfter`` and its like allow."""

    def moment(text: str) -> Column:
        found = datetime.fromisoformat(text)
        return F.lit(found if found.tzinfo else found.replace(tzinfo=UTC))

    if settings.modified_after:
        rows = rows.where(changed > moment(settings.modified_after))
    if settings.modified_before:
        rows = rows.where(changed < moment(settings.modified_before))
    return rows


@contextmanager
def clear_failures(path: str | Path, *, called: str | None = None) -> Iterator[None]:
    """Say in our own words what Spark says of a path that it cannot list.

    Raises
    ------
    LandingNotFoundError
        If nothing is there.
    AutoLoaderOptionError
        If the path is a pattern that Spark cannot follow.
    """
    try:
        yield
    except AnalysisException as error:
        if error.getCondition() != "PATH_NOT_FOUND":
            raise
        raise missing(called or path) from error
    except IllegalArgumentException as error:
        name = re.search(r"Relative path in absolute URI: (.*)", str(error))
        if name is None:
            raise
        raise AutoLoaderOptionError(
            got=f"the pattern {called or path}, beside which is a folder with a colon in its name: {name[1]}",
            needed="names without a colon ':' where Spark compares them with a pattern",
            next_step="give the folder's name without a pattern; or rename that folder",
        ) from error


def missing(path: str | Path) -> LandingNotFoundError:
    """Return the error for a folder that is not there."""
    return LandingNotFoundError(
        got=f"{path}, where there is no folder",
        needed="the folder where files land",
        next_step="correct the path; or make the folder, and land a file in it",
    )


def nothing_landed(path: str | Path, settings: Settings, *, called: str | None = None) -> Exception:
    """Return the error for a folder without a file to learn from, which says why there is none."""
    folder, name = _on_disk(path), called or str(path)
    if not folder.exists():
        return missing(name)
    files = [file for file in folder.rglob("*") if file.is_file()]
    seen = [file for file in files if not any(map(_is_hidden, file.relative_to(folder).parts))]
    way_out = "or give a schema, or cloudFiles.schemaHints; or correct the path"
    if seen:
        asked = {"pathGlobFilter": settings.source.get("pathGlobFilter")}
        asked |= {"modifiedAfter": settings.modified_after, "modifiedBefore": settings.modified_before}
        options = " and ".join(f"{option}={value}" for option, value in asked.items() if value)
        if not options:
            return _nothing(
                f"{_files(seen)} in {name}, with nothing in them", f"land a file with a record; {way_out}"
            )
        got = f"{_files(seen)} in {name}, and none that fits {options}"
        return _nothing(got, f"correct the option; or land a file that it fits; {way_out}")
    if files:
        got = f"{_files(files)} in {name}, all hidden: names that begin with _ or a dot are passed over"
        return _nothing(got, f"land a file under a name that begins otherwise; {way_out}")
    return _nothing(f"no file in {name}: the folder is empty", f"land a file first; {way_out}")


def _nothing(got: str, next_step: str) -> NothingToLearnFromError:
    return NothingToLearnFromError(
        got=got, needed="at least one file with a record, to learn the schema from", next_step=next_step
    )


def _files(files: Sequence[Path]) -> str:
    example = files[0].name
    return f"the file {example}" if len(files) == 1 else f"{len(files)} files such as {example}"


def _is_hidden(name: str) -> bool:
    """Whether Spark passes over a file or folder of this name."""
    return name.startswith(".") or (name.startswith("_") and "=" not in name) or name.endswith("._COPYING_")


def _on_disk(path: str | Path) -> Path:
    return Path(re.sub("^file:(//)?(?=/)", "", str(path)))


def folder_columns(files: Sequence[str], settings: Settings) -> StructType:
    """Return the columns that the ``key=value`` folders of these files make."""
    values: dict[str, set[str]] = {}
    for file in files:
        for name, value in FOLDER_COLUMN.findall(str(local_path(file))):
            values.setdefault(unquote(name), set()).add(unquote(value))
    if settings.partition_columns is not None:
        values = {name: values.get(name, set()) for name in settings.partition_columns}
    kinds = {
        name: LongType() if settings.infer_types and found and all(map(_is_whole, found)) else StringType()
        for name, found in values.items()
    }
    return StructType([StructField(name, kind) for name, kind in kinds.items()])


def folder_value(field: StructField, file: Column) -> Column:
    """Return what the ``key=value`` folder in a file's address says: a column of this field's type.

    In a folder's name what no name may hold is written as Hive writes it: ``discount=5%25`` is 5%.
    """
    name = "".join(_letter(letter) for letter in field.name)
    found = F.regexp_extract(_decoded(file), f"/{name}=([^/]*)/", 1)
    value = _decoded(F.regexp_replace(found, "%(?![0-9a-fA-F]{2})", "%25"))
    return F.when((found != "") & (value != NO_VALUE), value).try_cast(field.dataType)


def _decoded(text: Column) -> Column:
    # A plus is a plus, in an address as in a name.
    return F.try_url_decode(F.replace(text, F.lit("+"), F.lit("%2B")))


def _letter(letter: str) -> str:
    """Return a pattern for this letter of a folder's name, written as it is or escaped."""
    as_it_is = re.escape(letter)
    return as_it_is if letter.isalnum() or ord(letter) > 127 else f"(?:{as_it_is}|%(?i:{ord(letter):02x}))"


def _is_whole(text: str) -> bool:
    return text == NO_VALUE or re.fullmatch(r"-?\d{1,18}", text) is not None
