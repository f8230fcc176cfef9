"""Orders that have landed and whose files are not in the landing folder any more: bronze alone has them.

A landing folder is emptied in time, by a rule or by hand. What it held is then known from bronze, which keeps
every record as it came; whether that is all of it nobody can tell any more.
Terms: landing, ledger.
Taught in: book/layers/bronze.ipynb.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion_lab.observe.landed import ALIASES, Line, local_file, name_in, read_record
from medallion_lab.observe.wording import shorten
from medallion_lab.runtime.workspace import BRONZE_TABLE, DATABASE, Workspace

# How the rescued data column writes a record that is none.
WHOLE, WHOLE_IN_BASE64, FILE = "_corrupt_record", "_corrupt_record_base64", "_file_path"


def gone_lines(spark: SparkSession, workspace: Workspace, files: Iterable[Path]) -> list[Line]:
    """Return the records that bronze has of files which are gone from the landing folder.

    A stream takes a file in one micro-batch: rows that a later one has of it are not its own.

    Parameters
    ----------
    spark : SparkSession
        The session, with the database ``medallion``.
    workspace : Workspace
        Where the files landed.
    files : iterable of Path
        Those that are there.

    Returns
    -------
    list of Line
        File by file, with the number 0: which lines they were nobody knows.
    """
    if not spark.catalog.tableExists(f"{DATABASE}.{BRONZE_TABLE}"):
        return []
    bronze, there = spark.table(f"{DATABASE}.{BRONZE_TABLE}"), set(files)
    addresses = [row.input_file for row in bronze.select("input_file").distinct().collect()]
    gone = [address for address in filter(None, addresses) if _is_gone(local_file(address), workspace, there)]
    if not gone:
        return []
    moment = F.unix_micros("load_time").alias("moment")
    rows = bronze.where(F.col("input_file").isin(gone)).select(
        *ALIASES, "_rescued_data", "input_file", moment
    )
    batches: dict[str, dict[int, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for row in rows.collect():
        name = name_in(workspace.landing, local_file(row.input_file))
        batches[name][row.moment].append(_line(name, row.asDict(), row["_rescued_data"]))
    return [line for name in sorted(batches) for line in batches[name][min(batches[name])]]


def told_of_gone(lines: Sequence[Line]) -> list[str]:
    """Say in one sentence, or none, how many orders are gone from the folder, and of which files."""
    if not lines:
        return []
    was, gone = ("order was", "is gone") if len(lines) == 1 else ("orders were", "are gone")
    files = shorten(sorted({line.file for line in lines}))
    return [f"{len(lines)} {was} landed and {gone} from the folder: {files}; bronze has them"]


def _is_gone(path: Path, workspace: Workspace, there: set[Path]) -> bool:
    return path.is_relative_to(workspace.landing) and path not in there


def _line(file: str, payload: Mapping[str, str | None], rescued: str | None) -> Line:
    """Make a landed line again of a row of bronze."""
    told = read_record(rescued.encode()) or {} if rescued else {}
    whole = told.get(WHOLE)
    if whole is not None or WHOLE_IN_BASE64 in told:
        return Line(file, 0, whole or "\ufffd", read_record((whole or "").encode()))
    fields = told | {name: payload[name] for name in ALIASES if payload[name] is not None}
    fields.pop(FILE, None)
    return Line(file, 0, "", fields)
