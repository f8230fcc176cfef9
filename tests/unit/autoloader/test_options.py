"""Source of the names and defaults:
https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html and
https://docs.databricks.com/en/spark/api-options.html
"""

import pytest
from pyspark.sql.types import StringType, StructField, StructType

from medallion_lab.autoloader.options import settle_options
from medallion_lab.errors import AutoLoaderOptionError

JSON = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": "/somewhere"}
CSV = JSON | {"cloudFiles.format": "csv"}
SCHEMA = StructType([StructField("id", StringType())])


def settle(schema=None, **options):
    return settle_options(
        JSON | {name.replace("__", "."): value for name, value in options.items()}, schema=schema
    )


def test_the_defaults_are_those_of_databricks():
    settings = settle()
    assert (settings.mode, settings.rescued_column, settings.infer_types) == (
        "addNewColumns",
        "_rescued_data",
        False,
    )
    assert (settings.source["maxFilesPerTrigger"], settings.case_sensitive) == ("1000", True)


def test_with_a_schema_of_your_own_nothing_evolves_and_nothing_is_rescued_unless_you_ask():
    settings = settle(SCHEMA)
    assert (settings.mode, settings.rescued_column) == ("none", None)
    assert settle(SCHEMA, rescuedDataColumn="rest").rescued_column == "rest"
    assert settle(SCHEMA, cloudFiles__schemaEvolutionMode="rescue").rescued_column == "_rescued_data"


def test_mode_none_rescues_only_when_the_column_is_named():
    assert settle(cloudFiles__schemaEvolutionMode="none").rescued_column is None
    assert settle(cloudFiles__schemaEvolutionMode="none", rescuedDataColumn="x").rescued_column == "x"


@pytest.mark.parametrize("mode", ["addNewColumns", "addNewColumnsWithTypeWidening"])
def test_a_schema_of_your_own_cannot_evolve_and_schema_hints_are_named_instead(mode):
    with pytest.raises(AutoLoaderOptionError, match="schemaHints"):
        settle(SCHEMA, cloudFiles__schemaEvolutionMode=mode)


def test_the_whole_record_as_a_variant_needs_no_schema_and_takes_none():
    settings = settle_options({"cloudFiles.format": "json", "singleVariantColumn": "record"}, schema=None)
    assert (settings.variant_column, settings.mode, settings.rescued_column) == ("record", "none", None)
    with pytest.raises(AutoLoaderOptionError, match="singleVariantColumn=record"):
        settle(SCHEMA, singleVariantColumn="record")
    with pytest.raises(AutoLoaderOptionError, match="singleVariantColumn=record"):
        settle(singleVariantColumn="record", cloudFiles__schemaEvolutionMode="addNewColumns")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({"cloudFiles.format": "xml"}, "one of json, csv, text, parquet", id="a format"),
        pytest.param({"cloudFiles.format": "avro"}, "convert the files", id="another format"),
        pytest.param({"cloudFiles.schemaEvolutionMode": "grow"}, "addNewColumns", id="a mode"),
        pytest.param(
            {"cloudFiles.inferColumnType": "true"}, "did you mean cloudFiles.inferColumnTypes", id="a typo"
        ),
        pytest.param({"schemaHints": "id INT"}, "did you mean cloudFiles.schemaHints", id="no prefix"),
        pytest.param({"cloudFiles.multiline": "true"}, "did you mean multiLine", id="a prefix too many"),
        pytest.param({"cloudFiles.useNotifications": "true"}, "files are listed", id="notifications"),
        pytest.param({"cloudFiles.allowOverwrites": True}, "new name", id="overwrites"),
        pytest.param({"cloudFiles.queueUrl": "q"}, "folder on this machine", id="a cloud's queue"),
        pytest.param({"cloudFiles.maxFilesPerTrigger": 0}, "from 1", id="no files"),
        pytest.param({"maxFilesPerTrigger": "many"}, "from 1", id="no number"),
        pytest.param({"cloudFiles.maxBytesPerTrigger": "much"}, "10m", id="bytes"),
        pytest.param({"cloudFiles.schemaHints": "quantity INTT"}, "quantity INT", id="a hint"),
        pytest.param({"cloudFiles.cleanSource": "MOVE"}, "moveDestination", id="move without a place"),
        pytest.param({"cloudFiles.validateOptions": "false", "x": "1"}, "option x", id="unknown as ever"),
        pytest.param({"badRecordsPath": "/bad"}, "rescued data column", id="bad records"),
        pytest.param({"inferSchema": "true"}, "cloudFiles.inferColumnTypes", id="Spark's own name"),
        pytest.param({"encoding": "latin-one"}, "ISO-8859-1", id="an unknown character set"),
        pytest.param({"readerCaseSensitive": "perhaps"}, "true, false", id="no boolean"),
        pytest.param({"multiLine": "yes"}, "true, false", id="no boolean of a format"),
        pytest.param({"mode": "STRICT"}, "FAILFAST", id="a mode for malformed records"),
        pytest.param({"dateFormat": "blah"}, "dd/MM/yyyy", id="no pattern"),
        pytest.param({"timestampFormat": "YYYY-MM-dd"}, "dd/MM/yyyy", id="a pattern of an old Spark"),
        pytest.param({"timestampNTZFormat": ""}, "dd/MM/yyyy", id="an empty pattern"),
        pytest.param({"timeZone": "Berlin"}, "Europe/Paris", id="no time zone"),
        pytest.param({"locale": "fr_FR"}, "fr-FR", id="no locale"),
        pytest.param({"lineSep": ""}, "any end of a line", id="an empty line separator"),
        pytest.param({"modifiedAfter": "yesterday"}, "2026-03-02T16:00:00", id="no moment"),
        pytest.param({"samplingRatio": "0.1"}, "all records", id="a sample"),
        pytest.param({"dropFieldIfAllNull": "true"}, "first value", id="a column less"),
    ],
)
@pytest.mark.filterwarnings("ignore:cloudFiles.validateOptions")
def test_an_option_that_cannot_work_is_refused_by_name_with_what_to_do(options, told):
    with pytest.raises(AutoLoaderOptionError) as refused:
        settle_options(JSON | options, schema=None)
    name = list(options)[-1]
    assert name in refused.value.got or options[name] in refused.value.got
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({"quote": "''"}, "one letter or none", id="two letters"),
        pytest.param({"comment": "\N{GRINNING FACE}"}, "one letter or none", id="two letters of Java's"),
        pytest.param({"sep": ""}, "letters", id="no separator"),
        pytest.param({"delimiter": "\\"}, "letters", id="half an escape"),
        pytest.param({"lineSep": "abc"}, "one or two letters", id="a long line separator"),
        pytest.param({"skipRows": -1}, "from 0", id="rows"),
        pytest.param({"maxColumns": "0"}, "from 1", id="columns"),
        pytest.param({"maxCharsPerColumn": "-2"}, "or -1", id="letters"),
        pytest.param({"unescapedQuoteHandling": "GUESS"}, "STOP_AT_DELIMITER", id="quotes"),
        pytest.param({"escap": "x"}, "did you mean escape?", id="a typo"),
        pytest.param({"delimeter": ";"}, "did you mean delimiter?", id="a typo in the second name"),
        pytest.param({"inputBufferSize": "10"}, "chosen here", id="what Spark does inside"),
        pytest.param({"singleVariantColumn": "v"}, "Only json", id="no record as a whole"),
        pytest.param({"cloudFiles.schemaHints": "tags ARRAY<INT>"}, "tags array<int> for", id="an array"),
        pytest.param({"cloudFiles.schemaHints": "who.since DATE"}, "from_json", id="a part of a value"),
    ],
)
def test_what_a_csv_file_cannot_be_read_with_is_refused_at_once(options, told):
    with pytest.raises(AutoLoaderOptionError, match=r"csv|Needed: (one|a|letters)") as refused:
        settle_options(CSV | options, schema=None)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("file_format", "columns", "told"),
    [
        (
            "csv",
            "id INT, `my props` MAP<STRING, INT>",
            "`my props` map<string,int> for cloudFiles.format=csv",
        ),
        ("json", "id INT, m ARRAY<MAP<INT, STRING>>", "m.element map<int,string> for cloudFiles.format=json"),
        ("json", "name VARCHAR(20)", "name varchar(20) for cloudFiles.format=json"),
        ("parquet", "s STRUCT<a: CHAR(3)>", "s.a char(3) for cloudFiles.format=parquet"),
        ("csv", "id INT, _corrupt_record INT", "_corrupt_record int for cloudFiles.format=csv"),
    ],
)
def test_a_type_that_a_format_cannot_give_is_refused_by_column_and_type(file_format, columns, told):
    options = JSON | {"cloudFiles.format": file_format}
    with pytest.raises(AutoLoaderOptionError) as refused:
        settle_options(options, schema=StructType.fromDDL(columns))
    assert told in refused.value.got
    if file_format != "parquet":
        with pytest.raises(AutoLoaderOptionError) as refused:
            settle_options(options | {"cloudFiles.schemaHints": columns}, schema=None)
        assert told in refused.value.got


@pytest.mark.parametrize(
    ("file_format", "options", "told"),
    [
        ("json", {"header": "true"}, "header is one of csv"),
        ("json", {"sep": ";"}, "sep is one of csv"),
        ("csv", {"allowComments": "true"}, "allowComments is one of json"),
        ("text", {"multiLine": "true"}, "multiLine is one of json, csv"),
        ("text", {"rescuedDataColumn": "rest"}, "for cloudFiles.format=text"),
        ("text", {"cloudFiles.schemaEvolutionMode": "rescue"}, "for cloudFiles.format=text"),
        ("parquet", {"rescuedDataColumn": "_rescued_data"}, "for cloudFiles.format=parquet"),
        ("parquet", {"readerCaseSensitive": "true"}, "for cloudFiles.format=parquet"),
        ("parquet", {"cloudFiles.schemaHints": "id INT"}, "for cloudFiles.format=parquet"),
        ("parquet", {"mergeSchema": "true"}, "for cloudFiles.format=parquet"),
        ("parquet", {"encoding": "UTF-8"}, "encoding is one of json, csv, text"),
        ("binaryFile", {"lineSep": ";"}, "lineSep is one of json, csv, text"),
        ("json", {"rowTag": "order"}, "rowTag is one of xml"),
    ],
)
def test_an_option_of_another_format_is_never_taken_in_silence(file_format, options, told):
    with pytest.raises(AutoLoaderOptionError) as refused:
        settle_options(JSON | {"cloudFiles.format": file_format} | options, schema=None)
    assert told in str(refused.value)
    assert f"cloudFiles.format={file_format}" in refused.value.got


def test_values_come_as_spark_writes_them_under_the_first_of_two_names():
    settings = settle_options(
        CSV
        | {"delimiter": "\\t", "HEADER": False, "charset": "latin1", "MODE": "failfast", "skiprows": 2}
        | {"maxColumns": "30000", "comment": "#", "enforceSchema": "TRUE", "lineSep": "\r\n", "quote": ""}
        | {"timeZone": "Europe/Paris", "locale": "fr-FR", "dateFormat": "d MMM yyyy", "nullValue": "-"}
        | {"unescapedQuoteHandling": "skip_value", "fileNamePattern": "*.csv", "maxBytesPerTrigger": "2k"},
        schema=SCHEMA,
    )
    assert (settings.header, settings.encoding, settings.on_malformed) == (False, "latin1", "FAILFAST")
    assert (settings.skip_rows, settings.max_columns, settings.comment) == (2, 30000, "#")
    assert (settings.enforce_schema, settings.line_separator) == (True, "\r\n")
    assert settings.parser == {
        "sep": "\\t",
        "maxColumns": "30000",
        "comment": "#",
        "quote": "",
        "timeZone": "Europe/Paris",
        "locale": "fr-FR",
        "dateFormat": "d MMM yyyy",
        "nullValue": "-",
        "unescapedQuoteHandling": "SKIP_VALUE",
    }
    assert (settings.source["pathGlobFilter"], settings.source["maxBytesPerTrigger"]) == ("*.csv", "2048")


def test_of_two_that_differ_in_case_the_last_holds_and_none_is_not_given():
    settings = settle(multiLine="true", MULTILINE="false", lineSep=None, encoding=None)
    assert (settings.multi_line, settings.line_separator, settings.encoding) == (False, None, "UTF-8")


@pytest.mark.parametrize(
    ("options", "schema"),
    [
        ({"cloudFiles.backfillInterval": "1 day"}, None),
        ({"compression": "gzip"}, None),
        ({"cloudFiles.schemaHints": "id INT"}, SCHEMA),
        ({"cloudFiles.inferColumnTypes": "true"}, SCHEMA),
    ],
)
def test_an_option_without_effect_is_accepted_with_a_note(options, schema):
    (name,) = options
    with pytest.warns(UserWarning, match=f"{name} has no effect here"):
        settle_options(JSON | options, schema=schema)


def test_a_refused_option_with_its_default_value_is_harmless():
    settle(cloudFiles__useNotifications="false", cloudFiles__allowOverwrites=False, inferSchema="false")


def test_without_a_schema_a_place_for_the_learned_one_is_needed():
    with pytest.raises(AutoLoaderOptionError, match="schemaLocation"):
        settle_options({"cloudFiles.format": "json"}, schema=None)


def test_hints_name_paths_and_nested_types():
    hints = settle(
        cloudFiles__schemaHints="quantity INT, who.since DATE, tags MAP<STRING, DECIMAL(9,2)>"
    ).hints
    # A dot in a name is no step, so a path is more than its text.
    assert [(path, kind.simpleString()) for path, kind in hints.items()] == [
        (("quantity",), "int"),
        (("who", "since"), "date"),
        (("tags",), "map<string,decimal(9,2)>"),
    ]


@pytest.mark.parametrize("two", [{"sep": ",", "delimiter": ";"}, {"encoding": "UTF-8", "charset": "UTF-16"}])
def test_one_option_under_two_names_has_one_value(two):
    with pytest.raises(AutoLoaderOptionError, match="they are one option"):
        settle_options(JSON | {"cloudFiles.format": "csv"} | two, schema=None)
    settle_options(
        JSON | {"cloudFiles.format": "csv"} | dict.fromkeys(two, next(iter(two.values()))), schema=None
    )


@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_a_backslash_and_an_n_are_no_line_feed(file_format):
    with pytest.raises(AutoLoaderOptionError, match="the letter itself"):
        settle_options(JSON | {"cloudFiles.format": file_format, "lineSep": "\\n"}, schema=None)
