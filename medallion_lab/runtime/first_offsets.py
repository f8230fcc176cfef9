"""Let a stream start whose very first note was cut short, by a kill or a stop.

Spark refuses a checkpoint that has no micro-batch and still is not empty: it takes it for another stream's.
What a cut write leaves there is a hidden draft, which nobody will ever read.
Term: checkpoint.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/structured-streaming-programming-guide.html (recovering from
failures), and the setting spark.sql.streaming.verifyCheckpointDirectoryEmptyOnStart
"""

from pathlib import Path


def remove_drafts(checkpoint: Path) -> None:
    """Remove the drafts in a checkpoint that holds no micro-batch yet; of any other nothing is touched.

    Parameters
    ----------
    checkpoint : Path
        The folder of one stream that does not run; it need not exist.
    """
    if any(path.name.isdigit() for path in checkpoint.glob("offsets/*")):
        return
    for room in ("offsets", "commits"):
        for draft in checkpoint.glob(f"{room}/.*.tmp*"):
            draft.unlink(missing_ok=True)
