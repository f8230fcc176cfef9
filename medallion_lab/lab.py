"""Open the lab: Spark, a workspace and a shop, ready for a chapter.

Term: pipeline.
Taught in: book/foundations/the_lab.ipynb.
"""

import atexit
from collections.abc import Callable
from functools import partial
from types import TracebackType

from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from medallion_lab.autoloader.expressions import sql_string
from medallion_lab.errors import CloseError, MedallionLabError, StreamNotFoundError
from medallion_lab.layers.bronze import start_bronze
from medallion_lab.layers.exact_silver import start_exact_silver
from medallion_lab.layers.gold import start_gold
from medallion_lab.layers.incremental_gold import refresh_customer_features, start_incremental_gold
from medallion_lab.layers.registering import register_tables
from medallion_lab.layers.silver import start_silver
from medallion_lab.layers.writing import has_form, require_form, stop_running
from medallion_lab.observe.pieces import needs, require_pieces
from medallion_lab.observe.recorder import Recorder
from medallion_lab.observe.streams import PIPELINE_ORDER, stop_all
from medallion_lab.observe.watch import Watch
from medallion_lab.panels.sql_cells import offer_sql_cells
from medallion_lab.panels.tables import show_frames_as_tables
from medallion_lab.runtime.failures import cause_in_one_sentence, take_every_step
from medallion_lab.runtime.session import activate, at_once, start_session, stop_session
from medallion_lab.runtime.workspace import BRONZE_TABLE, DATABASE, SILVER_TABLE, Workspace
from medallion_lab.shop import Shop, catalogue

_open: "Lab | None" = None


class Lab:
    """What a chapter holds. Made by ``open_lab``.

    Attributes
    ----------
    spark : SparkSession
        Spark with Delta; the database ``medallion`` is in use and holds ``customers`` and ``products``.
    workspace : Workspace
        The chapter's folder.
    shop : Shop
        Lands files of orders.
    recorder : Recorder
        What the streams have done since the lab was opened.
    """

    def __init__(self, spark: SparkSession, workspace: Workspace, shop: Shop) -> None:
        self.spark = spark
        self.workspace = workspace
        self.shop = shop
        self.is_open = True
        self.recorder = Recorder(spark, workspace)
        self._watch = Watch()
        self._form_is_exact: bool | None = None
        self._own_streams: dict[str, Callable[[], StreamingQuery]] = {}
        self._before_close: list[Callable[[], None]] = []
        self._after_close: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"Lab({self.workspace.name!r}, seed={self.shop.seed}, {'open' if self.is_open else 'closed'})"

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start_pipeline(
        self, *, exact: bool = False, available_now: bool = False, files_per_batch: int = 1000
    ) -> list[StreamingQuery]:
        """Start bronze, silver and gold.

        Parameters
        ----------
        exact : bool, default False
            False starts the simple forms of silver and gold, which the introduction teaches; True the exact
            silver, with its quarantine, and the incremental gold. A workspace holds one of the two.
        available_now : bool, default False
            True lets each layer take what is there and end, one after the other; False leaves all three
            running.
        files_per_batch : int, default 1000
            How many files a micro-batch of bronze takes at most.

        Returns
        -------
        list of StreamingQuery
            Bronze, silver, gold.

        Raises
        ------
        MixedFormsError
            If this workspace was written by the other form.
        BrokenTableError, CheckpointError
            If a table or a checkpoint was deleted, and the other one of the two was not.
        """
        activate(self.spark)
        # A table whose files are gone has no form to ask for: it is missing below.
        if (self.workspace.tables / SILVER_TABLE / "_delta_log").is_dir():
            require_form(self.spark, exact=exact)
        for name in PIPELINE_ORDER:
            require_pieces(self.workspace, name, exact=exact)
        self._form_is_exact = exact
        queries: list[StreamingQuery] = []
        for name in PIPELINE_ORDER:
            # A layer gets ready while the one before it works, and starts when that one has ended.
            after = queries[-1] if available_now and queries else None
            queries.append(
                self._start(name, available_now=available_now, files_per_batch=files_per_batch, after=after)
            )
        if available_now:
            try:
                # Features come from silver, as gold's sums do: they need not wait for these.
                if exact:
                    refresh_customer_features(self.spark)
            finally:
                queries[-1].awaitTermination()
        return queries

    @property
    def is_exact(self) -> bool:
        """Whether this workspace's pipeline has, or would get, the exact forms."""
        if self._form_is_exact is None:
            return has_form(self.spark, exact=True)
        return self._form_is_exact

    def start_stream(self, name: str, *, files_per_batch: int = 1000) -> StreamingQuery:
        """Start one stream of the pipeline, in the form that this workspace has; it goes on where it stopped.

        Parameters
        ----------
        name : str
            ``bronze``, ``silver``, ``gold``, or one that ``add_stream`` was told of. One that runs already is
            stopped first.
        files_per_batch : int, default 1000
            How many files a micro-batch of bronze takes at most.

        Raises
        ------
        StreamNotFoundError
            If the pipeline has no stream of this name, or if the table that it reads is not there yet.
        BrokenTableError, CheckpointError
            As for ``start_pipeline``.
        """
        activate(self.spark)
        if name in self._own_streams:
            stop_running(self.spark, name)
            return self._own_streams[name]()
        if name not in PIPELINE_ORDER:
            raise StreamNotFoundError(
                got=f"the stream name {name!r}",
                needed=f"one of {', '.join([*PIPELINE_ORDER, *self._own_streams])}",
                next_step="tell the lab how a stream of your own starts: lab.add_stream(name, start)",
            )
        require_pieces(self.workspace, name, exact=self.is_exact)
        reads = {"silver": BRONZE_TABLE, "gold": SILVER_TABLE}.get(name)
        if reads and not self.spark.catalog.tableExists(f"{DATABASE}.{reads}"):
            raise StreamNotFoundError(
                got=f"{name}, which reads {reads}: that table is not there yet",
                needed="the streams before it, started once",
                next_step="call lab.start_pipeline()",
            )
        return self._start(name, available_now=False, files_per_batch=files_per_batch)

    def _start(
        self, name: str, *, available_now: bool, files_per_batch: int, after: StreamingQuery | None = None
    ) -> StreamingQuery:
        silver, gold = (
            (start_exact_silver, start_incremental_gold) if self.is_exact else (start_silver, start_gold)
        )
        start = {
            "bronze": partial(start_bronze, files_per_batch=files_per_batch),
            "silver": partial(silver, after=after),
            "gold": partial(gold, after=after),
        }[name]
        query = start(self.spark, self.workspace, available_now=available_now)
        self._watch.follow(query, needs(self.workspace, name, exact=self.is_exact))
        return query

    def add_stream(self, name: str, start: Callable[[], StreamingQuery]) -> StreamingQuery:
        """Start a stream of your own, and remember how, so that it can be started again by its name.

        Parameters
        ----------
        name : str
            The stream's name, as ``queryName`` has it, and the name of its folder in
            ``lab.workspace.checkpoints``: there its progress is looked for.
        start : callable
            Builds the stream, from ``readStream`` on, and starts it.
        """
        self._own_streams[name] = start
        return self.start_stream(name)

    def before_close(self, action: Callable[[], None]) -> None:
        """Have ``close`` call this once, while the streams still run."""
        self._before_close.append(action)

    def after_close(self, action: Callable[[], None]) -> None:
        """Have ``close`` call this once, when streams and Spark have stopped."""
        self._after_close.append(action)

    def close(self) -> None:
        """Stop the streams and Spark and let go of the workspace. Tables stay on disk. Twice is fine.

        Raises
        ------
        CloseError
            If something failed on the way. All else was closed, and the workspace is free.
        """
        if not self.is_open:
            return
        self.is_open = False
        try:
            take_every_step(
                *([self.shop.drip.stop] if self.shop.drip else []),
                *self._before_close,
                self._watch.close,
                partial(stop_all, self.spark),
                partial(stop_session, self.spark),
                self.workspace.close,
                *self._after_close,
            )
        except MedallionLabError:
            raise
        except Exception as error:
            raise CloseError(
                got=f"{type(error).__name__} while the lab was closed: {cause_in_one_sentence(str(error))}",
                needed="each step of closing to end well; the others did, and the workspace is free",
                next_step="go on; if the next lab does not open, restart the kernel",
            ) from error


def open_lab(name: str, *, seed: int = 7, fresh: bool = True, profile: str = "quick") -> Lab:
    """Open a lab: Spark with Delta, a workspace of this name, a shop.

    Parameters
    ----------
    name : str
        The workspace's name, by custom that of the chapter.
    seed : int, default 7
        The shop's seed.
    fresh : bool, default True
        True empties the workspace first; False goes on with its files, tables and checkpoints.
    profile : str, default "quick"
        ``quick`` for chapters, ``throughput`` for backfills.

    Returns
    -------
    Lab
        Open until ``close``. A process has one lab: opening another closes the one before.

    Raises
    ------
    MedallionLabError
        One clear error for each thing that is missing or in the way; see ``start_session`` and ``Workspace``.
    """
    global _open
    if _open is not None:
        _open.close()
    workspace = Workspace(name)
    try:
        if fresh:
            workspace.reset()
        else:
            workspace.require_same_place()
        spark = start_session(
            profile=profile, warehouse=workspace.tables, log_file=workspace.path / "spark.log"
        )
        try:
            _open_database(spark, workspace)
        except BaseException:
            # The next lab of this process must not meet a database that lies in this workspace.
            stop_session(spark)
            raise
    except BaseException:
        workspace.close()
        raise
    show_frames_as_tables()
    offer_sql_cells()
    _open = Lab(spark, workspace, Shop(workspace.landing, seed=seed, answer_key=workspace.answer_key))
    return _open


def current_lab() -> Lab | None:
    """Return the lab that is open in this process, or None."""
    return _open if _open is not None and _open.is_open else None


def _open_database(spark: SparkSession, workspace: Workspace) -> None:
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {DATABASE} LOCATION {sql_string(workspace.tables)}")
    spark.sql(f"USE {DATABASE}")
    register_tables(spark, DATABASE, workspace.tables)
    references = {f"{DATABASE}.customers": catalogue.customers, f"{DATABASE}.products": catalogue.products}
    missing = [name for name in references if not spark.catalog.tableExists(name)]
    at_once(spark, *[partial(references[name](spark).write.saveAsTable, name) for name in missing])


@atexit.register
def _close_at_exit() -> None:
    if _open is not None:
        _open.close()
