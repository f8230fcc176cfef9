"""The three streams together, judged from the outside: landed files against tables."""

import base64
import json
from collections import Counter

from medallion_lab.lab import open_lab
from medallion_lab.layers.bronze import read_landing, start_bronze
from medallion_lab.layers.writing import start_batches
from medallion_lab.observe.streams import stop_all, wait_until_caught_up
from medallion_lab.runtime.workspace import BRONZE_TABLE, GOLD_TABLE, SILVER_TABLE
from medallion_lab.shop.catalogue import CUSTOMERS

REGIONS = {customer_id: region for customer_id, _, region in CUSTOMERS}


def landed_lines(lab):
    """Every landed line that is not blank, with its file's name."""
    return [
        (path.name, line)
        for path in lab.shop.files()
        for line in path.read_text().split("\n")
        if line.strip()
    ]


def expected_totals(lab):
    """Gold, recomputed from the landed files in plain Python."""
    totals = Counter()
    for _, line in landed_lines(lab):
        order = json.loads(line)
        totals[REGIONS[order["customer_id"]], order["order_timestamp"][:10]] += order["quantity"]
    return dict(totals)


def gold_totals(lab):
    rows = lab.spark.table(GOLD_TABLE).collect()
    assert len({(row.region, row.order_date) for row in rows}) == len(rows), "one row for each region and day"
    return {(row.region, str(row.order_date)): row.total_quantity for row in rows}


def count(lab, table):
    return lab.spark.table(table).count()


def test_live_streams_carry_every_order_into_gold(lab):
    lab.shop.land(10)
    queries = lab.start_pipeline()
    wait_until_caught_up(*queries)
    assert gold_totals(lab) == expected_totals(lab)
    lab.shop.land(5), lab.shop.land(30)
    wait_until_caught_up(*queries)
    assert (count(lab, BRONZE_TABLE), count(lab, SILVER_TABLE)) == (45, 45)
    assert gold_totals(lab) == expected_totals(lab)


def test_a_pipeline_that_starts_before_the_first_file_misses_nothing(lab):
    queries = lab.start_pipeline()
    wait_until_caught_up(*queries)
    assert count(lab, GOLD_TABLE) == 0
    lab.shop.land(4)
    wait_until_caught_up(*queries)
    assert gold_totals(lab) == expected_totals(lab)


def test_a_scheduled_run_that_finds_nothing_new_changes_nothing(lab):
    lab.shop.land(6)
    lab.start_pipeline(available_now=True)
    before = gold_totals(lab)
    lab.start_pipeline(available_now=True)
    assert (count(lab, BRONZE_TABLE), gold_totals(lab)) == (6, before)


def test_what_lands_while_the_streams_are_down_arrives_once(lab):
    lab.shop.land(6)
    wait_until_caught_up(*lab.start_pipeline())
    stop_all(lab.spark)
    lab.shop.land(7)
    wait_until_caught_up(*lab.start_pipeline())
    assert count(lab, BRONZE_TABLE) == 13
    assert gold_totals(lab) == expected_totals(lab)


def test_a_stream_that_is_started_twice_runs_once(lab):
    lab.shop.land(6)
    start_bronze(lab.spark, lab.workspace)
    wait_until_caught_up(start_bronze(lab.spark, lab.workspace))
    assert [query.name for query in lab.spark.streams.active] == ["bronze"]
    assert count(lab, BRONZE_TABLE) == 6


def test_garbage_is_in_bronze_too_and_stops_nobody(lab):
    good = json.dumps(
        {"order_id": "A1", "customer_id": 1, "quantity": 2, "order_timestamp": "2026-03-02 10:00:00"}
    )
    lab.shop.land_lines([good, "half an ord", "", '{"customer_id": "nobody"}', good[:40]])
    (lab.workspace.landing / "sales_000002.json").write_bytes(b"\xff\xfe not text\n" + good.encode())
    lab.start_pipeline(available_now=True)
    bronze = lab.spark.table(BRONZE_TABLE).collect()
    assert len(bronze) == 6 == count(lab, SILVER_TABLE)
    rescued = [json.loads(row["_rescued_data"]) for row in bronze if row["_rescued_data"] is not None]
    assert {fields.get("_corrupt_record") for fields in rescued} == {None, "half an ord", good[:40]}
    (no_text,) = (fields["_corrupt_record_base64"] for fields in rescued if "_corrupt_record" not in fields)
    assert base64.b64decode(no_text) == b"\xff\xfe not text"


def test_every_row_of_bronze_names_its_file(lab):
    lab.shop.land(3), lab.shop.land(4)
    start_bronze(lab.spark, lab.workspace, available_now=True).awaitTermination()
    rows = lab.spark.table(BRONZE_TABLE).groupBy("input_file").count().collect()
    by_file = {row.input_file.rsplit("/", 1)[-1]: row["count"] for row in rows}
    assert by_file == {"sales_000001.json": 3, "sales_000002.json": 4}


def test_files_outside_the_landing_pattern_are_not_read(lab):
    (lab.workspace.landing / ".sales_000009.json.123").write_text("{}\n")
    (lab.workspace.landing / "readme.txt").write_text("not an order\n")
    lab.shop.land(2)
    start_bronze(lab.spark, lab.workspace, available_now=True).awaitTermination()
    assert count(lab, BRONZE_TABLE) == 2


def test_a_reopened_lab_goes_on_where_it_stopped(home):
    with open_lab("test") as lab:
        lab.shop.land(6)
        wait_until_caught_up(*lab.start_pipeline())
    with open_lab("test", fresh=False) as lab:
        assert count(lab, BRONZE_TABLE) == 6
        lab.shop.land(5)
        wait_until_caught_up(*lab.start_pipeline())
        assert count(lab, BRONZE_TABLE) == 11
        assert gold_totals(lab) == expected_totals(lab)


def test_a_stream_compiles_nothing_and_the_readers_own_cells_go_on_compiling(lab):
    setting, seen = "spark.sql.codegen.factoryMode", []

    def write(rows, batch_id, *, application):
        seen.append(rows.sparkSession.conf.get(setting))

    lab.shop.land(1)
    rows = read_landing(lab.spark, lab.workspace)
    start_batches(
        rows, write, name="settings", workspace=lab.workspace, available_now=True
    ).awaitTermination()
    assert (seen, lab.spark.conf.get(setting)) == (["NO_CODEGEN"], "FALLBACK")
    assert "customers" in [table.name for table in lab.spark.catalog.listTables()]
