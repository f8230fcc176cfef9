"""A shell with the extension loaded, on real Spark, once for each file of tests."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from pyspark.sql import SparkSession
from traitlets.config import Config

from medallion_lab.databricks.paths import Dbfs
from medallion_lab.runtime.session import stop_session
from medallion_lab.runtime.workspace import Workspace

EXTENSION = "medallion_lab.databricks"


def stop_other_sparks():
    if session := SparkSession.getActiveSession():
        stop_session(session)


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    stop_other_sparks()
    config = Config()
    config.HistoryManager.enabled = False
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MEDALLION_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        shell = InteractiveShell.instance(config=config, ipython_dir=str(tmp_path_factory.mktemp("ipython")))
        shell.extension_manager.load_extension(EXTENSION)
        yield shell
        shell.extension_manager.unload_extension(EXTENSION)
        shell.restore_sys_module_state()
        InteractiveShell.clear_instance()


@pytest.fixture
def cell(shell):
    """Run a cell and return its value; an error in it is raised here. DBFS is empty at the start."""
    shell.user_ns["dbutils"].fs.rm("/", True)

    def run(text):
        result = shell.run_cell(text)
        result.raise_error()
        return result.result

    yield run
    for query in shell.user_ns["spark"].streams.active:
        query.stop()


@pytest.fixture
def workspace(home):
    workspace = Workspace("notebook")
    yield workspace
    workspace.close()


@pytest.fixture
def dbfs(workspace):
    return Dbfs(workspace)
