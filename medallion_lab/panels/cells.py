"""The table that every drawing is made of: finished cells, in a box that scrolls inside itself."""

from collections.abc import Iterable, Sequence
from html import escape


def cell_table(caption: str, columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of finished cells that scrolls inside itself.

    Parameters
    ----------
    caption : str
        What the table shows.
    columns : sequence of str
        The header.
    rows : iterable of iterables
        The cells: ``head``, ``cell``, ``number``.
    """
    lines = [f"<tr>{''.join(cells)}</tr>" for cells in rows]
    return boxed_table(caption, columns, "\n" + "\n".join(lines) + "\n") + "\n"


def boxed_table(caption: str, columns: Sequence[str], body: str) -> str:
    """Return what stands around rows that are finished as well: box, caption and header."""
    titles = "".join(f'<th scope="col">{column}</th>' for column in columns)
    table = (
        f'<table class="medallion-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
    )
    return scrolling(table, name=caption)


def scrolling(content: str, *, name: str) -> str:
    """Return HTML in a box that scrolls inside itself, can be reached by keyboard, and has a name."""
    return (
        f'<div class="medallion-scroll" tabindex="0" role="group" aria-label="{escape(name)}">{content}</div>'
    )


def head(content: str, kind: str = "") -> str:
    """Return the cell that names its row."""
    return f'<th scope="row"{_class(kind)}>{content}</th>'


def cell(content: str, kind: str = "") -> str:
    """Return a cell."""
    return f"<td{_class(kind)}>{content}</td>"


def number(value: int | None, missing: str = "none") -> str:
    """Return a cell with a number, or with a word where there is none."""
    return cell(absent(missing) if value is None else f"{value:,}", "number")


def absent(word: str = "none") -> str:
    """Return what a cell says that has nothing to say."""
    return f'<span class="null">{word}</span>'


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
