"""The table of options is whole: what Databricks and Spark list has a row, and no row contradicts another.

Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html and
https://docs.databricks.com/en/spark/api-options.html
"""

import pytest

from medallion_lab.autoloader import option_values
from medallion_lab.autoloader.option_table import (
    ALL,
    FORMATS,
    MODES,
    NO,
    NOT_HERE,
    NOTE,
    OPTIONS,
    UNREAD,
    YES,
    find,
    nearest,
    options_table,
)
from medallion_lab.autoloader.options import SETTINGS

# Read from Databricks' pages: what each format lists beside what is for all of them.
DATABRICKS = {
    ALL: """cloudFiles.allowOverwrites cloudFiles.backfillInterval cloudFiles.cleanSource
        cloudFiles.cleanSource.retentionDuration cloudFiles.cleanSource.moveDestination cloudFiles.format
        cloudFiles.includeExistingFiles cloudFiles.inferColumnTypes cloudFiles.maxBytesPerTrigger
        cloudFiles.maxFileAge cloudFiles.maxFilesPerTrigger cloudFiles.partitionColumns
        cloudFiles.schemaEvolutionMode cloudFiles.schemaHints cloudFiles.schemaLocation
        cloudFiles.useStrictGlobber cloudFiles.validateOptions cloudFiles.useIncrementalListing
        cloudFiles.fetchParallelism cloudFiles.pathRewrites cloudFiles.resourceTag
        cloudFiles.useManagedFileEvents cloudFiles.useNotifications cloudFiles.listOnStart
        databricks.serviceCredential ignoreCorruptFiles ignoreMissingFiles ignoredPathSegmentRegex
        modifiedAfter modifiedBefore pathGlobFilter fileNamePattern recursiveFileLookup""",
    "json": """allowBackslashEscapingAnyCharacter allowComments allowNonNumericNumbers
        allowNumericLeadingZeros allowSingleQuotes allowUnquotedControlChars allowUnquotedFieldNames
        badRecordsPath columnNameOfCorruptRecord dateFormat dropFieldIfAllNull encoding charset
        inferTimestamp lineSep locale mode multiLine prefersDecimal primitivesAsString readerCaseSensitive
        rescuedDataColumn singleVariantColumn timestampFormat timeZone""",
    "csv": """badRecordsPath charToEscapeQuoteEscaping columnNameOfCorruptRecord comment dateFormat emptyValue
        encoding charset enforceSchema escape header ignoreLeadingWhiteSpace ignoreTrailingWhiteSpace
        inferSchema lineSep locale maxCharsPerColumn maxColumns mergeSchema mode multiLine nanValue
        negativeInf nullValue parserCaseSensitive positiveInf preferDate quote readerCaseSensitive
        rescuedDataColumn sep delimiter skipRows timestampFormat timeZone unescapedQuoteHandling""",
    "text": "encoding lineSep wholeText",
    "parquet": "datetimeRebaseMode int96RebaseMode mergeSchema readerCaseSensitive rescuedDataColumn",
    "avro": "avroSchema datetimeRebaseMode mergeSchema readerCaseSensitive rescuedDataColumn",
    "orc": "mergeSchema",
    "binaryFile": "",
    "xml": """rowTag samplingRatio excludeAttribute mode inferSchema columnNameOfCorruptRecord attributePrefix
        valueTag encoding ignoreSurroundingSpaces rowValidationXSDPath ignoreNamespace timestampFormat
        timestampNTZFormat dateFormat locale rootTag declaration arrayElementName nullValue compression
        validateName wildcardColName rescuedDataColumn singleVariantColumn""",
}
SPARKS = {
    "csv": "catalyst.csv.CSVOptions",
    "json": "catalyst.json.JSONOptions",
    "text": "execution.datasources.text.TextOptions",
    "parquet": "execution.datasources.parquet.ParquetOptions",
    "orc": "execution.datasources.orc.OrcOptions",
    "xml": "catalyst.xml.XmlOptions",
    "avro": "avro.AvroOptions",
}


@pytest.mark.parametrize("file_format", [file_format for file_format in DATABRICKS if file_format != ALL])
def test_every_option_that_databricks_lists_has_a_row(file_format):
    listed = f"{DATABRICKS[ALL]} {DATABRICKS[file_format]}".split()
    # What is learned, and how, is a question only where a format is read.
    learning = {f"cloudFiles.{name}" for name in ("inferColumnTypes", "schemaHints")}
    learning.add("cloudFiles.schemaEvolutionMode")
    skipped = learning if file_format in UNREAD else set()
    assert [name for name in listed if name not in skipped and not find(name, file_format)] == []


@pytest.mark.parametrize("file_format", SPARKS)
def test_every_option_that_sparks_own_reader_knows_has_a_row(spark, file_format):
    found = spark._jvm.org.apache.spark.sql
    *packages, name = SPARKS[file_format].split(".")
    for package in packages:
        found = getattr(found, package)
    names = getattr(getattr(found, f"{name}$"), "MODULE$").getAllOptions().iterator()
    known = []
    while names.hasNext():
        known.append(names.next())
    assert len(known) > 1
    assert [name for name in known if not find(name, file_format)] == []


def test_no_option_has_two_rows_for_a_format():
    seen = [
        (name.lower(), file_format)
        for option in OPTIONS
        for name in option.names
        for file_format in (*FORMATS, *UNREAD)
        if option.is_for(file_format)
    ]
    assert len(seen) == len(set(seen))


def test_every_row_is_filled_in_with_words_that_the_code_knows():
    supports, formats = {YES, NOTE, NO, NOT_HERE}, {ALL, *FORMATS, *UNREAD}
    free = {"text", "a folder", "a time", "a number", "a column's name", "columns", "columns with types"}
    free |= {"a pattern of names", "a pattern"}
    for option in OPTIONS:
        assert option.support in supports and set(option.formats.split()) <= formats, option
        assert option.default and option.meaning.endswith("."), option
        assert option.choices or option.value in free or option.value in option_values._CHECKS, option
    assert {option.support for option in OPTIONS if set(option.formats.split()) <= set(UNREAD)} == {NOT_HERE}


def test_every_setting_of_a_format_is_an_option_that_is_kept():
    kept = {option.names[0] for option in OPTIONS if option.support == YES}
    assert set(SETTINGS) <= kept


def test_the_table_of_a_format_has_what_is_for_all_and_what_is_its_own():
    names = [name for name, *_ in options_table("csv")]
    assert "cloudFiles.format" in names and "sep or delimiter" in names and "allowComments" not in names
    assert len(options_table()) == len(OPTIONS)
    modes = next(
        meaning for name, _, meaning, _ in options_table() if name == "cloudFiles.schemaEvolutionMode"
    )
    assert all(mode in modes for mode in MODES)


@pytest.mark.parametrize(
    ("name", "file_format", "near"),
    [
        ("ignoreLeadingWhitespaces", "csv", "ignoreLeadingWhiteSpace"),
        ("headers", "csv", "header"),
        ("schemaLocation", "json", "cloudFiles.schemaLocation"),
        ("linesep_", "text", "lineSep"),
        ("wholetxt", "text", "wholeText"),
    ],
)
def test_the_nearest_name_is_one_that_this_format_has(name, file_format, near):
    found = nearest(name, file_format)
    assert found[0] == near
    assert all(find(one, file_format).support == YES for one in found)
    assert nearest("zzzz", file_format) == []
