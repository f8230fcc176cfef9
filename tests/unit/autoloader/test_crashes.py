"""A process that dies at the worst moment: the next one goes on, and no row is lost or doubled."""

import signal
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medallion_lab import autoloader
from medallion_lab.autoloader import evolution
from tests.unit.autoloader.loading import Load, land

# Runs one stream in a process of its own, which kills itself at a chosen moment.
CHILD = """
    import os, signal, sys, threading, time
    from pathlib import Path

    from medallion_lab import autoloader
    from medallion_lab.autoloader.schema_log import SchemaLog
    from medallion_lab.runtime.session import start_session

    place, moment = Path(sys.argv[1]), sys.argv[2]
    append = SchemaLog.append

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    def append_and_die(self, version, *arguments, **named):
        if version == 1 and moment == "before the version":
            die()
        append(self, version, *arguments, **named)
        if version == 1 and moment == "after the version":
            die()

    def die_between_write_and_commit():
        log = place / "table" / "_delta_log"
        while not any('"epochId":"1"' in path.read_text() for path in log.glob("*.json")):
            time.sleep(0.001)
        die()

    SchemaLog.append = append_and_die
    if moment == "after the write":
        threading.Thread(target=die_between_write_and_commit, daemon=True).start()
    spark = start_session(warehouse=place / "warehouse", log_file=place / "spark.log")
    options = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": str(place / "schema")}
    stream = autoloader.read(spark, place / "landing", options=options)
    writer = stream.writeStream.option("checkpointLocation", str(place / "checkpoint"))
    writer = writer.option("mergeSchema", "true")
    writer.trigger(availableNow=True).start(str(place / "table")).awaitTermination()
"""


class LoadToPath(Load):
    """A load whose table lies in its own folder, where another process can go on with it."""

    def start(self, *, available_now=True):
        writer = self.stream().writeStream.option("checkpointLocation", str(self.checkpoint))
        writer = writer.option("mergeSchema", "true").trigger(availableNow=available_now)
        self.table = f"delta.`{self.place / 'table'}`"
        return writer.start(str(self.place / "table"))


@pytest.fixture
def stream(spark, tmp_path):
    return LoadToPath(spark, tmp_path / "landing", tmp_path, {})


def run_until_killed(place, moment):
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(place), moment],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr


@pytest.mark.parametrize(
    ("moment", "versions", "stops"),
    [("before the version", 1, 1), ("after the version", 2, 0), ("after the write", 2, 0)],
)
def test_a_process_that_is_killed_while_the_schema_evolves_loses_and_doubles_nothing(
    stream, tmp_path, moment, versions, stops
):
    land(stream.landing, "1.json", {"id": "A"})
    assert stream.run() is None
    (
        land(stream.landing, "2.json", {"id": "B", "coupon": 1}),
        land(stream.landing, "3.json", {"id": "C", "gift": 2}),
    )
    if moment == "after the write":
        assert "New fields" in stream.run()
    run_until_killed(tmp_path, moment)
    assert len(stream.versions()) == versions
    assert not (stream.checkpoint / "commits" / "1").exists(), "it died before the micro-batch was committed"
    if moment == "after the write":
        assert len(stream.rows("id")) == 3, "it died after the rows were written"
    assert stream.run_to_the_end() == stops
    assert stream.rows("id", "coupon", "gift") == [("A", None, None), ("B", "1", None), ("C", None, "2")]
    assert len(stream.versions()) == 2


def test_a_program_that_ends_right_after_its_stream_stopped_has_written_the_version(stream, tmp_path):
    land(stream.landing, "1.json", {"id": "A"})
    assert stream.run() is None
    land(stream.landing, "2.json", {"id": "B", "coupon": 1})
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path), "never"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert child.returncode == 1
    assert child.stderr.rstrip().splitlines()[-3].endswith("[UNKNOWN_FIELD_EXCEPTION] New fields: coupon")
    assert [version.new_fields for version in stream.versions()] == [("id",), ("coupon",)]


RECORD = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from([1, 1.5, "x", None, {"y": 1}, [2]])
        for name in ("n", "N", "coupon", "gift", "m")
    },
)
LINE = RECORD | st.just('{"half": ') | st.just("")
STEP = st.one_of(
    st.lists(LINE, min_size=1, max_size=3),
    st.sampled_from(["run", "run", "die before the version", "die before the commit"]),
)


@settings(max_examples=5)
@given(
    steps=st.lists(STEP, min_size=3, max_size=7), types=st.booleans(), form=st.sampled_from(["json", "csv"])
)
def test_after_any_drops_drifts_crashes_and_restarts_every_line_is_in_bronze_once(
    spark, tmp_path_factory, steps, types, form
):
    place = tmp_path_factory.mktemp("any")
    load = Load(
        spark, place / "landing", place, {"cloudFiles.format": form, "cloudFiles.inferColumnTypes": types}
    )
    landed = []

    def land_lines(lines):
        records = [
            {"id": str(len(landed) + place_), **line} if isinstance(line, dict) else line
            for place_, line in enumerate(lines)
        ]
        if form == "csv":
            # Half a line of CSV is a line with one value too few: there is nothing to break.
            records = [record for record in records if isinstance(record, dict)]
            names = list(dict.fromkeys(name for record in records for name in record))
            lines = [";".join(str(record.get(name, "")) for name in names) for record in records]
            load.options["sep"] = ";"
            if not records:
                return
            land(load.landing, f"{len(landed):03}.csv", ";".join(names), *lines)
        else:
            land(load.landing, f"{len(landed):03}.json", *records)
        landed.extend([record["id"] if isinstance(record, dict) else record for record in records])

    land_lines([{"n": 1}])
    for step in steps:
        if isinstance(step, list):
            land_lines(step)
        else:
            load.run()
            undo(load, step)
    load.run_to_the_end()
    rows = spark.table(load.table).collect()
    ids = [str(row.id) for row in rows if row.id is not None]
    assert sorted(ids) == sorted(line for line in landed if line not in ("", '{"half": '))
    assert len(rows) - len(ids) == landed.count('{"half": ')


def undo(load, crash):
    """Leave on disk what a process leaves that died a moment earlier."""
    autoloader.settle()
    if crash == "die before the version":
        version = load.versions()[-1]
        # One that no written row relies on: the stream has stopped at it.
        if version.version > 0 and evolution._runs and load.spark.catalog.tableExists(load.table):
            columns = {name.lower() for name in load.spark.table(load.table).columns}
            if not {name.lower() for name in version.schema.fieldNames()} <= columns:
                (load.location / "_schemas" / str(version.version)).unlink()
    if crash == "die before the commit":
        commits = sorted((load.checkpoint / "commits").glob("[0-9]*"), key=lambda path: int(path.name))
        if commits:
            commits[-1].unlink()
            commits[-1].with_name(f".{commits[-1].name}.crc").unlink(missing_ok=True)
