"""One yellow line for what passes here and does less than on Databricks.

Taught in: book/beyond/databricks.ipynb.
"""

from rich.console import Console


def notice(text: str) -> None:
    """Print one line beside the cell's own output."""
    Console(highlight=False).print(f"Note: {text}", style="yellow", markup=False, soft_wrap=True)
