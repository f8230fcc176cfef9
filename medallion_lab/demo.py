"""The whole pipeline in a terminal: land a file, watch bronze, silver and gold appear, land more, clean up.

Term: Medallion Architecture.
Taught in: book/index.md.
"""

import time

from rich.console import Console
from rich.table import Table

from medallion_lab.lab import Lab, open_lab
from medallion_lab.observe.ledger import balance
from medallion_lab.observe.streams import list_streams, stop_all, wait_until_caught_up
from medallion_lab.runtime.workspace import BRONZE_TABLE, GOLD_TABLE, SILVER_TABLE, Workspace

WORKSPACE = "terminal_demo"


FAULTS = {"malformed_line": 1, "non_positive_quantity": 2, "messy_format": 3, "correction": 1}
"""What is wrong with the second file of the exact demo."""


def run_demo(console: Console, *, seed: int = 7, exact: bool = False) -> None:
    """Run bronze, silver and gold once, live, and print what each holds.

    Parameters
    ----------
    console : Console
        Where to print.
    seed : int, default 7
        The shop's seed.
    exact : bool, default False
        True takes the exact forms of silver and gold, and lands spoilt orders for the quarantine.

    Raises
    ------
    MedallionLabError
        If the lab cannot open, or a stream does not catch up.
    """
    started = time.monotonic()
    console.print("Opening the lab: Spark, Delta, a shop …")
    with open_lab(WORKSPACE, seed=seed) as lab:
        console.print(f"Open after {time.monotonic() - started:.0f} s.\n")
        console.print(f"The shop lands a file.  {lab.shop.land(10)}")
        queries = lab.start_pipeline(exact=exact)
        wait_until_caught_up(*queries)
        _print_tables(console, lab, "After the first file")
        landed = lab.shop.land(30, faults=FAULTS if exact else None)
        console.print(f"30 more orders land{', some of them spoilt' if exact else ''}.  {landed}")
        wait_until_caught_up(*queries)
        _print_tables(console, lab, "Gold has changed")
        if exact:
            console.print(f"{balance(lab.spark, lab.workspace)}\n")
        for stream in list_streams(lab.spark):
            console.print(
                f"Stream {stream.name}: {stream.state}, last micro-batch {stream.last_batch}, "
                f"{stream.input_rows} rows read"
            )
        console.print(f"Stopped: {', '.join(stop_all(lab.spark))}.")
    Workspace(WORKSPACE).remove()
    console.print(f"Cleaned up. The demo took {time.monotonic() - started:.0f} s.")


def _print_tables(console: Console, lab: Lab, title: str) -> None:
    bronze, silver = (lab.spark.table(name).count() for name in (BRONZE_TABLE, SILVER_TABLE))
    gold = Table(
        "region", "order_date", "total_quantity", title=f"{title}: {GOLD_TABLE}", title_justify="left"
    )
    for row in lab.spark.table(GOLD_TABLE).orderBy("order_date", "region").collect():
        gold.add_row(row.region, str(row.order_date), str(row.total_quantity))
    console.print(f"bronze {bronze} rows → silver {silver} rows → gold {gold.row_count} rows")
    console.print(gold)
