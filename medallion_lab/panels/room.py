"""The control room: what arrives and what becomes of it, side by side, as on a projector.

Taught in: book/foundations/control_room.ipynb.
"""

from typing import Any

import ipywidgets as widgets

from medallion_lab.panels.generator import generator_panel
from medallion_lab.panels.open_lab import OpenLab
from medallion_lab.panels.parts import close_tree
from medallion_lab.panels.streams import stream_panel

# As wide as the wider of the two needs; below twice that, the second one goes under the first.
WIDTH = "30rem"


class ControlRoom(widgets.VBox):
    """Both panels of a lab. Made by ``control_room``.

    Attributes
    ----------
    generator : GeneratorPanel
        Lets files land.
    streams : StreamPanel
        Shows what the streams make of them.
    """

    def __init__(self, lab: OpenLab) -> None:
        self.generator = generator_panel(lab)
        self.streams = stream_panel(lab)
        for panel in (self.generator, self.streams):
            panel.layout.flex = f"1 1 {WIDTH}"
            # A wide table scrolls inside its panel, and does not push the other one down.
            panel.layout.min_width = "0"
        self._beside = widgets.HBox(
            [self.generator, self.streams],
            layout=widgets.Layout(flex_flow="row wrap", align_items="flex-start"),
        )
        super().__init__([self._beside])

    def __repr__(self) -> str:
        return f"ControlRoom({self.generator!r})"

    def _repr_mimebundle_(self, **named: Any) -> dict[str, Any]:
        """Add what both panels show: as HTML for a page without a kernel, as text for everything else."""
        # The run comes first: by how a drawing begins, a refresh of the book knows a recorded run.
        parts = [panel._repr_mimebundle_(**named) for panel in (self.streams, self.generator)]
        return {
            **super()._repr_mimebundle_(**named),
            **{kind: "\n\n".join(part[kind] for part in parts) for kind in ("text/html", "text/plain")},
        }

    def close(self) -> None:
        """Close both panels and go. Twice is fine."""
        for panel in (self.generator, self.streams):
            panel.close()
        close_tree(self)


def control_room(lab: OpenLab) -> ControlRoom:
    """Return both panels of a lab, side by side where there is room; those shown before are closed.

    Parameters
    ----------
    lab : Lab
        An open lab. Closing it stops what the panels do by themselves; what they show stays.

    Returns
    -------
    ControlRoom
        A widget: end a cell with it. A page without a kernel shows the run up to that cell, step by step, and
        the generator's controls as they stood.
    """
    global _shown
    if _shown is not None:
        _shown.close()
    _shown = ControlRoom(lab)
    return _shown


_shown: ControlRoom | None = None
