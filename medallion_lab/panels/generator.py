"""Let orders arrive by hand: a file, a drop of many, a drip, with faults that you choose.

The panel is a skin: whatever a button does, the panel shows the same as code, to be tried in a cell.
Taught in: book/foundations/introduction.ipynb.
"""

import json
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets as widgets

from medallion_lab.errors import MedallionLabError, OrderCountError
from medallion_lab.panels.palette import INK, PAPER
from medallion_lab.panels.parts import PANEL_STYLE, Ticker, Turn, close_tree, row, tree
from medallion_lab.panels.preview import MEANINGS, count_lines, counted, preview_html, scrolling, spoken
from medallion_lab.panels.stylesheet import STYLE
from medallion_lab.panels.tables import html_table, text_table
from medallion_lab.shop.clock import LONGEST_HOURS, SHORTEST_HOURS
from medallion_lab.shop.drip import (
    LONGEST_SECONDS,
    MOST_ROWS,
    SHORTEST_SECONDS,
    Drip,
    check_room,
    start_drip,
)
from medallion_lab.shop.faults import FAULTS, Fault
from medallion_lab.shop.landing import LandedFile

SECONDS_BETWEEN_LOOKS = 0.5
MOST_FILES_PER_DROP = 100
# A few seconds of Python: meanwhile no other button of the notebook answers.
MOST_ORDERS_PER_DROP = 200_000
SLIDER_STEPS = (*(n * 10**power for power in range(5) for n in (1, 2, 5)), MOST_ROWS)

DRIFTS = {
    "New column today": "new_column",
    "Renamed column today": "renamed_column",
    "Key in capitals today": "key_case",
    "Changed type today": "wrong_type",
}
BUTTONS = ("Land a file", "Start drip", "Stop drip", *DRIFTS)
BECOMES = {
    "silver": "silver takes it as it was meant",
    "quarantine": "it ends in quarantine",
    "duplicate": "silver has it already, and keeps one",
}
# ipywidgets gives a slider's handle no name that a screen reader could say. The number beside it is the same
# control, by keyboard too; so the handle itself is out of both their ways, and only its drawing stays.
OWN_STYLE = f"""<style>
.medallion-generator .noUi-handle {{ visibility: hidden; }}
.medallion-generator .noUi-touch-area {{
  visibility: visible; box-sizing: border-box; border: 2px solid var(--jp-ui-font-color1, {INK});
  border-radius: 50%; background: var(--jp-layout-color1, {PAPER});
}}
.medallion-generator pre {{ margin: 0; padding: 0.25rem 0.5rem; }}
.medallion-generator .jupyter-widgets {{ max-width: calc(100% - 4px); }}
</style>"""


class GeneratorPanel(widgets.VBox):
    """The panel. Made by ``generator_panel``.

    Its buttons call its methods, which call the shop's. The controls are widgets: ``panel.rows.value = 20``
    does what typing 20 does.

    Attributes
    ----------
    rows : BoundedIntText
        Orders for each file.
    files : BoundedIntText
        How many files *Land a file* lands.
    hours : BoundedFloatText
        Shop time between two files.
    seconds : BoundedFloatText
        Seconds between two files of a drip.
    fault_controls : dict of str to widget
        A fault's name -> how many orders of each file get it.
    show_planted : Checkbox
        Whether the preview marks what was planted.
    drip : Drip or None
        What this panel started last.
    code : str
        What was done last, as code; before that, what *Land a file* does.
    """

    def __init__(self, lab: Any) -> None:
        self._lab = lab
        self.drip: Drip | None = None
        self._turn = RLock()
        self._click = Turn(self.say)
        self._counted: dict[str, int] = {}
        self._pace = lab.shop.pace
        self._reported: Drip | None = None
        self._shown: Any = None
        self._previewed: Any = None
        self._make_controls()
        self._make_texts()
        self._make_buttons()
        super().__init__(self._laid_out())
        self.add_class("medallion-panel").add_class("medallion-generator")
        self._wire()
        self._show_mix()
        self._show_code(_land_code(self.rows.value, {}))
        self.refresh()
        self._ticker = Ticker(self.refresh, self._fail, name="generator panel", seconds=SECONDS_BETWEEN_LOOKS)

    def __repr__(self) -> str:
        return f"GeneratorPanel({self._lab!r})"

    def _repr_mimebundle_(self, **named: Any) -> dict[str, Any]:
        """Add the controls as they stand: as HTML for a page without a kernel, and as text."""
        self.refresh()
        return {
            **super()._repr_mimebundle_(**named),
            "text/html": self._as_html(),
            "text/plain": self._as_text(),
        }

    # ------------------------------------------------------------ what the buttons do
    def land(self) -> list[LandedFile]:
        """Land a file, or as many as the panel says: ``lab.shop.land(rows, faults=...)``.

        Raises
        ------
        OrderCountError
            If it is more than 200,000 orders at once. Nothing lands.
        LandingError
            If they would fill the disk: nothing lands. If one cannot be written: those before it have landed.
        FaultError
            If a file cannot have these faults.
        """
        rows, files, faults = self.rows.value, self.files.value, self._asked()
        if rows * files > MOST_ORDERS_PER_DROP:
            raise OrderCountError(
                got=f"{files:,} files of {rows:,} orders in one drop",
                needed=f"{MOST_ORDERS_PER_DROP:,} orders at most",
                next_step="lower one of the two; for more call lab.shop.land_bulk(lab.spark, rows=...)",
            )
        check_room(self._lab.shop, rows, faults=faults, files=files)
        landed = [self._lab.shop.land(rows, faults=faults) for _ in range(files)]
        self._show_code(_land_code(rows, faults, files=files))
        self.say(_landed_words(landed))
        return landed

    def land_drift(self, fault: str) -> LandedFile:
        """Land one file in which every order has this fault: ``lab.shop.land(rows, faults={fault: 1.0})``.

        Parameters
        ----------
        fault : str
            Mostly one that is a change of the source: ``new_column``, ``renamed_column``, ``key_case``,
            ``wrong_type``.
        """
        check_room(self._lab.shop, self.rows.value)
        landed = self._lab.shop.land(self.rows.value, faults={fault: 1.0})
        self._show_code(_land_code(self.rows.value, {fault: 1.0}))
        self.say(f"{_landed_words([landed])} In each order {MEANINGS[fault]}.")
        return landed

    def start_drip(self) -> Drip:
        """Land a file now and another every few seconds: ``start_drip(lab.shop, ...)``."""
        rows, every_seconds, faults = self.rows.value, self.seconds.value, self._asked()
        self.drip = start_drip(self._lab.shop, rows, every_seconds=every_seconds, faults=faults)
        self._show_code(_drip_code(rows, every_seconds, faults))
        self.say(f"The drip has started: {self.drip.files:,} files at most.")
        return self.drip

    def stop_drip(self) -> None:
        """Stop the shop's drip, whoever started it: ``lab.shop.drip.stop()``."""
        drip = self._lab.shop.drip
        if drip is None:
            self.say("No drip has been started.")
            return
        drip.stop()
        self._show_code("lab.shop.drip.stop()")
        self.say(f"The drip has stopped, after {counted(drip.landed, 'file')}.")

    def set_pace(self) -> None:
        """Let the shop's clock go at the panel's pace: ``lab.shop.set_pace(hours=...)``."""
        self._lab.shop.set_pace(self.hours.value)
        self._pace = self.hours.value
        self._show_code(f"lab.shop.set_pace(hours={_number(self.hours.value)})")
        self.say(
            f"From the next file on, {_number(self.hours.value)} hours of shop time pass between two files."
        )

    def clear_faults(self) -> None:
        """Ask for no faults."""
        for control in self.fault_controls.values():
            control.value = type(control.value)(0)
        self.say("Files will land without faults.")

    def refresh(self) -> None:
        """Show what has landed, from wherever. The panel does it by itself, twice a second."""
        with self._turn:
            shop = self._lab.shop
            paths, drip, pace = shop.files(), shop.drip, shop.pace
            seen = ([path.name for path in paths], repr(drip), pace)
            if seen != self._shown:
                self._shown = seen
                self.counters.value = f"<p>{escape(self._count(paths))}</p>"
                self.drip_state.value = f"<span>{escape(_drip_words(drip))}</span>"
                self.stop_button.disabled = not (drip and drip.is_running)
                if pace != self._pace:
                    self._pace = pace
                    self.hours.value = pace
                if drip and drip.error and drip is not self._reported:
                    self._reported = drip
                    self._fail(drip.error)
            previewed = (paths[-1:], self.show_planted.value)
            if previewed != self._previewed:
                self._previewed = previewed
                self.preview.value = self._preview(paths)

    def freeze(self) -> None:
        """Stop what the panel has started; what is shown stays, and the buttons rest. Twice is fine."""
        if self.drip is not None:
            self.drip.stop()
        self._ticker.stop()
        self._try(self.refresh)
        for widget in tree(self):
            if isinstance(widget, widgets.Button):
                widget.disabled = True

    def close(self) -> None:
        """Stop what the panel has started and go: no thread and no connection to the page stays."""
        self.freeze()
        close_tree(self)
        if _open.get(self._lab) is self:
            del _open[self._lab]

    def say(self, sentence: str) -> None:
        """Say something in the panel, which a screen reader reads out."""
        self.message.value = f'<p role="status">{escape(sentence)}</p>'

    # ------------------------------------------------------------ how it is built
    def _make_controls(self) -> None:
        self.rows = widgets.BoundedIntText(10, min=1, max=MOST_ROWS, description="Rows per file")
        steps = [(f"{step:,}", step) for step in SLIDER_STEPS]
        self.rows_slider = widgets.SelectionSlider(options=steps, value=10, readout=False)
        self.files = widgets.BoundedIntText(
            1, min=1, max=MOST_FILES_PER_DROP, description="Files per drop", tooltip="for Land a file"
        )
        self.hours = widgets.BoundedFloatText(
            self._pace,
            min=SHORTEST_HOURS,
            max=LONGEST_HOURS,
            description="Hours between files (shop time)",
            tooltip="the clock's speed: how much shop time passes from one file to the next",
        )
        self.seconds = widgets.BoundedFloatText(
            5, min=SHORTEST_SECONDS, max=LONGEST_SECONDS, description="Seconds between files"
        )
        self.fault_controls = {fault.name: _fault_control(fault) for fault in FAULTS}
        self.show_planted = widgets.Checkbox(description="Show planted faults (teacher)", indent=False)
        for control in (self.rows, self.files, self.hours, self.seconds):
            control.style.description_width = "initial"
            control.layout.width = "16rem"
        self.hours.layout.width = "20rem"

    def _make_texts(self) -> None:
        self.counters, self.drip_state, self.message = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.preview, self._mix, self._code = widgets.HTML(), widgets.HTML(), widgets.HTML()

    def _make_buttons(self) -> None:
        # Without icons: ipywidgets draws one as a letter, which a screen reader would read out.
        self.land_button = widgets.Button(description="Land a file")
        self.start_button = widgets.Button(description="Start drip")
        self.stop_button = widgets.Button(description="Stop drip", disabled=True)
        self.drift_buttons = {
            name: widgets.Button(description=label, tooltip=f"one file: in each order {MEANINGS[name]}")
            for label, name in DRIFTS.items()
        }
        self.mix_button = widgets.Button(description="Choose faults")
        self.clear_button = widgets.Button(description="No faults")
        for button in (*self.drift_buttons.values(), self.mix_button, self.clear_button):
            button.layout.width = "auto"
        self.clear_button.layout.align_self = "flex-start"

    def _laid_out(self) -> list[widgets.Widget]:
        # A meaning stands beside its control, and wraps there.
        meanings = [widgets.HTML(_meaning(fault), layout={"flex": "1 1 12rem"}) for fault in FAULTS]
        faults = [
            row(self.fault_controls[fault.name], meaning)
            for fault, meaning in zip(FAULTS, meanings, strict=True)
        ]
        self._faults = widgets.VBox([*faults, self.clear_button], layout=widgets.Layout(display="none"))
        return [
            widgets.HTML(STYLE + PANEL_STYLE + OWN_STYLE),
            self.counters,
            row(self.rows, self.rows_slider, self.files, self.hours),
            row(self.land_button, self.mix_button, self._mix),
            self._faults,
            row(self.start_button, self.stop_button, self.seconds, self.drip_state),
            row(*self.drift_buttons.values()),
            self.message,
            self._code,
            self.show_planted,
            self.preview,
        ]

    def _wire(self) -> None:
        actions: dict[widgets.Button, Callable[[], Any]] = {
            self.land_button: self.land,
            self.start_button: self.start_drip,
            self.stop_button: self.stop_drip,
            self.mix_button: self._open_mix,
            self.clear_button: self.clear_faults,
        }
        for name, button in self.drift_buttons.items():
            actions[button] = lambda name=name: self.land_drift(name)
        for button, action in actions.items():
            button.on_click(lambda _, action=action: self._try(action))
        self.rows.observe(lambda _: self._follow_number(), names="value")
        self.files.observe(lambda _: self._name_button(), names="value")
        self.rows_slider.observe(lambda _: self._follow_slider(), names="value")
        self.hours.observe(lambda _: self._follow_hours(), names="value")
        self.show_planted.observe(lambda _: self._try(self.refresh), names="value")
        for control in self.fault_controls.values():
            control.observe(lambda _: self._show_mix(), names="value")

    def _follow_number(self) -> None:
        self.rows_slider.value = _slider_step(self.rows.value)

    def _follow_slider(self) -> None:
        # A number between two steps stays as it was typed.
        if self.rows_slider.value != _slider_step(self.rows.value):
            self.rows.value = self.rows_slider.value

    def _name_button(self) -> None:
        files = self.files.value
        self.land_button.description = "Land a file" if files == 1 else f"Land {files} files"

    def _follow_hours(self) -> None:
        # It may have been the shop that changed, and the control that followed.
        if self.hours.value != self._pace:
            self._try(self.set_pace)

    def _open_mix(self) -> None:
        is_open = self._faults.layout.display is None
        self._faults.layout.display = "none" if is_open else None
        self.mix_button.description = "Choose faults" if is_open else "Hide faults"

    def _try(self, action: Callable[[], Any]) -> None:
        """Run an action and say its error in the panel: a callback's traceback lands out of sight."""
        with self._click.take() as may_act:
            if not may_act:
                return
            for step in (action, self.refresh):
                try:
                    step()
                except Exception as error:  # noqa: BLE001 - whatever it is, the reader looks at the panel
                    self._fail(error)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, MedallionLabError):
            parts = {"Got": error.got, "Needed": error.needed, "Next": error.next_step}
        else:
            parts = {type(error).__name__: str(error)}
        lines = "<br>".join(f"<b>{word}:</b> {escape(text)}" for word, text in parts.items())
        self.message.value = (
            f'<p class="medallion-error" role="alert"><b>That did not work.</b><br>{lines}</p>'
        )

    # ------------------------------------------------------------ what it shows
    def _asked(self) -> dict[str, int]:
        return {name: int(control.value) for name, control in self.fault_controls.items() if control.value}

    def _mix_words(self) -> str:
        return ", ".join(f"{spoken(name)} {count}" for name, count in self._asked().items()) or "none"

    def _show_mix(self) -> None:
        self._mix.value = f"<span>Faults in each file: {escape(self._mix_words())}</span>"

    def _show_code(self, code: str) -> None:
        self.code = code
        self._code.value = _code_html(code)

    def _count(self, paths: Sequence[Path]) -> str:
        # A file that has landed never changes: each is counted once.
        self._counted = {path.name: self._counted.get(path.name) or count_lines(path) for path in paths}
        files, rows = counted(len(paths), "file"), counted(sum(self._counted.values()), "row")
        next_time = self._lab.shop.next_landing_time()
        return f"Landed: {files}, {rows}. The next file lands at {next_time}, shop time."

    def _preview(self, paths: Sequence[Path]) -> str:
        if not paths:
            return "<p>No file has landed yet.</p>"
        if not self.show_planted.value:
            return preview_html(paths[-1])
        planted = [fault for fault in self._lab.shop.faults_planted() if fault.file == paths[-1].name]
        return preview_html(paths[-1], planted=planted)

    def _settings(self) -> list[tuple[str, str]]:
        drip = self._lab.shop.drip
        return [
            ("Rows per file", f"{self.rows.value:,}"),
            ("Files per drop", f"{self.files.value:,}"),
            ("Hours between files (shop time)", _number(self.hours.value)),
            ("Faults in each file", self._mix_words()),
            ("Seconds between files", _number(self.seconds.value)),
            ("Drip", "running" if drip and drip.is_running else "not running"),
        ]

    def _as_html(self) -> str:
        table = html_table(["control", "now"], self._settings(), caption="The generator panel")
        live = "In JupyterLab this panel is live, and has these buttons: "
        parts = [
            f"<p>{live}{', '.join(BUTTONS)}.</p>",
            table,
            self.counters.value,
            _code_html(self.code),
            self.preview.value,
        ]
        return f'<div class="medallion-panel">{"".join(parts)}</div>'

    def _as_text(self) -> str:
        landed = self._count(self._lab.shop.files())
        table = text_table(
            ["control", "now"], self._settings(), caption="The generator panel, live in JupyterLab"
        )
        return f"{table}\n{landed}\nThe same in code:\n{self.code}"


def generator_panel(lab: Any) -> GeneratorPanel:
    """Return the generator panel of a lab; the one that was shown before is closed, and its drip stopped.

    Parameters
    ----------
    lab : Lab
        An open lab. Closing it stops what the panel has started; what the panel shows stays.

    Returns
    -------
    GeneratorPanel
        A widget: end a cell with it. A page without a kernel shows its controls as they stood.
    """
    if lab in _open:
        _open[lab].close()
    _open[lab] = panel = GeneratorPanel(lab)
    lab.before_close(panel.freeze)
    return panel


_open: dict[Any, GeneratorPanel] = {}


def _land_code(rows: int, faults: dict[str, float], *, files: int = 1) -> str:
    planted = f", faults={json.dumps(faults)}" if faults else ""
    call = f"lab.shop.land({rows}{planted})"
    return call if files == 1 else f"for _ in range({files}):\n    {call}"


def _drip_code(rows: int, every_seconds: float, faults: dict[str, int]) -> str:
    planted = f", faults={json.dumps(faults)}" if faults else ""
    call = f"start_drip(lab.shop, {rows}, every_seconds={_number(every_seconds)}{planted})"
    return f"from medallion_lab.shop.drip import start_drip\n\n{call}"


def _landed_words(landed: Sequence[LandedFile]) -> str:
    if len(landed) == 1:
        return f"Landed {landed[0]!r}."
    return f"Landed {len(landed)} files, {landed[0].path.name} to {landed[-1].path.name}."


def _drip_words(drip: Drip | None) -> str:
    if drip is None:
        return "No drip runs."
    landed = counted(drip.landed, "file")
    if drip.is_running:
        return f"The drip runs: {landed} so far, at most {drip.files:,}."
    if drip.error is None:
        return f"The drip has ended, after {landed}."
    return f"The drip ended itself after {landed}. {str(drip.error).replace(chr(10), '. ')}."


def _fault_control(fault: Fault) -> widgets.Widget:
    label, hint = spoken(fault.name), f"how many orders of each file: {fault.meaning}"
    style = {"description_width": "11rem"}
    if fault.name == "redelivered_file":
        return widgets.Checkbox(description=label, tooltip=hint, style=style, layout={"width": "20rem"})
    return widgets.BoundedIntText(
        0, min=0, max=MOST_ROWS, description=label, tooltip=hint, style=style, layout={"width": "17rem"}
    )


def _meaning(fault: Fault) -> str:
    return f"<span>{escape(fault.meaning)}; {escape(BECOMES[fault.becomes])}</span>"


def _code_html(code: str) -> str:
    return f"<p>The same in code:</p>{scrolling(f'<pre>{escape(code)}</pre>', name='The same in code')}"


def _slider_step(rows: int) -> int:
    return max(step for step in SLIDER_STEPS if step <= rows)


def _number(value: float) -> str:
    return repr(int(value) if value == int(value) else value)
