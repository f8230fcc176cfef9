import pytest

from tests.unit.autoloader.loading import Load


@pytest.fixture(autouse=True)
def types_can_be_read(spark):
    """Reading a type from text takes a running Spark."""


@pytest.fixture
def landing(tmp_path):
    (tmp_path / "landing").mkdir()
    return tmp_path / "landing"


@pytest.fixture
def load(spark, landing, tmp_path):
    """Make a stream over ``landing``; options are given with __ for the point in their names."""
    made = []

    def make(schema=None, **options):
        named = {name.replace("__", "."): value for name, value in options.items()}
        place = tmp_path / f"stream_{len(made)}"
        made.append(Load(spark, landing, place, named, schema))
        return made[-1]

    return make
