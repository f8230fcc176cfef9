"""Cut SQL into words, literals, comments and signs, so that a rewrite never touches a text or a comment.

Joined again, the tokens are the SQL as it was. Taught in: book/beyond/databricks.ipynb.
Source: https://spark.apache.org/docs/latest/sql-ref-literals.html and
https://spark.apache.org/docs/latest/sql-ref-identifier.html
"""

import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
      (?P<string>[rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<comment>--[^\n]*)
    | (?P<opening>/\*)
    | (?P<space>\s+)
    | (?P<word>\w+)
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
BRACKET = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Token:
    """A piece of SQL.

    Attributes
    ----------
    kind : str
        ``string``, ``quoted`` (an identifier in backquotes), ``comment``, ``space``, ``word`` or ``sign``.
    text : str
        As it stands in the SQL.
    """

    kind: str
    text: str

    @property
    def name(self) -> str:
        """The identifier's name without backquotes; of anything else its text."""
        return self.text[1:-1].replace("``", "`") if self.kind == "quoted" else self.text

    @property
    def is_name(self) -> bool:
        """Whether this can be a part of a table's name."""
        return self.kind in ("word", "quoted")

    @property
    def is_code(self) -> bool:
        """Whether this is more than a space or a comment."""
        return self.kind not in ("space", "comment")


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of one or more statements, in order."""
    tokens, place = [], 0
    while match := TOKEN.match(sql, place):
        # What is nothing else is a sign.
        kind, end = match.lastgroup or "sign", match.end()
        if kind == "opening":
            kind, end = "comment", _end_of_comment(sql, place)
        tokens.append(Token(kind, sql[place:end]))
        place = end
    return tokens


def is_path(text: str) -> bool:
    """Say whether a text is a path or an address."""
    return bool(re.match("/|[A-Za-z][A-Za-z0-9+.-]*:/", text))


def text_of(literal: Token) -> str:
    """Return the text of a string literal."""
    if literal.text[0] in "rR":
        return literal.text[2:-1]
    return re.sub(r"\\(.)", r"\1", literal.text[1:-1], flags=re.DOTALL)


def words_of(tokens: list[Token]) -> list[str]:
    """Return a statement's words in capitals; one before ``(`` ends with it."""
    code = [token for token in tokens if token.is_code]
    follows = [*code[1:], Token("sign", "")]
    return [
        token.text.upper() + ("(" if after.text == "(" else "")
        for token, after in zip(code, follows, strict=True)
        if token.kind == "word"
    ]


def split_statements(sql: str) -> list[str]:
    """Return the statements between the semicolons, without those that are empty.

    A script, ``BEGIN ... END``, has semicolons of its own and stays one.
    """
    tokens = tokenize(sql)
    first = next((token.text.upper() for token in tokens if token.is_code), "")
    if first == "BEGIN":
        return [sql.strip()]
    statements: list[list[Token]] = [[]]
    for token in tokens:
        if token == Token("sign", ";"):
            statements.append([])
        else:
            statements[-1].append(token)
    return [
        "".join(token.text for token in statement).strip()
        for statement in statements
        if any(token.is_code for token in statement)
    ]


def _end_of_comment(sql: str, start: int) -> int:
    """Return where a bracketed comment ends: Spark lets them stand inside each other."""
    depth = 0
    for bracket in BRACKET.finditer(sql, start):
        depth += 1 if bracket[0] == "/*" else -1
        if depth == 0:
            return bracket.end()
    return len(sql)
