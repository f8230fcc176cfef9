"""Watch what a running stream needs: when it is taken away, the stream ends with one clear error.

Spark goes on waiting for files in a folder that is gone, and Delta makes a table anew that is gone: rows
would be lost in silence.
Terms: stream, checkpoint.
Taught in: book/layers/streams.ipynb.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Event, RLock, Thread

from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.errors import MedallionLabError

# A micro-batch takes longer: so none begins after a look that came too late.
SECONDS_BETWEEN_LOOKS = 0.2


# A path that a stream needs; the same held open, so that another one of its name is told from it; the error.
Piece = tuple[Path, int, MedallionLabError]


class Watch:
    """Looks after streams, in a thread of its own, until ``close``."""

    def __init__(self) -> None:
        self._followed: dict[str, tuple[StreamingQuery, list[Piece]]] = {}
        self._turn = RLock()
        self._end = Event()
        self._thread = Thread(target=self._go, name="watch", daemon=True)

    def follow(self, query: StreamingQuery, needs: Iterable[tuple[Path, MedallionLabError]]) -> None:
        """Look after a stream that has just started, in the place of an earlier one of its name.

        Parameters
        ----------
        query : StreamingQuery
            A stream with a name.
        needs : iterable of tuple
            Each path that it needs, and the error with which it is to end when that is not there any more.
        """
        name = str(query.name)
        with self._turn:
            self._let_go(name)
            pieces = [(path, os.open(path, os.O_RDONLY), error) for path, error in needs]
            self._followed[name] = query, pieces
            if not self._thread.is_alive() and not self._end.is_set():
                self._thread.start()

    def close(self) -> None:
        """Look after nothing any more. Twice is fine."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        for name in list(self._followed):
            self._let_go(name)

    def _go(self) -> None:
        while not self._end.wait(SECONDS_BETWEEN_LOOKS):
            with self._turn:
                for name, (query, pieces) in list(self._followed.items()):
                    gone = next(filter(_is_gone, pieces), None)
                    if gone:
                        self._let_go(name)
                        fail(query, gone[2])

    def _let_go(self, name: str) -> None:
        _, pieces = self._followed.pop(name, (None, []))
        for _, handle, _ in pieces:
            os.close(handle)


def fail(query: StreamingQuery, error: MedallionLabError) -> None:
    """End a stream as if it had failed with this error, which comes to whoever waits for it or listens.

    One that has failed already, of what it then lacked, gets it too; one that was stopped stays as it is.
    """
    jvm = SparkContext._jvm
    # Spark itself may be gone by now, and with it the stream.
    with suppress(Py4JError):
        if jvm is None or not (query.isActive or query._jsq.exception().isDefined()):
            return
        text = f"{type(error).__module__}.{type(error).__name__}: {error}"
        parameters = jvm.PythonUtils.toScalaMap(jvm.java.util.HashMap())
        cause, nothing = jvm.java.lang.RuntimeException(text), jvm.scala.Option.empty()
        failure = jvm.org.apache.spark.sql.streaming.StreamingQueryException(
            "", text, cause, "", "", None, parameters, nothing
        )
        # Spark offers no way to end a stream with an error from outside.
        getattr(query._jsq.streamingQuery(), "streamDeathCause_$eq")(failure)
        query.stop()


def _is_gone(piece: Piece) -> bool:
    path, handle, _ = piece
    try:
        return not os.path.samestat(os.stat(path), os.fstat(handle))
    except OSError:
        return True
