"""Watch the streams work: a picture of the pipeline, a row for each stream, and each micro-batch opened up.

The panel is a skin: it shows what ``lab.recorder`` has recorded, drawn by ``panels.drawing``, and its buttons
call functions that a cell can call too.
Taught in: book/foundations/introduction.ipynb.
"""

from collections.abc import Callable
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets as widgets
import traitlets
from pyspark.errors import StreamingQueryException

from medallion_lab.errors import MedallionLabError
from medallion_lab.observe.run import Batch, Run, load_run
from medallion_lab.observe.streams import (
    PIPELINE_ORDER,
    find_stream,
    list_streams,
    stop_all,
    wait_until_caught_up,
)
from medallion_lab.panels.drawing import run_html, run_text, step_html
from medallion_lab.panels.flow_picture import flow_svg
from medallion_lab.panels.open_lab import OpenLab
from medallion_lab.panels.opened_batch import batch_html
from medallion_lab.panels.parts import Ticker, Turn, close_tree, row, tree
from medallion_lab.panels.stream_table import streams_html
from medallion_lab.panels.stylesheet import STYLE
from medallion_lab.runtime.failures import cause_in_one_sentence, without_stack

SECONDS_BETWEEN_LOOKS = 0.25
LATEST = "latest"
MOST_BATCHES = 50
RECORD_NAME = "recorded_run.json"


class StreamPanel(widgets.VBox):
    """The panel. Made by ``stream_panel``.

    Attributes
    ----------
    run : Run
        What it shows now; set four times a second at most, and only when something has changed.
    """

    run = traitlets.Instance(Run)

    def __init__(self, lab: OpenLab) -> None:
        self._lab = lab
        self._picture = widgets.HTML()
        self._table = widgets.HTML()
        self._opened = widgets.HTML()
        self._said = widgets.HTML()
        self.stream = widgets.Dropdown(options=PIPELINE_ORDER, description="Stream")
        self.batch = widgets.Dropdown(options=[LATEST], description="Micro-batch")
        self.start_button = self._button("Start", self.start)
        self.stop_button = self._button("Stop", self.stop)
        self.restart_button = self._button("Restart", self.restart)
        self.start_all_button = self._button("Start all", self.start_all, "lab.start_pipeline()")
        self.stop_all_button = self._button("Stop all", self.stop_all, "stop_all(lab.spark)")
        self.process_button = self._button(
            "Process all available", self.process_all, "wait_until_caught_up(...)"
        )
        self.record_button = self._button("Record", self.record, "lab.recorder.run().save(path)")
        super().__init__(
            [
                widgets.HTML(STYLE),
                self._picture,
                self._table,
                row(self.start_all_button, self.stop_all_button, self.process_button, self.record_button),
                row(self.stream, self.start_button, self.stop_button, self.restart_button),
                self._said,
                self.batch,
                self._opened,
            ]
        )
        self.add_class("medallion-panel")
        self.stream.observe(self._choose, names="value")
        self.batch.observe(self._draw_batch, names="value")
        self._name_buttons()
        self._drawing = RLock()
        self._turn = Turn(self, self.say)
        self.run = lab.recorder.run()
        self._ticker = Ticker(self._look, self._fail, name="stream panel", seconds=SECONDS_BETWEEN_LOOKS)

    def _repr_mimebundle_(self, **named: Any) -> dict[str, Any]:
        """Add the run so far: as HTML for a page without a kernel, and as text for everything else."""
        run = self._lab.recorder.wait()
        return {**super()._repr_mimebundle_(**named), "text/html": run_html(run), "text/plain": run_text(run)}

    # ------------------------------------------------------------ what the buttons do
    def start(self) -> None:
        """Start the chosen stream: ``lab.start_stream(name)``."""
        self._lab.start_stream(self.stream.value)
        self.say(
            f"{self.stream.value} was started. The same in code: lab.start_stream({self.stream.value!r})"
        )

    def stop(self) -> None:
        """Stop the chosen stream: ``find_stream(lab.spark, name).stop()``."""
        name = self.stream.value
        find_stream(self._lab.spark, name).stop()
        self.say(f"{name} was stopped. The same in code: find_stream(lab.spark, {name!r}).stop()")

    def restart(self) -> None:
        """Stop the chosen stream if it runs, and start it from its checkpoint."""
        self._lab.start_stream(self.stream.value)
        self.say(f"{self.stream.value} was started again, and goes on where it stopped.")

    def start_all(self) -> None:
        """Start the pipeline: ``lab.start_pipeline()``, in the form that the workspace has."""
        exact = self._lab.is_exact
        self._lab.start_pipeline(exact=exact)
        self.say(
            f"All streams were started. The same in code: lab.start_pipeline({f'{exact=}' if exact else ''})"
        )

    def stop_all(self) -> None:
        """Stop every stream, sources first: ``stop_all(lab.spark)``."""
        names = stop_all(self._lab.spark)
        stopped = ", ".join(names) or "nothing, for nothing ran"
        self.say(f"Stopped: {stopped}. The same in code: stop_all(lab.spark)")

    def process_all(self) -> None:
        """Wait until the running streams have taken all that was there for them to read."""
        names = ", ".join(stream.name for stream in list_streams(self._lab.spark))
        wait_until_caught_up(*self._lab.spark.streams.active)
        done = (
            f"What was there to read has been read by: {names}."
            if names
            else "No stream runs: nothing is read."
        )
        self.say(f"{done} The same in code: wait_until_caught_up(*lab.spark.streams.active)")

    def record(self, path: Path | str | None = None) -> Path:
        """Keep the run so far in a file, which ``replay`` shows without Spark.

        Parameters
        ----------
        path : Path or str, optional
            By default ``recorded_run.json`` in the workspace's folder.

        Raises
        ------
        RunRecordError
            If it cannot be written.
        """
        run = self._lab.recorder.run()
        saved = run.save(path or self._lab.workspace.path / RECORD_NAME)
        self.say(f"{len(run.steps)} steps are in {saved.name}, in the workspace. replay(path) shows them.")
        return saved

    def freeze(self) -> None:
        """Stop following the streams; what is shown stays, and the buttons rest. Twice is fine."""
        self._ticker.stop()
        self._look()
        for button in self._buttons():
            button.disabled = True

    def close(self) -> None:
        """Stop following the streams and go: no thread and no connection to the page stays."""
        self.freeze()
        close_tree(self)

    def say(self, sentence: str) -> None:
        """Say something below the panel, which a screen reader reads out."""
        # A line is a line: errors have three of them.
        text = escape(sentence).replace("\n", "<br>")
        self._said.value = f'<p role="status" aria-live="polite">{text}</p>'

    # ------------------------------------------------------------ how it is kept up to date
    def _look(self) -> None:
        with self._drawing:
            run = self._lab.recorder.run()
            if run != self.run:
                self.run = run

    def _fail(self, error: Exception) -> None:
        self.say(f"The panel follows no more: {type(error).__name__}: {error}. Run its cell again.")

    @traitlets.observe("run")
    def _draw(self, change: Any) -> None:
        before = change.old.steps[-1:] if isinstance(change.old, Run) else self.run.steps[-1:]
        if self.run.steps[-1:] != before and self.run.steps[-1].batch is None:
            self.say(self.run.steps[-1].what)
        names = [stream.name for stream in self.run.now.streams]
        known = [*PIPELINE_ORDER, *(name for name in names if name not in PIPELINE_ORDER)]
        if tuple(known) != tuple(self.stream.options):
            self.stream.options = known
        self._picture.value = flow_svg(self.run.now.flow)
        self._table.value = streams_html(self.run.now)
        self._draw_batch()

    def _draw_batch(self, _: Any = None) -> None:
        with self._drawing:
            self._draw_chosen_batch()

    def _draw_chosen_batch(self) -> None:
        batches = {
            str(batch.batch_id): batch for batch in self.run.batches(self.stream.value)[-MOST_BATCHES:]
        }
        options = [LATEST, *reversed(batches)]
        if options != list(self.batch.options):
            chosen = self.batch.value
            self.batch.options = options
            self.batch.value = chosen if chosen in options else LATEST
        self._opened.value = self._opened_up(batches)

    def _opened_up(self, batches: dict[str, Batch]) -> str:
        if not batches:
            return f"<p>{escape(self.stream.value)} has read no rows yet.</p>"
        return batch_html(batches.get(self.batch.value) or list(batches.values())[-1])

    # ------------------------------------------------------------ buttons
    def _button(self, description: str, action: Callable[[], Any], code: str = "") -> widgets.Button:
        # No icon: a browser puts the letter that draws it into the button's name.
        button = widgets.Button(
            description=description,
            tooltip=code,
            layout=widgets.Layout(width="auto", min_width="9rem"),
        )
        button.on_click(lambda _: self._try(action))
        return button

    def _choose(self, _: Any) -> None:
        self._name_buttons()
        self._draw_batch()

    def _name_buttons(self) -> None:
        for button, verb in (
            (self.start_button, "Start"),
            (self.stop_button, "Stop"),
            (self.restart_button, "Restart"),
        ):
            button.description = f"{verb} {self.stream.value}"

    def _try(self, action: Callable[[], Any]) -> None:
        """Run an action and say its error in the panel: a callback's traceback lands out of sight."""
        with self._turn.take() as may_act:
            if not may_act:
                return
            try:
                action()
            except (MedallionLabError, StreamingQueryException) as error:
                self.say(f"{type(error).__name__}: {without_stack(error)}")
            except Exception as error:  # noqa: BLE001 - whatever it is, the reader looks at the panel
                self.say(f"{type(error).__name__}: {cause_in_one_sentence(str(error))}")
            self._look()

    def _buttons(self) -> list[widgets.Button]:
        return [widget for widget in tree(self) if isinstance(widget, widgets.Button)]


class ReplayPanel(widgets.VBox):
    """A recorded run, step by step, without Spark. Made by ``replay``."""

    def __init__(self, run: Run) -> None:
        self.recorded = run
        self.step = widgets.IntSlider(
            min=1,
            max=max(1, len(run.steps)),
            value=max(1, len(run.steps)),
            description="Step",
            disabled=len(run.steps) < 2,
        )
        self._shown = widgets.HTML()
        self.step.observe(self._draw, names="value")
        self._draw()
        super().__init__([widgets.HTML(STYLE), self.step, self._shown])
        self.add_class("medallion-panel")

    def _draw(self, _: Any = None) -> None:
        steps = self.recorded.steps or (self.recorded.now,)
        step = steps[self.step.value - 1]
        self._shown.value = f"<p>{escape(step.what)}</p>{step_html(step, key=f'replay-{self.step.value}')}"

    def _repr_mimebundle_(self, **named: Any) -> dict[str, Any]:
        """Add the run as HTML and as text, see ``StreamPanel``."""
        static = {"text/html": run_html(self.recorded), "text/plain": run_text(self.recorded)}
        return {**super()._repr_mimebundle_(**named), **static}


def stream_panel(lab: OpenLab) -> StreamPanel:
    """Return the stream panel of a lab; the one that was shown before is closed.

    Parameters
    ----------
    lab : Lab
        An open lab. Closing it stops the panel's clock; what the panel shows stays.

    Returns
    -------
    StreamPanel
        A widget: end a cell with it. A page without a kernel shows the run up to that cell, step by step.
    """
    global _shown
    if _shown is not None:
        _shown.close()
    _shown = StreamPanel(lab)
    lab.after_close(_shown.freeze)
    return _shown


def replay(record: Path | str | Run) -> ReplayPanel:
    """Show a recorded run step by step. It needs no Spark.

    Parameters
    ----------
    record : Path, str or Run
        A file that ``StreamPanel.record`` has written, or a run.

    Raises
    ------
    RunRecordError
        If the file is no record of a run.
    """
    return ReplayPanel(record if isinstance(record, Run) else load_run(record))


_shown: StreamPanel | None = None
