"""Source of the names and defaults:
https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
"""

import pytest
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from medallion_lab.autoloader.options import MODES, OPTIONS, options_table, settle_options
from medallion_lab.errors import AutoLoaderOptionError

JSON = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": "/somewhere"}
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


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({"cloudFiles.format": "xml"}, "one of json, csv, text, parquet", id="a format"),
        pytest.param({"cloudFiles.schemaEvolutionMode": "grow"}, "addNewColumns", id="a mode"),
        pytest.param(
            {"cloudFiles.inferColumnType": "true"}, "did you mean cloudFiles.inferColumnTypes", id="a typo"
        ),
        pytest.param({"cloudFiles.useNotifications": "true"}, "files are listed", id="notifications"),
        pytest.param({"cloudFiles.allowOverwrites": True}, "new name", id="overwrites"),
        pytest.param({"cloudFiles.queueUrl": "q"}, "folder on this machine", id="a cloud's queue"),
        pytest.param({"cloudFiles.maxFilesPerTrigger": 0}, "from 1", id="no files"),
        pytest.param({"cloudFiles.maxBytesPerTrigger": "much"}, "10m", id="bytes"),
        pytest.param({"cloudFiles.schemaHints": "quantity INTT"}, "quantity INT", id="a hint"),
        pytest.param({"cloudFiles.cleanSource": "MOVE"}, "moveDestination", id="move without a place"),
        pytest.param({"badRecordsPath": "/bad"}, "rescued data column", id="bad records"),
        pytest.param({"readerCaseSensitive": "perhaps"}, "true, false", id="no boolean"),
    ],
)
def test_an_option_that_cannot_work_is_refused_by_name_with_what_to_do(options, told):
    with pytest.raises(AutoLoaderOptionError) as refused:
        settle_options(JSON | options, schema=None)
    name = next(iter(options))
    assert name in refused.value.got or options[name] in refused.value.got
    assert told in str(refused.value)


def test_an_option_without_effect_is_accepted_with_a_note():
    with pytest.warns(UserWarning, match=r"backfillInterval has no effect here"):
        settle(cloudFiles__backfillInterval="1 day")


def test_a_refused_option_with_its_default_value_is_harmless():
    settle(cloudFiles__useNotifications="false", cloudFiles__allowOverwrites=False)


def test_without_a_schema_a_place_for_the_learned_one_is_needed():
    with pytest.raises(AutoLoaderOptionError, match="schemaLocation"):
        settle_options({"cloudFiles.format": "json"}, schema=None)


def test_hints_name_paths_and_nested_types():
    hints = settle(
        cloudFiles__schemaHints="quantity INT, who.since DATE, tags MAP<STRING, DECIMAL(9,2)>"
    ).hints
    assert list(hints) == ["quantity", "who.since", "tags"]
    assert hints["quantity"] == IntegerType()


def test_the_table_of_options_names_every_mode_and_each_option_once():
    rows = options_table()
    assert len({name for name, *_ in rows}) == len(rows) == len(OPTIONS)
    modes = next(meaning for name, _, meaning, _ in rows if name == "cloudFiles.schemaEvolutionMode")
    assert all(mode in modes for mode in MODES)
