"""Options of Auto Loader that were checked against the table and completed with their defaults.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/options.html
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pyspark.sql.types import DataType, StructType

from medallion_lab.autoloader.format_types import check_types
from medallion_lab.autoloader.hints import Path, read_hints
from medallion_lab.autoloader.option_table import (
    ALL,
    FORMATS,
    NO,
    NOT_HERE,
    NOTE,
    UNREAD,
    find,
    formats_with,
    nearest,
)
from medallion_lab.autoloader.option_values import checked, one_of, size_in_bytes
from medallion_lab.errors import AutoLoaderOptionError

EVOLVING = ("addNewColumns", "addNewColumnsWithTypeWidening")
LEARNED = ("json", "csv")
ONE_SHAPE = ("text", "binaryFile")
"""Formats whose rows always have the same columns."""

# Options of a format that have a setting of their own; the others go to Spark's parser as they are.
SETTINGS = (
    "columnNameOfCorruptRecord",
    "encoding",
    "enforceSchema",
    "header",
    "lineSep",
    "mode",
    "multiLine",
    "readerCaseSensitive",
    "rescuedDataColumn",
    "singleVariantColumn",
    "skipRows",
    "wholeText",
)


@dataclass(frozen=True)
class Settings:
    """Options that were checked and completed: what the rest of Auto Loader works from.

    ``line_separator`` None is any end of a line. ``parser`` are the format's own options that go to Spark's
    parser as they are, under Spark's names; ``source`` those of Spark's file source.
    """

    format: str
    mode: str
    rescued_column: str | None
    schema: StructType | None = None
    schema_location: str | None = None
    infer_types: bool = False
    hints_text: str = ""
    hints: dict[Path, DataType] = field(default_factory=dict)
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
    enforce_schema: bool | None = None
    skip_rows: int = 0
    max_columns: int | None = None
    comment: str = ""
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


def settle_options(options: Mapping[str, object], *, schema: StructType | None) -> Settings:
    """Check options and complete them with their defaults.

    Parameters
    ----------
    options : mapping of str to str, bool or number
        Named as on Databricks; upper and lower case are the same, and of two that differ in it alone the last
        one holds. None is as if it were not given.
    schema : StructType or None
        The reader's own schema, if there is one.

    Raises
    ------
    AutoLoaderOptionError
        If an option is unknown, of another format, refused, contradicts another or has a value that it cannot
        have.
    """
    file_format = _format(options)
    given = _known(options, file_format)

    def take(name: str, default: str = "") -> str:
        return given.get(name, default)

    def flag(name: str, default: str) -> bool:
        return take(name, default) == "true"

    variant = take("singleVariantColumn")
    fixed = schema is not None or file_format in ONE_SHAPE or bool(variant)
    mode = take(
        "cloudFiles.schemaEvolutionMode", "none" if fixed or file_format not in LEARNED else "addNewColumns"
    )
    location = take("cloudFiles.schemaLocation")
    _check_schema(schema, mode=mode, variant=variant, file_format=file_format, given=given)
    if not fixed and file_format in LEARNED and not location:
        raise AutoLoaderOptionError(
            got="neither a schema nor a cloudFiles.schemaLocation",
            needed="a folder where the learned schema is kept from start to start",
            next_step='add .option("cloudFiles.schemaLocation", "<a folder of this stream alone>")',
        )
    include_existing = flag("cloudFiles.includeExistingFiles", "true")
    if not include_existing and not location:
        raise AutoLoaderOptionError(
            got="cloudFiles.includeExistingFiles=false without a cloudFiles.schemaLocation",
            needed="a folder that remembers what was there at the first start",
            next_step="add cloudFiles.schemaLocation, also when the schema is yours",
        )
    hints = read_hints(take("cloudFiles.schemaHints"))
    corrupt_column = take("columnNameOfCorruptRecord") or "_corrupt_record"
    columns = {(column.name,): column.dataType for column in schema or ()} | hints
    check_types(columns, file_format=file_format, corrupt_column=corrupt_column)
    # With a schema of your own nothing is rescued unless you ask for it, or for the mode of that name.
    keeps = mode == "rescue" or (not fixed and mode != "none")
    partition_columns = given.get("cloudFiles.partitionColumns")
    enforce_schema = given.get("enforceSchema")
    return Settings(
        format=file_format,
        mode=mode,
        rescued_column=take("rescuedDataColumn", "_rescued_data" if keeps else "") or None,
        schema=schema,
        schema_location=location or None,
        infer_types=flag("cloudFiles.inferColumnTypes", "false"),
        hints_text=take("cloudFiles.schemaHints"),
        hints=hints,
        case_sensitive=flag("readerCaseSensitive", "true"),
        partition_columns=None
        if partition_columns is None
        else tuple(name.strip() for name in partition_columns.split(",") if name.strip()),
        include_existing=include_existing,
        modified_after=given.get("modifiedAfter"),
        modified_before=given.get("modifiedBefore"),
        multi_line=flag("multiLine", "false"),
        line_separator=given.get("lineSep"),
        encoding=take("encoding", "UTF-8"),
        whole_text=flag("wholeText", "false"),
        variant_column=variant or None,
        header=flag("header", "false" if fixed else "true"),
        enforce_schema=None if enforce_schema is None else enforce_schema == "true",
        skip_rows=int(take("skipRows", "0")),
        max_columns=int(given["maxColumns"]) if "maxColumns" in given else None,
        comment=take("comment"),
        on_malformed=take("mode", "PERMISSIVE"),
        corrupt_column=corrupt_column,
        source=_source_options(take),
        parser=_parser_options(given, file_format),
    )


def _format(options: Mapping[str, object]) -> str:
    named = [
        value for name, value in options.items() if name.lower() == "cloudfiles.format" and value is not None
    ]
    text = str(named[-1]) if named else ""
    if way := UNREAD.get(text.lower()):
        raise AutoLoaderOptionError(
            got=f"cloudFiles.format={text}", needed=f"one of {', '.join(FORMATS)}", next_step=way
        )
    return one_of("cloudFiles.format", text, FORMATS)


def _known(options: Mapping[str, object], file_format: str) -> dict[str, str]:
    """Return the options under their first names, with checked values."""
    given = {}
    for name, value in options.items():
        if value is None:
            continue
        text = str(value).lower() if isinstance(value, bool) else str(value)
        option = find(name, file_format)
        if option is None:
            raise _unknown(name, file_format)
        if option.support in (NO, NOT_HERE):
            is_default = text.lower() == option.default if option.choices else not text
            if not is_default:
                place = "" if option.formats == ALL else f" for cloudFiles.format={file_format}"
                raise AutoLoaderOptionError(
                    got=f"{name}={text}{place}", needed="an option that works here", next_step=option.meaning
                )
            continue
        if option.support == NOTE:
            warnings.warn(f"{name} has no effect here. {option.meaning}", stacklevel=4)
            continue
        first, checked_text = option.names[0], checked(option, name, text)
        said = [
            other for other in options if other.lower() != name.lower() and find(other, file_format) is option
        ]
        if any(options[other] not in (None, value) for other in said):
            raise AutoLoaderOptionError(
                got=f"{name}={text}, and another value as {', '.join(said)}",
                needed="one of these names: they are one option",
                next_step=f"leave {' or '.join([name, *said])} out",
            )
        given[first] = checked_text
    return given


def _unknown(name: str, file_format: str) -> AutoLoaderOptionError:
    near, others = nearest(name, file_format), formats_with(name)
    table = f'autoloader.options_table("{file_format}") lists them all'
    if others:
        return AutoLoaderOptionError(
            got=f"the option {name} for cloudFiles.format={file_format}",
            needed=f"an option of {file_format}; {name} is one of {', '.join(others)}",
            next_step=f"leave it out, or set the format that your files have; {table}",
        )
    return AutoLoaderOptionError(
        got=f"the option {name}",
        needed=f"an option that Auto Loader knows here for {file_format}",
        next_step=(f"did you mean {' or '.join(near)}? " if near else "") + table,
    )


def _check_schema(
    schema: StructType | None, *, mode: str, variant: str, file_format: str, given: Mapping[str, str]
) -> None:
    if file_format in ONE_SHAPE and schema is not None:
        raise AutoLoaderOptionError(
            got=f"a schema for cloudFiles.format={file_format}",
            needed="none: these rows have the same columns always",
            next_step="leave .schema(...) out",
        )
    if schema is not None and variant:
        raise AutoLoaderOptionError(
            got=f"a schema of your own, and singleVariantColumn={variant}",
            needed="one of the two: that column is the whole record",
            next_step="leave .schema(...) out",
        )
    if (schema is not None or variant) and mode in EVOLVING:
        raise AutoLoaderOptionError(
            got=f"a schema of your own, and cloudFiles.schemaEvolutionMode={mode}"
            if schema is not None
            else f"singleVariantColumn={variant}, and cloudFiles.schemaEvolutionMode={mode}",
            needed="one of the two: your columns are fixed, that mode changes them",
            next_step="give the types that you know as cloudFiles.schemaHints instead of .schema(...); then "
            "the rest is learned and evolves",
        )
    for name in ("cloudFiles.schemaHints", "cloudFiles.inferColumnTypes"):
        if schema is not None and name in given:
            warnings.warn(f"{name} has no effect here: your schema says the types.", stacklevel=4)


def _parser_options(given: Mapping[str, str], file_format: str) -> dict[str, str]:
    rows = {name: find(name, file_format) for name in given}
    return {
        name: given[name]
        for name, option in rows.items()
        if option and option.formats != ALL and name not in SETTINGS and not name.startswith("cloudFiles.")
    }


def _source_options(take: Callable[..., str]) -> dict[str, str]:
    source = {
        # Folders in folders, and no guessing at key=value folders by Spark: the path is read here instead.
        "recursiveFileLookup": "true",
        # Spark forgets to read a file that is a week older than the newest; here no file is ever too old.
        "maxFileAge": "36500d",
        "maxFilesPerTrigger": take("cloudFiles.maxFilesPerTrigger", "1000"),
    }
    if size := take("cloudFiles.maxBytesPerTrigger"):
        source["maxBytesPerTrigger"] = str(size_in_bytes(size))
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
    clean = take("cloudFiles.cleanSource", "OFF")
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
