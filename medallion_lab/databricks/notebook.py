"""What a notebook has after ``%load_ext medallion_lab.databricks``, and how all of it goes away again.

Term: extension.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/index.html (names that are there without an import)
"""

import atexit
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.databricks.dbutils import DbUtils
from medallion_lab.databricks.display import Display
from medallion_lab.databricks.limits import MissingModules
from medallion_lab.databricks.magics import NotebookMagics, whole_cell_magic
from medallion_lab.databricks.names import SHOWN, Names
from medallion_lab.databricks.patches import apply, notebook_patches
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.publishing import notebook_open
from medallion_lab.databricks.streams import NotebookStreams
from medallion_lab.errors import ForeignSessionError
from medallion_lab.lab import current_lab
from medallion_lab.layers.registering import register_tables
from medallion_lab.observe.streams import stop_all
from medallion_lab.panels.tables import show_frames_as_tables
from medallion_lab.runtime.session import start_session, stop_session
from medallion_lab.runtime.workspace import Workspace

NAME_VARIABLE = "MEDALLION_LAB_NOTEBOOK"
DEFAULT_NAME = "databricks"
DATABASE_ENDING = ".db"


class Notebook:
    """A shell that has become a Databricks notebook, until ``close``.

    Parameters
    ----------
    shell : InteractiveShell
        Gets the names and the magics.

    Attributes
    ----------
    spark : SparkSession
        The open lab's, or one of its own.
    workspace : Workspace
        The open lab's, or one named by ``MEDALLION_LAB_NOTEBOOK`` that is left as it is found.
    dbutils : DbUtils
        Files, widgets, the notebook's end.
    streams : NotebookStreams
        The streams that the notebook has started.

    Raises
    ------
    ForeignSessionError
        If a Spark runs that no lab holds.
    WorkspaceInUseError
        If another program holds the workspace.
    WorkspaceMovedError
        If the workspace was moved after its streams had begun.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        # What is done here is undone in the opposite order: by close, or at once if a later step fails.
        with ExitStack() as steps:
            if lab := current_lab():
                self.spark, self.workspace = lab.spark, lab.workspace
            else:
                self.spark, self.workspace = _open_own(steps)
            dbfs, display = Dbfs(self.workspace), Display()
            self.dbutils, self.streams = DbUtils(dbfs), NotebookStreams()
            steps.push(apply(notebook_patches(dbfs, display=display, streams=self.streams)))
            self._give_names(steps, dbfs, display)
            self._magics = NotebookMagics(shell, self.spark, self.dbutils, display)
            self.dbutils.notebook.run_cells = self._magics.run_apart
            self._give_magics(steps, self._magics)
            self._give_formats(steps)
            finder = MissingModules()
            sys.meta_path.append(finder)
            steps.callback(sys.meta_path.remove, finder)
            self._undo = steps.pop_all()
        atexit.register(self.close)

    def begin(self, parameters: Mapping[str, str]) -> None:
        """Begin another notebook in this shell, as in a session of its own.

        Its folder, widgets and current schema are its own, and no stream and no temporary view of the one
        before is there.

        Parameters
        ----------
        parameters : mapping of str to str
            Values for its widgets.
        """
        stop_all(self.spark)
        self.dbutils.widgets.put_aside()
        self.dbutils.widgets.give(parameters)
        self._magics.begin(Path.cwd())
        Names(self.spark).use(SHOWN)
        for table in self.spark.catalog.listTables():
            if table.isTemporary:
                self.spark.catalog.dropTempView(table.name)

    def close(self) -> None:
        """Take back names, magics and patches; stop Spark if it is the notebook's own. Twice is fine."""
        atexit.unregister(self.close)
        self._undo.close()

    def _give_names(self, steps: ExitStack, dbfs: Dbfs, display: Display) -> None:
        names = {
            "spark": self.spark,
            "sc": self.spark.sparkContext,
            "sql": self.spark.sql,
            "table": self.spark.table,
            "dbutils": self.dbutils,
            "display": display,
            "displayHTML": display.html,
            "getArgument": self.dbutils.widgets.getArgument,
            # Only the notebook's own cells see it: libraries keep Python's.
            "open": notebook_open(dbfs),
        }
        self._shell.push(names, interactive=False)
        steps.callback(self._shell.drop_by_id, names)

    def _give_magics(self, steps: ExitStack, magics: NotebookMagics) -> None:
        for kind, functions in (("line", magics.line_magics()), ("cell", magics.cell_magics())):
            for name, function in functions.items():
                _set_until(steps, self._shell.magics_manager.magics[kind], name, function)
        transformers = self._shell.input_transformers_cleanup
        transformers.append(whole_cell_magic)
        steps.callback(transformers.remove, whole_cell_magic)

    def _give_formats(self, steps: ExitStack) -> None:
        formatter = self._shell.display_formatter
        if formatter is None:
            return
        _set_until(steps, formatter.formatters["text/plain"].type_printers, StreamingQuery, _query_line)
        frames = formatter.mimebundle_formatter.type_printers
        if DataFrame not in frames:
            show_frames_as_tables()
            steps.callback(frames.pop, DataFrame, None)


def _set_until(steps: ExitStack, values: dict, key: Any, value: Callable) -> None:
    """Set an entry of IPython's, and give it back what it was when the steps are undone."""
    if key in values:
        steps.callback(values.__setitem__, key, values[key])
    else:
        steps.callback(values.pop, key, None)
    values[key] = value


def _open_own(steps: ExitStack) -> tuple[SparkSession, Workspace]:
    """Open Spark on a workspace that keeps what it holds, as DBFS does, and name its tables again."""
    if SparkSession.getActiveSession() is not None:
        raise ForeignSessionError(
            got="a Spark that runs already, with tables in another place",
            needed="no Spark yet, or an open lab",
            next_step="call spark.stop(), or open_lab('name'), then %reload_ext medallion_lab.databricks",
        )
    workspace = Workspace(os.environ.get(NAME_VARIABLE) or DEFAULT_NAME)
    steps.callback(workspace.close)
    workspace.require_same_place()
    spark = start_session(warehouse=workspace.tables, log_file=workspace.path / "spark.log")
    steps.callback(stop_session, spark)
    _register_databases(spark, workspace.tables)
    return spark, workspace


def _register_databases(spark: SparkSession, tables: Path) -> None:
    register_tables(spark, "default", tables)
    for folder in sorted(tables.glob(f"*{DATABASE_ENDING}")):
        name = folder.name.removesuffix(DATABASE_ENDING)
        spark.sql(f"CREATE DATABASE IF NOT EXISTS `{name}` LOCATION {sql_string(folder)}")
        register_tables(spark, name, folder)


def _query_line(query: StreamingQuery, printer: Any, cycle: bool) -> None:
    # Not query.exception(): that would count as the notebook having seen it.
    has_failed = query._jsq.exception().isDefined()
    state = "running" if query.isActive else "failed" if has_failed else "stopped"
    printer.text(f"stream {query.name or query.id}: {state}")
