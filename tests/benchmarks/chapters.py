"""How long a reader waits for a chapter that runs from top to bottom, against a bare start."""

import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

from medallion_lab.runtime.session import start_session, stop_jvm
from tests.benchmarks.measuring import Comparison
from tests.notebooks.chapters import ROOT
from tests.notebooks.chapters import chapters as all_chapters

CELL_SECONDS = 300


def chapters(*, names=()):
    """Run each chapter once in a kernel of its own, against a bare start: a session and one Delta write.

    The bare start comes first, twice: the first time brings Spark's files into the machine's memory, the
    second says how much of a chapter no chapter can save, and how quick the machine is in this hour.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        bare = [_bare_start(place / f"bare_{turn}") for turn in range(2)][-1]
        seconds = {
            chapter: _run(chapter, place / f"home_{chapter.stem}")
            for chapter in all_chapters()
            if not names or chapter.stem in names
        }
    return [
        Comparison(
            f"chapter {chapter.relative_to(ROOT / 'book').with_suffix('')}, top to bottom",
            "s",
            "one run",
            [passed],
            "a session's start and one Delta write alone",
            [bare],
            None,
        )
        for chapter, passed in seconds.items()
    ]


def _bare_start(place):
    place.mkdir()
    begin = time.perf_counter()
    try:
        spark = start_session(warehouse=place / "tables", log_file=place / "spark.log")
        spark.range(10).write.format("delta").save(str(place / "tables" / "numbers"))
        return time.perf_counter() - begin
    finally:
        stop_jvm()


def _run(chapter, home):
    notebook = nbformat.read(chapter, as_version=4)
    # Workspaces and an IPython of its own: nothing of the reader's is in the way, or touched.
    settings = {
        "MEDALLION_LAB_HOME": str(home),
        "IPYTHONDIR": str(home.with_name(f"{home.name}_ipython")),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    with patch.dict(os.environ, settings):
        client = NotebookClient(
            notebook,
            timeout=CELL_SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(chapter.parent)}},
        )
        begin = time.perf_counter()
        client.execute()
        return time.perf_counter() - begin
