import pytest

from medallion_lab.databricks.fs import FileSystem
from medallion_lab.errors import DbfsFileNotFoundError, DbfsPathError, NotOnALaptopError


@pytest.fixture
def fs(dbfs):
    return FileSystem(dbfs)


def names(fs, path):
    return [entry.name for entry in fs.ls(path)]


def test_a_listing_has_paths_sizes_and_folders_that_end_with_a_slash(fs):
    fs.put("/in/b.txt", "four")
    fs.mkdirs("/in/a")
    folder, file = fs.ls("dbfs:/in")
    assert (folder.path, folder.name, folder.size) == ("dbfs:/in/a/", "a/", 0)
    assert (file.path, file.name, file.size) == ("dbfs:/in/b.txt", "b.txt", 4)
    assert file.modificationTime > 1_700_000_000_000
    assert folder.isDir() and file.isFile()


def test_a_listing_of_a_file_is_the_file(fs):
    fs.put("/b.txt", "four")
    assert names(fs, "/b.txt") == ["b.txt"]


def test_a_missing_folder_is_a_file_not_found_error_as_on_databricks(fs):
    with pytest.raises(FileNotFoundError, match=r"java.io.FileNotFoundException: /no, "):
        fs.ls("/no")


def test_put_refuses_to_overwrite_unless_asked(fs, capsys):
    fs.put("/a.txt", "one")
    with pytest.raises(DbfsPathError, match="overwrite=True"):
        fs.put("/a.txt", "two")
    fs.put("/a.txt", "zwölf", overwrite=True)
    assert fs.head("/a.txt") == "zwölf"
    assert capsys.readouterr().out == "Wrote 3 bytes.\nWrote 6 bytes.\n"


def test_head_returns_so_many_bytes_and_says_when_there_are_more(fs, capsys):
    fs.put("/a.txt", "x" * 70_000)
    assert len(fs.head("/a.txt")) == 65_536
    assert fs.head("/a.txt", 3) == "xxx"
    assert "[Truncated to first 3 bytes]" in capsys.readouterr().out


def test_rm_says_whether_something_was_removed(fs):
    fs.put("/a.txt", "one")
    assert fs.rm("/a.txt") is True
    assert fs.rm("/a.txt") is False
    assert fs.rm("/never/was", True) is False


def test_rm_of_a_folder_that_holds_something_needs_recurse(fs):
    fs.put("/in/a.txt", "one")
    with pytest.raises(DbfsPathError, match="not empty"):
        fs.rm("/in")
    assert fs.rm("/in", True) is True
    assert names(fs, "/") == []


@pytest.mark.parametrize("root", ["/", "dbfs:/", "/dbfs", "/dbfs/"])
def test_rm_of_the_root_empties_dbfs_and_nothing_else(fs, workspace, root):
    (workspace.landing / "order.json").write_text("{}")
    fs.put("/in/a.txt", "one")
    assert fs.rm(root, True) is True
    assert names(fs, "/") == []
    assert (workspace.landing / "order.json").exists()
    with pytest.raises(DbfsPathError):
        fs.rm("/../..", True)


def test_a_link_is_removed_and_not_what_it_leads_to(fs, dbfs, workspace):
    (workspace.landing / "order.json").write_text("{}")
    fs.mkdirs("/in")
    (dbfs.root / "in" / "link").symlink_to(workspace.landing)
    fs.rm("/in", True)
    assert (workspace.landing / "order.json").exists()


def test_a_file_is_copied_and_moved_also_into_a_folder(fs):
    fs.put("/a.txt", "one")
    fs.mkdirs("/out")
    fs.cp("/a.txt", "/out")
    fs.mv("/a.txt", "/out/b.txt")
    assert names(fs, "/") == ["out/"]
    assert names(fs, "/out") == ["a.txt", "b.txt"]


def test_a_folder_is_copied_and_moved_only_with_recurse(fs):
    fs.put("/in/deep/a.txt", "one")
    for way in (fs.cp, fs.mv):
        with pytest.raises(DbfsPathError, match="recurse=True"):
            way("/in", "/out")
    fs.cp("/in", "/copy", True)
    fs.mv("/in", "/moved", True)
    assert names(fs, "/") == ["copy/", "moved/"]
    assert fs.head("/copy/deep/a.txt") == fs.head("/moved/deep/a.txt") == "one"


def test_a_folder_is_not_copied_into_itself(fs):
    fs.put("/in/a.txt", "one")
    with pytest.raises(DbfsPathError, match="inside"):
        fs.cp("/in", "/in", True)


def test_checksums_and_drafts_are_not_listed_and_a_stale_checksum_goes(fs, dbfs):
    fs.put("/a.txt", "one")
    (dbfs.root / ".a.txt.crc").write_text("of other bytes")
    (dbfs.root / ".b.txt.12345678.draft").write_text("half")
    assert names(fs, "/") == ["a.txt"]
    fs.put("/a.txt", "two", True)
    assert not (dbfs.root / ".a.txt.crc").exists()


def test_mounting_is_refused_with_what_works(fs):
    with pytest.raises(NotOnALaptopError, match=r"dbutils\.fs\.cp"):
        fs.mount("s3a://bucket", "/mnt/x")


@pytest.mark.parametrize("path", ["/databricks-datasets", "dbfs:/mnt/raw/x", "s3://somebody/data/"])
def test_what_databricks_fills_is_told_to_be_empty_here(fs, path):
    with pytest.raises(DbfsFileNotFoundError, match="filled on Databricks"):
        fs.ls(path)
