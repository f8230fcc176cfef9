import pytest

from medallion_lab.databricks.paths import Dbfs
from medallion_lab.errors import DbfsPathError
from medallion_lab.runtime.workspace import Workspace


@pytest.mark.parametrize(
    "path",
    [
        "/sales/a.json",
        "dbfs:/sales/a.json",
        "dbfs:///sales/a.json",
        "/dbfs/sales/a.json",
        "file:/dbfs/sales/a.json",
        "sales/a.json",
    ],
)
def test_every_way_to_write_a_path_leads_to_the_same_file(dbfs, path):
    assert dbfs.locate(path) == dbfs.root / "sales" / "a.json"


def test_a_volume_is_a_folder_of_dbfs(dbfs):
    assert dbfs.locate("/Volumes/main/sales/in") == dbfs.root / "Volumes" / "main" / "sales" / "in"


def test_a_folder_whose_name_begins_with_dbfs_is_not_cut(dbfs):
    assert dbfs.locate("/dbfs_copy/a") == dbfs.root / "dbfs_copy" / "a"


def test_a_real_path_inside_the_workspace_stays_what_it_is(dbfs, workspace):
    assert dbfs.for_spark(str(workspace.tables / "orders"), writes=True) == str(workspace.tables / "orders")
    assert dbfs.locate(f"file:{workspace.landing}") == workspace.landing


@pytest.mark.parametrize(
    "path",
    [
        "/../x",
        "dbfs:/a/../../x",
        "/dbfs/../x",
        "/a/../../../../../../etc/passwd",
        "/{a,../../../etc}/*",
        "../x",
    ],
)
def test_dots_do_not_lead_out(dbfs, path):
    with pytest.raises(DbfsPathError, match="leads out of the workspace"):
        dbfs.locate(path)


def test_dots_inside_are_fine(dbfs):
    assert dbfs.locate("/a/../b") == dbfs.root / "b"


def test_a_link_does_not_lead_out(dbfs, tmp_path):
    (dbfs.root / "link").symlink_to(tmp_path)
    with pytest.raises(DbfsPathError, match="leads out"):
        dbfs.locate("/link/x")


def test_spark_may_read_a_file_of_this_machine_and_not_write_it(dbfs):
    assert dbfs.for_spark("file:/data/x.csv", writes=False) == "file:/data/x.csv"
    with pytest.raises(DbfsPathError):
        dbfs.for_spark("file:/data/x.csv", writes=True)


@pytest.mark.parametrize("address", ["s3://bucket/x", "s3a://bucket/x", "S3n://bucket//x"])
def test_an_address_in_a_cloud_is_a_folder_of_the_workspace(dbfs, capsys, address):
    assert dbfs.for_spark(address, writes=True) == f"{dbfs.root}/cloud/s3/bucket/x"
    assert dbfs.address(dbfs.locate(address)) == "s3://bucket/x"
    assert capsys.readouterr().out.count("Note: ") == 1


def test_dots_do_not_lead_out_of_a_cloud_or_the_warehouse(dbfs):
    for path in ("s3://bucket/../../../../x", "/user/hive/warehouse/../../../../x"):
        with pytest.raises(DbfsPathError, match="leads out"):
            dbfs.locate(path)


def test_an_address_in_a_network_is_refused(dbfs):
    with pytest.raises(DbfsPathError, match="network"):
        dbfs.for_spark("https://host/x", writes=False)


def test_managed_tables_are_in_the_warehouse(dbfs, workspace):
    assert dbfs.locate("dbfs:/user/hive/warehouse/t") == workspace.tables.resolve() / "t"
    assert dbfs.locate("/user/hive/warehouse/medallion.db/t") == workspace.tables.resolve() / "t"
    assert dbfs.locate("/user/hive/warehouse/sales.db/t") == workspace.tables.resolve() / "sales.db" / "t"
    assert dbfs.address(dbfs.locate("/user/hive/warehouse/t")) == "dbfs:/user/hive/warehouse/t"


def test_a_home_behind_a_link_is_inside_by_both_of_its_names(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    workspace = Workspace("notebook", home=tmp_path / "link")
    try:
        found = Dbfs(workspace).locate(workspace.tables / "orders")
        assert found == tmp_path.resolve() / "real" / "notebook" / "tables" / "orders"
    finally:
        workspace.close()


def test_patterns_stay_patterns(dbfs):
    assert dbfs.for_spark("/in/day=*/[ab].json", writes=False) == f"{dbfs.root}/in/day=*/[ab].json"


def test_the_address_of_a_file_is_the_path_that_was_written(dbfs):
    assert dbfs.address(dbfs.locate("/a/b")) == "dbfs:/a/b"
    assert dbfs.address(dbfs.root) == "dbfs:/"
