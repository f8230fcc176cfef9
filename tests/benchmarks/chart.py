"""Show the stored figures: one chart in the book's palette, and a table in the README."""

import math
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from medallion_lab.panels.palette import INK, LAYER_STYLES, PAPER
from tests.benchmarks.measuring import middle_and_spread

ROOT = Path(__file__).parents[2]
CHART = ROOT / "book" / "figures" / "benchmark.svg"
README = ROOT / "README.md"
BEGIN, END = "<!-- benchmark: begin -->", "<!-- benchmark: end -->"

# The picture is drawn 640 wide and shown as narrow as 350: its smallest letters are 20 high.
WIDTH, LEFT, RIGHT = 640, 22, 618
TITLE_SIZE, NAME_SIZE, NOTE_SIZE = 26, 21, 20
NAME_LETTERS = 54
LINE, BAR, GAP = 26, 16, 26
MET, MISSED = LAYER_STYLES["landing"], LAYER_STYLES["quarantine"]


def draw(results):
    """Return the chart as SVG: one bar for each figure, from "as much as theirs" to the ratio.

    Parameters
    ----------
    results : dict
        The content of ``results.json``.
    """
    figures = _figures(results)
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


def table(results):
    """Return the results as Markdown: where and when they were measured, then a row for each figure."""
    places = {}
    for name, result in results.items():
        places.setdefault((result["measured"], result["machine"]), []).append(name)
    lines = []
    for (day, machine), names in sorted(places.items()):
        which = "" if len(places) == 1 else f" ({', '.join(names)})"
        lines.append(f"Measured on {day}{which}: {machine}.")
    lines += [
        "",
        "| figure | ours: median (range) | theirs: median (range) | ratio | aim | |",
        "|---|---|---|---|---|---|",
    ]
    for figure in _figures(results):
        sides = [
            f"{figure[f'{side}_is']}: {middle_and_spread(figure[side])} {figure['unit']}"
            for side in ("ours", "theirs")
        ]
        verdict = "met" if figure["is_met"] else "**missed**"
        cells = [figure["name"], *sides, _short(figure["ratio"]), _aim(figure), verdict]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def show(results):
    """Draw the chart, and write the table into the README between its two marks.

    Raises
    ------
    ValueError
        If the README does not have the two marks, one after the other.
    """
    before, begin, rest = README.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{README.name} needs a line {BEGIN} and, below it, a line {END}")
    CHART.write_text(draw(results))
    picture = f"![{_alt(results)}]({CHART.relative_to(ROOT).as_posix()})"
    README.write_text(f"{before}{BEGIN}\n{table(results)}\n\n{picture}\n{END}{after}")


def _alt(results):
    figures = _figures(results)
    missed = [figure["name"] for figure in figures if not figure["is_met"]]
    said = f"Missed: {'; '.join(missed)}." if missed else "None is missed."
    return f"A bar for each ratio of the table, with its aim: {len(figures) - len(missed)} are met. {said}"


def _figures(results):
    return [figure for result in results.values() for figure in result["figures"]]


def _bound(figure):
    return float(figure["aim"].split()[1])


def _aim(figure):
    sign, bound = figure["aim"].split()
    return f"{'≤' if sign == '<=' else '≥'} {bound}"


def _verdict(figure):
    return f"×{_short(figure['ratio'])}, aim {_aim(figure)}: {'met' if figure['is_met'] else 'missed'}"


def _short(ratio):
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"
