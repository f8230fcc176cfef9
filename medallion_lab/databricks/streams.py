"""The streams that a notebook has started: wait for them, and let no failure go by unseen.

Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/structured-streaming/index.html
"""

from collections.abc import Callable
from typing import Any

from pyspark.errors import StreamingQueryException
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.errors import StreamTimeoutError
from medallion_lab.observe.streams import wait_until_caught_up


class NotebookQuery(StreamingQuery):
    """A stream that notes whether the notebook has seen its failure."""

    failure_was_seen = False

    def exception(self) -> StreamingQueryException | None:
        """Return what the stream failed with, or None."""
        error = super().exception()
        self.failure_was_seen |= error is not None
        return error

    def awaitTermination(self, timeout: int | None = None) -> bool | None:
        """Wait for the stream's end; raise what it failed with."""
        return self._noting_failure(super().awaitTermination, timeout)

    def processAllAvailable(self) -> None:
        """Wait until what has landed is processed; raise what the stream failed with."""
        self._noting_failure(super().processAllAvailable)

    def _noting_failure(self, wait: Callable, *arguments: Any) -> Any:
        try:
            return wait(*arguments)
        except StreamingQueryException:
            self.failure_was_seen = True
            raise


class NotebookStreams:
    """Every stream that a notebook has started."""

    def __init__(self) -> None:
        self._started: list[NotebookQuery] = []
        self._slow: set[str] = set()

    def note(self, query: NotebookQuery) -> NotebookQuery:
        """Remember a stream that has just started."""
        self._started.append(query)
        return query

    def settle(self, *, timeout_seconds: float) -> str:
        """Wait until every running stream has processed what is there.

        Parameters
        ----------
        timeout_seconds : float
            How long to wait for all of them together, in seconds. A stream that was slower once is not waited
            for again: it may read a source that never ends.

        Returns
        -------
        str
            "" if all are done, else one sentence about the stream that is not.

        Raises
        ------
        StreamingQueryException
            What a stream failed with, unless the notebook has seen it, or has started the stream again.
        """
        running = [query for query in self._started if query.isActive]
        message = ""
        try:
            waited_for = [query for query in running if query.id not in self._slow]
            wait_until_caught_up(*waited_for, timeout_seconds=timeout_seconds)
        except StreamTimeoutError as error:
            self._slow |= {query.id for query in waited_for if query.isActive}
            message = f"Not waiting any longer: {error.got}. The next cell sees what is there by now."
        again = {query.id for query in self._started if query.isActive}
        for query in self._started:
            is_over = not query.isActive and query.id not in again and not query.failure_was_seen
            if is_over and (failure := query.exception()):
                raise failure
        self._started = [query for query in self._started if query.isActive]
        return message
