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
from medallion_lab.databricks.limits import refuse
from medallion_lab.databricks.names import Names
from medallion_lab.databricks.notices import notice
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql_names import (
    PATH_FORMATS,
    VERSION,
    as_of,
    with_database_names,
)
from medallion_lab.databricks.sql_tokens import Token, is_path, text_of, tokenize, words_of

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
        If a table of Databricks' own is asked for.
    DbfsPathError
        If a path leads out of the workspace.
    """
    tokens = tokenize(sql)
    while tokens and (tokens[-1].kind == "space" or tokens[-1].text == ";"):
        tokens.pop()
    words = words_of(tokens)
    tokens = _without_managed_location(tokens)
    tokens = with_database_names(tokens, Names(spark))
    tokens = _with_paths(tokens, dbfs, writes=words[:1] != ["SELECT"])
    return "".join(token.text for token in _with_file_states(tokens, spark, dbfs))


def rewrite_name(dbfs: Dbfs, name: str, *, is_schema: bool = False) -> str:
    """Return Spark's name of a table, given with or without its catalog; of ``delta.`/path`` the real path.

    Parameters
    ----------
    dbfs : Dbfs
        Where paths lead.
    name : str
        One to three parts.
    is_schema : bool, default False
        Whether the name is a schema's, of one or two parts.
    """
    keyword = tokenize("USE " if is_schema else "FROM ")
    tokens = with_database_names([*keyword, *tokenize(name)], Names(SparkSession.active()))
    return "".join(token.text for token in _with_paths(tokens, dbfs, writes=True)[len(keyword) :])


def split_moment(name: str) -> tuple[str, dict[str, str]]:
    """Return a table's name without ``@v4`` or ``@2026...``, and the option of Delta's that it stands for."""
    before, _, moment = name.rpartition("@")
    if not before or not (match := VERSION.fullmatch(moment)):
        return name, {}
    kind, value = as_of(match).split(" AS OF ")
    return before, {"versionAsOf" if kind == "VERSION" else "timestampAsOf": value.strip("'")}


def is_listing(sql: str) -> bool:
    """Say whether a statement lists or describes: a few rows, with names and places in them."""
    words = words_of(tokenize(sql))
    return words[:1] in (["SHOW"], ["DESC"], ["DESCRIBE"]) and "HISTORY" not in words[1:2]


def _without_managed_location(tokens: list[Token]) -> list[Token]:
    """Leave out where a schema keeps its tables: here the next session looks for them in the warehouse."""
    code = [place for place, token in enumerate(tokens) if token.is_code]
    for start, middle, end in zip(code, code[1:], code[2:], strict=False):
        words = [tokens[place].text.upper() for place in (start, middle)]
        if words == ["MANAGED", "LOCATION"] and tokens[end].kind == "string":
            notice(
                f"MANAGED LOCATION {tokens[end].text}: on Databricks its tables' files are there; here they "
                "are in the workspace's warehouse, as of every schema."
            )
            return [*tokens[:start], *tokens[end + 1 :]]
    return tokens


def _with_paths(tokens: list[Token], dbfs: Dbfs, *, writes: bool) -> list[Token]:
    """Map the path in delta.`/path`, and the path after LOCATION and the like."""
    mapped = list(tokens)
    code = [place for place, token in enumerate(tokens) if token.is_code]
    for before, place in itertools.pairwise(place for place in code if tokens[place].text != "="):
        token = tokens[place]
        if token.kind == "string" and is_path(text_of(token)) and _announces_path(tokens, code, before):
            mapped[place] = Token("string", sql_string(dbfs.locate(text_of(token))))
    for start, dot, place in zip(code, code[1:], code[2:], strict=False):
        format_name, token = tokens[start].text.lower(), tokens[place]
        is_address = token.kind == "quoted" and is_path(token.name)
        if format_name in PATH_FORMATS and tokens[dot].text == "." and is_address:
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


def _with_file_states(tokens: list[Token], spark: SparkSession, dbfs: Dbfs) -> list[Token]:
    """Put a temporary view with the files' states in the place of each cloud_files_state('/checkpoint')."""
    places = [place for place, token in enumerate(tokens) if token.text.lower() == "cloud_files_state"]
    for start in reversed(places):
        call = list(itertools.islice((n for n in range(start, len(tokens)) if tokens[n].is_code), 4))
        if len(call) < 4 or tokens[call[2]].kind != "string" or tokens[call[3]].text != ")":
            raise refuse("cloud_files_state(TABLE name)")
        view = _file_states_view(spark, dbfs, text_of(tokens[call[2]]))
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
