"""The magics of a Databricks notebook: ``%sql``, ``%fs``, ``%md``, ``%python``, ``%run``.

``%pip`` and ``%sh`` are IPython's own. On Databricks a magic with one ``%`` in a cell's first line takes the
whole cell; so it does here.
Term: magic.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/notebooks-code.html (mix languages) and
https://docs.databricks.com/en/notebooks/notebook-workflows.html (``%run``)
"""

import inspect
import itertools
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import no_var_expand
from IPython.display import display as show

from medallion_lab.databricks.dbutils import DbUtils
from medallion_lab.databricks.display import Display
from medallion_lab.databricks.limits import refuse
from medallion_lab.databricks.sources import code_cells, find_notebook, read_notebook
from medallion_lab.databricks.sql_tokens import split_statements

WHOLE_CELL = re.compile(r"%%?(sql|md|fs|sh|python|scala|r)\b[ \t]*(.*)", re.DOTALL)
PARAMETER = re.compile(r"""\$(\w+)=("[^"]*"|'[^']*'|\S+)""")


class NotebookMagics:
    """Functions behind the magics of one notebook.

    Parameters
    ----------
    shell : InteractiveShell
        The notebook's shell.
    spark : SparkSession
        Runs ``%sql``.
    dbutils : DbUtils
        Runs ``%fs``, and holds the widgets that ``:name`` in ``%sql`` stands for.
    display : Display
        Shows results.
    """

    def __init__(self, shell: InteractiveShell, spark: Any, dbutils: DbUtils, display: Display) -> None:
        self._shell, self._spark, self._dbutils, self._display = shell, spark, dbutils, display
        self._folder = Path.cwd()
        self._ipython_run = shell.find_line_magic("run")
        # What a notebook has from the start.
        self._own_names: dict[str, Any] = dict(shell.user_ns)

    def begin(self, folder: Path) -> None:
        """Begin a notebook of this folder, where its ``%run`` looks too, with no name of another one."""
        self._folder = folder
        self._have_names(self._own_names)

    def line_magics(self) -> dict[str, Callable]:
        """Return the magics of one line, by name."""
        refused = {name: self._refusal(name) for name in ("scala", "r")}
        return {"sql": self.sql, "fs": self.fs, "md": self.md, "run": self.run, **refused}

    def cell_magics(self) -> dict[str, Callable]:
        """Return the magics of a whole cell, by name."""
        refused = {name: self._refusal(name) for name in ("scala", "r")}
        return {"sql": self.sql, "fs": self.fs, "md": self.md, "python": self.python, **refused}

    @no_var_expand
    def sql(self, line: str, cell: str = "") -> None:
        """Run SQL, one statement or several; show the last one's rows, and keep them as ``_sqldf``."""
        result = None
        for statement in split_statements(f"{line}\n{cell}"):
            result = self._spark.sql(statement, self._dbutils.widgets.getAll())
        if result is None:
            return
        self._shell.user_ns["_sqldf"] = result
        if result.columns:
            self._display(result)
        else:
            print("OK")

    def fs(self, line: str, cell: str = "") -> None:
        """Run a method of ``dbutils.fs`` and show its result: ``%fs ls /sales``."""
        name, *arguments = shlex.split(f"{line} {cell}".strip()) or ["help"]
        method = getattr(self._dbutils.fs, name)
        result = method(*_typed(arguments, method))
        if isinstance(result, list):
            self._display(result)
        elif result is not None:
            print(result)

    def md(self, line: str, cell: str = "") -> None:
        """Show text that is written in Markdown."""
        text = f"{line}\n{cell}".strip()
        show({"text/markdown": text, "text/plain": text}, raw=True)

    def python(self, line: str, cell: str = "") -> None:
        """Run a cell's Python in this kernel; IPython's own ``%%python`` starts another."""
        self._execute(f"{line}\n{cell}".strip("\n"), name="%python")

    # Else IPython puts the notebook's own variable in the place of $day.
    @no_var_expand
    def run(self, line: str) -> None:
        """Run another notebook here, so that its names are there afterwards: ``%run ./setup $day="1"``.

        It is looked for beside this one, with the endings .py, .ipynb and .sql. What is no notebook goes to
        IPython's ``%run``.
        """
        name = PARAMETER.sub("", line).strip().strip("\"'")
        path = find_notebook(self._folder / name)
        if path is None:
            self._ipython_run(self._shell.var_expand(line))
            return
        self._dbutils.widgets.give({key: value.strip("\"'") for key, value in PARAMETER.findall(line)})
        self._run_cells(path)

    def run_apart(self, name: str) -> None:
        """Run another notebook with names of its own, as ``dbutils.notebook.run`` does.

        Raises
        ------
        NotebookFileError
            If there is none.
        """
        path = find_notebook(self._folder / name)
        # Read here, so that a name that leads nowhere has its error.
        path = path or self._folder / name
        read_notebook(path)
        mine = dict(self._shell.user_ns)
        # Magics write into the shell's own names: so these are the other notebook's meanwhile.
        self._have_names(self._own_names)
        try:
            self._run_cells(path)
        finally:
            self._have_names(mine)

    def _have_names(self, names: dict[str, Any]) -> None:
        self._shell.user_ns.clear()
        self._shell.user_ns.update(names)

    def _run_cells(self, path: Path) -> None:
        before, self._folder = self._folder, path.parent
        try:
            for cell in code_cells(path):
                self._execute(cell.text, name=f"{path.name}, cell {cell.number}")
        finally:
            self._folder = before

    def _execute(self, text: str, *, name: str) -> None:
        source = self._shell.transform_cell(text)
        exec(compile(source, f"<{name}>", "exec"), self._shell.user_global_ns, self._shell.user_ns)

    def _refusal(self, name: str) -> Callable:
        def magic(line: str, cell: str = "") -> None:
            raise refuse(f"%{name}")

        return magic


def _typed(words: list[str], method: Callable) -> list[Any]:
    """Give each word the type of the argument at its place: ``true`` and ``-r`` are True, 3 is a number."""
    flags = ("-r", "--recurse")
    # A shell's habit puts the flag first; the method has it last.
    words = sorted(words, key=flags.__contains__)
    kinds = [parameter.annotation for parameter in inspect.signature(method).parameters.values()]
    readers: dict[Any, Callable[[str], Any]] = {bool: lambda word: word.lower() in ("true", *flags), int: int}
    return [readers.get(kind, str)(word) for word, kind in itertools.zip_longest(words, kinds[: len(words)])]


def whole_cell_magic(lines: list[str]) -> list[str]:
    """Give a cell that begins with ``%sql``, or another language, to that magic as a whole."""
    text = "".join(lines)
    match = WHOLE_CELL.match(text.lstrip())
    if match is None:
        return lines
    name, rest = match[1], match[2]
    if name == "python":
        return rest.splitlines(keepends=True)
    if not rest.strip():
        return lines
    # IPython hands a first line to a cell magic as its options: the text begins below.
    return [f"%%{name}\n", *f"{rest.rstrip()}\n".splitlines(keepends=True)]
