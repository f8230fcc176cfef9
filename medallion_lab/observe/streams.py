"""Look at running streams: list them, wait for them, stop them, read their micro-batches.

Term: stream.
Taught in: book/foundations/the_lab.ipynb.
Source: https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html (managing and
monitoring streaming queries).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Thread

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.errors import StreamNotFoundError, StreamTimeoutError
from medallion_lab.layers.writing import running_stream

PIPELINE_ORDER = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class StreamState:
    """One stream, as it is now.

    Attributes
    ----------
    name : str
        The stream's name.
    state : str
        ``running``, ``stopped`` or ``failed``.
    last_batch : int or None
        Number of its last micro-batch that read rows, counted from 0.
    input_rows : int
        Rows that its recent micro-batches read (Spark remembers the last 100).
    """

    name: str
    state: str
    last_batch: int | None
    input_rows: int


@dataclass(frozen=True)
class MicroBatch:
    """One micro-batch that read rows.

    Attributes
    ----------
    stream : str
        The stream's name.
    batch_id : int
        Counted from 0, and not from anew after a restart.
    input_rows : int
        Rows read from streams. A source that is read twice in a micro-batch counts twice.
    seconds : float
        From the trigger to the commit.
    """

    stream: str
    batch_id: int
    input_rows: int
    seconds: float


def list_streams(spark: SparkSession) -> list[StreamState]:
    """Return the streams that are running now, in the order in which rows pass them."""
    return [stream_state(query) for query in _in_pipeline_order(spark.streams.active)]


def stream_state(query: StreamingQuery) -> StreamState:
    """Return the state of one stream, also of one that has stopped."""
    batches = micro_batches(query)
    state = "running" if query.isActive else "failed" if query.exception() else "stopped"
    return StreamState(
        name=query.name or str(query.id),
        state=state,
        last_batch=batches[-1].batch_id if batches else None,
        input_rows=sum(batch.input_rows for batch in batches),
    )


def find_stream(spark: SparkSession, name: str) -> StreamingQuery:
    """Return the running stream of this name.

    Raises
    ------
    StreamNotFoundError
        If no running stream has it; the names that are running are listed.
    """
    if found := running_stream(spark, name):
        return found
    running = sorted({str(query.name) for query in spark.streams.active})
    raise StreamNotFoundError(
        got=f"the stream name {name!r}; running: {', '.join(running) or 'none'}",
        needed="the name of a running stream",
        next_step="start it first, or see list_streams(spark)",
    )


def micro_batches(query: StreamingQuery) -> list[MicroBatch]:
    """Return the stream's last micro-batches that read rows, oldest first; Spark keeps at most 100."""
    return [
        MicroBatch(
            stream=progress["name"],
            batch_id=progress["batchId"],
            input_rows=progress["numInputRows"],
            seconds=progress["batchDuration"] / 1000,
        )
        for progress in query.recentProgress
        # An idle stream reports too, that it found nothing.
        if progress["numInputRows"] > 0
    ]


def wait_until_caught_up(*queries: StreamingQuery, timeout_seconds: float = 120) -> None:
    """Wait until every row that has landed has passed these streams.

    What one stream writes is news to the next, so the streams are asked in turns until a whole turn brings
    no new micro-batch: the order in which you name them does not matter.

    Parameters
    ----------
    *queries : StreamingQuery
        The streams; one that has ended counts as caught up.
    timeout_seconds : float, default 120
        How long to wait for all of them together, in seconds.

    Raises
    ------
    StreamTimeoutError
        If the time is over first; the stream that was still working is named and goes on working.
    StreamingQueryException
        If a stream fails, with Spark's own message.
    """
    deadline = time.monotonic() + timeout_seconds
    before, after = None, _last_batches(queries)
    while before != after:
        for query in queries:
            _process_all_available(query, deadline=deadline, timeout_seconds=timeout_seconds)
        before, after = after, _last_batches(queries)


def stop_all(spark: SparkSession, *, timeout_seconds: float = 60) -> list[str]:
    """Stop every running stream, sources first, so that none waits for rows of one that is gone.

    Parameters
    ----------
    spark : SparkSession
        The session whose streams are stopped.
    timeout_seconds : float, default 60
        How long each may take to stop, in seconds.

    Returns
    -------
    list of str
        The names, in the order in which they were stopped.

    Raises
    ------
    StreamTimeoutError
        If a stream does not stop in time; the others are stopped all the same.
    """
    names: list[str] = []
    stuck: list[str] = []
    for query in _in_pipeline_order(spark.streams.active):
        name = query.name or str(query.id)
        query.stop()
        (names if _has_ended(query, timeout_seconds) else stuck).append(name)
    if stuck:
        raise StreamTimeoutError(
            got=f"still running after {timeout_seconds:g} s: {', '.join(stuck)}",
            needed="every stream to end its micro-batch and stop",
            next_step="call stop_all(spark) again, or restart the kernel: checkpoints keep what was finished",
        )
    return names


def _has_ended(query: StreamingQuery, timeout_seconds: float) -> bool:
    try:
        # pyspark takes a fraction too, though it does not say so.
        return bool(query.awaitTermination(timeout_seconds))  # type: ignore[arg-type]  # takes fractions
    except StreamingQueryException:
        # It had failed before it was asked to stop; its error stays in query.exception().
        return True


def place_in_pipeline(name: str | None) -> tuple[int, str]:
    """Return a key that sorts streams as rows pass them; others come after the pipeline's, by their names."""
    rank = PIPELINE_ORDER.index(name) if name in PIPELINE_ORDER else len(PIPELINE_ORDER)
    return rank, name or ""


def _in_pipeline_order(queries: Sequence[StreamingQuery]) -> list[StreamingQuery]:
    return sorted(queries, key=lambda query: place_in_pipeline(query.name))


def _last_batches(queries: Sequence[StreamingQuery]) -> list[int | None]:
    return [batches[-1].batch_id if (batches := micro_batches(query)) else None for query in queries]


def _process_all_available(query: StreamingQuery, *, deadline: float, timeout_seconds: float) -> None:
    """Spark's own wait, which has no bound of its own, in a thread that we stop waiting for."""
    failures: list[Exception] = []

    def wait() -> None:
        try:
            query.processAllAvailable()
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            failures.append(error)

    waiter = Thread(target=wait, name=f"wait for {query.name}", daemon=True)
    waiter.start()
    waiter.join(max(0.0, deadline - time.monotonic()))
    if waiter.is_alive():
        raise StreamTimeoutError(
            got=f"stream {query.name!r} still working after {timeout_seconds:g} s",
            needed="a stream that has read all that landed",
            next_step="see whether micro_batches(query) grows; if it does, pass a larger timeout_seconds",
        )
    if failures:
        raise failures[0]
