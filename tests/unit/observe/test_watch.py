import shutil
import threading

import pytest
from pyspark.errors import StreamingQueryException

from medallion_lab.errors import LandingNotFoundError
from medallion_lab.observe.watch import Watch

ERROR = LandingNotFoundError(got="a folder that is gone", needed="the folder", next_step="make it")


@pytest.fixture
def watch():
    watch = Watch()
    yield watch
    watch.close()
    assert "watch" not in [thread.name for thread in threading.enumerate()]


@pytest.fixture
def query(spark):
    query = spark.readStream.format("rate").load().writeStream.format("noop").queryName("rate").start()
    yield query
    query.stop()


def delete(folder):
    shutil.rmtree(folder)


def rename(folder):
    folder.rename(folder.with_name("elsewhere"))


def replace(folder):
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("slip", [delete, rename, replace])
def test_a_stream_ends_with_one_clear_error_when_what_it_needs_is_taken_away(watch, query, tmp_path, slip):
    folder = tmp_path / "needed"
    folder.mkdir()
    watch.follow(query, [(tmp_path, ERROR), (folder, ERROR)])
    slip(folder)
    with pytest.raises(StreamingQueryException) as raised:
        query.awaitTermination(60)
    text = f"medallion_lab.errors.LandingNotFoundError: {ERROR}"
    assert str(raised.value).startswith(text)
    assert str(query.exception()).startswith(text)
    with pytest.raises(StreamingQueryException, match="a folder that is gone"):
        query.processAllAvailable()
    assert not query.isActive


def test_a_stream_that_was_stopped_has_not_failed(watch, query, tmp_path):
    folder = tmp_path / "needed"
    folder.mkdir()
    watch.follow(query, [(folder, ERROR)])
    query.stop()
    delete(folder)
    watch.close()
    assert query.exception() is None


def test_a_stream_that_starts_again_needs_what_is_there_now(watch, query, tmp_path):
    folder = tmp_path / "needed"
    folder.mkdir()
    watch.follow(query, [(folder, ERROR)])
    watch.follow(query, [(tmp_path, ERROR)])
    delete(folder)
    query.awaitTermination(1)
    assert query.isActive
