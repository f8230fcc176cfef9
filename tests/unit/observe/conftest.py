import pytest

from medallion_lab.runtime.workspace import DATABASE, Workspace
from tests.unit.observe.tables import HandMadeTables


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace("test", home=tmp_path / "home")
    yield workspace
    workspace.close()


@pytest.fixture
def tables(spark, workspace):
    """The small shop of ``tables.py``: its files have landed, and no table exists yet."""
    tables = HandMadeTables(spark, workspace)
    spark.sql(f"DROP DATABASE IF EXISTS {DATABASE} CASCADE")
    spark.sql(f"CREATE DATABASE {DATABASE} LOCATION '{workspace.tables}'")
    yield tables
    spark.sql(f"DROP DATABASE {DATABASE} CASCADE")
