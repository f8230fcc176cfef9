import json

from medallion_lab.layers.bronze import PAYLOAD, start_bronze
from medallion_lab.runtime.workspace import BRONZE_TABLE

GOOD = {
    "order_id": "A1",
    "customer_id": 3,
    "product_id": 101,
    "quantity": 2,
    "order_timestamp": "2026-03-02 15:00:00",
}
# What a line holds beside the good one's fields, and what of it the rescued data column keeps.
LINES = {
    "good": (json.dumps(GOOD), None),
    "half a line": ('{"order_id": "A1", "quant', {"_corrupt_record": '{"order_id": "A1", "quant'}),
    "no JSON": ("not json at all", {"_corrupt_record": "not json at all"}),
    "a field that nobody announced": (json.dumps(GOOD | {"coupon": "SPRING"}), {"coupon": "SPRING"}),
    "a key in another case": ('{"ORDER_ID": "A1", "quantity": 1.50}', {"ORDER_ID": "A1"}),
    "our own column's name": ('{"order_id": "A1", "_rescued_data": "mine"}', {"_rescued_data": "mine"}),
    "an order's file path": (
        '{"order_id": "A1", "_file_path": "mine"}',
        {"_corrupt_record": '{"order_id": "A1", "_file_path": "mine"}'},
    ),
    "single quotes": ("{'order_id': 'A1'}", {"_corrupt_record": "{'order_id': 'A1'}"}),
    "no number of JSON": (
        '{"order_id": "A1", "quantity": NaN}',
        {"_corrupt_record": '{"order_id": "A1", "quantity": NaN}'},
    ),
}


def bronze_by_line(lab):
    """Land each line in a file of its own; return its bronze row, by the line's name."""
    files = {lab.shop.land_lines([line, ""]).path.name: name for name, (line, _) in LINES.items()}
    start_bronze(lab.spark, lab.workspace, available_now=True).awaitTermination()
    rows = lab.spark.table(BRONZE_TABLE).collect()
    assert len(rows) == len(files), "a line is a row, whatever it says; a blank one holds no record"
    return {files[row.input_file.rpartition("/")[2]]: row for row in rows}


def test_bronze_keeps_every_line_as_it_came_and_rescues_what_has_no_column(lab):
    rows = bronze_by_line(lab)
    good = rows["good"]
    assert {name: good[name] for name in PAYLOAD} == {name: str(value) for name, value in GOOD.items()}
    for name, (_, rescued) in LINES.items():
        kept = json.loads(rows[name]._rescued_data) if rows[name]._rescued_data else None
        if kept:
            assert kept.pop("_file_path") == rows[name].input_file, name
        assert kept == rescued, name
    assert len({row.load_time for row in rows.values()}) == 1, "one moment for a whole micro-batch"
    assert rows["a field that nobody announced"].quantity == "2"
    assert rows["a key in another case"].quantity == "1.50", "a fraction stays as it came"
