"""Which types the values in a file of a format can have.

Term: schema.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/sql-data-sources-csv.html and .../sql-data-sources-json.html
"""

from collections.abc import Mapping

from pyspark.sql.types import (
    ArrayType,
    CharType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructType,
    VarcharType,
)

from medallion_lab.autoloader.hints import Path, shown, with_parts
from medallion_lab.errors import AutoLoaderOptionError


def check_types(columns: Mapping[Path, DataType], *, file_format: str, corrupt_column: str) -> None:
    """Refuse types that files of a format cannot give.

    Parameters
    ----------
    columns : mapping of path to DataType
        What is wanted: the columns of a schema, and what is hinted.
    file_format : str
        Of the files.
    corrupt_column : str
        The column for malformed records.

    Raises
    ------
    AutoLoaderOptionError
        With the column, or the part of one, and its type.
    """
    for column, kind in columns.items():
        for path, part in with_parts(kind, column):
            needed = next_step = ""
            if file_format == "csv" and (len(path) > 1 or isinstance(part, StructType | ArrayType | MapType)):
                needed = "a type without parts: a value of csv is one text"
                next_step = f"read {shown(path[:1])} as STRING, and take it apart with from_json"
            elif file_format == "json" and isinstance(part, MapType) and part.keyType != StringType():
                needed = "a MAP whose keys are STRING, as the names in a record are"
                next_step = "write MAP<STRING, ...>"
            elif isinstance(part, CharType | VarcharType | NullType):
                needed = "a type that values of a file have"
                next_step = "write STRING: the texts in a file keep to no length"
            elif path == (corrupt_column,) and part != StringType():
                needed = "STRING: this column is for malformed records, as they came"
                next_step = "write STRING, or name another column with columnNameOfCorruptRecord"
            if needed:
                raise AutoLoaderOptionError(
                    got=f"{shown(path)} {part.simpleString()} for cloudFiles.format={file_format}",
                    needed=needed,
                    next_step=next_step,
                )
