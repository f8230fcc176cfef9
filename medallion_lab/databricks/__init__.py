"""``%load_ext medallion_lab.databricks``: a notebook written for Databricks runs here, unchanged.

It gives the notebook ``spark``, ``dbutils``, ``display``, ``sql``, Databricks' magics and paths, and
``cloudFiles``. What a laptop cannot do is refused by name: ``dbutils.help()`` lists it.
After ``open_lab`` it uses the lab's Spark and workspace; run ``%reload_ext`` when you open another lab.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/index.html
"""

from IPython.core.interactiveshell import InteractiveShell

from medallion_lab.databricks.notebook import Notebook
from medallion_lab.errors import NotebookFileError

_notebook: Notebook | None = None


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Turn this shell into a Databricks notebook. IPython calls it."""
    global _notebook
    if _notebook is not None:
        _notebook.close()
    _notebook = Notebook(shell)


def current_notebook() -> Notebook:
    """Return the notebook that the extension has made of this process's shell.

    Raises
    ------
    NotebookFileError
        If the extension is not loaded, or a cell has unloaded it.
    """
    if _notebook is None:
        raise NotebookFileError(
            got="a shell without the extension medallion_lab.databricks",
            needed="the extension, as long as the notebook runs",
            next_step="leave out the cell with %unload_ext",
        )
    return _notebook


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Put back everything as it was. IPython calls it."""
    global _notebook
    if _notebook is not None:
        _notebook.close()
        _notebook = None
