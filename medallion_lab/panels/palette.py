"""The one visual language of the book: each layer's colour, shape and label.

CSS (``book/_static/medallion.css``, ``panels.css``), every SVG in ``book/figures`` and every chart use these
values and no others; ``tests/unit/panels/test_palette.py`` keeps them equal. Taught in: book/index.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LayerStyle:
    """How one layer looks, wherever it is drawn.

    Attributes
    ----------
    label : str
        The word that stands beside the colour, so that colour is never alone.
    shape : str
        The outline that stands for the layer in a picture.
    fill : str
        Background of the shape; text on it is ``INK``.
    stroke : str
        Outline, and text on a light page.
    on_dark : str
        Outline and text on a dark page.
    """

    label: str
    shape: str
    fill: str
    stroke: str
    on_dark: str


INK = "#1f2430"
"""Text and lines in every picture."""

PAPER = "#fbfaf7"
"""The ground of every picture, by day and by night."""

LAYER_STYLES = {
    "landing": LayerStyle("landing", "folded page", "#dcebfa", "#2b6cb0", "#7fb3e6"),
    "bronze": LayerStyle("bronze", "square", "#f3dfcc", "#9a5b1f", "#e0a36a"),
    "silver": LayerStyle("silver", "hexagon", "#e8eaed", "#5e6872", "#b8c0c8"),
    "gold": LayerStyle("gold", "circle", "#fbefc4", "#8a6a00", "#e6c34a"),
    "quarantine": LayerStyle("quarantine", "octagon", "#f9dedc", "#b3261e", "#f28b82"),
}
"""Layer name -> its style, in the order in which rows flow."""
