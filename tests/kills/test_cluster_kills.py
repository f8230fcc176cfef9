"""The exact pipeline on a Spark cluster, whose parts are killed in the middle of its work: no row is lost.

What came of it is read from outside, by delta-rs and plain Python: neither this Spark nor the layers have a
say in it. Where each task ran is in Spark's own event log.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from deltalake import DeltaTable, QueryBuilder

from medallion_lab.observe.expected import recompute
from medallion_lab.runtime.workspace import Workspace
from medallion_lab.shop import Shop
from tests.clusters import (
    PORT_OF_THE_PAGE,
    commands,
    has_ended,
    kill,
    running_cluster,
    surroundings,
    wait_for,
)
from tests.kills.pipeline import AT_RANDOM, CAUGHT_UP
from tests.kills.test_kills import FAULTS

# A story takes minutes: `make kills` tells five. Each kills an executor, a worker and the driver.
STORIES = int(os.environ.get("KILL_ROUNDS", "0")) // 20
pytestmark = pytest.mark.skipif(not STORIES, reason="takes minutes: `make kills` runs it")
NAME = "kills_on_a_cluster"
ORDERS = 4000


@pytest.mark.parametrize("story", range(max(STORIES, 1)))
def test_a_killed_executor_worker_or_driver_loses_no_row_and_doubles_none(home, tmp_path, story):
    workspace = Workspace(NAME)
    shop = Shop(workspace.landing, seed=100 + story, answer_key=workspace.answer_key)
    shop.land(50)
    workspace.close()
    with running_cluster(tmp_path / "cluster") as cluster:
        with pipeline(cluster, tmp_path):
            settle(workspace, shop, "the first orders")

            with frozen_in_a_micro_batch(workspace, shop, cluster) as executor:
                kill(executor)
            settle(workspace, shop, "an executor was killed")
            wait_for("a new executor", lambda: len(cluster.executors()) == 2)

            with frozen_in_a_micro_batch(workspace, shop, cluster) as executor:
                lost = next(worker for worker in cluster.workers if executor in cluster.executors(worker))
                kill(lost)
            settle(workspace, shop, "a worker was killed")
            wait_for("its executor to end", lambda: has_ended(executor))

        with pipeline(cluster, tmp_path) as driver:
            land(shop)
            wait_for("a micro-batch", lambda: open_batches(workspace))
            freeze_in_a_micro_batch(workspace, driver)
            os.killpg(driver.pid, signal.SIGKILL)
            driver.wait(timeout=60)
        assert open_batches(workspace), "the driver was to be killed in the middle of a micro-batch"
        wait_for("the executors to end with their driver", lambda: not cluster.executors())
        with pipeline(cluster, tmp_path):
            settle(workspace, shop, "the driver was killed")
    ran, lost_in_batches = tasks(tmp_path / "events")
    assert ran["driver"] == 0, ran
    assert sum(ran.values()) > 100, ran
    assert lost_in_batches, "Spark noted no task of a micro-batch as lost with its executor"


def test_the_pages_commands_run_the_exact_pipeline_on_the_executors(home, tmp_path):
    with running_cluster(tmp_path / "cluster") as cluster:
        script = "\n".join([*commands("export MEDALLION_LAB_MASTER="), *commands("medallion-lab ")])
        run = subprocess.run(
            ["bash", "-ec", script.replace(PORT_OF_THE_PAGE, cluster.port)],
            env=surroundings(SPARK_CONF_DIR=noting_events(tmp_path)),
            capture_output=True,
            text=True,
            timeout=500,
        )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "executors: 2 on" in run.stdout
    assert "✓ balanced: 41 landed" in run.stdout
    ran, _ = tasks(tmp_path / "events")
    assert ran["driver"] == 0, ran
    assert min(ran["0"], ran["1"]) > 0, ran


def test_what_listens_and_is_no_master_gives_no_session_and_spoils_no_later_one(tmp_path):
    code = """
import os
from medallion_lab.errors import MasterError
from medallion_lab.runtime.session import start_session
try:
    start_session()
except MasterError as error:
    print(error.got)
os.environ["MEDALLION_LAB_MASTER"] = "local[1]"
print("rows:", start_session().range(3).count())
"""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as page:
        Thread(target=page.serve_forever, daemon=True).start()
        master = f"spark://127.0.0.1:{page.server_port}"
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=surroundings(MEDALLION_LAB_MASTER=master),
            capture_output=True,
            text=True,
            timeout=300,
        )
        page.shutdown()
    said, rows = run.stdout.splitlines()
    assert said.startswith(f"{master}, which gave no session"), run.stderr
    assert rows == "rows: 3"


# ---------------------------------------------------------------- running it
@contextmanager
def pipeline(cluster, folder):
    """Run the exact pipeline on the cluster, from a driver that is a process group of its own."""
    said = folder / "said.txt"
    with said.open("w") as output:
        driver = subprocess.Popen(
            [sys.executable, "-m", "tests.kills.pipeline", NAME, AT_RANDOM, "together"],
            env=surroundings(MEDALLION_LAB_MASTER=cluster.master, SPARK_CONF_DIR=noting_events(folder)),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for("the pipeline", lambda: CAUGHT_UP in said.read_text() or driver.poll() is not None)
        assert driver.poll() is None, said.read_text()
        yield driver
        if driver.poll() is None:
            # It closes the lab, and its last words say what went wrong.
            driver.stdin.close()
            assert driver.wait(timeout=120) == 0, said.read_text()
    finally:
        if driver.poll() is None:
            os.killpg(driver.pid, signal.SIGKILL)
        driver.wait(timeout=60)


def noting_events(folder):
    """Return a folder of settings, by the way that the page names, with which Spark notes each task."""
    settings, events = folder / "settings", folder / "events"
    settings.mkdir(exist_ok=True)
    events.mkdir(exist_ok=True)
    (settings / "spark-defaults.conf").write_text(
        f"spark.eventLog.enabled true\nspark.eventLog.compress false\nspark.eventLog.dir {events.as_uri()}\n"
    )
    return str(settings)


def land(shop):
    for _ in range(4):
        shop.land(ORDERS // 4, faults=FAULTS)


@contextmanager
def frozen_in_a_micro_batch(workspace, shop, cluster):
    """Land orders, and stop an executor that works on them: nothing of it can end before it is killed."""
    land(shop)

    def one():
        for executor in cluster.executors() if open_batches(workspace) else []:
            if cluster.is_working(executor):
                cluster.freeze(executor)
                if open_batches(workspace) and cluster.is_working(executor):
                    return executor
                executor.resume()
        return None

    executor = wait_for("an executor at work on a micro-batch", one)
    try:
        yield executor
    finally:
        if not has_ended(executor):
            executor.resume()


def freeze_in_a_micro_batch(workspace, driver):
    def frozen():
        os.killpg(driver.pid, signal.SIGSTOP)
        if open_batches(workspace):
            return True
        os.killpg(driver.pid, signal.SIGCONT)
        return False

    wait_for("the driver in a micro-batch", frozen)


def open_batches(workspace):
    """Return the streams that have planned a micro-batch and have not committed it."""
    return [
        checkpoint.name
        for checkpoint in workspace.checkpoints.iterdir()
        if numbers(checkpoint / "offsets") - numbers(checkpoint / "commits")
    ]


def numbers(folder):
    return {int(path.name) for path in folder.glob("[0-9]*")}


# ---------------------------------------------------------------- judging it from outside
def settle(workspace, shop, after):
    """Wait until every landed record is where it belongs; if that does not come, say what is wrong."""
    expected = recompute(shop.files())
    assert expected.duplicates or after == "the first orders"
    try:
        wait_for(after, lambda: not wrong(workspace, expected), timeout_seconds=180)
    except TimeoutError as error:
        raise AssertionError(f"{after}: {wrong(workspace, expected)}") from error


def wrong(workspace, expected):
    """Return what the tables hold too much or too little; each row counts as often as it is there."""
    keys = ("order_id", "customer_id", "region", "product_id", "quantity")
    sums = ("region", "order_date", "total_quantity")
    books = {
        "bronze": (rows(workspace, "bronze_sales_tbl"), [()] * expected.records),
        "quarantine": (rows(workspace, "quarantine_sales_tbl"), [()] * len(expected.quarantine)),
        "silver": (rows(workspace, "silver_sales_tbl", *keys), values(expected.silver, keys)),
        "gold": (rows(workspace, "gold_sales_tbl", *sums), values(expected.gold_sales, sums)),
    }
    found = {}
    for book, (there, due) in books.items():
        there, due = Counter(there), Counter(due)
        if there != due:
            found[book] = f"{(there - due).total()} too many, {(due - there).total()} missing"
    return found


def values(rows, columns):
    return [tuple(row[column] for column in columns) for row in rows]


def rows(workspace, table, *columns):
    """Return a table's rows by delta-rs; without columns, only as many empty ones as there are rows."""
    place = workspace.tables / table
    if not DeltaTable.is_deltatable(str(place)):
        return []
    delta = DeltaTable(str(place))
    if not columns:
        return [()] * delta.count()
    batches = QueryBuilder().register("t", delta).execute(f"SELECT {', '.join(columns)} FROM t").read_all()
    return list(zip(*(batches[column].to_pylist() for column in columns), strict=True))


def tasks(folder):
    """Return how many tasks ran on whom, and how many of a micro-batch were lost with their executor."""
    ran, lost, batch_of = Counter(), 0, {}
    for log in sorted(folder.glob("**/events_*")):
        for line in log.read_text().splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerStageSubmitted":
                stage, properties = event["Stage Info"]["Stage ID"], event.get("Properties", {})
                batch_of[log.parent.name, stage] = properties.get("streaming.sql.batchId")
            elif event["Event"] == "SparkListenerTaskEnd":
                ran[event["Task Info"]["Executor ID"]] += 1
                if event["Task End Reason"]["Reason"] == "ExecutorLostFailure":
                    lost += batch_of[log.parent.name, event["Stage ID"]] is not None
    return ran, lost
