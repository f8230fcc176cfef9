"""Each mode with each kind of drift: what stops, what becomes a column, what is rescued; no row is lost.

Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (the modes).
"""

import json

import pytest

from medallion_lab.autoloader.option_table import MODES
from tests.unit.autoloader.loading import land

BEFORE = {"id": "before", "n": 1, "who": {"name": "x"}}

# For each kind of drift: the record, and what a mode that makes no new columns rescues of it.
DRIFTS = {
    "a new field": ({"coupon": "SPRING"}, {"coupon": "SPRING"}),
    "another type": ({"n": "many"}, {"n": "many"}),
    "another case": ({"N": 2}, {"N": 2}),
    "a field inside": ({"who": {"tier": 2}}, {"who": {"tier": 2}}),
    "an object for a number": ({"n": {"pieces": 2}}, {"n": {"pieces": 2}}),
}
NEW = {"a new field", "a field inside"}
HALF_A_LINE = '{"id": "half a line", "n": 2, "who"'


def land_every_drift(landing):
    for kind, (record, _) in DRIFTS.items():
        land(landing, f"{kind}.json", {"id": kind} | record)
    land(landing, "half a line.json", HALF_A_LINE)


def rescued_by_id(stream):
    rows = stream.spark.table(stream.table).collect()
    found = {row.id: json.loads(row._rescued_data) if row._rescued_data else {} for row in rows}
    assert len(found) == len(rows) == 2 + len(DRIFTS), "no row is lost, none doubled"
    return {kind: {k: v for k, v in fields.items() if k != "_file_path"} for kind, fields in found.items()}


@pytest.mark.parametrize("mode", MODES)
def test_each_kind_of_drift_ends_where_the_mode_says(landing, load, mode):
    land(landing, "0.json", BEFORE)
    stream = load(
        cloudFiles__schemaEvolutionMode=mode,
        cloudFiles__inferColumnTypes="true",
        rescuedDataColumn="_rescued_data",
    )
    assert stream.run() is None
    before = stream.columns()
    land_every_drift(landing)
    stopped = stream.run()
    if mode == "failOnNewColumns":
        assert stopped.startswith("[UNKNOWN_FIELD_EXCEPTION] New fields: who.tier, coupon\n")
        assert stream.columns() == before
        assert len(stream.versions()) == 1
        return
    evolves = mode.startswith("addNewColumns")
    assert bool(stopped) == evolves
    assert stream.run() is None
    new = {"who": "struct<name:string,tier:bigint>", "coupon": "string"} if evolves else {}
    assert stream.columns() == before | new
    expected = {kind: {} if evolves and kind in NEW else rescued for kind, (_, rescued) in DRIFTS.items()}
    expected |= {"before": {}, None: {"_corrupt_record": HALF_A_LINE}}
    assert rescued_by_id(stream) == expected


def test_under_full_defaults_only_another_case_and_broken_lines_are_ever_rescued(landing, load):
    """With strings for columns nothing is of a wrong type, and every new field becomes a column."""
    land(landing, "0.json", BEFORE)
    stream = load()
    stream.run()
    land_every_drift(landing)
    assert stream.run_to_the_end() == 1
    found = {kind: fields for kind, fields in rescued_by_id(stream).items() if fields}
    assert found == {"another case": {"N": 2}, None: {"_corrupt_record": HALF_A_LINE}}


def test_a_name_that_comes_in_two_cases_from_the_start_is_the_one_that_most_records_have(landing, load):
    land(landing, "1.json", {"Id": 1}, {"id": 2}, {"id": 3})
    stream = load()
    assert stream.run() is None
    assert stream.rows("id") == [(None,), ("2",), ("3",)]


def test_widening_touches_only_the_column_whose_number_did_not_fit(landing, load):
    land(landing, "1.json", {"id": "A", "n": 1, "m": 1})
    stream = load(
        cloudFiles__schemaEvolutionMode="addNewColumnsWithTypeWidening",
        cloudFiles__schemaHints="n INT, m INT",
    )
    stream.run()
    land(landing, "2.json", {"id": "B", "n": 1, "m": 4_006_381_333_931}, {"id": "C", "n": "three", "m": True})
    assert "New fields: m (now bigint)\n" in stream.run()


def test_two_drifts_in_a_row_take_one_restart_each(landing, load):
    land(landing, "1.json", {"id": "A"})
    stream = load(cloudFiles__maxFilesPerTrigger=1)
    stream.run()
    land(landing, "2.json", {"id": "B", "coupon": 1}), land(landing, "3.json", {"id": "C", "gift": 1})
    assert stream.run_to_the_end() == 2
    assert stream.rows("id", "coupon", "gift") == [("A", None, None), ("B", "1", None), ("C", None, "1")]
    # Of two files that land within a millisecond either may be first.
    assert sorted(version.new_fields for version in stream.versions()) == [("coupon",), ("gift",), ("id",)]


def test_drift_while_a_stream_runs_stops_it_and_a_restart_goes_on(landing, load):
    land(landing, "1.json", {"id": "A"})
    stream = load()
    query = stream.start(available_now=False)
    query.processAllAvailable()
    land(landing, "2.json", {"id": "B", "coupon": 1})
    with pytest.raises(Exception, match=r"\[UNKNOWN_FIELD_EXCEPTION\] New fields: coupon"):
        query.processAllAvailable()
    assert str(query.exception()).startswith("[UNKNOWN_FIELD_EXCEPTION] New fields: coupon")
    query = stream.start(available_now=False)
    land(landing, "3.json", {"id": "C", "coupon": 2})
    query.processAllAvailable()
    query.stop()
    assert stream.rows("id", "coupon") == [("A", None), ("B", "1"), ("C", "2")]
