"""The extension in a real shell, on real Spark."""

import json

import pytest
from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame

from medallion_lab.databricks.dbutils import NotebookExit
from medallion_lab.databricks.display import ResultTable
from medallion_lab.errors import (
    DbfsFileNotFoundError,
    MedallionLabError,
    NotebookFileError,
    NotOnALaptopError,
    WidgetError,
)
from tests.unit.databricks.conftest import EXTENSION

NAMES = ("spark", "sc", "sql", "table", "dbutils", "display", "displayHTML", "getArgument", "open")
PATCHED = {
    SparkSession: ("sql", "table", "read", "readStream", "catalog"),
    DataFrame: ("write", "writeStream", "writeTo", "display"),
    DeltaTable: ("forPath", "forName", "isDeltaTable"),
}


def attributes():
    return {(owner, name): owner.__dict__.get(name) for owner, names in PATCHED.items() for name in names}


ORIGINAL = attributes()

LAND = """
def land(name, *records):
    with open(f"/dbfs/in/{name}.json", "w") as file:
        for record in records:
            file.write(json.dumps(record) + "\\n")
import json
dbutils.fs.mkdirs("/in")
"""
TO_TABLE = """
spark.sql("DROP TABLE IF EXISTS landed")
rows = (spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
        .option("cloudFiles.schemaLocation", "/schema").load("/in"))
query = rows.writeStream.option("checkpointLocation", "/checkpoint").toTable("main.default.landed")
"""


@pytest.fixture
def spark_of(shell):
    return lambda: shell.user_ns["spark"]


@pytest.fixture
def shown(shell, monkeypatch):
    """What the notebook has shown, as text."""
    texts = []
    monkeypatch.setattr(
        shell.display_pub, "publish", lambda data, *_, **__: texts.append(data.get("text/plain", ""))
    )
    return texts


def test_a_star_import_of_sparks_functions_harms_nothing(cell, shown):
    cell(LAND)
    cell("from pyspark.sql.functions import *")
    cell('land("a", {"id": 1}); display(dbutils.fs.ls("/in")); spark.range(3).display()')
    cell('sql("SELECT 2 AS two").display()')
    assert cell("sum is not __builtins__.sum if not isinstance(__builtins__, dict) else True")
    assert "a.json" in shown[0]
    assert shown[1].split() == ["id", "--", "0", "1", "2"]


def test_files_are_read_and_written_in_dbfs_however_the_path_is_given(cell, shell):
    cell('spark.range(3).write.json("/out")')
    cell('spark.range(2).write.mode("append").save("dbfs:/out", format="json")')
    assert cell('spark.read.schema("id long").json("/dbfs/out").count()') == 5
    assert cell('spark.read.format("json").option("path", "/out").load().count()') == 5
    assert cell('spark.read.load(["/out"], format="json").count()') == 5
    assert cell('spark.sql("SELECT * FROM json.`/out`").count()') == 5
    assert cell("spark.read.json(sc.parallelize(['{\"id\": 1}'])).count()") == 1


def test_delta_tables_are_found_by_path_and_by_name(cell):
    cell('spark.range(3).write.save("/out")')
    cell("from delta.tables import DeltaTable")
    assert cell('DeltaTable.isDeltaTable(spark, "/out")') is True
    assert cell('DeltaTable.forPath(spark, "dbfs:/out").toDF().count()') == 3
    cell("%sql CREATE OR REPLACE TABLE main.default.numbers AS SELECT * FROM delta.`/out`")
    assert cell('DeltaTable.forName(spark, "main.default.numbers").toDF().count()') == 3
    assert cell('spark.table("hive_metastore.default.numbers").count()') == 3
    assert cell('spark.read.table("main.default.numbers").count()') == 3
    assert cell('spark.catalog.tableExists("main.default.numbers")') is True
    cell('spark.range(1).write.insertInto("main.default.numbers")')
    cell('spark.range(1).write.mode("append").saveAsTable("main.default.numbers")')
    cell('spark.range(1).writeTo("main.default.numbers").append()')
    cell('DeltaTable.createIfNotExists(spark).location("/built").addColumn("id", "INT").execute()')
    assert cell('DeltaTable.isDeltaTable(spark, "/built")') is True
    assert cell('table("numbers").count()') == 6


def test_a_stream_does_not_see_a_file_before_it_is_closed(cell):
    cell(LAND)
    cell('land("a", {"id": 1})')
    cell(TO_TABLE)
    cell('file = open("/dbfs/in/b.json", "w"); file.write(json.dumps({"id": 2}) + "\\n"); file.flush()')
    cell("query.processAllAvailable()")
    assert cell('spark.table("landed").count()') == 1
    cell("file.close(); query.processAllAvailable()")
    assert cell('spark.table("landed").count()') == 2


def test_a_stream_into_a_table_has_its_name_and_its_table_is_there_at_once(cell):
    cell(LAND)
    cell('land("a", {"id": 1})')
    cell(TO_TABLE)
    assert cell('spark.catalog.tableExists("landed")') is True
    assert cell('spark.readStream.table("main.default.landed").columns') == ["id", "_rescued_data"]
    assert cell("query.name") == "landed"
    assert "stream landed: running" in cell("get_ipython().display_formatter.format(query)[0]['text/plain']")


def test_a_cell_that_starts_a_stream_again_goes_on_from_its_checkpoint_under_its_name(cell):
    cell(LAND)
    cell('land("a", {"id": 1})')
    cell(TO_TABLE)
    cell('first = query\nland("b", {"id": 2})')
    cell(TO_TABLE.splitlines()[-1])
    cell("query.processAllAvailable()")
    assert cell("[q.name for q in spark.streams.active]") == ["landed"]
    assert cell("first.isActive") is False
    assert cell('spark.table("landed").count()') == 2


def test_auto_loader_takes_options_in_any_order_and_shows_its_files_in_sql(cell):
    cell(LAND)
    cell('land("a", {"id": 1}); land("b", {"id": 2})')
    cell('given = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": "/schema"}')
    cell('rows = spark.readStream.options(**given).load("/in", format="cloudFiles", pathGlobFilter="a*")')
    cell(
        'fixed = spark.readStream.option("cloudFiles.format", "json").option("path", "/in").schema("id int")'
    )
    assert cell('fixed.format("cloudFiles").load().columns') == ["id"]
    cell('query = rows.writeStream.trigger(once=True).option("checkpointLocation", "/c").start("/out")')
    cell("query.awaitTermination()")
    assert cell("spark.read.load('/out').count()") == 1
    (state,) = cell("spark.sql(\"SELECT path, state FROM cloud_files_state('/c')\").collect()")
    assert state.path.endswith("/dbfs/in/a.json") and state.state == "processed"


def test_a_batch_of_cloud_files_is_refused(cell):
    with pytest.raises(NotOnALaptopError, match="readStream"):
        cell('spark.read.format("cloudFiles").load("/in")')


def test_a_stream_is_shown_as_a_table_and_the_same_stream_is_not_started_twice(cell, shown, spark_of):
    cell('spark.range(2).write.mode("overwrite").saveAsTable("source")')
    text = 'display(spark.readStream.table("source"))'
    cell(text)
    cell('spark.range(2, 3).write.mode("append").saveAsTable("source")')
    cell(text)
    assert [line for line in shown[1].splitlines() if line.strip().isdigit()] == ["0", "1", "2"] or (
        sorted(line.strip() for line in shown[1].splitlines()[2:5]) == ["0", "1", "2"]
    )
    assert "Run the cell again to refresh" in shown[1]
    (query,) = spark_of().streams.active
    assert query.name.startswith("display_query_") and query.name in shown[1]


def test_sums_over_a_stream_are_shown_whole(cell, shown):
    cell('spark.range(4).write.mode("overwrite").saveAsTable("source")')
    cell('spark.readStream.table("source").groupBy().count().display()')
    assert shown[0].splitlines()[2].strip() == "4"


def test_at_most_1000_rows_are_shown_and_it_says_so(cell, shown):
    cell("spark.range(1001).display()")
    assert "The first 1000 rows; there are more." in shown[0]
    assert len(shown[0].splitlines()) == 1003


def test_frames_of_pandas_and_lists_of_rows_are_shown_as_tables(cell, shown):
    pytest.importorskip("pandas")
    cell('import pandas as pd; display(pd.DataFrame({"a": [1]})); display(spark.range(1).collect())')
    cell('display([{"a": 1}, {"a": 2}]); display("a text")')
    assert [text.split()[0] for text in shown] == ["a", "id", "a", "'a"]


def test_a_table_escapes_what_stands_in_the_data():
    assert "<script>" not in ResultTable(["<script>"], [["<script>"]], note="<script>")._repr_html_()


def test_sql_cells_run_statement_by_statement_and_keep_the_last_result(cell, shown):
    cell("%sql\nCREATE OR REPLACE TEMP VIEW two AS SELECT 2 AS n; -- a view; of two\nSELECT n FROM two;")
    assert shown[0].split() == ["n", "-", "2"]
    assert cell("_sqldf.first().n") == 2
    cell("%%sql\nSELECT 'a;b' AS text")
    assert "a;b" in shown[1]
    cell('dbutils.widgets.text("n", "7")')
    cell("%sql SELECT :n AS given")
    assert shown[2].split() == ["given", "-----", "7"]


def test_the_other_magics_of_databricks(cell, shown, capsys):
    cell("%fs mkdirs /in")
    cell("%fs ls /")
    assert "dbfs:/in/" in shown[0]
    cell("%fs put /in/a.txt 12345")
    cell("%fs head /in/a.txt 3")
    cell("%fs rm -r /in")
    assert cell("dbutils.fs.ls('/')") == []
    assert "\n123\n" in capsys.readouterr().out
    cell("%md\n# Title")
    assert shown[1] == "# Title"
    cell("%python\nfrom_cell = 5")
    cell("%%python\nfrom_cell += 1")
    assert cell("from_cell") == 6
    cell("%sh\necho from the shell")
    assert "from the shell" in capsys.readouterr().out
    for language in ("scala", "r"):
        with pytest.raises(NotOnALaptopError, match="%%python"):
            cell(f"%{language}\nval x = 1")


def test_run_takes_over_the_names_of_a_notebook_beside_this_one(cell, tmp_path, monkeypatch, shell):
    (tmp_path / "inner.ipynb").write_text(
        json.dumps(
            {"cells": [{"cell_type": "code", "source": "%sql CREATE OR REPLACE TEMP VIEW v AS SELECT 1"}]}
        )
    )
    (tmp_path / "outer.py").write_text(
        "# Databricks notebook source\n# MAGIC %run ./inner\n\n# COMMAND ----------\n\n"
        'dbutils.widgets.text("who", "nobody")\ngreeting = "hello " + dbutils.widgets.get("who")\n'
    )
    cell(f'%run {tmp_path}/outer $who="you"')
    assert cell("greeting") == "hello you"
    assert cell('spark.table("v").count()') == 1


def test_a_parameter_of_run_is_no_variable_of_the_notebook(cell, tmp_path):
    (tmp_path / "inner.py").write_text(
        '# Databricks notebook source\ndbutils.widgets.text("day", "none")\nday = getArgument("day")\n'
    )
    cell('day = "Sunday"')
    for given in ("Monday", "Friday"):
        cell(f'%run {tmp_path}/inner $day="{given}"')
        assert cell("day") == given


def test_a_variable_of_the_notebook_stays_out_of_sql(cell, shown):
    cell('x = "a variable"')
    cell("y = 1\n%sql SELECT '$x {x}' AS text")
    assert "$x {x}" in shown[0]


def test_an_exit_ends_a_cell_with_its_value_and_no_except_swallows_it(cell, capsys):
    with pytest.raises(NotebookExit, match="done"):
        cell('try:\n    dbutils.notebook.exit("done")\nexcept Exception:\n    pass')
    assert capsys.readouterr().out.strip() == "Notebook exited: done"


def test_another_notebook_runs_with_names_and_widgets_of_its_own(cell, tmp_path):
    source = "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(
        [
            "inner, outer = 1, 'changed'",
            "dbutils.widgets.text('weekday', 'Monday')",
            "spark.range(3).createOrReplaceTempView('made_inside')",
            "%sql SELECT * FROM made_inside",
            "dbutils.notebook.exit(f\"{dbutils.widgets.get('weekday')} {_sqldf.count()}\")",
            "1 / 0",
        ]
    )
    (tmp_path / "other.py").write_text(source)
    cell("outer = 'mine'; dbutils.widgets.text('weekday', 'Sunday')")
    place = f"{tmp_path}/other"
    assert cell(f"dbutils.notebook.run({place!r}, 60, {{'weekday': 'Friday'}})") == "Friday 3"
    assert cell("outer, 'inner' in globals(), dbutils.widgets.get('weekday')") == ("mine", False, "Sunday")
    assert cell("spark.table('made_inside').count()") == 3
    (tmp_path / "broken.py").write_text("# Databricks notebook source\nraise KeyError('inside')")
    with pytest.raises(KeyError, match="inside"):
        cell(f"dbutils.notebook.run('{tmp_path}/broken', 60)")
    assert cell("outer, dbutils.widgets.get('weekday')") == ("mine", "Sunday")
    with pytest.raises(NotebookFileError):
        cell("dbutils.notebook.run('./no_such', 60)")
    cell("dbutils.widgets.removeAll()")


def test_what_is_refused_names_what_works(cell):
    for text in ('dbutils.secrets.get("a", "b")', "dbutils.jobs.taskValues", "dbutils.fs.mounts()"):
        with pytest.raises(NotOnALaptopError):
            cell(text)
    with pytest.raises(NotOnALaptopError, match=r"dbutils\.help"):
        cell("dbutils.unheard.of()")
    with pytest.raises(WidgetError):
        cell('dbutils.widgets.get("never")')
    with pytest.raises(DbfsFileNotFoundError):
        cell('dbutils.fs.ls("/never")')


def test_help_lists_what_is_refused_and_what_differs(cell, capsys):
    cell("dbutils.help(); dbutils.fs.help(); dbutils.widgets.help(); dbutils.notebook.help()")
    text = capsys.readouterr().out
    for name in ("dbutils.secrets", "%scala", "read_files", "dbutils.fs.ls: Return what is in a folder"):
        assert name in text


def test_a_database_lies_in_the_workspace_and_is_there_again_after_a_restart(cell, shell):
    cell('spark.sql("USE CATALOG main"); spark.sql("CREATE DATABASE IF NOT EXISTS kept")')
    cell(
        'spark.range(3).write.mode("overwrite").saveAsTable("kept.numbers"); dbutils.fs.put("/kept.txt", "x")'
    )
    place = cell('spark.sql("DESCRIBE DATABASE kept").where("info_name = \'Location\'").first().info_value')
    assert place == "dbfs:/user/hive/warehouse/kept.db"
    shell.extension_manager.reload_extension(EXTENSION)
    assert cell('spark.table("main.kept.numbers").count()') == 3
    assert cell('dbutils.fs.head("/kept.txt")') == "x"
    cell('spark.sql("DROP DATABASE kept CASCADE")')


def test_unloading_puts_everything_back(shell):
    magics = shell.magics_manager.magics
    assert attributes() != ORIGINAL
    shell.extension_manager.unload_extension(EXTENSION)
    try:
        assert attributes() == ORIGINAL
        assert not any(name in shell.user_ns for name in NAMES)
        assert "sql" not in magics["line"] and "fs" not in magics["cell"]
        assert magics["line"]["run"].__self__.__class__.__name__ == "ExecutionMagics"
        assert shell.transform_cell("%sql SELECT 1").strip().startswith("get_ipython().run_line_magic('sql'")
        assert SparkSession.getActiveSession() is None
    finally:
        shell.extension_manager.load_extension(EXTENSION)
    shell.run_cell("spark.range(1).count()").raise_error()


def test_every_error_of_the_notebook_says_what_to_do_next(cell):
    with pytest.raises(MedallionLabError) as caught:
        cell('dbutils.fs.rm("/../..", True)')
    assert caught.value.next_step
