"""What Spark's functions lack and Auto Loader needs: a name for a value, a list of texts made fast.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/api/sql/#transform
"""

from collections.abc import Callable, Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F


def let(value: Column, body: Callable[[Column], Column]) -> Column:
    """Give a value a name: it is worked out once, and only where the body is asked for."""
    return F.get(F.transform(F.array(value), body), F.lit(0))


def sql_text(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def texts(values: Iterable[str]) -> Column:
    """Return an ``array<string>``; by way of SQL, because a thousand are made much faster so."""
    return F.expr(f"array({', '.join(map(sql_text, values))})")
