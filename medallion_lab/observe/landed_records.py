"""Every record that has landed, judged; also those whose files are not in the landing folder any more.

A landing folder is emptied in time, by a rule or by hand. What it held is then known from bronze alone, which
keeps every record as it came; whether that is all of it nobody can tell any more.
Terms: landing, ledger.
Taught in: book/layers/bronze.ipynb.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab.observe.judgement import Record, judge
from medallion_lab.observe.landed import (
    ALIASES,
    Line,
    landed_files,
    local_file,
    name_in,
    read_lines,
    read_record,
)
from medallion_lab.observe.wording import shorten
from medallion_lab.runtime.workspace import BRONZE_TABLE, DATABASE, Workspace

# How the rescued data column writes a record that is none.
WHOLE, WHOLE_IN_BASE64, FILE = "_corrupt_record", "_corrupt_record_base64", "_file_path"


def landed_records(
    spark: SparkSession, workspace: Workspace, *, files: Iterable[Path] | None = None
) -> tuple[list[Record], tuple[str, ...]]:
    """Return every record that has landed, and a note on those whose files are gone from the folder.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    workspace : Workspace
        Where the files landed.
    files : iterable of Path, optional
        Every file that has landed. By default those in the landing folder, and what bronze has of others.
    """
    has_bronze = spark.catalog.tableExists(f"{DATABASE}.{BRONZE_TABLE}")
    bronze = spark.table(f"{DATABASE}.{BRONZE_TABLE}").select("input_file").distinct() if has_bronze else None
    addresses = {row.input_file: local_file(row.input_file) for row in bronze.collect()} if bronze else {}
    there = landed_files(workspace) if files is None else list(files)
    known = {name_in(workspace.landing, path) for path in addresses.values()}
    lines = read_lines(there, name_of=partial(name_in, workspace.landing, known=known))
    gone: list[Line] = []
    if files is None:
        left = set(addresses.values()).difference(there)
        inside = [
            one for one, path in addresses.items() if path in left and workspace.landing in path.parents
        ]
        gone = list(_lines_in_bronze(spark, workspace, inside)) if inside else []
    return [judge(line) for line in (*lines, *gone)], tuple(told_of_gone(gone))


def told_of_gone(lines: Sequence[Line]) -> list[str]:
    """Say in one sentence, or none, how many orders are gone from the folder, and of which files."""
    if not lines:
        return []
    was, gone = ("order was", "is gone") if len(lines) == 1 else ("orders were", "are gone")
    files = shorten(sorted({line.file for line in lines}))
    return [f"{len(lines)} {was} landed and {gone} from the folder: {files}; bronze has them"]


def _lines_in_bronze(spark: SparkSession, workspace: Workspace, addresses: list[str]) -> Iterator[Line]:
    """Give what bronze has of these files; of one in two micro-batches, the first, which read it."""
    of_them = spark.table(f"{DATABASE}.{BRONZE_TABLE}").where(F.col("input_file").isin(addresses))
    batches: dict[str, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for row in of_them.withColumn("load_time", F.unix_micros("load_time")).collect():
        name = name_in(workspace.landing, local_file(row.input_file))
        batches[name][row.load_time].append(_line(name, row.asDict(), row["_rescued_data"]))
    for name in sorted(batches):
        yield from batches[name][min(batches[name])]


def _line(file: str, payload: Mapping[str, str | None], rescued: str | None) -> Line:
    """Make a landed line again of a row of bronze; which line of the file it was nobody knows."""
    told = read_record(rescued.encode()) or {} if rescued else {}
    whole = told.get(WHOLE)
    if whole is not None or WHOLE_IN_BASE64 in told:
        return Line(file, 0, whole or "\ufffd", read_record((whole or "").encode()))
    own = {name: payload[name] for name in ALIASES if payload[name] is not None}
    return Line(file, 0, "", {name: value for name, value in (told | own).items() if name != FILE})
