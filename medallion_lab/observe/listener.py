"""What Spark tells of its streams, as news: a start, a micro-batch, an end.

Spark tells a listener about each micro-batch when it is over, in a thread of its own. The listener hands the
news on and does nothing else, so that no stream ever waits for whoever looks on.
Terms: micro-batch, stream.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (reporting
metrics programmatically using asynchronous APIs).
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pyspark.sql.streaming.listener import (
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from medallion_lab.observe.checkpoint import last_committed


@dataclass(frozen=True)
class Started:
    """A stream has started; ``committed`` is its last micro-batch of before."""

    name: str
    run_id: str
    time_ms: int
    committed: int


@dataclass(frozen=True)
class Ended:
    """A run of a stream has ended, by an error if there is one."""

    run_id: str
    error: str
    time_ms: int


# A dict is Spark's report of a trigger, as it is.
News = Started | Ended | dict[str, Any]


class RunListener(StreamingQueryListener):
    """Hands on what Spark tells of its streams.

    Parameters
    ----------
    hear : callable
        Takes each piece of news.
    checkpoints : Path
        The folder of the streams' checkpoints.
    """

    def __init__(self, hear: Callable[[News], None], checkpoints: Path) -> None:
        self._hear = hear
        self._checkpoints = checkpoints

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        """Note the stream's name, and how far it had come before."""
        name = event.name or str(event.id)
        committed = last_committed(self._checkpoints / name)
        self._hear(Started(name, str(event.runId), time_ms=now_ms(), committed=committed))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """Note what the trigger did."""
        self._hear(json.loads(event.progress.json))

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        """Note the end, and its error."""
        self._hear(Ended(str(event.runId), event.exception or "", time_ms=now_ms()))


def now_ms() -> int:
    """Return the milliseconds since 1970, as Spark and Delta count them."""
    return time.time_ns() // 1_000_000


def began_ms(told: dict[str, Any]) -> int:
    """Return when a trigger fired, by Spark's report of it, in milliseconds since 1970."""
    return round(datetime.fromisoformat(told["timestamp"]).timestamp() * 1000)
