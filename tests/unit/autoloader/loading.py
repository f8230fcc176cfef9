"""Land lines, run a stream over them to its end, and say what came of it: for the tests of Auto Loader."""

import json
from dataclasses import dataclass
from pathlib import Path

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from medallion_lab import autoloader

COUNTER = iter(range(1_000_000))


def land(folder, name, *records):
    """Land one file; a record that is no string is written as JSON."""
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    path.with_name(f".{path.name}").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    path.with_name(f".{path.name}").rename(path)
    return path


@dataclass
class Load:
    """A stream from a folder to a Delta table, with a schema location and a checkpoint of its own."""

    spark: SparkSession
    landing: Path
    place: Path
    options: dict
    schema: str | None = None

    def __post_init__(self):
        self.table = f"loaded_{next(COUNTER)}"
        self.location, self.checkpoint = self.place / "schema", self.place / "checkpoint"

    def stream(self):
        options = {"cloudFiles.format": "json", "cloudFiles.schemaLocation": str(self.location)}
        return autoloader.read(self.spark, self.landing, options=options | self.options, schema=self.schema)

    def start(self, *, available_now=True):
        writer = self.stream().writeStream.option("checkpointLocation", str(self.checkpoint))
        writer = writer.option("mergeSchema", "true")
        return (writer.trigger(availableNow=True) if available_now else writer).toTable(self.table)

    def run(self):
        """Take what has landed; return None, or what stopped the stream."""
        try:
            self.start().awaitTermination()
        except StreamingQueryException as error:
            return str(error)
        return None

    def run_to_the_end(self, *, most_stops=3):
        """Start again after each stop, as a scheduler would; return how often it stopped."""
        for stops in range(most_stops + 1):
            if self.run() is None:
                return stops
        raise AssertionError(f"it stopped {most_stops + 1} times")

    def rows(self, *columns, order="id"):
        frame = self.spark.table(self.table)
        return [tuple(row) for row in frame.orderBy(order).select(*(columns or frame.columns)).collect()]

    def columns(self):
        return dict(self.spark.table(self.table).dtypes)

    def rescued(self, order="id"):
        """Return the rescued data of each row as a dict without the file's path, None where there is none."""
        texts = self.spark.table(self.table).orderBy(order).select("_rescued_data").collect()
        found = [json.loads(row[0]) if row[0] else None for row in texts]
        for fields in filter(None, found):
            assert fields.pop("_file_path").startswith("file:///")
        return found

    def versions(self):
        return autoloader.schema_versions(self.location)
