"""What a laptop cannot do as Databricks does, by name, each with the nearest thing that works.

One table: the errors, ``dbutils.help()`` and the chapter read it. Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/dev-tools/databricks-utils.html and
https://docs.databricks.com/en/sql/language-manual/index.html
"""

import re
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from itertools import pairwise
from typing import Any

from medallion_lab.errors import DatabricksModuleError, NotOnALaptopError

REFUSED, DIFFERENT, PASSES = "refused", "different", "passes"


@dataclass(frozen=True)
class Limit:
    """One thing that is not as on Databricks.

    Attributes
    ----------
    name : str
        As a notebook writes it.
    kind : str
        ``refused``: an error names it; ``different``: it runs, with another result; ``passes``: it does
        nothing, and a line says so.
    instead : str
        The nearest thing that works, or what differs, or what it does there and what is there here.
    sql : tuple of str
        First words of the SQL statements, or ``name(`` of the SQL functions, that are meant.
    pattern : str
        Or a regular expression for how a statement begins.
    modules : tuple of str
        Python modules that only Databricks has.
    """

    name: str
    kind: str
    instead: str
    sql: tuple[str, ...] = ()
    pattern: str = ""
    modules: tuple[str, ...] = ()


LIMITS = (
    Limit("dbutils.secrets", REFUSED, "keep a secret in an environment variable and read os.environ"),
    Limit("dbutils.jobs", REFUSED, "hand values on in a table, or with dbutils.notebook.exit(value)"),
    Limit("dbutils.library", REFUSED, "%pip install, then restart the kernel from its menu"),
    Limit("dbutils.credentials", REFUSED, "nothing to assume: every file is in the lab's own folder"),
    Limit("dbutils.data", REFUSED, "df.summary() shows count, mean, deviation and quartiles"),
    Limit(
        "dbutils.notebook.run",
        DIFFERENT,
        "runs the other notebook in this process, on the same Spark; its time limit is not kept",
    ),
    Limit("dbutils.fs.mount", REFUSED, "land the files in a folder: open('/dbfs/...', 'w') or dbutils.fs.cp"),
    Limit("%scala", REFUSED, "%%python or %%sql: this kernel speaks Python and SQL"),
    Limit("%r", REFUSED, "%%python or %%sql: this kernel speaks Python and SQL"),
    Limit(
        "spark.read.format('cloudFiles')",
        REFUSED,
        "spark.readStream.format('cloudFiles'); for one read, spark.read.json(path)",
    ),
    Limit(
        "read_files and STREAM read_files",
        REFUSED,
        "spark.readStream.format('cloudFiles'), or SELECT * FROM json.`/path`",
        ("READ_FILES(",),
    ),
    Limit(
        "streaming tables and materialized views in SQL",
        REFUSED,
        "spark.readStream ... .writeStream.toTable('name')",
        tuple(
            f"{verb} {what}"
            for verb in ("CREATE", "CREATE OR REFRESH", "CREATE OR REPLACE", "REFRESH")
            for what in ("STREAMING TABLE", "MATERIALIZED VIEW")
        ),
        r"CREATE (OR REFRESH |TEMPORARY )?(STREAMING |INCREMENTAL )?LIVE (TABLE|VIEW)\b",
    ),
    Limit(
        "cloud_files_state(TABLE name)",
        REFUSED,
        "cloud_files_state('/checkpoint/of/the/stream'): here a checkpoint knows its files, a table does not",
    ),
    Limit("COPY INTO", REFUSED, "a cloudFiles stream with trigger(availableNow=True)", ("COPY INTO",)),
    Limit(
        "GRANT, REVOKE and DENY",
        PASSES,
        "on Databricks they say who may read and write; here whoever can open the workspace's folder can",
        ("GRANT", "REVOKE", "DENY", "SHOW GRANTS", "SHOW GRANT"),
    ),
    Limit(
        "owners",
        PASSES,
        "on Databricks an object has one, who gives rights to it; here every file is yours",
        pattern=r"ALTER .* (SET )?OWNER TO ",
    ),
    Limit(
        "tags",
        PASSES,
        "on Databricks they are for searching and for rules; nothing reads them here",
        ("SET TAG", "UNSET TAG"),
        r"ALTER .* (UN)?SET TAGS\b",
    ),
    Limit(
        "comments on catalogs and volumes",
        PASSES,
        "on Databricks Catalog Explorer shows them; here tables, columns and schemas have comments",
        ("COMMENT ON CATALOG", "COMMENT ON VOLUME"),
    ),
    Limit(
        "external locations and storage credentials",
        PASSES,
        "on Databricks they open a cloud's folder to tables and volumes; here abfss://, s3:// and gs:// are "
        "folders of the workspace by themselves",
        pattern=r"(CREATE|ALTER|DROP|DESC(RIBE)?|SHOW) "
        r"(EXTERNAL LOCATION|(STORAGE |SERVICE )?CREDENTIAL)S?\b",
    ),
    Limit(
        "predictive optimization",
        PASSES,
        "on Databricks it runs OPTIMIZE and VACUUM by itself; here you run them",
        pattern=r"ALTER .* (ENABLE|DISABLE|INHERIT) PREDICTIVE OPTIMIZATION\b",
    ),
    Limit(
        "changes of a catalog or a volume",
        PASSES,
        "on Databricks they rename it or bind it to workspaces; here it stays as it was made",
        ("ALTER CATALOG", "ALTER VOLUME"),
    ),
    Limit(
        "row filters and column masks",
        REFUSED,
        "a view that leaves out the rows and columns: CREATE VIEW ... AS SELECT",
        pattern=r"ALTER .* (SET|DROP) (ROW FILTER|MASK)\b",
    ),
    Limit(
        "connections, foreign catalogs, shares and recipients",
        REFUSED,
        "read the other system's files, or its tables over JDBC: spark.read.format('jdbc')",
        (
            "CREATE CONNECTION",
            "CREATE FOREIGN CATALOG",
            "CREATE SHARE",
            "CREATE RECIPIENT",
            "CREATE PROVIDER",
        ),
    ),
    Limit(
        "information_schema, and the catalogs system and samples",
        REFUSED,
        "SHOW SCHEMAS, SHOW TABLES IN and DESCRIBE TABLE; data of your own in a table",
    ),
    Limit(
        "AI functions (ai_query, ai_classify, ...)",
        REFUSED,
        "a Python function over the rows, with a model of your own",
        (
            "AI_QUERY(",
            "AI_CLASSIFY(",
            "AI_EXTRACT(",
            "AI_SUMMARIZE(",
            "AI_TRANSLATE(",
            "AI_GEN(",
            "AI_FORECAST(",
            "AI_MASK(",
            "AI_SIMILARITY(",
            "AI_FIX_GRAMMAR(",
            "AI_ANALYZE_SENTIMENT(",
            "AI_PARSE_DOCUMENT(",
            "VECTOR_SEARCH(",
        ),
    ),
    Limit("secret() in SQL", REFUSED, "a variable: DECLARE token = '...', from os.environ", ("SECRET(",)),
    Limit(
        "/databricks-datasets and /mnt",
        DIFFERENT,
        "samples and stores that somebody has put there; here they are empty until you put files in",
    ),
    Limit("DEEP CLONE", REFUSED, "CREATE TABLE copy AS SELECT * FROM source, or SHALLOW CLONE"),
    Limit("sc.textFile and other files of RDDs", DIFFERENT, "read this machine's own files: spark.read.text"),
    Limit("os, pathlib, shutil and pandas on /dbfs", DIFFERENT, "only open() knows /dbfs: use dbutils.fs"),
    Limit(
        "catalogs",
        DIFFERENT,
        "one of any name may be used, and is made when it is first named; hive_metastore, main and "
        "spark_catalog are one and the same",
    ),
    Limit(
        "after a restart of the kernel",
        DIFFERENT,
        "managed Delta tables, volumes and files are there again; views, external tables and other formats "
        "are not",
    ),
    Limit("input_file_name() and _metadata", DIFFERENT, "name the real file on this disk, not dbfs:/..."),
    Limit("/dbfs/x in dbutils.fs and Spark", DIFFERENT, "means dbfs:/x; on Databricks it means dbfs:/dbfs/x"),
    Limit(
        "append to a file with open('/dbfs/...', 'a')",
        DIFFERENT,
        "replaces the file at close; a stream that has read it does not read it again: land a new file",
    ),
    Limit("file notification mode of Auto Loader", REFUSED, "directory listing, which is the default"),
    Limit(
        "Lakeflow pipelines (import dlt)",
        DIFFERENT,
        "no module of that name is here; write the layers as streams of your own, as in this book",
        modules=("dlt",),
    ),
    Limit(
        "MLflow",
        DIFFERENT,
        "not there by itself: %pip install mlflow, which then logs into a folder",
        modules=("mlflow",),
    ),
    Limit(
        "Databricks' own Python packages (databricks.sdk, pyspark.dbutils, dbruntime)",
        REFUSED,
        "leave the import out: spark, dbutils and display are there; jobs, clusters and models are not",
        modules=("databricks", "pyspark.dbutils", "dbruntime"),
    ),
    Limit(
        "clusters, SQL warehouses and Photon",
        DIFFERENT,
        "one Spark on this machine; MEDALLION_LAB_MASTER names another",
    ),
    Limit(
        "lineage, Catalog Explorer and the jobs scheduler", DIFFERENT, "DESCRIBE HISTORY; medallion-lab run"
    ),
    Limit("${name} in %sql", DIFFERENT, "write :name, which takes the value of the widget"),
)
"""Everything that is refused here, or runs with another result."""


class MissingModules(MetaPathFinder):
    """Names a module of Databricks' that no other finder has found, instead of an import that only fails."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Raise the error if the module is in the table."""
        for limit in LIMITS:
            if fullname in limit.modules:
                raise DatabricksModuleError(
                    got=f"import {fullname}: {limit.name}",
                    needed="Databricks itself: this runs on your machine",
                    next_step=limit.instead,
                )


def refuse(name: str, *, seen: str = "") -> NotOnALaptopError:
    """Return the error for one of the names in the table.

    Parameters
    ----------
    name : str
        A ``Limit.name``.
    seen : str, default ""
        What the notebook wrote, if that says more than the name.
    """
    instead = next(limit.instead for limit in LIMITS if limit.name == name)
    got = f"{seen}: {name}" if seen else name
    return NotOnALaptopError(
        got=got, needed="Databricks itself: this runs on your machine", next_step=instead
    )


def find_in_sql(words: list[str], text: str) -> Limit | None:
    """Return what a statement asks for that is refused or only passes, or None.

    Parameters
    ----------
    words : list of str
        The statement's words in capitals, without literals and comments; a word before ``(`` ends with it.
    text : str
        The statement on one line, with one space between words.
    """
    start = " ".join(word.removesuffix("(") for word in words[:5]) + " "
    for limit in LIMITS:
        if limit.pattern and re.match(limit.pattern, text, flags=re.IGNORECASE):
            return limit
        for pattern in limit.sql:
            if pattern in words if pattern.endswith("(") else start.startswith(pattern + " "):
                return limit
    if ("DEEP", "CLONE") in pairwise(words):
        return next(limit for limit in LIMITS if limit.name == "DEEP CLONE")
    return None
