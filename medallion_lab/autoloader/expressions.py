"""What Spark's functions lack and Auto Loader needs: a name for a value, texts in SQL, a list of them.

Term: Auto Loader.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://spark.apache.org/docs/latest/api/sql/#transform
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from pyspark.sql import Column
from pyspark.sql import functions as F


def let(value: Column, body: Callable[[Column], Column]) -> Column:
    """Give a value a name: it is worked out once, and only where the body is asked for."""
    return F.get(F.transform(F.array(value), body), F.lit(0))


def sql_string(text: Path | str) -> str:
    """Quote a path or text for SQL: LOCATION takes no parameter, and a folder may hold any character."""
    return "'" + str(text).replace("\\", "\\\\").replace("'", "\\'") + "'"


def texts(values: Iterable[str]) -> Column:
    """Return an ``array<string>``; by way of SQL, because a thousand are made much faster so."""
    return F.expr(f"array({', '.join(map(sql_string, values))})")
