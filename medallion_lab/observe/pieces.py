"""A stream's checkpoint and its tables live and die together: see before it starts whether one is gone.

Spark takes a checkpoint that is gone for a first start, and Delta makes a table that is gone anew: rows would
come twice, or never. So whoever deleted one of them by hand is told, and nothing is changed.
Term: checkpoint.
Taught in: book/layers/streams.ipynb.
"""

from pathlib import Path

from medallion_lab.errors import BrokenTableError, CheckpointError, LandingNotFoundError, MedallionLabError
from medallion_lab.observe.checkpoint import last_begun, last_committed
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.observe.followed import TABLES
from medallion_lab.runtime.workspace import BRONZE_TABLE, SILVER_TABLE, Workspace

READS = {"bronze": (), "silver": (BRONZE_TABLE,), "gold": (SILVER_TABLE,)}
BOTH = "both, or neither of them: "


def require_pieces(workspace: Workspace, name: str, *, exact: bool) -> None:
    """Refuse to start a stream of the pipeline that would lose rows, or take them twice.

    Parameters
    ----------
    workspace : Workspace
        Where its checkpoint and its tables are.
    name : str
        ``bronze``, ``silver`` or ``gold``.
    exact : bool
        Which form of it is to start.

    Raises
    ------
    BrokenTableError
        If it has begun, and a table that it reads or writes is gone.
    CheckpointError
        If its checkpoint is gone, or a part of it, and a table that it writes has rows.
    """
    writes, checkpoint, way_out = _writes(name, exact), workspace.checkpoints / name, _way_out(workspace)
    begun = last_begun(checkpoint)
    if begun < last_committed(checkpoint) or (begun >= 0 and _lacks_notes(checkpoint, name)):
        needed = "all that it has noted: without it rows would be there twice, or never"
        raise CheckpointError(f"{checkpoint}, of which a part is gone", needed, way_out)
    for table in (*READS[name], *writes) if begun >= 0 else ():
        if not any((workspace.tables / table / "_delta_log").glob("*.json")):
            got = f"no table {table} in {workspace.tables}, and a checkpoint of {name} that has begun"
            raise BrokenTableError(got, f"{BOTH}what a stream has read once it does not read again", way_out)
    # Whoever reads silver once more gets the same sums; of the exact silver only the quarantine would double.
    if begun < 0 and name != "gold" and _has_rows(workspace, writes[-1]):
        got = f"{writes[-1]} with rows, and no checkpoint of {name} in {workspace.checkpoints}"
        raise CheckpointError(got, f"{BOTH}without its notes the stream takes each row once more", way_out)


def needs(workspace: Workspace, name: str, *, exact: bool) -> list[tuple[Path, MedallionLabError]]:
    """Return what a stream of the pipeline needs while it runs: each path, and the error when it is gone."""

    def gone(path: Path) -> str:
        return f"{path}, which was deleted or renamed while {name} was running"

    checkpoint, way_out = workspace.checkpoints / name, _way_out(workspace)
    tables = [workspace.tables / table for table in (*READS[name], *_writes(name, exact))]
    found: list[tuple[Path, MedallionLabError]] = [
        (table / "_delta_log", BrokenTableError(gone(table), "the tables that it reads and writes", way_out))
        for table in tables
    ]
    lost = CheckpointError(gone(checkpoint), "the notes of what it has read", way_out)
    found.append((checkpoint / "metadata", lost))
    if name == "bronze":
        again = "land a file, which makes the folder anew, or rename it back; then lab.start_stream('bronze')"
        error = LandingNotFoundError(gone(workspace.landing), "the folder where files land", again)
        found.append((workspace.landing, error))
    return found


def _writes(name: str, exact: bool) -> tuple[str, ...]:
    return TABLES[name] if exact else TABLES[name][:1]


def _lacks_notes(checkpoint: Path, name: str) -> bool:
    # Which files were taken: from the first one on, or all of them in a log that Spark has put together.
    logs = {path.suffix or path.name for path in (checkpoint / "sources" / "0").glob("[0-9]*")}
    return not (checkpoint / "metadata").exists() or (name == "bronze" and logs.isdisjoint(("0", ".compact")))


def _has_rows(workspace: Workspace, table: str) -> bool:
    log = DeltaLog(workspace.tables / table)
    log.advance()
    # Nobody knows how many rows there are when the log does not begin at 0 any more.
    return bool(log.commits) and log.commits[-1].rows != 0


def _way_out(workspace: Workspace) -> str:
    return (
        "put it back from a copy; or close the lab, delete the folders tables and checkpoints in "
        f"{workspace.path}, both, and open it with fresh=False: the files that are in landing are read again"
    )
