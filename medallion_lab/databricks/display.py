"""``display(x)``: rows as a table, a stream as the table that it has become so far.

Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/visualizations/index.html (at most 1000 rows) and
https://docs.databricks.com/en/structured-streaming/batch-size.html
"""

import html
import itertools
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from IPython.display import display as show
from pyspark.errors import AnalysisException
from pyspark.sql import Row
from pyspark.sql.classic.dataframe import DataFrame
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.errors import StreamTimeoutError
from medallion_lab.observe.streams import wait_until_caught_up
from medallion_lab.panels.tables import Table, html_table, text_table

MOST_ROWS = 1000
WAIT_SECONDS = 30
QUERY = "display_query_"
_numbers = itertools.count(1)


class ResultTable(Table):
    """Rows of any kind as a table, with a note below.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : sequence of sequences
        The cells; more than 1000 rows are cut, and the note says so.
    note : str, default ""
        What to say below the table.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, note: str = "") -> None:
        self.columns = list(columns)
        self.rows = [list(row) for row in rows[:MOST_ROWS]]
        self.caption = ""
        cut = f"The first {MOST_ROWS} rows; there are more." if len(rows) > MOST_ROWS else ""
        self.note = " ".join(filter(None, [cut, note]))

    def __repr__(self) -> str:
        return "\n".join(filter(None, [text_table(self.columns, self.rows), self.note]))

    def _repr_html_(self) -> str:
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return html_table(self.columns, self.rows) + note


class Display:
    """The ``display`` of one notebook: it remembers the streams that it has started.

    Calling it shows a DataFrame of Spark's or pandas', a list of rows, or anything else that IPython can
    show.
    """

    def __init__(self) -> None:
        self._streams: dict[int, StreamingQuery] = {}

    def __call__(self, value: Any = None, *others: Any, **options: Any) -> None:
        """Show a value; for a stream, what it holds by now."""
        if isinstance(value, DataFrame) and value.isStreaming:
            show(self._stream_table(value))
        elif (table := as_table(value)) is not None:
            show(table)
        else:
            show(value, *others, **options)

    def html(self, text: str) -> None:
        """Show HTML: what a notebook calls ``displayHTML``."""
        note = f"HTML of {len(text)} characters, which a notebook shows as a page"
        show({"text/html": text, "text/plain": note}, raw=True)

    def _stream_table(self, rows: DataFrame) -> ResultTable:
        """Start a query for this stream, or find the one that a cell started before, and show its rows."""
        # The same plan is the same stream: a cell that runs again looks at its query, and starts no other.
        plan = rows.semanticHash()
        query = self._streams.get(plan)
        if query is None or not query.isActive:
            query = _start(rows)
            self._streams[plan] = query
        state = "It is up to date with what has landed."
        try:
            wait_until_caught_up(query, timeout_seconds=WAIT_SECONDS)
        except StreamTimeoutError:
            state = f"It was still working after {WAIT_SECONDS} s."
        found = rows.sparkSession.table(query.name)
        note = f"Stream {query.name}, running. {state} Run the cell again to refresh the table."
        return ResultTable(found.columns, found.limit(MOST_ROWS + 1).collect(), note=note)


def _start(rows: DataFrame) -> StreamingQuery:
    writer = rows.writeStream.format("memory").queryName(f"{QUERY}{next(_numbers)}")
    try:
        return writer.outputMode("append").start()
    except AnalysisException:
        # Sums have no row that is final: the whole result is shown each time.
        return writer.outputMode("complete").start()


def as_table(value: Any) -> ResultTable | None:
    """Return a value that consists of rows as a table, of anything else None."""
    if isinstance(value, DataFrame):
        return ResultTable(value.columns, value.limit(MOST_ROWS + 1).collect())
    if type(value).__module__.startswith("pandas.") and type(value).__name__ in ("DataFrame", "Series"):
        # By name: the lab runs without pandas too.
        frame = value if hasattr(value, "columns") else value.to_frame()
        cells = frame.head(MOST_ROWS + 1).itertuples(index=False, name=None)
        return ResultTable([str(name) for name in frame.columns], list(cells))
    if isinstance(value, Row):
        return as_table([value])
    if isinstance(value, list | tuple) and value and type(value) in (list, tuple):
        records = [record for item in value if (record := _record(item)) is not None]
        if len(records) == len(value) and len({tuple(record) for record in records}) == 1:
            return ResultTable(list(records[0]), [list(record.values()) for record in records])
    if value == []:
        return ResultTable(["nothing to show"], [])
    return None


def _record(item: Any) -> dict[str, Any] | None:
    """Return a row's cells by their names, whatever kind of row it is."""
    if isinstance(item, Row):
        return item.asDict() if hasattr(item, "__fields__") else None
    if isinstance(item, tuple) and hasattr(item, "_asdict"):
        return item._asdict()
    if is_dataclass(item) and not isinstance(item, type):
        return asdict(item)
    return item if isinstance(item, dict) else None
