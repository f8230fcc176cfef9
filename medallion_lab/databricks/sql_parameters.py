"""Put values in the place of ``:name`` and ``?`` in SQL, as literals.

Spark does it while it parses, but not through Delta's parser, which stands before Spark's: there each marker
is an unbound parameter. Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/sql/language-manual/sql-ref-parameter-marker.html
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.databricks.sql_tokens import Token, tokenize


def bind(sql: str, values: Mapping[str, Any] | Sequence[Any]) -> str:
    """Return the SQL with its markers replaced; a marker without a value stays, for Spark to name it.

    Parameters
    ----------
    sql : str
        One statement.
    values : mapping or sequence
        Of ``:name`` by name, of ``?`` in order: strings, numbers, booleans, dates, times, None.

    Raises
    ------
    TypeError
        If a value is of another type.
    """
    tokens = tokenize(sql)
    if not isinstance(values, Mapping):
        remaining = iter(values)
        return "".join(_next(token, remaining) for token in tokens)
    pieces, place = [], 0
    while place < len(tokens):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        if tokens[place].text == ":" and following in values and not _ends_value(tokens, place):
            pieces.append(literal(values[following]))
            place += 2
        else:
            pieces.append(tokens[place].text)
            place += 1
    return "".join(pieces)


def literal(value: Any) -> str:
    """Return a Python value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return sql_string(value)
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"double('{value}')"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP'{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE'{value.isoformat()}'"
    raise TypeError(
        f"a {type(value).__name__} as a value in SQL: give a string, number, boolean, date or time"
    )


def _next(token: Token, remaining: Any) -> str:
    if token != Token("sign", "?"):
        return token.text
    found = next(remaining, token)
    return token.text if found is token else literal(found)


def _ends_value(tokens: list[Token], place: int) -> bool:
    """Say whether something stands right before the colon: a field's path, col:field, or a cast, x::int."""
    before = tokens[place - 1] if place else Token("space", "")
    return before.is_name or before.text in (")", "]", ":")
