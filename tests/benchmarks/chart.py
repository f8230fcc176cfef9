"""Draw the stored figures that have an aim: one chart in the book's palette."""

import math
import textwrap
from xml.sax.saxutils import escape

from medallion_lab.panels.palette import INK, LAYER_STYLES, PAPER

# The picture is drawn 640 wide and shown as narrow as 350: its smallest letters are 20 high.
WIDTH, LEFT, RIGHT = 640, 22, 618
TITLE_SIZE, NAME_SIZE, NOTE_SIZE = 26, 21, 20
NAME_LETTERS = 54
LINE, BAR, GAP = 26, 16, 26
MET, MISSED = LAYER_STYLES["landing"], LAYER_STYLES["quarantine"]


def draw(results):
    """Return the chart as SVG: one bar for each figure with an aim, from "as much as theirs" to the ratio.

    Parameters
    ----------
    results : dict
        The content of ``results.json``.
    """
    figures = with_aims(results)
    axis = Axis([value for figure in figures for value in (figure["ratio"], _bound(figure))])
    rows, top = [], 184
    for figure in figures:
        drawn, top = _row(figure, axis, top)
        rows.append(drawn)
    height = top + 6
    met = sum(figure["is_met"] for figure in figures)
    title = f"Ratios of {len(figures)} measurements, ours over theirs: {met} of their aims met"
    told = "; ".join(f"{figure['name']}: {_verdict(figure)}" for figure in figures)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
            'aria-labelledby="benchmark-title benchmark-desc" font-family="system-ui, sans-serif">',
            f'  <title id="benchmark-title">{escape(title)}</title>',
            f'  <desc id="benchmark-desc">{escape(told)}.</desc>',
            f'  <rect width="{WIDTH}" height="{height:.0f}" rx="12" fill="{PAPER}"/>',
            _text(LEFT, 42, "Ours over theirs, and the aim", size=TITLE_SIZE, weight=700),
            *_legend(72),
            *axis.drawn(146, height - 20),
            *rows,
            "</svg>\n",
        ]
    )


class Axis:
    """A logarithmic axis of whole powers of ten on which 1, "as much as theirs", always is."""

    def __init__(self, values):
        self.low = min(-1, math.floor(math.log10(min(values))))
        self.high = max(1, math.ceil(math.log10(max(values))))

    def x(self, ratio):
        """Return where a ratio is."""
        return LEFT + (RIGHT - LEFT) * (math.log10(ratio) - self.low) / (self.high - self.low)

    def drawn(self, top, bottom):
        """Return a line for each power of ten, the one of 1 the strongest, with its number above."""
        for power in range(self.low, self.high + 1):
            x = self.x(10**power)
            look = 'stroke-width="2.5"' if power == 0 else 'stroke-width="1" stroke-dasharray="2 6"'
            anchor = {self.low: "start", self.high: "end"}.get(power, "middle")
            yield _text(x, top, f"×{10**power:g}", size=NOTE_SIZE, anchor=anchor)
            yield f'  <path d="M{x:.1f} {top + 10}V{bottom:.0f}" stroke="{INK}" {look}/>'


def _legend(y):
    yield f'  <rect x="{LEFT}" y="{y - 14}" width="30" height="{BAR}" {_look(MET)}/>'
    yield _text(LEFT + 38, y + 1, "aim met", size=NOTE_SIZE)
    yield f'  <rect x="150" y="{y - 14}" width="30" height="{BAR}" {_look(MISSED, is_met=False)}/>'
    yield _text(188, y + 1, "aim missed", size=NOTE_SIZE)
    yield _aim_mark(LEFT + 12, y + 18)
    yield _text(LEFT + 38, y + 33, "the aim; its flag points to where it is met", size=NOTE_SIZE)


def _row(figure, axis, top):
    lines = textwrap.wrap(figure["name"], NAME_LETTERS)
    # A name stands on the page's colour, so that no line of the axis crosses its letters.
    height = LINE * (len(lines) + 1)
    parts = [f'  <rect x="8" y="{top}" width="{WIDTH - 16}" height="{height}" fill="{PAPER}"/>']
    parts += [_text(LEFT, top + 20 + LINE * n, line, size=NAME_SIZE) for n, line in enumerate(lines)]
    parts.append(_text(LEFT, top + 20 + LINE * len(lines), _verdict(figure), size=NOTE_SIZE, weight=700))
    y = top + height + 6
    ends = sorted((axis.x(1), axis.x(figure["ratio"])))
    style = _look(MET if figure["is_met"] else MISSED, is_met=figure["is_met"])
    parts.append(
        f'  <rect x="{ends[0]:.1f}" y="{y}" width="{max(2, ends[1] - ends[0]):.1f}" height="{BAR}" {style}/>'
    )
    parts.append(_aim_mark(axis.x(_bound(figure)), y, sign=figure["aim"].split()[0]))
    return "\n".join(parts), y + BAR + GAP


def _look(style, *, is_met=True):
    """Return a bar's look: filled when the aim is met, an outline with a pale inside when it is missed."""
    fill = style.stroke if is_met else style.fill
    dashes = "" if is_met else ' stroke-dasharray="6 4"'
    return f'fill="{fill}" stroke="{style.stroke}" stroke-width="2.5"{dashes}'


def _aim_mark(x, y, *, sign="<="):
    """Return an upright line with a head that points to where a ratio should be."""
    head = -11 if sign == "<=" else 11
    return (
        f'  <path d="M{x - 2:.1f} {y - 6}h4V{y + BAR + 6}h-4ZM{x:.1f} {y - 6}l{head} 7l{-head} 7Z" '
        # A rim in the page's colour, so that it can be told from a bar that it stands on.
        f'fill="{INK}" stroke="{PAPER}" stroke-width="3" paint-order="stroke"/>'
    )


def _text(x, y, text, *, size, weight=400, anchor="start"):
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{INK}"'
    return f'  <text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def alt(results):
    """Return in words what the chart shows."""
    figures = with_aims(results)
    missed = [figure["name"] for figure in figures if not figure["is_met"]]
    said = f"Missed: {'; '.join(missed)}." if missed else "None is missed."
    return f"A bar for each ratio of the table, with its aim: {len(figures) - len(missed)} are met. {said}"


def with_aims(results):
    """Return the figures that have an aim, in the order of the data file."""
    return [figure for figure in all_figures(results) if figure.get("aim")]


def all_figures(results):
    """Return every figure of ``results.json``, in its order."""
    return [figure for result in results.values() for figure in result["figures"]]


def _bound(figure):
    return float(figure["aim"].split()[1])


def aim(figure):
    """Return a figure's aim as a reader writes it."""
    sign, bound = figure["aim"].split()
    return f"{'≤' if sign == '<=' else '≥'} {bound}"


def _verdict(figure):
    return f"×{short(figure['ratio'])}, aim {aim(figure)}: {'met' if figure['is_met'] else 'missed'}"


def short(ratio):
    """Return a ratio in two digits behind the point, or in two that count when it is small."""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"
