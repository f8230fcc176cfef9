"""Let orders arrive by hand: a file, a drop of many, a drip, with faults that you choose.

The panel is a skin: whatever a button does, the panel shows the same as code, to be tried in a cell.
Taught in: book/foundations/introduction.ipynb.
"""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets as widgets

from medallion_lab.errors import MedallionLabError, OrderCountError
from medallion_lab.panels.generator_controls import BUTTONS, GeneratorControls
from medallion_lab.panels.open_lab import LabWithShop
from medallion_lab.panels.parts import Ticker, Turn, close_tree, tree
from medallion_lab.panels.preview import MEANINGS, count_lines, preview_html
from medallion_lab.panels.same_in_code import code_html, drip_code, land_code
from medallion_lab.panels.tables import html_table, text_table
from medallion_lab.panels.wording import counted, plain_number
from medallion_lab.shop.drip import Drip, check_room, start_drip
from medallion_lab.shop.landing import LandedFile

SECONDS_BETWEEN_LOOKS = 0.5
# A few seconds of Python: meanwhile no other button of the notebook answers.
MOST_ORDERS_PER_DROP = 200_000


class GeneratorPanel(GeneratorControls):
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

    def __init__(self, lab: LabWithShop) -> None:
        self._lab = lab
        self.drip: Drip | None = None
        self._turn = RLock()
        self._click = Turn(self, self.say)
        self._counted: dict[str, int] = {}
        self._pace = lab.shop.pace
        self._reported: Drip | None = None
        self._shown: Any = None
        self._previewed: Any = None
        super().__init__(hours=self._pace)
        self._wire()
        self._show_code(land_code(self.rows.value, {}))
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
        self._show_code(land_code(rows, faults, files=files))
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
        self._show_code(land_code(self.rows.value, {fault: 1.0}))
        self.say(f"{_landed_words([landed])} In each order {MEANINGS[fault]}.")
        return landed

    def start_drip(self) -> Drip:
        """Land a file now and another every few seconds: ``start_drip(lab.shop, ...)``."""
        rows, every_seconds, faults = self.rows.value, self.seconds.value, self._asked()
        self.drip = start_drip(self._lab.shop, rows, every_seconds=every_seconds, faults=faults)
        self._show_code(drip_code(rows, every_seconds, faults))
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
        hours = plain_number(self._pace)
        self._show_code(f"lab.shop.set_pace(hours={hours})")
        self.say(f"From the next file on, {hours} hours of shop time pass between two files.")

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

    # ------------------------------------------------------------ how a click is answered
    def _wire(self) -> None:
        actions: dict[widgets.Button, Callable[[], Any]] = {
            self.land_button: self.land,
            self.start_button: self.start_drip,
            self.stop_button: self.stop_drip,
            self.mix_button: self._open_mix,
            self.clear_button: self.clear_faults,
        }
        for name, button in self.drift_buttons.items():
            actions[button] = partial(self.land_drift, name)
        for button, action in actions.items():
            button.on_click(lambda _, action=action: self._try(action))
        self.hours.observe(lambda _: self._follow_hours(), names="value")
        self.show_planted.observe(lambda _: self._try(self.refresh), names="value")

    def _follow_hours(self) -> None:
        # It may have been the shop that changed, and the control that followed.
        if self.hours.value != self._pace:
            self._try(self.set_pace)

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
    def _show_code(self, code: str) -> None:
        self.code = code
        self._code.value = code_html(code)

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
            ("Hours between files (shop time)", plain_number(self.hours.value)),
            ("Faults in each file", self._mix_words()),
            ("Seconds between files", plain_number(self.seconds.value)),
            ("Drip", "running" if drip and drip.is_running else "not running"),
        ]

    def _as_html(self) -> str:
        table = html_table(["control", "now"], self._settings(), caption="The generator panel")
        live = "In JupyterLab this panel is live, and has these buttons: "
        parts = [
            f"<p>{live}{', '.join(BUTTONS)}.</p>",
            table,
            self.counters.value,
            code_html(self.code),
            self.preview.value,
        ]
        return f'<div class="medallion-panel">{"".join(parts)}</div>'

    def _as_text(self) -> str:
        landed = self._count(self._lab.shop.files())
        table = text_table(
            ["control", "now"], self._settings(), caption="The generator panel, live in JupyterLab"
        )
        return f"{table}\n{landed}\nThe same in code:\n{self.code}"


def generator_panel(lab: LabWithShop) -> GeneratorPanel:
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
