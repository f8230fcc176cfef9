"""A stream's checkpoint and its tables live and die together: see before it starts whether one is gone.

Spark takes a checkpoint that is gone for a first start, and Delta makes a table that is gone anew: rows would
come twice, or never. So whoever deleted one of them by hand is told, and nothing is changed.
Term: checkpoint.
Taught in: book/layers/streams.ipynb.
"""

from pathlib import Path

from medallion_lab.errors import BrokenTableError, CheckpointError
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
        if not is_there(workspace, table):
            raise BrokenTableError(
                got=f"no table {table} in {workspace.tables}, and a checkpoint of {name} that has begun",
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


def is_there(workspace: Workspace, table: str) -> bool:
    """Return whether the table is on the disk; Spark knows a name also when its folder is gone."""
    return any((workspace.tables / table / "_delta_log").glob("*.json"))


def _lacks_notes(checkpoint: Path, name: str) -> bool:
    files = (checkpoint / "sources" / "0").glob("[0-9]*")
    return not (checkpoint / "metadata").exists() or (name == "bronze" and not any(files))


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
