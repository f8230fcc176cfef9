"""``%%sql``: a cell that is one SQL statement, and shows its rows.

Term: magic.
Taught in: book/foundations/introduction.ipynb.
Source: https://docs.databricks.com/aws/en/notebooks/notebooks-code (mix languages)
"""

from IPython import get_ipython
from IPython.core.magic import no_var_expand
from pyspark.sql import DataFrame, SparkSession


def offer_sql_cells() -> None:
    """In a notebook, let a cell that begins with ``%%sql`` be SQL; elsewhere, do nothing."""
    shell = get_ipython()
    if shell is not None:
        shell.register_magic_function(_sql, magic_kind="cell", magic_name="sql")


# Else IPython puts the notebook's own variables in the place of {braces} in the SQL.
@no_var_expand
def _sql(line: str, cell: str) -> DataFrame:
    return SparkSession.active().sql(f"{line}\n{cell}".strip().removesuffix(";"))
