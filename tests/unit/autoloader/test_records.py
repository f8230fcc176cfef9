"""What a line becomes, to the letter: no stream, one batch for many lines."""

import base64
import json
import math

from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader.fitting import rescued_data, rescued_fields, rescued_record
from medallion_lab.autoloader.json_records import read_json
from medallion_lab.autoloader.options import settle_options

TEXT = StructType([StructField(name, StringType()) for name in ("id", "note")])


def parse(spark, *lines, schema=TEXT, **options):
    """Return a dict a record: its columns, and its rescued data as ``_rescued_data``, parsed."""
    if isinstance(schema, str):
        schema = StructType.fromDDL(schema)
    # The whole record in one column: that leaves no room for a schema of one's own.
    own = None if "singleVariantColumn" in options else schema
    settings = settle_options({"cloudFiles.format": "json"} | options, schema=own)
    data = [(number, line if isinstance(line, bytes) else line.encode()) for number, line in enumerate(lines)]
    frame = spark.createDataFrame(data, "number int, bytes binary")
    frame = frame.select("number", F.expr("cast(bytes AS string)").alias("value"))
    records = read_json(frame, schema, settings)
    file, raw = F.lit("f"), F.col("raw")
    rescued = F.when(~F.col("sound"), rescued_record(F.col("value"), file)).when(
        raw.isNotNull(), rescued_data(rescued_fields(raw, F.col("typed"), schema), file)
    )
    place = F.monotonically_increasing_id().alias("place")
    records = records.select("number", place, "typed.*", "fits", rescued.alias("_rescued_data"))
    found = []
    for row in records.orderBy("number", "place").collect():
        fields = row.asDict(recursive=True)
        fields.pop("number"), fields.pop("place"), fields.pop("fits")
        fields["_rescued_data"] = json.loads(fields["_rescued_data"]) if fields["_rescued_data"] else None
        found.append(fields)
    return found


def test_a_value_stays_as_it_came_whatever_it_is(spark):
    values = [
        "1.50", "1e2", "-0.10", "12345678901234567890.123456789012345678", "100", "true", '"1.50"', '"a.b"',
        "123456789012345678901234567890", "1E400", "0.0",
    ]  # fmt: skip
    rows = parse(spark, *[f'{{"id": "A", "note": {value}}}' for value in values])
    assert [row["note"] for row in rows] == [value.strip('"') for value in values]
    assert [row["_rescued_data"] for row in rows] == [None] * len(values)


def test_a_nested_value_is_its_json_text_with_its_numbers_as_they_came(spark):
    (row,) = parse(spark, '{"id": "A", "note": {"b": 1.50, "a": [1e2, "x: 2.50"]}}')
    assert row["note"] == '{"b":1.50,"a":[1e2,"x: 2.50"]}'


MALFORMED = [
    '{"id": "A1", "no',  # half a line
    "not json at all",  # no JSON
    "42",  # a number alone
    "1.50",  # a fraction alone
    "null",  # null alone
    '[{"id": "A1"}, 5]',  # an array that holds more than objects
    '[{"id": "A1"}, null]',  # or nothing
    '[[{"id": "A1"}]]',  # or arrays
    '[{"id": "A1"}, {"id": "A2"',  # half an array
    '[{"id": "A1"}] {"id": "A2"}',  # something behind an array
    '[{"id": "A1"}],"\u2404":1}',  # our own envelope around an array
    '["{}"]',  # an object's text is no object
    '{"id": "A1"}{"id": "A2"}',  # two records on one line
    '{"id": "A1"}, {"id": "A2"}',  # two records with a comma
    '{"id": "A1"}]}',  # brackets behind
    '{"id": "A1"}],"\u2404":1}{"id": "A2"}',  # our own envelope inside
    '{"id": "A1"} // checked',  # something after the record
    '{"id": "A1"}}',  # one brace too many
    '{"id": "A1", "id": "A2"}',  # one key twice
    '{"id": 1.50, "id": "A2", "note": 1}',  # one key twice with a fraction
    '{"id": "A1", "other": {"a": 1, "a": 2}}',  # one key twice inside an unknown field
    '{"id": "A1", "other": "\\ud800"}',  # half a letter in an unknown field
    '{"id": "\\uD800"}',  # half a letter in a known field
    '{"id": 1.5.3}',  # no number
    '{"id": 01.5}',  # a leading zero
    "{1.5: 2}",  # a number as a key
    '{"id": 1.5, 2.5: 3}',  # a number as the second key
    "[" * 3000 + "]" * 3000,  # a very deep array
    '{"other": "' + "x" * 17_000_000 + '"}',  # an unknown field longer than a variant may be
]


def test_a_malformed_line_is_kept_whole(spark):
    rows = parse(spark, *MALFORMED)
    assert [row["_rescued_data"] for row in rows] == [
        {"_corrupt_record": line, "_file_path": "f"} for line in MALFORMED
    ]
    assert {(row["id"], row["note"]) for row in rows} == {(None, None)}


def test_each_object_of_an_array_on_a_line_is_a_record_as_it_came(spark):
    rows = parse(
        spark,
        ' [{"id": 1.50, "x": [1e2]}, {"id": "\\ud83d\\ude00", "note": {"a": 1.0}}]\r',
        '[{"id": 1, "id": 2}, {"id": "\\ud800"}, {"id": "C"}]',
        "[]",
        " [ ] ",
    )
    assert [(row["id"], row["note"]) for row in rows] == [
        ("1.50", None),
        ("😀", '{"a":1.0}'),
        (None, None),
        (None, None),
        ("C", None),
    ]
    kept = [row["_rescued_data"] and row["_rescued_data"].get("_corrupt_record") for row in rows]
    assert kept == [None, None, '{"id":1,"id":2}', '{"id":"\\uD800"}', None]
    assert rows[0]["_rescued_data"]["x"] == [100]


def test_what_is_no_number_is_the_text_that_spark_makes_of_it_without_quotes(spark):
    values = ["NaN", "-Infinity", "+Infinity", "-INF", '"NaN"', '"Infinity"']
    read = [row["note"] for row in parse(spark, *[f'{{"id": 1.50, "note": {value}}}' for value in values])]
    assert read == ["NaN", "-Infinity", "Infinity", "-Infinity", "NaN", "Infinity"]
    for schema in ("id string, note string", "id string, note string, n int"):
        rows = parse(
            spark,
            '{"note": -Infinity, "id": 1.50, "n": 1}',
            '{"id": "\\"NaN\\"", "note": NaN}',
            schema=schema,
        )
        assert [row["id"] for row in rows] == ["1.50", '"NaN"'], "a text with quotes in it keeps them"
    (row,) = parse(spark, '{"id": NaN, "x": NaN}', schema="id double")
    assert math.isnan(row["id"]) and row["_rescued_data"]["x"] == "NaN"
    (row,) = parse(spark, '{"id": NaN}', allowNonNumericNumbers="false")
    assert row["_rescued_data"]["_corrupt_record"] == '{"id": NaN}'


def test_one_variant_holds_each_line_whatever_json_it_is(spark):
    lines = ['{"id": 1.50}', '[{"id": 1}, {"id": 2}]', "5", '{"id": 1}{"id": 2}', "nonsense"]
    rows = parse(
        spark, *lines, schema="v variant", singleVariantColumn="v", rescuedDataColumn="_rescued_data"
    )
    assert [row["v"] and row["v"].toJson() for row in rows] == [
        '{"id":1.50}',
        '[{"id":1},{"id":2}]',
        "5",
        None,
        None,
    ]
    assert [row["_rescued_data"] and row["_rescued_data"]["_corrupt_record"] for row in rows][3:] == lines[3:]


def test_bytes_that_are_no_text_are_kept_as_base64(spark):
    (row,) = parse(spark, b'{"id": "\xff\xfe"}')
    assert row["id"] is None
    assert base64.b64decode(row["_rescued_data"]["_corrupt_record_base64"]) == b'{"id": "\xff\xfe"}'


def test_unknown_fields_are_rescued_with_their_json_types(spark):
    (row,) = parse(spark, '{"id": "A", "n": 1.50, "s": "1.50", "o": {"k": [true, null]}, "nothing": null}')
    rescued = row["_rescued_data"]
    assert rescued == {"n": 1.5, "s": "1.50", "o": {"k": [True, None]}, "nothing": None, "_file_path": "f"}
    assert row["id"] == "A"


def test_a_missing_field_and_a_null_are_null_and_nothing_is_rescued(spark):
    assert parse(spark, '{"id": "A"}', '{"id": "A", "note": null}', "{}") == [
        {"id": "A", "note": None, "_rescued_data": None},
        {"id": "A", "note": None, "_rescued_data": None},
        {"id": None, "note": None, "_rescued_data": None},
    ]


def test_blank_lines_hold_no_record(spark):
    assert parse(spark, "", "   ", "\t\r") == []


def test_a_windows_line_end_is_no_part_of_the_record(spark):
    assert parse(spark, '{"id": "A"}\r') == [{"id": "A", "note": None, "_rescued_data": None}]


TYPED = "id string, n int, d decimal(5,2), b boolean, day date, s struct<x: int, y: string>, "
TYPED += "l array<struct<p: int>>"

MISFITS = [
    ("n", '"three"'), ("n", "1.5"), ("n", "3000000000"), ("n", '{"a": 1}'), ("d", "1234.5"), ("d", "1.239"),
    ("d", '"much"'), ("b", '"yes"'), ("day", '"soon"'), ("s", "5"), ("s", '"text"'), ("l", "{}"),
    ("l", '[{"p": 1}, {"p": "x"}]'), ("l", '[{"p": 1, "q": 2.50}]'),
]  # fmt: skip


def test_a_value_of_the_wrong_type_is_null_and_rescued(spark):
    rows = parse(spark, *[f'{{"id": "A", "{field}": {value}}}' for field, value in MISFITS], schema=TYPED)
    assert [row["id"] for row in rows] == ["A"] * len(MISFITS)
    expected = [{field: json.loads(value), "_file_path": "f"} for field, value in MISFITS]
    assert [row["_rescued_data"] for row in rows] == expected


def test_of_a_struct_only_the_part_that_does_not_fit_is_rescued(spark):
    line = '{"s": {"x": "one", "y": 1.5, "z": {"deep": 1}}, "l": [{"p": 1}]}'
    (row,) = parse(spark, line, schema=TYPED)
    assert row["s"] == {"x": None, "y": "1.5"}
    assert row["l"] == [{"p": 1}]
    assert row["_rescued_data"] == {"s": {"x": "one", "z": {"deep": 1}}, "_file_path": "f"}


def test_values_that_fit_their_types_leave_nothing_to_rescue(spark):
    flat = '"id": 1.50, "n": 2, "d": 1.5, "b": true, "day": "2026-03-02"'
    line = f'{{{flat}, "s": {{"x": 1, "y": "z"}}, "l": [{{"p": null}}]}}'
    (row,) = parse(spark, line, schema=TYPED)
    assert row["_rescued_data"] is None
    assert (row["id"], row["n"], str(row["d"]), row["b"]) == ("1.50", 2, "1.50", True)


def test_a_name_that_differs_in_case_is_rescued_or_read_as_asked(spark):
    line = '{"ID": "A", "note": 1.50}'
    (strict,) = parse(spark, line)
    assert (strict["id"], strict["_rescued_data"]) == (None, {"ID": "A", "_file_path": "f"})
    (lenient,) = parse(spark, line, readerCaseSensitive="false")
    assert lenient == {"id": "A", "note": "1.50", "_rescued_data": None}


def test_two_names_for_one_column_cannot_both_be_read(spark):
    (row,) = parse(spark, '{"ID": "A", "id": "B"}', readerCaseSensitive="false")
    assert (row["id"], row["_rescued_data"]) == ("B", {"ID": "A", "_file_path": "f"})


def test_multi_line_files_hold_one_record_or_an_array_of_them(spark):
    files = [
        '{\n "id": "A",\n "note": 1.50\n}\n',
        '[\n{"id": "B"},\n{"id": "C", "x": 1}\n]',
        "{ not json",
        "[]",
    ]
    rows = parse(spark, *files, multiLine="true")
    assert [(row["id"], row["note"]) for row in rows] == [
        ("A", "1.50"),
        ("B", None),
        ("C", None),
        (None, None),
    ]
    assert rows[2]["_rescued_data"] == {"x": 1, "_file_path": "f"}
    assert rows[3]["_rescued_data"] == {"_corrupt_record": "{ not json", "_file_path": "f"}


LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
)
VALUE = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(["id", "note", "Id", "extra", "_rescued_data", ""]) | st.text(max_size=4)
OBJECT = st.dictionaries(KEYS, VALUE, max_size=4)
LINE = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=30),
    OBJECT.map(json.dumps),
    OBJECT.map(lambda record: json.dumps(record, ensure_ascii=False, separators=(",", ":"))),
    OBJECT.map(json.dumps).flatmap(lambda line: st.integers(0, len(line)).map(lambda end: line[:end])),
    st.tuples(OBJECT, OBJECT).map(lambda two: json.dumps(two[0]) + json.dumps(two[1])),
    st.lists(OBJECT | LEAF, max_size=3).map(json.dumps),
)


def as_json(line):
    """Return what the line says, or None if it is no JSON by the rules of RFC 8259 with unique names."""

    def unique(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("a name that comes twice")
        return dict(pairs)

    try:
        return json.loads(line, object_pairs_hook=unique, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError, RecursionError):
        return None


def as_objects(line):
    """Return the line's records: one, those of an array, or None alone for what is no record."""
    said = as_json(line)
    records = said if isinstance(said, list) else [said]
    return records if all(isinstance(record, dict) for record in records) else [None]


def same(value, text):
    """Whether this text is what a string column holds for this JSON value."""
    if value is None:
        return text is None
    if isinstance(value, str):
        return value == text
    again = json.loads(text)
    return math.isclose(value, again) if isinstance(value, float) else value == again


@given(lines=st.lists(LINE, min_size=1, max_size=40))
def test_every_record_is_one_row_from_which_all_that_it_said_can_be_read(spark, lines):
    lines = [line for line in lines if line.strip(" \t\r")]
    if not lines:
        return
    records = [(line, record) for line in lines for record in as_objects(line)]
    for (line, record), row in zip(records, parse(spark, *lines), strict=True):
        rescued = row.pop("_rescued_data") or {}
        rescued.pop("_file_path", None)
        if record is None:
            assert rescued == {"_corrupt_record": line}
            continue
        assert rescued == {name: value for name, value in record.items() if name not in row}
        assert all(same(record.get(name), text) for name, text in row.items())
