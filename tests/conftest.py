"""What every test may use: one Spark for the whole run, and workspaces in temporary folders."""

import pytest
from hypothesis import HealthCheck, settings

from medallion_lab import open_lab
from medallion_lab.runtime.session import start_session, stop_jvm

# Each example runs on real Spark: few of them, and no deadline for a busy machine to miss. The examples
# share one session, and none of them changes it.
settings.register_profile(
    "spark",
    max_examples=10,
    deadline=None,
    # The same examples in each run: what CI says today it says tomorrow.
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("spark")


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture
def spark(spark_folder):
    """The run's Spark. A test of the lab may stop it; the next test starts it again in the same JVM."""
    return start_session(warehouse=spark_folder / "warehouse", log_file=spark_folder / "spark.log")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty home for workspaces, outside the reader's own."""
    monkeypatch.setenv("MEDALLION_LAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def lab(home):
    with open_lab("test") as lab:
        yield lab


@pytest.fixture(scope="session", autouse=True)
def end_the_jvm():
    yield
    stop_jvm()
