"""Read a notebook's file: as Databricks exports it (.py, .sql, .ipynb) or as Jupyter writes it (.ipynb).

Term: notebook.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/notebook-format.html and
https://docs.databricks.com/en/notebooks/notebook-export-import.html
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from medallion_lab.errors import NotebookFileError

COMMENTS = {".py": "#", ".sql": "--"}
LANGUAGES = {"python": "", "sql": "%%sql\n"}
ENDINGS = (".py", ".ipynb", ".sql")
DATABRICKS_METADATA = "application/vnd.databricks.v1+notebook"


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Attributes
    ----------
    number : int
        Counted from 1, as the file has them.
    kind : str
        ``code`` or ``markdown``.
    text : str
        What IPython runs, magics included; or the Markdown.
    """

    number: int
    kind: str
    text: str

    @property
    def title(self) -> str:
        """The cell's first line that says something."""
        lines = [line.strip() for line in self.text.splitlines()]
        return next((line for line in lines if line and line != "%%sql"), "")


def read_notebook(path: Path) -> list[Cell]:
    """Return a notebook's cells, without those that are empty.

    Raises
    ------
    NotebookFileError
        If there is no such file, it is no notebook, it does not read, or it is in another language.
    """
    if not path.is_file():
        raise _refused(f"{path}, where no file is", "check the name; paths start at the current folder")
    if path.suffix == ".ipynb":
        cells = _read_ipynb(path)
    elif path.suffix in COMMENTS and is_source(path):
        cells = _read_source(path, COMMENTS[path.suffix])
    else:
        raise _refused(
            f"{path.name}, which is no notebook",
            "export it from Databricks as a source file or as .ipynb, or put "
            "'# Databricks notebook source' into its first line",
        )
    return [cell for cell in cells if cell.text.strip()]


def code_cells(path: Path) -> list[Cell]:
    """Return a notebook's cells that run."""
    return [cell for cell in read_notebook(path) if cell.kind == "code"]


def find_notebook(path: Path) -> Path | None:
    """Return the notebook of this name, whose ending may be left out; None if none is there."""
    candidates = [path, *(path.with_name(path.name + ending) for ending in ENDINGS)]
    for candidate in candidates:
        if candidate.suffix == ".ipynb" and candidate.is_file():
            return candidate
        if candidate.suffix in COMMENTS and candidate.is_file() and is_source(candidate):
            return candidate
    return None


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks in a folder and below, as people count: 2 before 10.

    Without those that another one calls with ``%run``: they run there.

    Raises
    ------
    NotebookFileError
        If there is none.
    """
    files = [path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file()]
    found = {path: code_cells(path) for path in files if not _is_hidden(path, folder) and find_notebook(path)}
    called = {
        find_notebook(path.parent / name)
        for path, cells in found.items()
        for cell in cells
        for name in re.findall(
            r"^%run[ \t]+[\"']?([^\s$\"']+|(?<=[\"'])[^\"']+)", cell.text, flags=re.MULTILINE
        )
    }
    inside = {path.resolve() for path in called if path}
    notebooks = [path for path in found if path.resolve() not in inside]
    if not notebooks:
        raise _refused(f"{folder}, in which no notebook is", "name a notebook, or the folder they are in")
    return sorted(notebooks, key=lambda path: [_counted(part) for part in path.relative_to(folder).parts])


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _counted(name: str) -> list[tuple[int, str]]:
    return [
        (int(part or -1), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name.lower())
    ]


def is_source(path: Path) -> bool:
    """Say whether a file's first line is that of a Databricks export."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.readline().strip() == f"{COMMENTS[path.suffix]} Databricks notebook source"


def _read_source(path: Path, comment: str) -> list[Cell]:
    text = _text(path).partition("\n")[2]
    language = LANGUAGES["sql" if path.suffix == ".sql" else "python"]
    parts = re.split(rf"^{comment} COMMAND -{{10}}[ \t]*$", text, flags=re.MULTILINE)
    return [_source_cell(number, part, comment, language) for number, part in enumerate(parts, start=1)]


def _source_cell(number: int, text: str, comment: str, language: str) -> Cell:
    title = f"{comment} DBTITLE"
    lines = [line for line in text.strip("\n").splitlines() if not line.startswith(title)]
    magic = f"{comment} MAGIC"
    if any(line.startswith(magic) for line in lines):
        lines = [re.sub(f"^{magic} ?", "", line) for line in lines]
        language = ""
    return _cell(number, "\n".join(lines).strip("\n"), language)


def _cell(number: int, text: str, language: str) -> Cell:
    if re.match(r"%%?md(-sandbox)?\b", text):
        return Cell(number, "markdown", re.sub(r"^%%?md(-sandbox)?[ \t]*\n?", "", text))
    is_magic = text.lstrip().startswith("%")
    return Cell(number, "code", text if is_magic or not text.strip() else language + text)


def _read_ipynb(path: Path) -> list[Cell]:
    try:
        content = json.loads(_text(path))
        found = content["cells"]
    except (ValueError, TypeError, KeyError) as error:
        reason = "a list of cells is missing" if isinstance(error, KeyError | TypeError) else str(error)
        raise _refused(f"{path.name}, which does not read ({reason})", "export it again") from error
    language = _language(content.get("metadata", {}))
    if language not in LANGUAGES:
        raise _refused(
            f"{path.name}, a notebook in {language}",
            "translate its cells: DataFrame methods have the same names in Python",
        )
    cells = []
    for number, cell in enumerate(found, start=1):
        text = "".join(cell.get("source", ""))
        if cell.get("cell_type") == "markdown":
            cells.append(Cell(number, "markdown", text))
        elif cell.get("cell_type") == "code":
            cells.append(_cell(number, text, LANGUAGES[language]))
    return cells


def _language(metadata: dict) -> str:
    databricks = metadata.get(DATABRICKS_METADATA, {}).get("language")
    named = metadata.get("language_info", {}).get("name")
    kernel = metadata.get("kernelspec", {}).get("language")
    return str(databricks or named or kernel or "python").lower()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(f"{path.name}, which is not text", "export it again") from error


def _refused(got: str, next_step: str) -> NotebookFileError:
    return NotebookFileError(
        got=got,
        needed="a Databricks source file (.py or .sql) or an .ipynb, in Python or SQL",
        next_step=next_step,
    )
