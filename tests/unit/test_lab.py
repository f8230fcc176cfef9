import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from medallion_lab import open_lab
from medallion_lab.errors import (
    BrokenTableError,
    ForeignFolderError,
    StreamNotFoundError,
    WorkspaceInUseError,
    WorkspaceMovedError,
)
from medallion_lab.observe.streams import list_streams, stop_all, wait_until_caught_up


def test_a_lab_opens_with_the_reference_tables_in_place(lab):
    assert sorted(table.name for table in lab.spark.catalog.listTables("medallion")) == [
        "customers",
        "products",
    ]
    assert lab.spark.table("customers").count() == 15
    assert lab.spark.table("products").count() == 12
    assert lab.spark.sql("SELECT region FROM customers WHERE customer_id = 15").first().region == "East"
    assert (
        lab.spark.sql("SELECT unit_price FROM products WHERE product_name = 'Tablet'").first().unit_price
        == 300
    )


RUN_AND_COUNT_WORKERS = """
import psutil
from medallion_lab import open_lab
with open_lab("test") as lab:
    lab.shop.land(3)
    lab.start_pipeline(available_now=True)
    names = [child.name() for child in psutil.Process().children(recursive=True)]
    print("java" in names, any(name.startswith("python") for name in names))
"""


def test_a_row_passes_the_layers_without_a_python_worker(home):
    run = subprocess.run([sys.executable, "-c", RUN_AND_COUNT_WORKERS], capture_output=True, text=True)
    assert run.stdout == "True False\n", run.stderr


def test_a_python_worker_is_this_python(spark):
    (version,) = spark.sparkContext.parallelize([0], 1).map(lambda _: sys.version).collect()
    assert version == sys.version


def test_a_lab_that_is_opened_twice_in_one_kernel_starts_afresh(home):
    first = open_lab("test")
    first.shop.land(3)
    first.start_pipeline()
    with open_lab("test") as second:
        assert not first.is_open
        assert list_streams(second.spark) == []
        assert second.shop.files() == []
        assert second.spark.catalog.tableExists("bronze_sales_tbl") is False


def test_opening_another_lab_leaves_the_tables_of_the_first_on_disk(home):
    with open_lab("first") as first:
        first.spark.range(5).write.saveAsTable("numbers")
    with open_lab("second") as second:
        assert not second.spark.catalog.tableExists("numbers")
    with open_lab("first", fresh=False) as first:
        assert first.spark.table("numbers").count() == 5


def test_a_lab_that_cannot_open_leaves_nothing_behind_for_the_next(home):
    with open_lab("first") as first:
        broken = first.workspace.tables / "broken" / "_delta_log"
        broken.mkdir(parents=True)
        (broken / f"{0:020}.json").write_text("no log")
    with pytest.raises(BrokenTableError, match="the table broken"):
        open_lab("first", fresh=False)
    with open_lab("second") as second:
        second.spark.range(5).write.saveAsTable("numbers")
        assert (second.workspace.tables / "numbers" / "_delta_log").is_dir()


def test_closing_twice_is_fine(lab):
    lab.close()
    lab.close()
    assert repr(lab) == "Lab('test', seed=7, closed)"


def test_a_foreign_folder_is_refused_before_anything_starts(home):
    (home / "photos").mkdir(parents=True)
    (home / "photos" / "holiday.jpg").write_text("precious")
    with pytest.raises(ForeignFolderError):
        open_lab("photos")
    assert (home / "photos" / "holiday.jpg").read_text() == "precious"


OPEN_TOO = "from medallion_lab import open_lab; open_lab('test')"


def test_a_second_kernel_on_the_workspace_is_refused_and_the_first_goes_on(lab):
    lab.shop.land(3)
    run = subprocess.run([sys.executable, "-c", OPEN_TOO], capture_output=True, text=True)
    assert run.returncode == 1
    assert WorkspaceInUseError.__name__ in run.stderr
    assert "Next: shut that program down" in run.stderr
    assert len(lab.shop.files()) == 1


def test_a_moved_workspace_is_refused_and_goes_on_where_it_was_made(home, monkeypatch, tmp_path):
    with open_lab("test") as lab:
        lab.shop.land(3)
        lab.start_pipeline(available_now=True)
    shutil.move(home, tmp_path / "elsewhere")
    with monkeypatch.context() as patch:
        patch.setenv("MEDALLION_LAB_HOME", str(tmp_path / "elsewhere"))
        with pytest.raises(WorkspaceMovedError, match=f"made in {home / 'test'}"):
            open_lab("test", fresh=False)
    shutil.move(tmp_path / "elsewhere", home)
    with open_lab("test", fresh=False) as lab:
        lab.start_pipeline(available_now=True)
        assert lab.spark.table("bronze_sales_tbl").count() == 3


def test_a_home_with_spaces_and_quotes_in_its_name_works(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDALLION_LAB_HOME", str(tmp_path / "a reader's own files"))
    with open_lab("test") as lab:
        lab.shop.land(3)
        lab.start_pipeline(available_now=True)
        assert lab.spark.table("bronze_sales_tbl").count() == 3
    with open_lab("test", fresh=False) as lab:
        assert lab.spark.table("gold_sales_tbl").count() > 0


def test_a_table_whose_creation_was_cut_short_is_created_by_the_next_start(home):
    with open_lab("test") as first:
        first.shop.land(5)
        unborn, with_rows = (first.workspace.tables / name for name in ("quarantine_sales_tbl", "mine"))
        for table in (unborn, with_rows):
            (table / "_delta_log" / "_staged_commits").mkdir(parents=True)
            (table / "_delta_log" / f".{0:020}.json.843ec244.tmp").write_text("{}\n")
        (with_rows / "part-00000.snappy.parquet").write_text("rows of somebody")
    with open_lab("test", fresh=False) as second:
        second.start_pipeline(exact=True, available_now=True)
        assert second.spark.table("silver_sales_tbl").count() == 5
        assert second.spark.table("quarantine_sales_tbl").count() == 0
    assert (with_rows / "part-00000.snappy.parquet").read_text() == "rows of somebody"


def test_a_process_that_ends_without_closing_leaves_the_workspace_usable(home):
    code = (
        "from medallion_lab import open_lab; lab = open_lab('test'); lab.shop.land(3); lab.start_pipeline()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
    with open_lab("test", fresh=False) as lab:
        lab.start_pipeline(available_now=True)
        assert lab.spark.table("bronze_sales_tbl").count() == 3


@pytest.mark.parametrize("exact", [False, True])
def test_one_stream_is_started_again_in_the_form_that_the_workspace_has(home, exact):
    with open_lab("test") as lab:
        lab.shop.land(5)
        lab.start_pipeline(exact=exact, available_now=True)
    with open_lab("test", fresh=False) as lab:
        assert lab.is_exact == exact
        lab.shop.land(3)
        wait_until_caught_up(lab.start_stream("bronze"), lab.start_stream("silver"))
        assert lab.spark.table("silver_sales_tbl").count() == 8
        assert [stream.name for stream in list_streams(lab.spark)] == ["bronze", "silver"]


def test_a_stream_that_cannot_be_started_says_what_is_missing(lab):
    with pytest.raises(StreamNotFoundError, match="one of bronze, silver, gold"):
        lab.start_stream("platinum")
    with pytest.raises(StreamNotFoundError, match="silver, which reads bronze_sales_tbl"):
        lab.start_stream("silver")


def test_a_stream_of_ones_own_is_started_again_by_its_name(lab):
    def start():
        rows = lab.spark.readStream.text(str(lab.workspace.landing))
        writer = rows.writeStream.queryName("lines")
        return writer.option("checkpointLocation", str(lab.workspace.checkpoints / "lines")).toTable(
            "lines_tbl"
        )

    lab.shop.land(2)
    wait_until_caught_up(lab.add_stream("lines", start))
    stop_all(lab.spark)
    lab.shop.land(3)
    # In a thread without an active session, as a button's click is answered in JupyterLab.
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(lab.start_stream, "lines").result()
    wait_until_caught_up(again)
    wait_until_caught_up(lab.start_stream("lines"))
    assert lab.spark.table("lines_tbl").count() == 5
    assert [stream.name for stream in list_streams(lab.spark)] == ["lines"]


def test_closing_calls_those_who_asked_for_it_once_before_and_after_the_streams_stop(lab):
    heard = []
    lab.start_pipeline()
    lab.before_close(lambda: heard.append(len(lab.spark.streams.active)))
    lab.after_close(lambda: heard.append("closed"))
    lab.close()
    lab.close()
    assert heard == [3, "closed"]
