from medallion_lab.autoloader import evolution
from tests.unit.autoloader.loading import land


def test_a_stream_that_has_ended_is_let_go(load, landing):
    """A query that Python holds keeps megabytes of the JVM's memory; many of them filled it."""
    land(landing, "a.json", {"id": "1"})
    stream = load(schema="id string")
    assert stream.run() is None
    evolution.settle()
    assert [run for run in evolution._runs.values() if run.checkpoint == stream.checkpoint]
    assert all(run.query is None for run in evolution._runs.values())
