"""The generator panel's controls: which there are, where they stand, and how they follow each other.

What the buttons do is in ``panels.generator``. Taught in: book/foundations/introduction.ipynb.
"""

from html import escape

import ipywidgets as widgets

from medallion_lab.panels.parts import row
from medallion_lab.panels.preview import MEANINGS, spoken
from medallion_lab.panels.stylesheet import STYLE
from medallion_lab.shop.clock import LONGEST_HOURS, SHORTEST_HOURS
from medallion_lab.shop.drip import LONGEST_SECONDS, MOST_ROWS, SHORTEST_SECONDS
from medallion_lab.shop.faults import FAULTS, Fault

MOST_FILES_PER_DROP = 100
SLIDER_STEPS = (*(n * 10**power for power in range(5) for n in (1, 2, 5)), MOST_ROWS)

DRIFTS = {
    "New column today": "new_column",
    "Renamed column today": "renamed_column",
    "Key in capitals today": "key_case",
    "Changed type today": "wrong_type",
}
BUTTONS = ("Land a file", "Start drip", "Stop drip", *DRIFTS)
# The simple form judges nothing and keeps every copy.
BECOMES = {
    "silver": "the exact form's silver takes it as it was meant",
    "quarantine": "the exact form sets it aside in quarantine",
    "duplicate": "the exact form's silver has it already, and keeps one",
}


class GeneratorControls(widgets.VBox):
    """The controls, as yet without a shop.

    Parameters
    ----------
    hours : float
        The shop's pace, which the control for it shows.
    """

    def __init__(self, *, hours: float) -> None:
        self._make_numbers(hours)
        self._make_texts()
        self._make_buttons()
        self.fault_controls = {fault.name: _fault_control(fault) for fault in FAULTS}
        self.show_planted = widgets.Checkbox(description="Show planted faults (teacher)", indent=False)
        super().__init__(self._laid_out())
        self.add_class("medallion-panel").add_class("medallion-generator")
        self.rows.observe(lambda _: self._follow_number(), names="value")
        self.rows_slider.observe(lambda _: self._follow_slider(), names="value")
        self.files.observe(lambda _: self._name_button(), names="value")
        for control in self.fault_controls.values():
            control.observe(lambda _: self._show_mix(), names="value")
        self._show_mix()

    # ------------------------------------------------------------ which there are
    def _make_numbers(self, hours: float) -> None:
        self.rows = widgets.BoundedIntText(10, min=1, max=MOST_ROWS, description="Rows per file")
        steps = [(f"{step:,}", step) for step in SLIDER_STEPS]
        self.rows_slider = widgets.SelectionSlider(options=steps, value=10, readout=False)
        self.files = widgets.BoundedIntText(
            1, min=1, max=MOST_FILES_PER_DROP, description="Files per drop", tooltip="for Land a file"
        )
        self.hours = widgets.BoundedFloatText(
            hours,
            min=SHORTEST_HOURS,
            max=LONGEST_HOURS,
            description="Hours between files (shop time)",
            tooltip="the clock's speed: how much shop time passes from one file to the next",
        )
        self.seconds = widgets.BoundedFloatText(
            5, min=SHORTEST_SECONDS, max=LONGEST_SECONDS, description="Seconds between files"
        )
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

    # ------------------------------------------------------------ where they stand
    def _laid_out(self) -> list[widgets.Widget]:
        # A meaning stands beside its control, and wraps there.
        meanings = [widgets.HTML(_meaning(fault), layout={"flex": "1 1 12rem"}) for fault in FAULTS]
        faults = [
            row(self.fault_controls[fault.name], meaning)
            for fault, meaning in zip(FAULTS, meanings, strict=True)
        ]
        self._faults = widgets.VBox([*faults, self.clear_button], layout=widgets.Layout(display="none"))
        return [
            widgets.HTML(STYLE),
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

    # ------------------------------------------------------------ how they follow each other
    def _follow_number(self) -> None:
        self.rows_slider.value = _slider_step(self.rows.value)

    def _follow_slider(self) -> None:
        # A number between two steps stays as it was typed.
        if self.rows_slider.value != _slider_step(self.rows.value):
            self.rows.value = self.rows_slider.value

    def _name_button(self) -> None:
        files = self.files.value
        self.land_button.description = "Land a file" if files == 1 else f"Land {files} files"

    def _open_mix(self) -> None:
        is_open = self._faults.layout.display is None
        self._faults.layout.display = "none" if is_open else None
        self.mix_button.description = "Choose faults" if is_open else "Hide faults"

    def _show_mix(self) -> None:
        self._mix.value = f"<span>Faults in each file: {escape(self._mix_words())}</span>"

    # ------------------------------------------------------------ what they say
    def _asked(self) -> dict[str, int]:
        return {name: int(control.value) for name, control in self.fault_controls.items() if control.value}

    def _mix_words(self) -> str:
        return ", ".join(f"{spoken(name)} {count}" for name, count in self._asked().items()) or "none"


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


def _slider_step(rows: int) -> int:
    return max(step for step in SLIDER_STEPS if step <= rows)
