"""Which words of a statement name a table or a schema, by where they stand; and Spark's names for them.

``o.id`` is a column and ``bronze.orders`` a table: only the place tells. What stands after FROM, INTO, TABLE
and the like is a table; after SCHEMA, USE or SHOW TABLES IN it is a schema.
Taught in: book/beyond/databricks.ipynb.
Source: https://spark.apache.org/docs/latest/sql-ref-syntax.html
"""

import re
from dataclasses import dataclass

from pyspark.sql import SparkSession

from medallion_lab.databricks.limits import refuse
from medallion_lab.databricks.names import CATALOGS, Names, database_of
from medallion_lab.databricks.sql_tokens import Token, is_path, text_of, tokenize

TABLE, SCHEMA, COLUMN = "table", "schema", "column"
BEFORE_TABLE = {
    "FROM",
    "JOIN",
    "INTO",
    "TABLE",
    "VIEW",
    "UPDATE",
    "OVERWRITE",
    "FUNCTION",
    "DETAIL",
    "HISTORY",
}
BEFORE_TABLE |= {
    "CLONE",
    "OPTIMIZE",
    "VACUUM",
    "DESCRIBE",
    "DESC",
    "EXTENDED",
    "FORMATTED",
    "USING",
    "STREAM",
}
BEFORE_TABLE |= {"TBLPROPERTIES"}
BEFORE_SCHEMA = {"SCHEMA", "DATABASE", "NAMESPACE"}
# After these a comma goes on with the next column, no longer with the next table.
END_OF_FROM = {"WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "SELECT", "SET", "VALUES", "WINDOW", "QUALIFY"}
END_OF_FROM |= {"SORT", "CLUSTER", "ON", "UNION"}
# FROM inside these functions' brackets is no clause: trim(BOTH FROM o.name).
WITH_FROM = {"EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY", "POSITION"}
SHOWS_SCHEMA = re.compile(r"SHOW (TABLES|VIEWS|TABLE EXTENDED|(USER |SYSTEM |ALL )?FUNCTIONS|VOLUMES)\b")
# How many words before a name may tell what it is: a long statement is not looked through for each.
NEAR = 8
PATH_FORMATS = ("delta", "json", "csv", "parquet", "text", "orc", "xml", "binaryfile")
DATABRICKS_OWN = ("system", "samples")
NOW = {"CURRENT_CATALOG": 0, "CURRENT_SCHEMA": 1, "CURRENT_DATABASE": 1}
VERSION = re.compile(r"[vV](\d+)|(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})?")


@dataclass(frozen=True)
class Name:
    """A dotted name in a statement.

    Attributes
    ----------
    places : tuple of int
        Where the tokens of its parts stand.
    kind : str
        ``table``, ``schema``, or ``column`` for everything else.
    """

    places: tuple[int, ...]
    kind: str


def find_names(tokens: list[Token]) -> list[Name]:
    """Return every name of the statement in order, with what it stands for."""
    code = [place for place, token in enumerate(tokens) if token.is_code]
    words = [tokens[place].text.upper() for place in code]
    statement = " ".join(words[:6])
    shows_schema = bool(SHOWS_SCHEMA.match(statement))
    names: list[Name] = []
    open_brackets: list[str] = [""]
    # Per bracket: whether a comma leads to another table.
    in_from = [False]
    at = 0
    while at < len(code):
        word, before = words[at], words[at - 1] if at else ""
        if word == "(":
            open_brackets.append(before)
            in_from.append(False)
        elif word == ")" and len(in_from) > 1:
            open_brackets.pop()
            in_from.pop()
        if not tokens[code[at]].is_name:
            at += 1
            continue
        places = [code[at]]
        while at + 2 < len(code) and words[at + 1] == "." and tokens[code[at + 2]].is_name:
            at += 2
            places.append(code[at])
        follows = words[at + 1] if at + 1 < len(code) else ""
        begin = at - 2 * (len(places) - 1)
        near = words[max(0, begin - NEAR) : begin]
        kind = _kind(words[0], near, open_brackets[-1], in_from[-1], shows_schema)
        # USE SCHEMA x: the word is no schema's name.
        kind = COLUMN if kind == SCHEMA and word in BEFORE_SCHEMA and at + 1 < len(code) else kind
        is_clause = len(places) == 1 and tokens[places[0]].kind == "word"
        if is_clause and word in ("FROM", "JOIN", "USING"):
            in_from[-1] = word != "USING" and open_brackets[-1] not in WITH_FROM and before != "DISTINCT"
        elif is_clause and word in END_OF_FROM:
            in_from[-1] = False
        # A function is called where a table would stand: FROM range(3).
        if follows == "(" and kind == TABLE and len(places) == 1:
            kind = COLUMN
        names.append(Name(tuple(places), kind))
        at += 1
    return names


def _kind(start: str, before: list[str], bracket: str, in_from: bool, shows_schema: bool) -> str:
    """Say what a name stands for, by the statement's first word and the few before the name."""
    while before[-1:] == ["EXISTS"] or before[-2:] == ["IF", "NOT"] or before[-1:] == ["IF"]:
        before = before[:-1] if before[-1] != "NOT" else before[:-2]
    last = before[-1] if before else ""
    if last in BEFORE_SCHEMA or before == ["USE"]:
        return SCHEMA
    if last in ("EXTENDED",) and before[-2:-1] and before[-2] in BEFORE_SCHEMA:
        return SCHEMA
    if shows_schema and last in ("IN", "FROM"):
        return SCHEMA
    if last == "FROM" and (bracket in WITH_FROM or (before[-2:-1] == ["DISTINCT"] and "IS" in before[-4:])):
        return COLUMN
    if last in BEFORE_TABLE or (last == "," and in_from):
        return TABLE
    if last in ("COLUMNS", "PARTITIONS", "IN") and start == "SHOW":
        return TABLE
    if last == "(" and len(before) > 1 and before[-2] in ("STREAM", "TABLE"):
        return TABLE
    if last == "LIKE" and start in ("CREATE", "SHOW"):
        return TABLE if start == "CREATE" else COLUMN
    if last == "TO" and "RENAME" in before[-2:]:
        return TABLE
    return COLUMN


def with_database_names(tokens: list[Token], names: Names) -> list[Token]:
    """Put Spark's database in the place of each catalog and schema.

    Also ``t@v4`` and ``t@20261127093000000`` become ``VERSION`` and ``TIMESTAMP AS OF``, and
    ``current_catalog()`` and the like their values, where Spark would say another.

    Parameters
    ----------
    tokens : list of Token
        One statement.
    names : Names
        What the notebook's names stand for.
    """
    found = find_names(tokens)
    replaced: dict[int, list[Token]] = {}
    parts_of = {name: [tokens[place].name for place in name.places] for name in found}
    tables = {tuple(_lower(parts_of[name])): name for name in found if name.kind == TABLE}
    aliases = {parts[0].lower() for parts in parts_of.values() if len(parts) == 1}
    for name in found:
        parts = parts_of[name]
        if name.kind == SCHEMA and len(parts) <= 2:
            _replace(replaced, name.places, _schema(parts, names))
        elif name.kind == TABLE:
            if len(parts) in (2, 3) and not _is_file(parts):
                _replace(replaced, name.places[:-1], _schema(parts[:-1], names))
            _travel(tokens, name.places[-1], replaced)
        elif name.kind == COLUMN and len(parts) > 1 and parts[0].lower() not in aliases:
            # A column's whole name begins with its table's; a function has a catalog in front too.
            length = next((n for n in (3, 2) if tuple(_lower(parts[:n])) in tables and len(parts) > n), 0)
            is_function = len(parts) == 3 and parts[0].lower() in (*CATALOGS, *names.catalogs())
            if length or is_function:
                _replace(
                    replaced, name.places[: (length or 3) - 1], _schema(parts[: (length or 3) - 1], names)
                )
    _say_where(tokens, names, replaced)
    return [piece for place, token in enumerate(tokens) for piece in replaced.get(place, [token])]


def name_identifiers(sql: str, spark: SparkSession) -> str:
    """Put the name that IDENTIFIER(...) means in its place: a text, or texts that are joined."""
    return "".join(token.text for token in _with_identifiers(tokenize(sql), spark))


def _with_identifiers(tokens: list[Token], spark: SparkSession) -> list[Token]:
    start = next((n for n, token in enumerate(tokens) if token.text.upper() == "IDENTIFIER"), None)
    code = [n for n, token in enumerate(tokens) if token.is_code and start is not None and n > start]
    if start is None or not code or tokens[code[0]].text != "(":
        return tokens
    depth, end = 0, code[0]
    for end in code:
        depth += {"(": 1, ")": -1}.get(tokens[end].text, 0)
        if depth == 0:
            break
    inside = tokens[code[0] + 1 : end]
    words = [token for token in inside if token.is_code]
    if len(words) == 1 and words[0].kind == "string":
        name = text_of(words[0])
    else:
        expression = "".join(token.text for token in inside)
        name = spark.createDataFrame([(1,)], "one int").selectExpr(f"string({expression})").collect()[0][0]
    return _with_identifiers([*tokens[:start], *tokenize(name), *tokens[end + 1 :]], spark)


def _schema(parts: list[str], names: Names) -> str | None:
    """Return the database for a schema, or for a catalog and a schema; None where it is that already."""
    if parts[-1].lower() == "information_schema" or (len(parts) > 1 and parts[0].lower() in DATABRICKS_OWN):
        raise refuse("information_schema, and the catalogs system and samples", seen=".".join(parts))
    if len(parts) == 1:
        if parts[0].lower() in ("global_temp", "session", "builtin"):
            return None
        catalog = names.current()[0]
        return None if catalog in CATALOGS else database_of(catalog, parts[0])
    names.meet(parts[0])
    return database_of(*parts)


def _replace(replaced: dict[int, list[Token]], places: tuple[int, ...], database: str | None) -> None:
    """Put a database in the place of these parts, up to the last of them."""
    if database is not None:
        quoted = (
            Token("word", database) if re.fullmatch(r"\w+", database) else Token("quoted", f"`{database}`")
        )
        for place in range(places[0], places[-1]):
            replaced[place] = []
        replaced[places[-1]] = [quoted]


def _travel(tokens: list[Token], place: int, replaced: dict[int, list[Token]]) -> None:
    """Write the version or the moment behind an ``@`` as Spark does."""
    if [token.text for token in tokens[place + 1 : place + 2]] != ["@"] or place + 2 >= len(tokens):
        return
    if match := VERSION.fullmatch(tokens[place + 2].text):
        replaced[place + 1] = [Token("space", " ")]
        replaced[place + 2] = tokenize(as_of(match))


def as_of(match: re.Match) -> str:
    """Return SQL's clause for a version, or for a moment written as yyyyMMddHHmmss and three digits more."""
    if match[1]:
        return f"VERSION AS OF {match[1]}"
    year, month, day, hour, minute, second, part = match.groups()[1:]
    return f"TIMESTAMP AS OF '{year}-{month}-{day} {hour}:{minute}:{second}.{part or '000'}'"


def _say_where(tokens: list[Token], names: Names, replaced: dict[int, list[Token]]) -> None:
    """Give current_catalog() and current_schema() the notebook's own names."""
    code = [place for place, token in enumerate(tokens) if token.is_code]
    for at, place in enumerate(code):
        which = NOW.get(tokens[place].text.upper())
        if which is None or [tokens[n].text for n in code[at + 1 : at + 3]] != ["(", ")"]:
            continue
        value = [Token("string", f"'{names.current()[which]}'")]
        follows = tokens[code[at + 3]].text.upper() if at + 3 < len(code) else ""
        before = tokens[code[at - 1]].text.upper() if at else ""
        if before in ("SELECT", ",") and follows in ("", ",", "FROM"):
            value += [Token("space", " AS "), Token("quoted", f"`{tokens[place].text.lower()}()`")]
        for gone in range(place, code[at + 2] + 1):
            replaced[gone] = []
        replaced[place] = value


def _is_file(parts: list[str]) -> bool:
    return parts[0].lower() in PATH_FORMATS and is_path(parts[1])


def _lower(parts: list[str]) -> list[str]:
    return [part.lower() for part in parts]
