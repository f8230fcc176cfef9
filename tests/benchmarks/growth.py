"""Whether a micro-batch of the exact pipeline costs the same when the tables have grown.

Reaching 1,000 commits by live micro-batches would take an hour. So bronze and silver get most of their
commits by plain appends of ten orders, one Parquet file a commit, as a micro-batch leaves it. Silver's are
the orders of one file of the shop after the other, as the pipeline would have written them. Bronze's are
those of the first file over and over, as if it had been sent again: silver's first micro-batch takes them
all, and other orders there would have it rewrite all of its files into one. Gold takes all of silver's
changes; from there on files are dropped and micro-batches are live. The thousand files of the most commits
are then made few by OPTIMIZE, and measured once more. The million rows land in bulk and pass the pipeline
itself, as a backfill; the shop's clock goes on, so what is dropped later belongs to the days after them.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from medallion_lab import open_lab
from medallion_lab.layers.bronze import PAYLOAD
from medallion_lab.observe.delta_log import DeltaLog
from medallion_lab.observe.streams import micro_batches, wait_until_caught_up
from medallion_lab.shop.catalogue import CUSTOMERS
from medallion_lab.shop.clock import landing_time
from medallion_lab.shop.landing import land_file
from medallion_lab.shop.orders import as_json_lines, make_orders
from tests.benchmarks.measuring import Comparison, end_lab, row_files, temporary_home, versions

WORKSPACE = "bench_growth"
SEED = 7
ORDERS = 10
CATCH_UP_SECONDS = 900
REGIONS = {customer_id: region for customer_id, _, region in CUSTOMERS}


def growth(*, commits=(10, 100, 1_000), rows=1_000_000, files=100, drops=10, warm_up=9):
    """Drop files of 10 orders into the exact pipeline, with few and with many commits, and with many rows.

    Each size has a JVM of its own, and the same number of drops warms it up.
    """
    few, *many = commits
    seconds = {}
    with temporary_home():
        for count in commits:
            # Creating the table is a commit too, and so is each drop that warms up.
            appended = max(0, count - warm_up - 1)
            _append_commits(appended)
            seconds[f"{count:,} commits"] = _seconds_of_drops(
                appended, drops=drops, warm_up=warm_up, files=appended
            )
        compacted = f"{many[-1]:,} commits, after OPTIMIZE"
        _optimize()
        seconds[compacted] = _seconds_of_drops(appended + warm_up + drops, drops=drops, warm_up=warm_up)
        _backfill(rows, files=files)
        seconds[f"{rows:,} rows"] = _seconds_of_drops(files + 1, drops=drops, warm_up=warm_up)
    return [
        Comparison(
            f"{layer}'s micro-batch at {size}, exact forms",
            "s",
            size,
            seconds[size][layer],
            f"{few} commits",
            seconds[f"{few:,} commits"][layer],
            "<= 1.5",
        )
        for layer in ("silver", "gold")
        for size in list(seconds)[1:]
    ]


def _seconds_of_drops(landed, *, drops, warm_up, files=0):
    """Return what the counted micro-batches took, for each layer; files are numbered from ``landed`` on."""
    with open_lab(WORKSPACE, fresh=False) as lab:
        bronze, *layers = queries = lab.start_pipeline(exact=True)
        wait_until_caught_up(*queries, timeout_seconds=CATCH_UP_SECONDS)
        _require_files(lab.workspace.tables / "silver_sales_tbl", at_least=files)
        seconds = {query.name: [] for query in layers}
        for number in range(1, warm_up + drops + 1):
            before = {query.name: _last_batch(query) for query in layers}
            lines = as_json_lines(make_orders(ORDERS, seed=SEED, file_number=landed + number))
            land_file(lab.workspace.landing / f"sales_{landed + number:06}.json", lines)
            wait_until_caught_up(*queries, timeout_seconds=CATCH_UP_SECONDS)
            for query in layers:
                new = [one for one in micro_batches(query) if one.batch_id > before[query.name]]
                if len(new) != 1:
                    raise RuntimeError(f"{len(new)} micro-batches of {query.name} for one file, not one")
                if number > warm_up:
                    seconds[query.name].append(new[0].seconds)
        if bronze.exception():
            raise RuntimeError(f"bronze failed: {bronze.exception()}")
    end_lab()
    return seconds


def _optimize():
    """Have Delta put the many small files of the tables that a micro-batch reads into few."""
    with open_lab(WORKSPACE, fresh=False) as lab:
        for table in ("bronze_sales_tbl", "silver_sales_tbl"):
            lab.spark.sql(f"OPTIMIZE {table}")
    end_lab()


def _require_files(table, *, at_least):
    log = DeltaLog(table)
    log.advance()
    files = row_files(log)
    if len(files) < at_least:
        raise RuntimeError(
            f"{table.name} has {len(files)} files; one for each of {at_least} commits is meant"
        )


def _last_batch(query):
    batches = micro_batches(query)
    return batches[-1].batch_id if batches else -1


def _append_commits(count):
    """Begin a workspace whose bronze and silver have this many commits of orders."""
    with open_lab(WORKSPACE) as lab:
        lab.start_pipeline(exact=True, available_now=True)

        def append(table, as_values):
            for file_number in range(1, count + 1):
                rows = ", ".join(as_values(file_number))
                # One partition, so that a commit is one file, as in a micro-batch.
                lab.spark.sql(f"INSERT INTO {table} SELECT /*+ COALESCE(1) */ * FROM VALUES {rows}")

        with ThreadPoolExecutor(2) as pool:
            tasks = [
                pool.submit(append, "bronze_sales_tbl", _bronze_values),
                pool.submit(append, "silver_sales_tbl", _silver_values),
            ]
            for task in tasks:
                task.result()
        for table in ("bronze_sales_tbl", "silver_sales_tbl"):
            if (found := versions(lab.workspace.tables / table)) != count + 1:
                raise RuntimeError(
                    f"{table} has {found} versions; its creation and {count} commits are meant"
                )
    end_lab()


def _bronze_values(file_number):
    for order in make_orders(ORDERS, seed=SEED, file_number=1):
        texts = ", ".join(f"'{getattr(order, name)}'" for name in PAYLOAD)
        yield f"({texts}, NULL, 'sales_{file_number:06}.json', {_load_time(file_number)})"


def _silver_values(file_number):
    for order in make_orders(ORDERS, seed=SEED, file_number=file_number):
        day = datetime.fromisoformat(order.order_timestamp).date()
        yield (
            f"('{order.order_id}', {order.customer_id}, '{REGIONS[order.customer_id]}', {order.product_id}, "
            f"{order.quantity}, TIMESTAMP'{order.order_timestamp}', DATE'{day}', {_load_time(file_number)})"
        )


def _load_time(file_number):
    return f"TIMESTAMP'{landing_time(file_number)}'"


def _backfill(rows, *, files):
    """Begin a workspace with this many rows, which the pipeline itself took from landed files."""
    # The first micro-batch fixes how many partitions a stream's shuffles have: the live streams', not these.
    with open_lab(WORKSPACE, seed=SEED) as lab:
        lab.shop.land(ORDERS)
        lab.start_pipeline(exact=True, available_now=True)
    end_lab()
    with open_lab(WORKSPACE, seed=SEED, fresh=False, profile="throughput") as lab:
        lab.shop.land_bulk(lab.spark, rows, files=files)
        lab.start_pipeline(exact=True, available_now=True)
        found = lab.spark.table("silver_sales_tbl").count()
    end_lab()
    if found != rows + ORDERS:
        raise RuntimeError(f"{found:,} rows in silver, {rows + ORDERS:,} landed")
