"""The exact pipeline in a process of its own, which ends by SIGKILL at a chosen moment.

``python -m tests.kills.pipeline WORKSPACE MOMENT alone``: the Python process dies and its JVM is left to find
out, as when a kernel is killed. With ``together`` in the last place both die at once, as when a machine does.
"""

import itertools
import os
import signal
import sys
import threading
import time

from medallion_lab import open_lab
from medallion_lab.layers import exact_silver, incremental_gold
from medallion_lab.observe.streams import wait_until_caught_up

CAUGHT_UP = "caught up"

CORRECTED = "silver: corrections written, not committed"
# A function of the pipeline, whether to die before or after it, and at which of its calls.
CALLS = {
    "silver: nothing written": (exact_silver, "append_quarantine", "before", 1),
    "silver: quarantine written, silver not": (exact_silver, "append_quarantine", "after", 1),
    "silver: new orders written, corrections not": (exact_silver, "insert_new", "after", 1),
    CORRECTED: (exact_silver, "update_known", "after", 1),
    "gold: nothing written": (incremental_gold, "replace_days", "before", 1),
    "gold: one table of two written": (incremental_gold, "replace_days", "after", 1),
    "gold: both written, not committed": (incremental_gold, "replace_days", "after", 2),
}
# A new file that shows how far Spark has come in what it does by itself.
FILES = {
    "bronze: planned, nothing written": "checkpoints/bronze/offsets/[0-9]*",
    "bronze: written, not committed": "tables/bronze_sales_tbl/_delta_log/*.json",
    "silver: in the midst of its merge": "tables/silver_sales_tbl/*.parquet",
    "gold: in the midst of a write": "tables/gold_revenue_tbl/order_date=*/*.parquet",
}
BEING_CREATED = "silver: its quarantine is being created"
FILES_ONCE = {BEING_CREATED: "tables/quarantine_sales_tbl/_delta_log"}
AT_RANDOM = "at random"


def die(*, alone):
    if alone:
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)


def die_at_call(place, name, side, number, *, alone):
    function = getattr(place, name)
    # Gold writes its two tables at once: the second call may begin before the first one ends.
    counts = {"before": itertools.count(1), "after": itertools.count(1)}

    def die_if_now(moment):
        if next(counts[moment]) == number and moment == side:
            die(alone=alone)

    def watched(*arguments, **named):
        die_if_now("before")
        result = function(*arguments, **named)
        die_if_now("after")
        return result

    setattr(place, name, watched)


def die_at_file(folder, pattern, *, alone):
    known = set(folder.glob(pattern))

    def watch():
        while set(folder.glob(pattern)) <= known:
            time.sleep(0.001)
        die(alone=alone)

    threading.Thread(target=watch, daemon=True).start()


def main(name, moment, alone):
    lab = open_lab(name, fresh=False)
    if moment in CALLS:
        die_at_call(*CALLS[moment], alone=alone)
    elif moment in FILES | FILES_ONCE:
        # But for the first start, the tables are there: a new file is one of a micro-batch.
        die_at_file(lab.workspace.path, (FILES | FILES_ONCE)[moment], alone=alone)
    queries = lab.start_pipeline(exact=True)
    wait_until_caught_up(*queries)
    print(CAUGHT_UP, flush=True)
    # At random, the test decides: it kills this process, here at the latest.
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] == "alone")
