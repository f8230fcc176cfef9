"""Record what the streams do, micro-batch by micro-batch, without asking Spark anything.

What Spark tells its listener goes into a queue; whoever wants to see the run takes the queue's content out
and works it off, in a thread of their own. Where the rows are is counted in the landed files and in the
tables' logs.
Term: micro-batch.
Taught in: book/layers/streams.ipynb.
"""

from collections import deque
from dataclasses import replace
from threading import Condition, RLock
from typing import Any

from pyspark.sql import SparkSession

from medallion_lab.autoloader.evolution import report_of
from medallion_lab.errors import StreamTimeoutError
from medallion_lab.observe.followed import FollowedStream
from medallion_lab.observe.listener import Ended, News, RunListener, Started, began_ms, now_ms
from medallion_lab.observe.row_counts import RowCounts
from medallion_lab.observe.run import Batch, Run, Step
from medallion_lab.observe.streams import place_in_pipeline
from medallion_lab.observe.wording import plural
from medallion_lab.runtime.failures import cause_in_one_sentence, in_one_line
from medallion_lab.runtime.session import before_stop
from medallion_lab.runtime.workspace import Workspace

MOST_STEPS = 200


class Recorder:
    """Follows the streams of a session that write into a workspace.

    Parameters
    ----------
    spark : SparkSession
        The session. It lets go of the recorder's listener when ``stop_session`` stops it.
    workspace : Workspace
        Where files, tables and checkpoints are.
    """

    def __init__(self, spark: SparkSession, workspace: Workspace) -> None:
        self.workspace = workspace
        self._spark: SparkSession | None = spark
        # Each with the number of resets before it: what an emptied workspace had is of no interest any more.
        self._queue: deque[tuple[int, News]] = deque()
        self._news = Condition()
        self._lock = RLock()
        self._forget()
        self._listener = RunListener(self._hear, workspace.checkpoints)
        spark.streams.addListener(self._listener)
        before_stop(spark, lambda _: self.close())

    def run(self) -> Run:
        """Return the run so far, with all that Spark has told up to now."""
        with self._lock:
            self._catch_up()
            now = self._look("", None, at_ms=now_ms(), live=True)
            states = ", ".join(f"{stream.name} is {stream.state}" for stream in now.streams)
            now = replace(now, what=states or "no stream has been started")
            return Run(self.workspace.name, tuple(self._steps), now)

    def wait(self, timeout_seconds: float = 10) -> Run:
        """Wait until Spark has told of every micro-batch that is committed, and of every end; return the run.

        Spark tells of a micro-batch a moment after it has committed it.

        Raises
        ------
        StreamTimeoutError
            If the time is over first.
        """
        with self._news:
            if not self._news.wait_for(self._is_complete, timeout_seconds):
                raise StreamTimeoutError(
                    got=f"no word of a micro-batch that was committed {timeout_seconds:g} s ago",
                    needed="what Spark reports when a micro-batch is over",
                    next_step="look again with a larger timeout_seconds; the tables have the rows already",
                )
        return self.run()

    def close(self) -> None:
        """Let go of Spark; the run stays readable. Twice is fine."""
        with self._lock:
            if self._spark is None:
                return
            self._spark.streams.removeListener(self._listener)
            self._spark = None
            self.run()
            for stream in self._streams.values():
                stream.is_active = False

    def _forget(self) -> None:
        self._resets = self.workspace.resets
        self._steps: deque[Step] = deque(maxlen=MOST_STEPS)
        self._streams: dict[str, FollowedStream] = {}
        self._counts = RowCounts(self.workspace)

    def _hear(self, news: News) -> None:
        with self._news:
            self._queue.append((self.workspace.resets, news))
            self._news.notify_all()

    def _is_complete(self) -> bool:
        with self._lock:
            self._catch_up()
            running = {str(query.runId) for query in self._spark.streams.active} if self._spark else set()
            followed = [stream for stream in self._streams.values() if stream.is_active]
            # One that runs no more has yet to say that it ended.
            return all(stream.run_id in running and stream.has_reported_all for stream in followed)

    def _catch_up(self) -> None:
        if self._resets != self.workspace.resets:
            # The workspace was emptied: what was seen before is of another run.
            self._forget()
        while self._queue:
            resets, news = self._queue.popleft()
            if resets == self._resets:
                self._work_off(news)

    def _work_off(self, news: News) -> None:
        match news:
            case Started() if news.name in self._streams:
                self._streams[news.name].go_on(news)
            case Started():
                checkpoint = self.workspace.checkpoints / news.name
                self._streams[news.name] = FollowedStream(news, checkpoint, self._counts.log)
            case Ended():
                self._end(news)
            # An idle stream reports too, under the number of a micro-batch that has not begun.
            case {"durationMs": {"addBatch": _}}:
                self._note(news)

    def _end(self, news: Ended) -> None:
        for stream in self._streams.values():
            if stream.run_id == news.run_id:
                stream.end(_cause(news))
                if news.error:
                    what = f"{stream.name} failed: {stream.seen.error}"
                    self._steps.append(self._look(what, None, at_ms=news.time_ms))

    def _note(self, told: dict[str, Any]) -> None:
        stream = self._streams.get(told["name"] or told["id"])
        batch = stream.note(told) if stream else None
        if batch and batch.rows_in:
            rows = f"{batch.rows_in:,} {plural('row', batch.rows_in)}"
            what = f"{batch.stream}, micro-batch {batch.batch_id}: {rows} read"
            self._steps.append(self._look(what, batch, at_ms=began_ms(told) + told["batchDuration"]))

    def _look(self, what: str, batch: Batch | None, *, at_ms: int, live: bool = False) -> Step:
        """Return how all stands, or stood: the word of a micro-batch may be worked off long after it."""
        streams = []
        for name in sorted(self._streams, key=place_in_pipeline):
            waiting, waiting_for = self._counts.waiting(self._streams[name], at_ms)
            streams.append(self._streams[name].stand(live=live, waiting=waiting, waiting_for=waiting_for))
        return Step(what, tuple(streams), self._counts.flow(self._streams, at_ms), batch)


def _cause(news: Ended) -> str:
    """Return why a run has failed, empty if it has not; what Auto Loader says of it comes first."""
    return news.error and (in_one_line(report_of(news.run_id)) or cause_in_one_sentence(news.error))
