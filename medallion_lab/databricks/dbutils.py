"""``dbutils``: files, widgets and the notebook's own end; everything else of it is refused by name.

Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/dev-tools/databricks-utils.html and
https://docs.databricks.com/en/notebooks/notebook-workflows.html
"""

from collections.abc import Callable
from typing import Any, NoReturn

from medallion_lab.databricks.fs import FileSystem
from medallion_lab.databricks.limits import DIFFERENT, LIMITS, refuse
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.widgets import Widgets
from medallion_lab.errors import NotOnALaptopError


class NotebookExit(BaseException):
    """Ends a notebook with a value; no error, so that ``except Exception`` does not swallow it."""

    def __init__(self, value: str) -> None:
        super().__init__(value)
        self.value = value

    def _render_traceback_(self) -> list[str]:
        return [f"Notebook exited: {self.value}"]


class NotebookTools:
    """What ``dbutils.notebook`` can do."""

    def __init__(self, widgets: Widgets) -> None:
        self._widgets = widgets
        self.run_cells: Callable[[str], None] | None = None

    def exit(self, value: object = "") -> NoReturn:
        """End the notebook here, with this value."""
        raise NotebookExit(str(value))

    def run(self, path: str, timeout_seconds: int = 0, arguments: dict[str, str] | None = None) -> str:
        """Run another notebook with names and widgets of its own; return the value of its exit.

        It runs on the same Spark and is waited for however long it takes.

        Raises
        ------
        NotebookFileError
            If there is no such notebook.
        """
        if self.run_cells is None:
            raise refuse("dbutils.notebook.run")
        mine = self._widgets.put_aside()
        self._widgets.give({key: str(value) for key, value in (arguments or {}).items()})
        try:
            self.run_cells(path)
        except NotebookExit as end:
            return end.value
        finally:
            self._widgets.take_back(mine)
        return ""

    def help(self) -> None:
        """Print what there is."""
        print("dbutils.notebook.exit(value): end the notebook here, with this value")
        print("dbutils.notebook.run(path, seconds, arguments): run another one, return the value of its exit")


class DbUtils:
    """The ``dbutils`` of a notebook.

    Attributes
    ----------
    fs : FileSystem
        Files in DBFS.
    widgets : Widgets
        The notebook's parameters.
    notebook : NotebookTools
        The notebook's end.
    """

    def __init__(self, dbfs: Dbfs) -> None:
        self.fs = FileSystem(dbfs)
        self.widgets = Widgets()
        self.notebook = NotebookTools(self.widgets)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if any(limit.name == f"dbutils.{name}" for limit in LIMITS):
            raise refuse(f"dbutils.{name}")
        raise NotOnALaptopError(
            got=f"dbutils.{name}",
            needed="dbutils.fs, dbutils.widgets or dbutils.notebook",
            next_step="dbutils.help() lists what works, and what does not with the nearest thing that does",
        )

    def help(self) -> None:
        """Print what works, and what does not with the nearest thing that does."""
        print("Works: dbutils.fs, dbutils.widgets, dbutils.notebook. Each has a help().\n")
        for limit in LIMITS:
            sign = "≠" if limit.kind == DIFFERENT else "✗"
            print(f"{sign} {limit.name}: {limit.instead}")
