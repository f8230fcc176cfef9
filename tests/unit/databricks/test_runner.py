"""Whole notebooks, in the shape of a Databricks tutorial: land, bronze, silver, gold, clean up."""

import io
import json
import os
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from rich.console import Console
from typer.testing import CliRunner

from medallion_lab.cli import app
from medallion_lab.databricks.runner import run_notebooks, workspace_name
from medallion_lab.errors import NotebookFileError, WorkspaceInUseError
from medallion_lab.runtime.workspace import Workspace
from tests.unit.databricks.conftest import stop_other_sparks

CELLS = [
    "%md\n# Visits\nFrom landing to gold",
    """
from pyspark.sql.functions import *
import json
import uuid

raw_table, known_table, sum_table = "raw_visits", "known_visits", "visits_by_city"
visits_path = "/visits"
dbutils.widgets.text("first_drop", "4")
""",
    """
spark.sql("USE CATALOG hive_metastore")
spark.sql("DROP DATABASE IF EXISTS museum CASCADE")
spark.sql("CREATE DATABASE museum")
spark.sql("USE museum")
""",
    """
rooms = spark.createDataFrame([(1, "Rome"), (2, "Oslo")], ["room_id", "city"])
rooms.write.mode("overwrite").format("delta").saveAsTable("rooms")
""",
    """
dbutils.fs.mkdirs(visits_path)

def land_visits(count):
    with open(f"/dbfs{visits_path}/{uuid.uuid4()}.json", "w") as file:
        for number in range(count):
            file.write(json.dumps({"room_id": number % 2 + 1, "guests": number + 1}) + "\\n")

def cleanup():
    for query in spark.streams.active:
        query.stop()
        query.awaitTermination()
    for path in ("/checkpoint", "/schema", visits_path):
        dbutils.fs.rm(path, True)
    spark.sql("DROP DATABASE IF EXISTS museum CASCADE")
""",
    'land_visits(int(dbutils.widgets.get("first_drop")))\ndisplay(dbutils.fs.ls(visits_path))',
    """
visits = (
    spark.readStream.format("cloudFiles")
    .option("cloudFiles.format", "json")
    .option("cloudFiles.schemaLocation", f"/schema/{raw_table}")
    .load(visits_path)
    .withColumn("input_file", input_file_name())
)
(visits.writeStream.option("checkpointLocation", "/checkpoint/raw").toTable(raw_table))
""",
    """
known = spark.readStream.table(raw_table).join(spark.table("rooms"), on="room_id", how="left")
known = known.select("city", "guests")
(known.writeStream.option("checkpointLocation", "/checkpoint/known").toTable(known_table))
""",
    """
sums = spark.readStream.table(known_table).groupBy("city").agg(sum("guests").alias("guests"))
(sums.writeStream.outputMode("complete").option("checkpointLocation", "/checkpoint/sums").toTable(sum_table))
""",
    "%sql\nSELECT city, guests AS early FROM visits_by_city ORDER BY city",
    "land_visits(2)",
    'spark.sql("SELECT city, guests AS late FROM main.museum.visits_by_city ORDER BY city;").display()',
    """
print("rows", spark.table(raw_table).count(), spark.table(known_table).count())
print("streams", sorted(q.name for q in spark.streams.active))
cleanup()
print("left", [d.name for d in spark.catalog.listDatabases()], dbutils.fs.ls("/"))
""",
]


def as_source(cells):
    def exported(text):
        if text.startswith("%"):
            return "\n".join(f"# MAGIC {line}" for line in text.splitlines())
        return text.strip("\n")

    return "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(map(exported, cells))


def as_ipynb(cells):
    made = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in cells]
    return json.dumps({"cells": made, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4})


def write(folder, name, text):
    (folder / name).write_text(text)
    return folder / name


@pytest.fixture
def run(home, monkeypatch, tmp_path):
    """Run cells as a notebook in this process; return whether it ended well, and what it has shown."""
    stop_other_sparks()
    monkeypatch.setenv("MEDALLION_LAB_NOTEBOOK", "")

    def start(cells, *, name="sample.py", **options):
        text = as_ipynb(cells) if name.endswith("ipynb") else as_source(cells)
        page = io.StringIO()
        with monkeypatch.context() as context:
            context.setattr(sys, "stdout", page)
            console = Console(file=page, soft_wrap=True, highlight=False)
            options = {"parameters": {}, **options}
            (report,) = run_notebooks(write(tmp_path, name, text), console=console, **options)
        return not report.failed, page.getvalue()

    return start


def rows(page, header):
    """Return the cells of the two lines below a table's header, in a page of text."""
    lines = page.splitlines()
    at = next(number for number, line in enumerate(lines) if line.split() == header)
    return [line.split() for line in lines[at + 2 : at + 4]]


def assert_whole(page):
    # 4 visits with 1 to 4 guests, then 2 with 1 and 2: rooms alternate between the two cities.
    assert rows(page, ["city", "early"]) == [["Oslo", "6.0"], ["Rome", "4.0"]]
    assert rows(page, ["city", "late"]) == [["Oslo", "8.0"], ["Rome", "5.0"]]
    assert "rows 6 6\n" in page
    assert "streams ['known_visits', 'raw_visits', 'visits_by_city']" in page
    assert "left ['default'] []" in page
    assert "12 of 12 cells ran: ran whole." in page


def test_a_whole_notebook_runs_as_an_ipynb_and_leaves_nothing_when_it_cleans_up(run, home):
    ended_well, page = run(CELLS, name="museum.ipynb")
    assert ended_well, page
    assert_whole(page)
    assert list((home / "museum" / "tables").iterdir()) == []
    assert not InteractiveShell.initialized()


def test_a_whole_notebook_runs_as_a_source_file_from_the_command_line(home, tmp_path):
    path = write(tmp_path, "museum.py", as_source(CELLS))
    command = [sys.executable, "-m", "medallion_lab", "run", str(path), "--param", "first_drop=4"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=dict(os.environ))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert_whole(ended.stdout)
    assert "── Cell 5 ── dbutils.fs.mkdirs(visits_path)" in ended.stdout


def test_the_first_error_ends_the_run_and_names_its_cell_and_line(run):
    ended_well, page = run(["x = 1", 'print("before")\ndbutils.fs.ls("/no")', 'print("after")'])
    assert not ended_well
    error = page[page.index("✗") :].splitlines()
    assert error[0] == "✗ DbfsFileNotFoundError: Got: java.io.FileNotFoundException: /no, where nothing is"
    assert error[-4] == 'In cell 2, line 2: dbutils.fs.ls("/no").'
    assert error[-3] == "The cells after it did not run."
    assert error[-1].startswith(
        "1 of 3 cells ran. The first that did not is cell 2, 'print(\"before\")': DbfsFile"
    )
    assert "before" in page and "after\n" not in page


def test_a_cell_that_does_not_parse_ends_the_run_too(run):
    ended_well, page = run(["x ="])
    assert not ended_well and "✗ SyntaxError" in page and "In cell 1" in page


def test_a_cell_that_unloads_the_extension_ends_the_run_with_a_next_step(run):
    ended_well, page = run(["%unload_ext medallion_lab.databricks", "1"])
    assert not ended_well and "leave out the cell with %unload_ext" in page and "In cell 1" in page


def test_results_are_shown_without_a_number(run):
    assert run(["6 * 7"])[1].splitlines()[2] == "42"


def test_an_exit_ends_the_run_well_with_its_value_and_parameters_reach_the_widgets(run):
    cells = ['dbutils.widgets.text("day", "Monday")', 'dbutils.notebook.exit(getArgument("day"))', "1 / 0"]
    ended_well, page = run(cells, parameters={"day": "Friday"})
    assert ended_well and page.endswith("Notebook exited: Friday\n\n2 of 3 cells ran, up to its exit.\n")


def test_keep_going_runs_the_rest_and_lists_what_could_not(run):
    ended_well, page = run(["1 / 0", "x = 1", "import dlt", 'print("last", x)'], keep_going=True)
    assert not ended_well and "last 1\n" in page
    assert "2 of 4 cells ran. The first that did not is cell 1, '1 / 0': ZeroDivisionError" in page
    assert "Nor did cell 3, 'import dlt': DatabricksModuleError: Got: import dlt: Lakeflow" in page


SECOND = """
print("rows", spark.table(table).count())
print("session", spark.catalog.currentDatabase(), spark.catalog.tableExists("one"))
"""


@pytest.fixture
def course(tmp_path):
    """Three notebooks that belong together, one that they call, and files that are no notebooks."""
    folder = tmp_path / "My Course"
    (folder / "10 last").mkdir(parents=True)
    write(folder, "config.py", as_source(['table = "course.numbers"', 'dbutils.widgets.text("n", "3")']))
    first = ["%run ./config", 'own = 1\nspark.sql("CREATE SCHEMA IF NOT EXISTS course")']
    first += ['spark.sql("USE SCHEMA course")', 'numbers = spark.range(int(dbutils.widgets.get("n")))']
    first += ['numbers.write.mode("overwrite").saveAsTable(table)']
    write(folder, "2 second.ipynb", as_ipynb(["%run ./config", SECOND]))
    write(folder, "1 first.py", as_source([*first, 'spark.range(1).createOrReplaceTempView("one")']))
    write(folder / "10 last", "a.py", as_source(['%run "../config"', 'print("own" in globals(), len("x"))']))
    write(folder, "helper.py", "x = 1")
    write(folder, "notes.txt", "x")
    return folder


def run_course(folder, *arguments):
    return CliRunner().invoke(app, ["run", str(folder), *arguments])


def test_a_folder_of_notebooks_runs_in_order_in_one_workspace(home, course):
    stop_other_sparks()
    result = run_course(course, "--param", "n=5")
    assert result.exit_code == 0, result.output
    summary = [line for line in result.output.splitlines() if line.startswith("✓")]
    assert summary == [
        "✓ 1 first.py: 6 of 6 cells ran: ran whole.",
        "✓ 2 second.ipynb: 2 of 2 cells ran: ran whole.",
        "✓ 10 last/a.py: 2 of 2 cells ran: ran whole.",
    ]
    assert "rows 5\nsession default False\n" in result.output and "False 1\n" in result.output
    assert "3 of 3 notebooks ran whole." in result.output
    assert (home / "my_course" / "tables" / "course.db" / "numbers").is_dir()


def test_a_folder_stops_at_the_first_notebook_that_fails_unless_it_keeps_going(home, course):
    stop_other_sparks()
    write(course, "2 second.ipynb", as_ipynb(["1 / 0"]))
    result = run_course(course)
    assert result.exit_code == 1 and "✗ 2 second.ipynb: 0 of 1 cells ran." in result.output
    assert "10 last/a.py" not in result.output and "1 of 3 notebooks ran whole." in result.output
    result = run_course(course, "--keep-going")
    assert result.exit_code == 1 and "2 of 3 notebooks ran whole." in result.output


def test_a_folder_without_notebooks_is_an_error(tmp_path):
    with pytest.raises(NotebookFileError, match="no notebook is"):
        run_notebooks(tmp_path, console=Console(), parameters={})


FAILING = """
def fail(rows, batch):
    raise ValueError("the sink is full")
query = spark.readStream.table("source").writeStream.foreachBatch(fail).start()
"""


def test_a_stream_that_fails_between_cells_ends_the_run_unless_the_notebook_has_seen_it(run):
    source = 'spark.range(1).write.saveAsTable("source")'
    ended_well, page = run([source, FAILING, 'print("after")'], fresh=True)
    assert not ended_well and "the sink is full" in page and "In cell 2" in page
    seen = FAILING + "try:\n    query.awaitTermination()\nexcept Exception:\n    print('seen')\n"
    ended_well, page = run([source, seen, 'print("after")'], fresh=True)
    assert ended_well and "seen\n" in page and "after\n" in page


def test_a_workspace_stays_between_runs_unless_it_is_asked_for_fresh(run):
    look = 'print("here:", [f.name for f in dbutils.fs.ls("/")])'
    run(['dbutils.fs.put("/kept.txt", "x")'], workspace="shared")
    assert "here: ['kept.txt']" in run([look], workspace="shared")[1]
    assert "here: []" in run([look], workspace="shared", fresh=True)[1]


def test_a_workspace_in_use_is_an_error(home, run):
    held = Workspace("sample")
    (held.path / ".lock").exists()
    script = "import sys; from medallion_lab.runtime.workspace import Workspace; Workspace('sample')"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert WorkspaceInUseError.__name__ in ended.stderr
    held.close()


def test_what_is_no_notebook_is_an_error_before_spark_starts(tmp_path):
    with pytest.raises(NotebookFileError, match="no notebook"):
        run_notebooks(write(tmp_path, "n.py", "print(1)"), console=Console(), parameters={})


def test_a_parameter_without_a_value_is_refused(tmp_path):
    result = CliRunner().invoke(app, ["run", "n.py", "--param", "day"])
    assert result.exit_code == 2 and "name=value" in result.output


def test_a_workspace_is_named_as_the_file(tmp_path):
    assert workspace_name(tmp_path / "Sales Demo (2).py") == "sales_demo_2"
    assert workspace_name(tmp_path / "日本.py") == "notebook"
