"""What Databricks' SQL says and Spark's does not: catalogs, DBFS paths, ``cloud_files_state``.

The rest goes to Spark as it is.
Term: catalog.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html (three-part names),
https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-use-catalog.html and
https://docs.databricks.com/en/sql/language-manual/functions/cloud_files_state.html
"""

import itertools
import re

from pyspark.sql import SparkSession

from medallion_lab import autoloader
from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.databricks.limits import find_in_sql, refuse
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql_tokens import Token, tokenize
from medallion_lab.errors import NotOnALaptopError

HERE = "spark_catalog"
CATALOGS = ("hive_metastore", "main", HERE)
"""The catalogs of a Databricks notebook that are here one and the same."""

PATH_FORMATS = ("delta", "json", "csv", "parquet", "text", "orc", "xml", "binaryfile")
# A name of two parts is a database's in these: SHOW TABLES IN main.sales.
ABOUT_DATABASES = re.compile(
    r"^(USE|SHOW|(CREATE|DROP|ALTER|DESC|DESCRIBE)( EXTENDED)? (DATABASE|SCHEMA|NAMESPACE))\b"
)
BEFORE_PATH = ("LOCATION", "DIRECTORY", "INPATH", "VACUUM", "OPTIMIZE", "DETAIL", "HISTORY")
FILE_STATES = (
    "path string, size bigint, discovery_time timestamp, commit_time timestamp, batch int, state string"
)
_numbers = itertools.count()


def rewrite(spark: SparkSession, dbfs: Dbfs, sql: str) -> str:
    """Return a statement of Databricks' SQL as Spark's.

    Parameters
    ----------
    spark : SparkSession
        Where ``cloud_files_state`` puts its rows, as a temporary view: ``path string, size bigint,
        discovery_time timestamp, commit_time timestamp, batch int, state string``.
    dbfs : Dbfs
        Where paths lead.
    sql : str
        One statement; a semicolon at its end is dropped.

    Returns
    -------
    str
        Text literals, comments and names in backquotes are as they were.

    Raises
    ------
    NotOnALaptopError
        If the statement, a function in it, or its catalog needs Databricks.
    DbfsPathError
        If a path leads out of the workspace.
    """
    tokens = tokenize(sql)
    while tokens and (tokens[-1].kind == "space" or tokens[-1].text == ";"):
        tokens.pop()
    words = _words(tokens)
    if limit := find_in_sql(words):
        raise refuse(limit.name)
    code = [token for token in tokens if token.is_code]
    if words[:2] in (["USE", "CATALOG"], ["SET", "CATALOG"]) and len(code) == 3:
        return f"SET CATALOG {known_catalog(code[2])}"
    about_databases = bool(ABOUT_DATABASES.match(" ".join(words)))
    tokens = _without_catalogs(tokens, least_parts=2 if about_databases else 3)
    tokens = _with_paths(tokens, dbfs, writes=words[:1] != ["SELECT"])
    return "".join(token.text for token in _with_file_states(tokens, spark, dbfs))


def rewrite_name(dbfs: Dbfs, name: str, *, least_parts: int = 3) -> str:
    """Return a table's name without its catalog, and ``delta.`/path``` with the real path.

    Parameters
    ----------
    dbfs : Dbfs
        Where paths lead.
    name : str
        One to three parts.
    least_parts : int, default 3
        With fewer parts the first is no catalog; 2 for the name of a database.
    """
    tokens = _without_catalogs(tokenize(name), least_parts=least_parts)
    return "".join(token.text for token in _with_paths(tokens, dbfs, writes=True))


def known_catalog(name: Token) -> str:
    """Return the one catalog that is here, if this is one of its names."""
    text = name.text[1:-1] if name.kind == "string" else name.name
    if text.lower() not in CATALOGS:
        raise NotOnALaptopError(
            got=f"the catalog {text!r}",
            needed=f"one of {', '.join(CATALOGS)}, which are one and the same here",
            next_step="leave the catalog out, and keep tables apart in databases: CREATE DATABASE name",
        )
    return HERE


def _words(tokens: list[Token]) -> list[str]:
    code = [token for token in tokens if token.is_code]
    follows = [*code[1:], Token("sign", "")]
    return [
        token.text.upper() + ("(" if after.text == "(" else "")
        for token, after in zip(code, follows, strict=True)
        if token.kind == "word"
    ]


def _without_catalogs(tokens: list[Token], *, least_parts: int) -> list[Token]:
    """Drop the catalog in front of a name that has at least this many parts."""
    aliases = {tokens[parts[0]].name.lower() for parts in _names(tokens) if len(parts) == 1}
    dropped: set[int] = set()
    for parts in _names(tokens):
        first = tokens[parts[0]].name.lower()
        # A statement that calls a table main means that table, not the catalog.
        if first in CATALOGS and len(parts) >= least_parts and first not in aliases:
            dropped |= set(range(parts[0], parts[1]))
    return [token for place, token in enumerate(tokens) if place not in dropped]


def _names(tokens: list[Token]) -> list[list[int]]:
    """Return the places of the parts of each dotted name."""
    names: list[list[int]] = []
    joined = False
    for place, token in enumerate(tokens):
        if token.is_name:
            if joined:
                names[-1].append(place)
            else:
                names.append([place])
            joined = False
        elif token.text == ".":
            joined = bool(names)
        elif token.is_code:
            joined = False
    return names


def _with_paths(tokens: list[Token], dbfs: Dbfs, *, writes: bool) -> list[Token]:
    """Map the path in delta.`/path`, and the path after LOCATION and the like."""
    mapped = list(tokens)
    code = [place for place, token in enumerate(tokens) if token.is_code]
    for before, place in itertools.pairwise(place for place in code if tokens[place].text != "="):
        token = tokens[place]
        if token.kind == "string" and _is_path(_value(token)) and _announces_path(tokens, code, before):
            mapped[place] = Token("string", sql_string(dbfs.locate(_value(token))))
    for start, dot, place in zip(code, code[1:], code[2:], strict=False):
        format_name, token = tokens[start].text.lower(), tokens[place]
        is_path = token.kind == "quoted" and _is_path(token.name)
        if format_name in PATH_FORMATS and tokens[dot].text == "." and is_path:
            path = dbfs.for_spark(token.name, writes=writes)
            mapped[place] = Token("quoted", f"`{path.replace('`', '``')}`")
    return mapped


def _announces_path(tokens: list[Token], code: list[int], place: int) -> bool:
    """Say whether a text after this token is a path: LOCATION '/x', VACUUM '/x', OPTIONS (path '/x')."""
    token = tokens[place]
    if token.kind == "word" and token.text.upper() in BEFORE_PATH:
        return True
    # A column may be called path: as an option it stands right after a bracket or a comma, before a value.
    before = tokens[code[code.index(place) - 1]].text
    is_created = tokens[code[0]].text.upper() in ("CREATE", "REPLACE")
    return is_created and token.text.strip("'\"`").lower() == "path" and before in ("(", ",")


def _is_path(text: str) -> bool:
    return bool(re.match("/|[A-Za-z][A-Za-z0-9+.-]*:/", text))


def _with_file_states(tokens: list[Token], spark: SparkSession, dbfs: Dbfs) -> list[Token]:
    """Put a temporary view with the files' states in the place of each cloud_files_state('/checkpoint')."""
    places = [place for place, token in enumerate(tokens) if token.text.lower() == "cloud_files_state"]
    for start in reversed(places):
        call = list(itertools.islice((n for n in range(start, len(tokens)) if tokens[n].is_code), 4))
        if len(call) < 4 or tokens[call[2]].kind != "string" or tokens[call[3]].text != ")":
            raise refuse("cloud_files_state(TABLE name)")
        view = _file_states_view(spark, dbfs, _value(tokens[call[2]]))
        tokens = [*tokens[:start], Token("word", view), *tokens[call[3] + 1 :]]
    return tokens


def _file_states_view(spark: SparkSession, dbfs: Dbfs, checkpoint: str) -> str:
    # Databricks takes the folder of one source too: /checkpoint/sources/0.
    found = autoloader.file_states(dbfs.locate(re.sub(r"/sources/\d+/?$", "", checkpoint)))
    rows = [
        (state.path, state.size, state.discovered, state.processed, state.batch, state.state)
        for state in found
    ]
    view = f"_cloud_files_state_{next(_numbers)}"
    spark.createDataFrame(rows, FILE_STATES).createOrReplaceTempView(view)
    return view


def _value(literal: Token) -> str:
    """Return the text of a string literal."""
    if literal.text[0] in "rR":
        return literal.text[2:-1]
    return re.sub(r"\\(.)", r"\1", literal.text[1:-1], flags=re.DOTALL)
