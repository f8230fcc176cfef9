"""Show rows as a table: as HTML for eyes and screen readers, and as text for everything else."""

import html
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from IPython import get_ipython
from pyspark.sql.classic.dataframe import DataFrame

from medallion_lab.errors import NotRowsError

MOST_ROWS = 20
NULL = "NULL"


def html_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str = "") -> str:
    """Return rows as an HTML table that scrolls inside itself on a narrow screen.

    Parameters
    ----------
    columns : sequence of str
        The header.
    rows : sequence of sequences
        The cells, as Python values; None is shown as the word NULL.
    caption : str, default ""
        What the table shows; read out by a screen reader before the table.
    """
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in columns)
    body = "".join(f"<tr>{''.join(_html_cell(value) for value in row)}</tr>" for row in rows)
    title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="medallion-scroll"><table class="medallion-table">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def text_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str = "") -> str:
    """Return the same table as aligned text; numbers stand to the right."""
    cells = [[_text(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    lines = ["  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True))]
    lines.append("  ".join("-" * width for width in widths))
    for row, texts in zip(rows, cells, strict=True):
        aligned = [
            text.rjust(width) if _is_number(value) else text.ljust(width)
            for value, text, width in zip(row, texts, widths, strict=True)
        ]
        lines.append("  ".join(aligned))
    return "\n".join([*([caption] if caption else []), *(line.rstrip() for line in lines)])


class Table:
    """Rows that a notebook shows as a table when a cell ends with them.

    Parameters
    ----------
    rows : sequence
        Dataclass instances, one a row; their fields are the columns.
    caption : str, default ""
        What the table shows.

    Raises
    ------
    NotRowsError
        If a row is something else.
    """

    def __init__(self, rows: Sequence[Any], *, caption: str = "") -> None:
        if not all(is_dataclass(row) and not isinstance(row, type) for row in rows):
            raise NotRowsError(
                got=f"a list of {', '.join(sorted({type(row).__name__ for row in rows}))}",
                needed="rows that are dataclass instances, such as those of list_streams(spark)",
                next_step="to show a DataFrame, end the cell with it: no Table is needed",
            )
        records = [asdict(row) for row in rows]
        self.columns = list(records[0]) if records else ["nothing to show"]
        self.rows = [list(record.values()) for record in records]
        self.caption = caption

    def __repr__(self) -> str:
        return text_table(self.columns, self.rows, caption=self.caption)

    def _repr_html_(self) -> str:
        return html_table(self.columns, self.rows, caption=self.caption)


def show_frames_as_tables() -> None:
    """In a notebook, let a cell that ends with a DataFrame show its first 20 rows; elsewhere, do nothing."""
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.mimebundle_formatter.for_type(DataFrame, _frame_bundle)


def _frame_bundle(frame: DataFrame, **_: Any) -> dict[str, str]:
    if frame.isStreaming:
        # A stream has no first 20 rows: what can be shown before it starts is its shape.
        columns = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in frame.schema)
        return {"text/plain": f"a stream of rows, not started: {columns}"}
    if not frame.columns:
        # What a statement such as USE or DROP returns.
        return {"text/plain": "done, with no rows to show"}
    rows = frame.limit(MOST_ROWS + 1).collect()
    note = f"the first {MOST_ROWS} rows; there are more" if len(rows) > MOST_ROWS else ""
    shown = [list(row) for row in rows[:MOST_ROWS]]
    return {
        "text/html": html_table(frame.columns, shown, caption=note),
        "text/plain": text_table(frame.columns, shown, caption=note),
    }


def _html_cell(value: Any) -> str:
    if value is None:
        return f'<td><span class="null">{NULL}</span></td>'
    kind = ' class="number"' if _is_number(value) else ""
    return f"<td{kind}>{html.escape(_text(value))}</td>"


def _text(value: Any) -> str:
    if value is None:
        return NULL
    return f"[{', '.join(map(_text, value))}]" if isinstance(value, list | tuple) else str(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
