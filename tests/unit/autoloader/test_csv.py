"""Strangers' CSV files: what is read is what was written, or it is refused by name.

Source, unless a test says otherwise: https://spark.apache.org/docs/latest/sql-data-sources-csv.html
"""

import csv
import gzip
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from medallion_lab.autoloader.csv_parsing import MISFIT
from medallion_lab.autoloader.csv_records import read_csv
from medallion_lab.autoloader.learning import learn
from medallion_lab.autoloader.options import settle_options
from medallion_lab.errors import AutoLoaderOptionError

LEARNED = {"cloudFiles.format": "csv", "cloudFiles.schemaLocation": "/nowhere"}


class Files:
    """CSV files in a folder, read as one batch by the code that streams read them with."""

    def __init__(self, spark, folder):
        self.spark, self.folder, self.names = spark, folder, []

    def land(self, *texts, suffix=".csv"):
        for text in texts:
            path = self.folder / f"{len(self.names):03}{suffix}"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            self.names.append(str(path))
        return self

    def settled(self, options, schema=None):
        kept = {name.replace("__", "."): value for name, value in options.items()}
        return settle_options(LEARNED | kept, schema=schema)

    def learned(self, **options):
        return learn(self.spark, self.names, StructType(), self.settled(options))

    def records(self, schema=None, *, columns=None, **options):
        """Return the records and their columns: by a schema of one's own, or by one that was learned."""
        schema = StructType.fromDDL(schema) if isinstance(schema, str) else schema
        how = self.settled(options, schema)
        columns = columns or schema or self.learned(**options)
        files = self.spark.read.format("text").option("wholetext", "true").load(self.names)
        files = files.withColumn("file", F.input_file_name()).orderBy("file")
        return read_csv(files, columns, how), columns

    def rows(self, schema=None, **options):
        records, columns = self.records(schema, **options)
        found = [row.typed for row in records.select("typed").collect()]
        return [tuple(row[name] for name in columns.fieldNames()) for row in found]

    def types(self, **options):
        learned = self.learned(cloudFiles__inferColumnTypes="true", **options)
        return {field.name: field.dataType.simpleString() for field in learned}


@pytest.fixture
def files(spark, tmp_path):
    return Files(spark, tmp_path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_as_any_system_ends_it(files, end):
    files.land(end.join(["id,name", "1,ann", "", "2,bob", ""]))
    assert files.rows() == [("1", "ann"), ("2", "bob")]


@pytest.mark.parametrize("separator", [";", "|", "\x1e", "~~"])
def test_a_line_ends_where_the_option_says(files, separator):
    files.land(separator.join(["id,name", "1,a\nb", "2,c"]))
    assert files.rows(lineSep=separator) == [("1", "a\nb"), ("2", "c")]


@pytest.mark.parametrize(
    ("option", "letters"), [(r"\t", "\t"), ("||", "||"), ("\\\\", "\\"), ("\u00a7", "\u00a7")]
)
def test_values_are_separated_by_what_the_option_says_in_any_order_of_columns(files, option, letters):
    files.land(
        "\n".join(letters.join(row) for row in ("ab", "12")),
        "\n".join(letters.join(row) for row in ("ba", "43")),
    )
    assert files.rows(sep=option) == [("1", "2"), ("3", "4")]


def test_remarks_stand_before_the_header_and_behind_it(files):
    files.land("# from a till\n\n# twice\nid,name\n1,ann\n# a pause\n2,#bob\n")
    assert files.rows(comment="#") == [("1", "ann"), ("2", "#bob")]


def test_rows_before_the_header_are_skipped_by_number(files):
    """Source: .../auto-loader/options.html (skipRows)."""
    files.land("Report of March\n\nid,name\n1,ann\n", "Report of April\n\nid,name\n2,bob\n")
    assert files.rows(skipRows="2") == [("1", "ann"), ("2", "bob")]


def test_names_that_come_twice_or_are_empty_are_named_as_spark_does_and_keep_their_values(files):
    files.land("id,amount,,Amount,id\n1,10,x,11,2\n")
    assert files.learned().fieldNames() == ["id0", "amount1", "_c2", "Amount3", "id4"]
    assert files.rows() == [("1", "10", "x", "11", "2")]


def test_columns_stand_in_the_order_of_the_first_header_then_of_the_later_ones(files):
    files.land("zebra,Apple\n1,2\n", "Apple,moon,zebra\n3,4,5\n", "moon,ant\n6,7\n")
    assert files.rows() == [("1", "2", None, None), ("5", "3", "4", None), (None, None, "6", "7")]
    assert files.learned().fieldNames() == ["zebra", "Apple", "moon", "ant"]


def test_without_a_header_columns_are_numbered_in_order(files):
    files.land(",".join(map(str, range(12))) + "\n", "a,b\n")
    assert files.learned(header="false").fieldNames() == [f"_c{place}" for place in range(12)]
    assert files.rows(header="false")[1] == ("a", "b") + (None,) * 10


def test_a_header_alone_names_the_columns_and_has_no_rows(files):
    files.land("id,name\n", "", "\n\n")
    assert (
        files.learned(cloudFiles__inferColumnTypes="true").simpleString() == "struct<id:string,name:string>"
    )
    assert files.rows() == []


def test_line_breaks_inside_quotes_are_part_of_a_value_if_asked_for(files):
    files.land('id,"a\nnote",n\r\n1,"one\r\n\r\nthree",10\r\n2,"x ""y""\n, z",20\r\n3,plain,30')
    rows = files.rows(multiLine="true", escape='"')
    assert rows == [("1", "one\r\n\r\nthree", "10"), ("2", 'x "y"\n, z', "20"), ("3", "plain", "30")]
    assert files.learned(multiLine="true", escape='"').fieldNames() == ["id", "a\nnote", "n"]


def test_a_quote_that_nothing_closes_spoils_its_own_line_only(files):
    files.land('id,note,n\n1,5" pipe,10\n2,"open,20\n3,x,30\n')
    assert files.rows(multiLine="true")[::2] == [("1", '5" pipe', "10"), ("3", "x", "30")]


@pytest.mark.parametrize(
    ("encoding", "python"),
    [("ISO-8859-1", "latin1"), ("windows-1252", "cp1252"), ("UTF-16", "utf-16"), ("UTF-16LE", "utf-16-le")],
)
def test_other_encodings_are_read_as_what_they_are(spark, files, encoding, python):
    before = spark.conf.get("spark.sql.legacy.javaCharsets")
    files.land("größe,ort\n1,Zürich\n".encode(python))
    assert files.learned(encoding=encoding).fieldNames() == ["größe", "ort"]
    assert files.rows(charset=encoding) == [("1", "Zürich")]
    assert spark.conf.get("spark.sql.legacy.javaCharsets") == before


def test_a_byte_order_mark_is_no_part_of_the_first_name(files):
    files.land("id,n\n1,2\n".encode("utf-8-sig"))
    assert files.learned().fieldNames() == ["id", "n"]


def test_compressed_files_are_read(files):
    files.land(gzip.compress(b"id,n\n1,2\n"), suffix=".csv.gz")
    assert files.rows() == [("1", "2")]


def test_thousands_of_columns_and_a_cell_of_megabytes_are_read(files):
    names = [f"c{place}" for place in range(1_000)]
    files.land(",".join(names) + "\n" + ",".join(map(str, range(1_000))) + "\n")
    (row,) = files.rows(", ".join(f"{name} INT" for name in names), header="true")
    assert row == tuple(range(1_000))


def test_a_cell_of_megabytes_is_read(files):
    files.land('id,note\n1,"' + "x\n" * 1_000_000 + '"\n2,y\n')
    (big, small) = files.rows(multiLine="true")
    assert (len(big[1]), small) == (2_000_000, ("2", "y"))


TYPED = "id INT, n INT, at TIMESTAMP"


def test_a_schema_of_ones_own_goes_by_the_headers_names_whatever_their_order_or_case(files):
    files.land("AT,id,N\n2026-01-02 03:04:05,1,10\n")
    assert files.rows(TYPED, header="true") == [(1, 10, datetime(2026, 1, 2, 3, 4, 5))]


def test_a_schema_of_ones_own_goes_by_place_where_no_name_says_otherwise(files):
    files.land("a,b\n1,10\n")
    assert files.rows("x INT, y INT", header="true") == [(1, 10)]
    assert files.rows("x INT, y INT", header="false", mode="PERMISSIVE") == [(None, None), (1, 10)]
    assert files.rows("b INT, a INT", header="true", enforceSchema="true") == [(1, 10)]


def test_enforce_schema_false_asks_for_every_column(files):
    files.land("id,m\n1,10\n")
    with pytest.raises(Exception, match="no column n in the header of"):
        files.rows("id INT, n INT", header="true", enforceSchema="false")


def test_a_file_with_more_columns_than_can_be_told_apart_stops_instead_of_losing_them(files):
    files.land(",".join(f"c{place}" for place in range(600)) + "\n" + "1," * 599 + "1\n")
    with pytest.raises(Exception, match="600 columns in"):
        files.rows("c1 INT", header="true")
    assert files.rows("c1 INT", header="true", maxColumns="600") == [(1,)]


def test_a_type_with_parts_is_refused_by_column_and_type(files):
    files.land("id,props\n1,x\n")
    with pytest.raises(AutoLoaderOptionError, match=r"props map<string,string> for cloudFiles.format=csv"):
        files.rows("id INT, props MAP<STRING, STRING>", header="true")


def test_types_are_those_of_sparks_inference(files):
    names = "small,long,digits,half,yes,day,at,text,nothing"
    files.land(
        f"{names}\n1,3000000000,12345678901234567891,1.5,true,2026-01-02,2026-01-02 03:04:05,a,\n"
        "2,1,12345678901234567892,2,FALSE,2026-01-03,2026-01-03,1,\n"
    )
    assert files.types() == {
        "small": "int", "long": "bigint", "digits": "decimal(20,0)", "half": "double", "yes": "boolean",
        "day": "date", "at": "timestamp", "text": "string", "nothing": "string",
    }  # fmt: skip


def test_types_are_learned_from_all_files_whatever_their_order_of_columns(files):
    files.land("n,day\n1,31.12.2026\n", "day,n\n01.01.2027,1.5\n")
    assert files.types(dateFormat="dd.MM.yyyy") == {"n": "double", "day": "date"}


VALUES = [
    ("1,234.50", "DECIMAL(12,2)", {}, Decimal("1234.50")),
    ("n/a", "DOUBLE", {"nanValue": "n/a"}, "nan"),
    ("inf+", "DOUBLE", {"positiveInf": "inf+"}, "inf"),
    ("TRUE", "BOOLEAN", {}, True),
    ("2 janvier 2026", "DATE", {"dateFormat": "d MMMM yyyy", "locale": "fr-FR"}, date(2026, 1, 2)),
    ("2026-01-02 03:04", "TIMESTAMP", {"timeZone": "America/New_York"}, datetime(2026, 1, 2, 8, 4)),
    (
        "02/01/26 3pm",
        "TIMESTAMP_NTZ",
        {"timestampNTZFormat": "dd/MM/yy ha", "locale": "en-GB"},
        datetime(2026, 1, 2, 15),
    ),
    ("-", "INT", {"nullValue": "-"}, None),
    ("007", "STRING", {}, "007"),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("cell", "kind", "options", "value"), VALUES, ids=[kind + str(o) for _, kind, o, _ in VALUES]
)
def test_a_value_is_what_sparks_parser_makes_of_it_in_any_order_of_columns(
    files, cell, kind, options, value, turned
):
    files.land(f'id;x\n1;"{cell}"\n' if not turned else f'x;id\n"{cell}";1\n')
    ((found,),) = [row[1:] for row in files.rows(f"id INT, x {kind}", header="true", sep=";", **options)]
    assert (str(found) if isinstance(value, str) else found) == value


def test_an_empty_cell_and_one_of_quotes_alone_are_told_apart_as_in_spark(files):
    files.land('a,b,c\n,"",NA\n', 'b,c,a\n"",NA,\n')
    assert files.rows(nullValue="NA", emptyValue="?") == [(None, "?", None)] * 2


def test_names_in_another_case_or_between_spaces_never_send_a_file_by_place(files):
    files.land(" N ,ID \n10,1\n")
    assert files.rows("id INT, n INT", header="true") == [(1, 10)]
    assert files.rows("id INT, n INT", header="true", rescuedDataColumn="rest") == [(None, None)]
    records, _ = files.records("id INT, n INT", header="true", rescuedDataColumn="rest")
    assert rescued(records) == [(True, {" N ": "10", "ID ": "1"})]


def test_a_byte_that_is_no_letter_is_noticed(files):
    files.land(b"id,n\n1,caf\xe9\n2,tea\n", "id,n\n3,\ufffd\n")
    records, _ = files.records()
    assert [row.sound for row in records.select("sound").collect()] == [False, True, True]


@pytest.mark.parametrize("mode", ["DROPMALFORMED", "FAILFAST"])
def test_a_record_of_another_width_is_malformed_where_the_mode_asks_and_no_new_column(files, mode):
    """Source: .../auto-loader/schema.html (rescued data: a wrong type alone drops nothing)."""
    files.land("id,n\n1,a\n2,b,c\n4\n")
    records, columns = files.records(mode=mode)
    assert columns.fieldNames() == ["id", "n"]
    assert [row.sound for row in records.select("sound").collect()] == [True, False, False]
    assert [row.sound for row in files.records()[0].select("sound").collect()] == [True] * 3


def test_a_line_of_spaces_and_tabs_is_none(files):
    files.land("\t\t\nid\tn\n1\ta\n\t\n \n2\tb\n")
    assert files.rows(sep="\t") == [("1", "a"), ("2", "b")]


def test_hundreds_of_columns_are_learned_with_their_types(files):
    files.land(",".join(f"c{place}" for place in range(300)) + "\n" + ",".join(map(str, range(300))) + "\n")
    assert set(files.types().values()) == {"int"}


def rescued(records):
    return [
        (row.fits, json.loads(row.raw) if row.raw else None)
        for row in records.selectExpr("fits", "to_json(raw) AS raw").collect()
    ]


def test_what_does_not_fit_is_named_in_any_order_of_columns(files):
    files.land("id,n\n1,many\n2,20\n3\n4,40,extra\n", "n,id,new\nfew,5,x\n60,6,\n7\n")
    records, _ = files.records("id INT, n INT", header="true", rescuedDataColumn="rest")
    assert rescued(records) == [
        (False, {"n": "many"}), (True, None), (False, {}), (False, {"_c2": "extra"}),
        (False, {"n": "few", "new": "x"}), (True, {"new": None}), (False, {"new": None}),
    ]  # fmt: skip


def test_no_private_name_reaches_the_columns(files):
    files.land("id\n1\n")
    _, columns = files.records()
    assert MISFIT not in columns.fieldNames()


CELL = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ue0f0\ue0f5", exclude_categories=["Cs"]), max_size=8
) | st.sampled_from(
    ["", " ", "\n", "\r\n", '"', '""', ",", "\\", "'", "#", "007", "1.50", "NULL", "a\nb", '"a"']
)


@st.composite
def tables(draw):
    width = draw(st.integers(1, 5))
    names = draw(
        st.lists(
            st.from_regex(r"[a-z][a-z0-9 .`_]{0,6}", fullmatch=True).filter(
                lambda name: name == name.strip()
            ),
            min_size=width,
            max_size=width,
            unique_by=str.lower,
        )
    )
    rows = draw(st.lists(st.tuples(*[CELL] * width), max_size=6))
    return names, rows


@settings(max_examples=8)
@given(
    table=tables(),
    sep=st.sampled_from(",;\t|:"),
    quote=st.sampled_from("\"'"),
    all_quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_any_table_that_pythons_csv_writes_is_read_back_to_the_cell(
    spark, tmp_path_factory, table, sep, quote, all_quoted, end, data
):
    """In every order of columns and every split over files."""
    names, rows = table
    files = Files(spark, tmp_path_factory.mktemp("any"))
    parts = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    for part in range(3):
        order = data.draw(st.permutations(range(len(names)))) if part else range(len(names))
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=sep,
            quotechar=quote,
            lineterminator=end,
            quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL,
        )
        writer.writerow([names[place] for place in order])
        for row, where in zip(rows, parts, strict=True):
            if where == part:
                writer.writerow([row[place] for place in order])
        files.land(text.getvalue())
    how = {"sep": sep, "quote": quote, "escape": quote, "multiLine": "true"}
    learned = files.learned(**how)
    assert learned.fieldNames() == names
    records, _ = files.records(columns=learned, **how)
    found = [tuple(row.typed[name] for name in names) for row in records.select("typed").collect()]
    written = [row for part in range(3) for row, where in zip(rows, parts, strict=True) if where == part]
    # Spark takes an empty cell for NULL, quoted or not.
    assert found == [tuple(cell or None for cell in row) for row in written]
