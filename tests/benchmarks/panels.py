"""What it costs the pipeline to be watched: the same drops with the stream panel and without."""

import json
import os
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import nbformat
from nbclient import NotebookClient

from tests.benchmarks.measuring import Comparison

CELL_SECONDS = 1200
CELL = "from tests.benchmarks.panels import watched_and_not\nprint(watched_and_not({drops}, {block}))"


def panels(*, drops=30, block=5):
    """Drop files into the exact pipeline, by turns with a stream panel that follows it and without.

    In a notebook's kernel, because that is where a panel sends its messages. The recorder listens to both
    sides, as it does in every lab.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = {
            "MEDALLION_LAB_HOME": str(place / "home"),
            "IPYTHONDIR": str(place / "ipython"),
            "JUPYTER_PREFER_ENV_PATH": "1",
        }
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(CELL.format(drops=drops, block=block))]
        )
        with patch.dict(os.environ, settings):
            resources = {"metadata": {"path": str(Path(__file__).parents[2])}}
            client = NotebookClient(
                notebook, timeout=CELL_SECONDS, kernel_name="python3", resources=resources
            )
            client.execute()
    printed = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    seconds = json.loads(printed.splitlines()[-1])
    return [
        Comparison(
            "file dropped until all three streams are done, watched by a stream panel",
            "s",
            "with the panel",
            seconds["watched"],
            "without it",
            seconds["alone"],
            "<= 1.03",
        )
    ]


def watched_and_not(drops, block):
    """Return the seconds of each drop as JSON, for both sides; called in the kernel."""
    from medallion_lab import open_lab
    from medallion_lab.observe.streams import wait_until_caught_up
    from medallion_lab.panels import stream_panel

    seconds = {"watched": [], "alone": []}
    with open_lab("bench_panels") as lab:
        queries = lab.start_pipeline(exact=True)
        # The first turn of each side warms up and is not counted.
        for turn in range(2 + 2 * drops // block):
            side = ("watched", "alone")[turn % 2]
            panel = stream_panel(lab) if side == "watched" else None
            for _ in range(block):
                begin = time.perf_counter()
                lab.shop.land(10)
                wait_until_caught_up(*queries)
                if turn > 1:
                    seconds[side].append(time.perf_counter() - begin)
            if panel:
                panel.close()
    return json.dumps(seconds)
