import pytest

from medallion_lab.observe.delta_log import DeltaLog


@pytest.fixture
def numbers(lab):
    """A table of five rows in one file, and its log."""
    lab.spark.range(5).coalesce(1).write.saveAsTable("numbers_tbl")
    return DeltaLog(lab.workspace.tables / "numbers_tbl")


def counted(lab, version):
    return lab.spark.sql(f"SELECT count(*) FROM numbers_tbl VERSION AS OF {version}").first()[0]


def held(lab, log):
    """Return what the files hold, read as mere Parquet."""
    files = [str(file) for file in log.files]
    return sorted(row.id for row in lab.spark.read.parquet(*files).collect())


def test_the_log_alone_says_how_many_rows_each_version_has(lab, numbers):
    lab.spark.sql("INSERT INTO numbers_tbl VALUES (5), (6)")
    lab.spark.sql("UPDATE numbers_tbl SET id = 70 WHERE id = 1")
    lab.spark.sql("DELETE FROM numbers_tbl WHERE id < 3")
    lab.spark.sql("""
        MERGE INTO numbers_tbl AS old USING (SELECT explode(array(3, 100)) AS id) AS new ON old.id = new.id
        WHEN MATCHED THEN UPDATE SET id = 30 WHEN NOT MATCHED THEN INSERT *""")
    lab.spark.sql("INSERT OVERWRITE numbers_tbl VALUES (1)")
    assert numbers.advance()
    assert [commit.rows for commit in numbers.commits] == [counted(lab, version) for version in range(6)]


def test_rows_that_are_marked_as_deleted_do_not_count(lab, numbers):
    lab.spark.sql("ALTER TABLE numbers_tbl SET TBLPROPERTIES ('delta.enableDeletionVectors' = true)")
    lab.spark.sql("DELETE FROM numbers_tbl WHERE id = 3")
    lab.spark.sql("DELETE FROM numbers_tbl WHERE id = 4")
    numbers.advance()
    assert [commit.rows for commit in numbers.commits][-2:] == [4, 3]
    assert numbers.has_marked_rows
    assert held(lab, numbers) == list(range(5)), "the file still holds all five"


def test_the_files_of_the_newest_version_hold_its_rows_and_no_others(lab, numbers):
    lab.spark.sql("INSERT INTO numbers_tbl VALUES (5), (6)")
    lab.spark.sql("DELETE FROM numbers_tbl WHERE id < 3")
    numbers.advance()
    assert held(lab, numbers) == [3, 4, 5, 6]
    assert not numbers.has_marked_rows
    lab.spark.sql("DELETE FROM numbers_tbl WHERE id < 5")
    assert numbers.advance()
    assert held(lab, numbers) == [5, 6]


def test_rows_written_are_those_inserted_or_updated_not_those_carried_along(lab, numbers):
    lab.spark.sql("""
        MERGE INTO numbers_tbl AS old USING (SELECT explode(array(3, 100)) AS id) AS new ON old.id = new.id
        WHEN MATCHED THEN UPDATE SET id = 30 WHEN NOT MATCHED THEN INSERT *""")
    numbers.advance()
    assert (numbers.commits[-1].operation, numbers.commits[-1].rows_written) == ("MERGE", 2)


def test_a_version_is_read_once_and_a_table_that_is_not_there_has_none(lab, numbers):
    assert numbers.advance()
    assert not numbers.advance()
    missing = DeltaLog(lab.workspace.tables / "none_tbl")
    assert not missing.advance()
    assert (missing.rows_at(0), missing.version_at(2**62)) == (0, None)


def test_a_table_made_anew_under_the_same_name_is_read_from_its_beginning(lab, numbers):
    lab.spark.sql("INSERT INTO numbers_tbl VALUES (5), (6)")
    numbers.advance()
    lab.spark.sql("DROP TABLE numbers_tbl")
    lab.spark.range(2).coalesce(1).write.saveAsTable("numbers_tbl")
    assert numbers.advance()
    assert [commit.rows for commit in numbers.commits] == [2]


def test_a_log_whose_beginning_was_removed_says_that_nobody_knows(lab, numbers):
    lab.spark.sql("INSERT INTO numbers_tbl VALUES (5)")
    (lab.workspace.tables / "numbers_tbl" / "_delta_log" / f"{0:020}.json").unlink()
    numbers.advance()
    assert [(commit.version, commit.rows) for commit in numbers.commits] == [(1, None)]
