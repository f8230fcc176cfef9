"""Auto Loader on a laptop: files in a folder as a stream whose schema is learned, versioned and evolved.

``read`` gives the stream, ``schema_versions`` what it has learned, ``file_states`` what it has read, and
``options_table`` every option with its default. Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/index.html
"""

from medallion_lab.autoloader.evolution import settle
from medallion_lab.autoloader.file_states import FileState, file_states
from medallion_lab.autoloader.option_table import OPTIONS, Option, options_table
from medallion_lab.autoloader.reader import read
from medallion_lab.autoloader.schema_log import SchemaVersion, schema_versions

__all__ = [
    "OPTIONS",
    "FileState",
    "Option",
    "SchemaVersion",
    "file_states",
    "options_table",
    "read",
    "schema_versions",
    "settle",
]
