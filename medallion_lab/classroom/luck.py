"""Rows in another order than a sort has left them in: it shows where an answer lives by luck.

Spark promises no order to ``dropDuplicates``, ``first`` and ``groupBy``, whatever sort stands before them. On
one machine the rows come in the sort's order all the same, and which one is kept looks decided.
Term: exercise.
Taught in: book/exercises/index.md.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pyspark.sql import functions as F
from pyspark.sql.classic.dataframe import DataFrame

GROUPING = ("groupBy", "groupby", "dropDuplicates", "drop_duplicates")
"""What brings rows of one key together, by Spark's names."""


@contextmanager
def turned_round() -> Iterator[None]:
    """While this lasts, rows come to each grouping the last one first. A stream's come as they are."""
    own = {name: getattr(DataFrame, name) for name in GROUPING}
    for name, grouping in own.items():
        setattr(DataFrame, name, _after_a_turn(grouping))
    try:
        yield
    finally:
        for name, grouping in own.items():
            setattr(DataFrame, name, grouping)


def _after_a_turn(grouping: Callable[..., Any]) -> Callable[..., Any]:
    def turned(rows: DataFrame, *columns: Any, **options: Any) -> Any:
        if not rows.isStreaming:
            return grouping(rows.orderBy(F.monotonically_increasing_id().desc()), *columns, **options)
        return grouping(rows, *columns, **options)

    return turned
