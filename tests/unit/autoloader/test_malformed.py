"""mode and the column for corrupt records, as Spark's own readers judge a record.

Source: https://spark.apache.org/docs/latest/sql-data-sources-json.html (mode, columnNameOfCorruptRecord).
"""

from tests.unit.autoloader.loading import land

SCHEMA = "id int, n int, who struct<age: int>, l array<int>"
MISFITS = [
    '{"id": 2, "n": "many"}',
    '{"id": 3, "n": 1.5}',
    '{"id": 4, "who": {"age": "old"}}',
    '{"id": 5, "l": [1, "x"]}',
    '{"id": 6, "n": 3000000000}',
]
FINE = ['{"id": 1, "n": 10, "new": true}', '{"id": 7, "n": null, "who": {"tier": 1}, "l": []}']


def test_without_a_rescued_column_a_value_that_does_not_fit_makes_a_record_malformed(landing, load):
    land(landing, "1.json", *FINE, *MISFITS, "nonsense")
    keeping = load(schema=f"{SCHEMA}, _corrupt_record string")
    dropping = load(schema=SCHEMA, mode="DROPMALFORMED")
    named = load(schema="id int, n int, bad string", columnNameOfCorruptRecord="bad")
    assert (keeping.run(), dropping.run(), named.run()) == (None, None, None)
    kept = dict(keeping.rows("id", "_corrupt_record"))
    assert kept == {None: "nonsense", 1: None, 7: None} | {int(text[7]): text for text in MISFITS}
    assert dropping.rows("id", "n") == [(1, 10), (7, None)]
    assert {row[2] for row in named.rows("id", "n", "bad") if row[0] in (2, 3, 6, None)} == {
        "nonsense", MISFITS[0], MISFITS[1], MISFITS[4],
    }  # fmt: skip


def test_what_a_rescued_column_takes_in_is_not_malformed(landing, load):
    land(landing, "1.json", *FINE, *MISFITS, "nonsense")
    more = {"rescuedDataColumn": "_rescued_data", "mode": "DROPMALFORMED"}
    stream = load(schema=f"{SCHEMA}, _corrupt_record string", **more)
    assert stream.run() is None
    assert stream.rows("id", "_corrupt_record") == [(number, None) for number in range(1, 8)]
    assert stream.rescued()[1:6][0] == {"n": "many"}


def test_failfast_writes_nothing_of_the_micro_batch_and_names_file_and_record_first(landing, load):
    stream = load(schema="id int, n int", mode="FAILFAST")
    land(landing, "1.json", '{"id": 1}')
    assert stream.run() is None
    land(landing, "2.json", '{"id": 2}')
    land(landing, "3 %.json", '{"id": 3,\t"n": "' + "many " * 100 + '"}')
    first = stream.run().split("\n")[0]
    assert "mode=FAILFAST: a malformed record in file:///" in first and "/3%20%25.json: " in first
    assert '{"id": 3, "n": "many many' in first and "…" in first and len(first) < 500
    assert stream.rows("id") == [(1,)]
    (landing / "3 %.json").write_text('{"id": 3}')
    assert stream.run() is None
    assert stream.rows("id") == [(1,), (2,), (3,)]


def test_an_element_of_an_array_is_malformed_alone(landing, load):
    land(landing, "1.json", '[{"id": 1}, {"id": "x"}, {"id": 3}]', '[{"id": 4}, 5]')
    stream = load(schema="id int, _corrupt_record string")
    assert stream.run() is None
    assert stream.rows() == [(None, '{"id":"x"}'), (None, '[{"id": 4}, 5]'), (1, None), (3, None)]
