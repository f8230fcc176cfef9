"""One yellow line for what passes here and does less than on Databricks.

Taught in: book/beyond/databricks.ipynb.
"""

import html

from IPython.core.getipython import get_ipython
from IPython.display import display
from rich.console import Console

# Dark letters on light yellow, by day and by night.
STYLE = "background: #fff8c5; color: #24292f; border-left: 4px solid #9a6700; padding: 0.2em 0.8em"


def notice(text: str) -> None:
    """Show one line beside the cell's own output, in a notebook or in a terminal."""
    line = f"Note: {text}"
    if hasattr(get_ipython(), "kernel"):
        page = f'<div style="{STYLE}">{html.escape(line)}</div>'
        display({"text/html": page, "text/plain": line}, raw=True)
    else:
        Console(highlight=False).print(line, style="yellow", markup=False, soft_wrap=True)
