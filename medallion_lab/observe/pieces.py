"""A stream's checkpoint and its tables live and die together: see before it starts whether one is gone.

Spark takes a checkpoint that is gone for a first start, and Delta makes a table that is gone anew: rows would
come twice, or never. So whoever deleted one of them by hand is told, and nothing is changed.
Term: checkpoint.
Taught in: book/layers/streams.ipynb.
"""

import json
from pathlib import Path

from medallion_lab.errors import BrokenTableError, CheckpointError, LandingNotFoundError, MedallionLabError
from medallion_lab.observe.checkpoint import last_begun, last_committed
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
    Workspace,
)

# What a stream reads, what it writes, and of that what would be there twice if it read everything once more.
SIMPLE = {
    "bronze": ((), (BRONZE_TABLE,), (BRONZE_TABLE,)),
    "silver": ((BRONZE_TABLE,), (SILVER_TABLE,), (SILVER_TABLE,)),
    "gold": ((SILVER_TABLE,), (GOLD_TABLE,), ()),
}
EXACT = SIMPLE | {
    "silver": ((BRONZE_TABLE,), (SILVER_TABLE, QUARANTINE_TABLE), (QUARANTINE_TABLE,)),
    "gold": ((SILVER_TABLE,), (GOLD_TABLE, GOLD_REVENUE_TABLE), ()),
}


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
    reads, writes, doubles = (EXACT if exact else SIMPLE)[name]
    checkpoint = workspace.checkpoints / name
    begun = last_begun(checkpoint)
    if begun < last_committed(checkpoint) or (begun >= 0 and _lacks_notes(checkpoint, name)):
        raise CheckpointError(
            got=f"{checkpoint}, of which a part is gone",
            needed=f"all that {name} has noted: without it rows would be there twice, or never",
            next_step=_way_out(workspace),
        )
    for table in (*reads, *writes) if begun >= 0 else ():
        created_ms = _created_ms(workspace, table)
        if created_ms is None or created_ms > _began_ms(checkpoint):
            what = "no table" if created_ms is None else "another table"
            raise BrokenTableError(
                got=f"{what} {table} in {workspace.tables}, and a checkpoint of {name} that has begun",
                needed="both, or neither of them: what a stream has read once it does not read again",
                next_step=_way_out(workspace),
            )
    for table in doubles if begun < 0 else ():
        if _has_rows(workspace, table):
            raise CheckpointError(
                got=f"{table} with rows, and no checkpoint of {name} in {workspace.checkpoints}",
                needed="both, or neither of them: without its notes the stream takes everything once more, "
                "and each row would be there twice",
                next_step=_way_out(workspace),
            )


def needs(workspace: Workspace, name: str, *, exact: bool) -> list[tuple[Path, MedallionLabError]]:
    """Return what a stream of the pipeline needs while it runs: each path, and the error when it is gone."""
    reads, writes, _ = (EXACT if exact else SIMPLE)[name]
    checkpoint, landing = workspace.checkpoints / name, workspace.landing
    tables = [workspace.tables / table for table in (*reads, *writes)]

    def was(path: Path) -> str:
        return f"{path}, which was deleted or renamed while {name} was running"

    no_table = "the tables that a stream reads and writes"
    way_out = _way_out(workspace)
    found: list[tuple[Path, MedallionLabError]] = [
        *((table / "_delta_log", BrokenTableError(was(table), no_table, way_out)) for table in tables),
        (checkpoint / "metadata", CheckpointError(was(checkpoint), "the notes of what was read", way_out)),
    ]
    if name == "bronze":
        again = "land a file, which makes the folder anew, or rename it back; then lab.start_stream('bronze')"
        error = LandingNotFoundError(was(landing), "the folder where files land", again)
        found.append((landing, error))
    return found


def _created_ms(workspace: Workspace, table: str) -> int | None:
    """Return when this table was created, in milliseconds since 1970; 0 if nobody knows, None without it."""
    log = workspace.tables / table / "_delta_log"
    if not any(log.glob("*.json")):
        return None
    first = log / f"{0:020}.json"
    # After some weeks Delta removes the oldest entries.
    lines = first.read_text(encoding="utf-8").splitlines() if first.exists() else []
    actions = (json.loads(line) for line in lines)
    return next((action["metaData"]["createdTime"] for action in actions if "metaData" in action), 0)


def _began_ms(checkpoint: Path) -> float:
    # Some file systems write the time in whole seconds.
    return ((checkpoint / "metadata").stat().st_mtime + 2) * 1000


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
