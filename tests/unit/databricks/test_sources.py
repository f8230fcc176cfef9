import json

import pytest

from medallion_lab.databricks.sources import find_notebook, read_notebook
from medallion_lab.errors import NotebookFileError

PYTHON = """# Databricks notebook source
# MAGIC %md
# MAGIC # Title
# MAGIC
# MAGIC Text

# COMMAND ----------

# DBTITLE 1,First
x = 1  # a comment

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1

# COMMAND ----------

# COMMAND ----------

# MAGIC %pip install x
"""


def write(folder, name, text):
    (folder / name).write_text(text)
    return folder / name


def test_a_python_export_becomes_cells(tmp_path):
    cells = read_notebook(write(tmp_path, "n.py", PYTHON))
    assert [(cell.number, cell.kind, cell.text) for cell in cells] == [
        (1, "markdown", "# Title\n\nText"),
        (2, "code", "x = 1  # a comment"),
        (3, "code", "%sql\nSELECT 1"),
        (5, "code", "%pip install x"),
    ]


def test_a_sql_export_becomes_sql_cells(tmp_path):
    text = (
        "-- Databricks notebook source\nSELECT 1\n-- COMMAND ----------\n-- MAGIC %python\n-- MAGIC x = 1\n"
    )
    cells = read_notebook(write(tmp_path, "n.sql", text))
    assert [cell.text for cell in cells] == ["%%sql\nSELECT 1", "%python\nx = 1"]
    assert cells[0].title == "SELECT 1"


def test_an_ipynb_becomes_cells_whoever_wrote_it(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Text"]},
        {"cell_type": "code", "source": "x = 1"},
        {"cell_type": "code", "source": ["%md\n", "More"]},
        {"cell_type": "raw", "source": "not run"},
    ]
    path = write(tmp_path, "n.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    assert [(cell.kind, cell.text) for cell in read_notebook(path)] == [
        ("markdown", "# Title\nText"),
        ("code", "x = 1"),
        ("markdown", "More"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("n.py", "print(1)\n", "no notebook"),
        ("n.scala", "// Databricks notebook source\n", "no notebook"),
        ("n.ipynb", '{"cells": [', "does not read"),
        ("n.ipynb", "[1]", "a list of cells is missing"),
        ("n.ipynb", '{"cells": [], "metadata": {"language_info": {"name": "scala"}}}', "a notebook in scala"),
        (
            "n.ipynb",
            '{"cells": [], "metadata": {"application/vnd.databricks.v1+notebook": {"language": "r"}}}',
            "a notebook in r",
        ),
    ],
)
def test_a_file_that_cannot_run_says_why(tmp_path, name, text, message):
    with pytest.raises(NotebookFileError, match=message):
        read_notebook(write(tmp_path, name, text))


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(NotebookFileError, match="no file"):
        read_notebook(tmp_path / "n.py")


def test_a_notebook_is_found_without_its_ending_and_a_module_is_none(tmp_path):
    write(tmp_path, "setup.py", PYTHON)
    write(tmp_path, "module.py", "print(1)\n")
    assert find_notebook(tmp_path / "setup") == tmp_path / "setup.py"
    assert find_notebook(tmp_path / "module") is None
