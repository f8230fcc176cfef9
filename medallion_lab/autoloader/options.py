"""The options of Auto Loader: one table for the reader, the error messages and the book.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
"""

import difflib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.errors import ParseException
from pyspark.sql.types import DataType, StructType

from medallion_lab.autoloader.schemas import type_of
from medallion_lab.errors import AutoLoaderOptionError

YES, NOTE, NO = "yes", "accepted, without effect", "refused"

EVOLVING = ("addNewColumns", "addNewColumnsWithTypeWidening")
MODES = (*EVOLVING, "rescue", "failOnNewColumns", "none")
FORMATS = ("json", "csv", "text", "parquet", "orc", "binaryFile")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    name : str
        As on Databricks.
    default : str
        What holds when it is not given.
    meaning : str
        One sentence.
    support : str
        ``yes``; ``accepted, without effect``; or ``refused``.
    """

    name: str
    default: str
    meaning: str
    support: str = YES


OPTIONS = (
    Option(
        "cloudFiles.format",
        "none: required",
        "Format of the files: json, csv, text, parquet, orc or binaryFile.",
    ),
    Option(
        "cloudFiles.schemaLocation",
        "none: required unless you give a schema",
        "Folder of the schema log: each version of the schema is a file in its _schemas.",
    ),
    Option(
        "cloudFiles.schemaEvolutionMode",
        "addNewColumns; none when you give a schema",
        "What a new field does: addNewColumns, rescue, failOnNewColumns, none or "
        "addNewColumnsWithTypeWidening.",
    ),
    Option(
        "cloudFiles.inferColumnTypes", "false", "Learn numbers, booleans and structs; else all are strings."
    ),
    Option(
        "cloudFiles.schemaHints", "none", 'Types that you know, such as "quantity INT, tags ARRAY<STRING>".'
    ),
    Option(
        "rescuedDataColumn",
        "_rescued_data; off when you give a schema",
        "Name of the column for what did not fit: also as cloudFiles.rescuedDataColumn.",
    ),
    Option(
        "readerCaseSensitive",
        "true",
        "true rescues a field whose name differs in case; false reads it into its column.",
    ),
    Option(
        "cloudFiles.partitionColumns",
        "every key=value folder of the first files; none when you give a schema",
        "Comma-separated columns to take from key=value folders; empty for none.",
    ),
    Option("cloudFiles.maxFilesPerTrigger", "1000", "Most files in one micro-batch."),
    Option("cloudFiles.maxBytesPerTrigger", "none", "About how many bytes go into one micro-batch, as 10g."),
    Option(
        "cloudFiles.includeExistingFiles",
        "true",
        "false passes over what had landed before the first start; needs a schemaLocation to remember it.",
    ),
    Option("pathGlobFilter", "none", "Only files whose name matches this pattern."),
    Option("modifiedAfter", "none", "Only files that were changed after this moment (UTC)."),
    Option("modifiedBefore", "none", "Only files that were changed before this moment (UTC)."),
    Option(
        "cloudFiles.cleanSource",
        "OFF",
        "MOVE takes processed files out of the folder, DELETE deletes them, so that listing stays cheap.",
    ),
    Option("cloudFiles.cleanSource.moveDestination", "none: required by MOVE", "Where MOVE takes them."),
    Option(
        "cloudFiles.allowOverwrites",
        "false",
        "true would read a changed file again; here a file is read once, so land it under a new name.",
        NO,
    ),
    Option(
        "cloudFiles.cleanSource.retentionDuration",
        "here none: a file goes once the next micro-batch is done",
        "How long a processed file stays.",
        NO,
    ),
    Option("cloudFiles.useIncrementalListing", "false", "Deprecated on Databricks too.", NOTE),
    Option("cloudFiles.validateOptions", "true", "Options are always checked here.", NOTE),
    Option(
        "cloudFiles.backfillInterval", "none", "Every listing here is complete: nothing to back-fill.", NOTE
    ),
    Option("cloudFiles.fetchParallelism", "1", "Concerns a cloud's queue.", NOTE),
    Option(
        "cloudFiles.useNotifications",
        "false",
        "true asks a cloud's queue for new files; a laptop has none, so files are listed.",
        NO,
    ),
    Option("cloudFiles.useManagedFileEvents", "false", "Needs a cloud's file events; files are listed.", NO),
    Option(
        "cloudFiles.maxFileAge",
        "none",
        "Forgetting old files could read one twice or never; here all are remembered.",
        NO,
    ),
    Option("badRecordsPath", "none", "Malformed records are kept in the rescued data column instead.", NO),
    # Of the formats' own reader options, those that keep their meaning here.
    Option("lineSep", r"\r, \r\n and \n", "json, text: what ends a record."),
    Option("wholeText", "false", "text: a file is one row."),
    Option("singleVariantColumn", "none", "json: a column of this name holds each record as one VARIANT."),
    Option("multiLine", "false", "json: a file is one record or one array of records, over many lines."),
    Option("mode", "PERMISSIVE", "json, csv: FAILFAST stops at a malformed record, DROPMALFORMED drops it."),
    Option("columnNameOfCorruptRecord", "_corrupt_record", "A column of your schema for malformed records."),
    Option(
        "header", "true; false when you give a schema", "csv: the first line of each file names its columns."
    ),
    Option("encoding", "UTF-8", "json, text: another is decoded whole files at a time; also as charset."),
)
"""Every option of Auto Loader itself; Spark's own for JSON and CSV come on top."""

# Handed on to Spark's parsers as they are.
JSON_PARSER_OPTIONS = (
    "allowBackslashEscapingAnyCharacter",
    "allowComments",
    "allowNonNumericNumbers",
    "allowNumericLeadingZeros",
    "allowSingleQuotes",
    "allowUnquotedControlChars",
    "allowUnquotedFieldNames",
    "inferTimestamp",
    "prefersDecimal",
    "primitivesAsString",
)
TYPE_OPTIONS = ("dateFormat", "timestampFormat", "timestampNTZFormat", "locale", "timeZone")
CSV_PARSER_OPTIONS = (
    "sep",
    "delimiter",
    "quote",
    "escape",
    "comment",
    "emptyValue",
    "nullValue",
    "ignoreLeadingWhiteSpace",
    "ignoreTrailingWhiteSpace",
)
PARSER_OPTIONS = (*JSON_PARSER_OPTIONS, *TYPE_OPTIONS, *CSV_PARSER_OPTIONS)

_BY_NAME = {option.name.lower(): option for option in OPTIONS}
_BY_NAME |= {name.lower(): Option(name, "Spark's", "As in Spark's reader.") for name in PARSER_OPTIONS}
# The shop's cloud is a folder, so what these say about a cloud's account is never asked.
_CLOUD_ACCOUNT = (
    "region",
    "queue",
    "client",
    "tenant",
    "subscription",
    "resource",
    "connection",
    "project",
    "aws",
)


@dataclass(frozen=True)
class Settings:
    """Options that were checked and completed: what the rest of Auto Loader works from."""

    format: str
    mode: str
    rescued_column: str | None
    schema: StructType | None = None
    schema_location: str | None = None
    infer_types: bool = False
    hints_text: str = ""
    hints: dict[str, DataType] = field(default_factory=dict)
    case_sensitive: bool = True
    partition_columns: tuple[str, ...] | None = None
    include_existing: bool = True
    modified_after: str | None = None
    modified_before: str | None = None
    multi_line: bool = False
    line_separator: str | None = None
    encoding: str = "UTF-8"
    whole_text: bool = False
    variant_column: str | None = None
    header: bool = True
    on_malformed: str = "PERMISSIVE"
    corrupt_column: str = "_corrupt_record"
    source: dict[str, str] = field(default_factory=dict)
    parser: dict[str, str] = field(default_factory=dict)

    @property
    def evolves(self) -> bool:
        """Whether a new field makes a new version of the schema."""
        return self.mode in EVOLVING

    @property
    def stops(self) -> bool:
        """Whether a new field stops the stream."""
        return self.evolves or self.mode == "failOnNewColumns"


def options_table() -> list[tuple[str, str, str, str]]:
    """Return name, default, meaning and support of every option, in the order of ``OPTIONS``."""
    return [(option.name, option.default, option.meaning, option.support) for option in OPTIONS]


def settle_options(options: Mapping[str, object], *, schema: StructType | None) -> Settings:
    """Check options and complete them with their defaults.

    Parameters
    ----------
    options : mapping of str to str, bool or number
        Named as on Databricks; case does not matter.
    schema : StructType or None
        The reader's own schema, if there is one.

    Raises
    ------
    AutoLoaderOptionError
        If an option is unknown, refused, contradicts another or has a value that it cannot have.
    """
    given = _known(options)

    def take(name: str, default: str = "") -> str:
        return given.get(name.lower(), default)

    def flag(name: str, default: str) -> bool:
        return _one_of(name, take(name, default), ("true", "false")) == "true"

    file_format = _one_of("cloudFiles.format", take("cloudFiles.format").lower(), FORMATS)
    variant = take("singleVariantColumn")
    fixed = schema is not None or bool(variant) or file_format in ("text", "binaryFile")
    mode = _one_of(
        "cloudFiles.schemaEvolutionMode",
        take("cloudFiles.schemaEvolutionMode", "none" if fixed else "addNewColumns"),
        MODES,
    )
    if schema is not None and mode in EVOLVING:
        raise AutoLoaderOptionError(
            got=f"a schema of your own, and cloudFiles.schemaEvolutionMode={mode}",
            needed="one of the two: your schema is fixed, that mode changes it",
            next_step="give the types that you know as cloudFiles.schemaHints instead of .schema(...); then "
            "the rest is learned and evolves",
        )
    _fit_to_format(file_format, mode, schema=schema, given=given)
    location = take("cloudFiles.schemaLocation")
    if not fixed and not location:
        raise AutoLoaderOptionError(
            got="neither a schema nor a cloudFiles.schemaLocation",
            needed="a folder where the learned schema is kept from start to start",
            next_step='add .option("cloudFiles.schemaLocation", "<a folder of this stream alone>")',
        )
    include_existing = flag("cloudFiles.includeExistingFiles", "true")
    if not include_existing and not location:
        raise AutoLoaderOptionError(
            got="cloudFiles.includeExistingFiles=false without a cloudFiles.schemaLocation",
            needed="a folder that remembers the moment of the first start",
            next_step="add cloudFiles.schemaLocation, also when the schema is yours",
        )
    # With a schema of your own nothing is rescued unless you ask for it, or for the mode of that name.
    keeps = mode == "rescue" or (not fixed and mode != "none")
    rescued = take("rescuedDataColumn", "_rescued_data" if keeps else "")
    partition_columns = given.get("cloudfiles.partitioncolumns")
    return Settings(
        format=file_format,
        mode=mode,
        rescued_column=rescued or None,
        schema=schema,
        schema_location=location or None,
        infer_types=flag("cloudFiles.inferColumnTypes", "false"),
        hints_text=take("cloudFiles.schemaHints"),
        hints=_hints(take("cloudFiles.schemaHints")),
        case_sensitive=flag("readerCaseSensitive", "true"),
        partition_columns=None
        if partition_columns is None
        else tuple(name.strip() for name in partition_columns.split(",") if name.strip()),
        include_existing=include_existing,
        modified_after=given.get("modifiedafter"),
        modified_before=given.get("modifiedbefore"),
        multi_line=flag("multiLine", "false"),
        line_separator=take("lineSep") or None,
        encoding=take("encoding") or "UTF-8",
        whole_text=flag("wholeText", "false"),
        variant_column=variant or None,
        header=flag("header", "false" if fixed else "true"),
        on_malformed=_one_of(
            "mode", take("mode", "PERMISSIVE").upper(), ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")
        ),
        corrupt_column=take("columnNameOfCorruptRecord", "_corrupt_record") or "_corrupt_record",
        source=_source_options(take),
        parser={name: given[name.lower()] for name in PARSER_OPTIONS if name.lower() in given},
    )


def _known(options: Mapping[str, object]) -> dict[str, str]:
    given = {}
    for name, value in options.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        key = name.lower()
        if key in ("cloudfiles.maxfilespertrigger", "maxfilespertrigger"):
            key = "cloudfiles.maxfilespertrigger"
        elif key in ("cloudfiles.maxbytespertrigger", "maxbytespertrigger"):
            key = "cloudfiles.maxbytespertrigger"
        elif key == "cloudfiles.rescueddatacolumn":
            key = "rescueddatacolumn"
        elif key == "charset":
            key = "encoding"
        option = _BY_NAME.get(key)
        if option is None:
            raise _unknown(name)
        harmless = text.lower() == option.default.split(" ")[0]
        if option.support == NO and not harmless:
            raise AutoLoaderOptionError(
                got=f"{option.name}={text}", needed="an option that works here", next_step=option.meaning
            )
        if option.support == NOTE:
            warnings.warn(f"{option.name} has no effect here. {option.meaning}", stacklevel=4)
        given[key] = text
    return given


def _unknown(name: str) -> AutoLoaderOptionError:
    if name.lower().startswith("cloudfiles.") and any(word in name.lower() for word in _CLOUD_ACCOUNT):
        return AutoLoaderOptionError(
            got=f"{name}, which names a cloud's account or queue",
            needed="options for a folder on this machine",
            next_step="leave it out: files are found by listing the folder",
        )
    near = difflib.get_close_matches(name.lower(), _BY_NAME, n=1, cutoff=0.5)
    known = _BY_NAME[near[0]].name if near else None
    return AutoLoaderOptionError(
        got=f"the option {name}",
        needed="an option that Auto Loader knows here",
        next_step=(f"did you mean {known}? " if known else "") + "autoloader.options_table() lists them all",
    )


def _fit_to_format(
    file_format: str, mode: str, *, schema: StructType | None, given: Mapping[str, str]
) -> None:
    if file_format not in ("json", "csv") and mode != "none":
        raise AutoLoaderOptionError(
            got=f"cloudFiles.format={file_format} with cloudFiles.schemaEvolutionMode={mode}",
            needed="json or csv for a schema that is learned, or mode none",
            next_step="give a schema, which makes the mode none"
            if file_format in ("parquet", "orc")
            else f"leave the mode out: {file_format} files have columns of their own",
        )
    if file_format in ("text", "binaryFile") and schema is not None:
        raise AutoLoaderOptionError(
            got=f"a schema for cloudFiles.format={file_format}",
            needed="none: these files have columns of their own",
            next_step="leave .schema(...) out",
        )
    if file_format == "csv" and given.get("multiline", "false").lower() == "true":
        raise AutoLoaderOptionError(
            got="multiLine=true for csv",
            needed="one record a line",
            next_step="land csv without line breaks inside quotes, or json with multiLine",
        )
    if file_format == "csv" and given.get("encoding", "utf-8").lower().replace("-", "") != "utf8":
        raise AutoLoaderOptionError(
            got=f"encoding={given['encoding']} for csv",
            needed="UTF-8",
            next_step="convert the files before they land",
        )


def _source_options(take: Callable[..., str]) -> dict[str, str]:
    source = {
        # Folders in folders, and no guessing at key=value folders by Spark: the path is read here instead.
        "recursiveFileLookup": "true",
        # Spark forgets to read a file that is a week older than the newest; here no file is ever too old.
        "maxFileAge": "36500d",
        "maxFilesPerTrigger": take("cloudFiles.maxFilesPerTrigger", "1000"),
    }
    if not source["maxFilesPerTrigger"].isdigit() or int(source["maxFilesPerTrigger"]) < 1:
        raise AutoLoaderOptionError(
            got=f"cloudFiles.maxFilesPerTrigger={source['maxFilesPerTrigger']}",
            needed="a whole number from 1",
            next_step="leave it out for 1000",
        )
    if size := take("cloudFiles.maxBytesPerTrigger"):
        source["maxBytesPerTrigger"] = str(_bytes(size))
        # Spark takes one limit; a limit in bytes is the finer one.
        del source["maxFilesPerTrigger"]
        if take("cloudFiles.maxFilesPerTrigger"):
            raise AutoLoaderOptionError(
                got="cloudFiles.maxFilesPerTrigger and cloudFiles.maxBytesPerTrigger",
                needed="one of them: Spark's file source keeps one limit",
                next_step="keep the one that matters",
            )
    if glob := take("pathGlobFilter"):
        source["pathGlobFilter"] = glob
    clean = _one_of(
        "cloudFiles.cleanSource", take("cloudFiles.cleanSource", "OFF").upper(), ("OFF", "MOVE", "DELETE")
    )
    if clean == "MOVE":
        destination = take("cloudFiles.cleanSource.moveDestination")
        if not destination:
            raise AutoLoaderOptionError(
                got="cloudFiles.cleanSource=MOVE without a destination",
                needed="a folder outside the one that is read",
                next_step='add .option("cloudFiles.cleanSource.moveDestination", "<folder>")',
            )
        source |= {"cleanSource": "archive", "sourceArchiveDir": destination}
    elif clean == "DELETE":
        source["cleanSource"] = "delete"
    return source


def _bytes(size: str) -> int:
    units = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
    number = size.strip().lower().removesuffix("b").rstrip("kmgt")
    unit = size.strip().lower().removesuffix("b")[len(number) :]
    if not number.strip().isdigit() or unit not in units or not int(number):
        raise AutoLoaderOptionError(
            got=f"cloudFiles.maxBytesPerTrigger={size}",
            needed="a whole number with a unit",
            next_step="write it as 500k, 10m or 2g",
        )
    return int(number) * units[unit]


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    by_case = {choice.lower(): choice for choice in allowed}
    if value.lower() not in by_case:
        raise AutoLoaderOptionError(
            got=f"{name}={value}" if value else f"no {name}",
            needed=f"one of {', '.join(allowed)}",
            next_step=f'set .option("{name}", "{allowed[0]}"), or another of them',
        )
    return by_case[value.lower()]


def _hints(text: str) -> dict[str, DataType]:
    """Return the type for each path, such as ``customer.since``, in the order in which they were given."""
    hints = {}
    for column in _split_outside_brackets(text):
        path, _, type_text = column.partition(" ")
        try:
            hints[path.replace("`", "")] = type_of(type_text)
        except ParseException as error:
            raise AutoLoaderOptionError(
                got=f"cloudFiles.schemaHints={text!r}, of which {column!r} does not read as a column",
                needed="columns with their types, separated by commas",
                next_step='write them as "quantity INT, customer.since DATE, tags ARRAY<STRING>"',
            ) from error
    return hints


def _split_outside_brackets(text: str) -> list[str]:
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
