"""Two pictures of a run as inline SVG: where every row is, and how long the last micro-batches took.

They need no script, no style sheet and no font of their own, and the same numbers give the same text.
Taught in: book/layers/streams.ipynb.
"""

import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from medallion_lab.observe.run import Flow
from medallion_lab.panels.palette import INK, LAYER_STYLES, PAPER
from medallion_lab.panels.wording import counted, in_seconds

# One unit is about a pixel of a phone's width: the picture is some 390 units wide, and its smallest text
# stays above 11 px because the picture scrolls before it shrinks further.
PLAIN, BOLD = 13, 14
STRONG = f'font-size="{BOLD}" font-weight="700"'
LEAST_SCALE, MOST_SCALE = 0.88, 1.4
LEAST_RADIUS, MARGIN, LINE = 24, 10, 17
GAP, TRUNK, BRANCH = 46, 36, 32

# The corners of each shape around 0 0, for a radius of 1.
OUTLINES = {
    "folded page": ((-0.85, -1), (0.2, -1), (0.85, -0.35), (0.85, 1), (-0.85, 1)),
    "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "hexagon": ((1, 0), (0.5, 0.87), (-0.5, 0.87), (-1, 0), (-0.5, -0.87), (0.5, -0.87)),
    "octagon": (
        (0.92, 0.38), (0.38, 0.92), (-0.38, 0.92), (-0.92, 0.38),
        (-0.92, -0.38), (-0.38, -0.92), (0.38, -0.92), (0.92, -0.38),
    ),
}  # fmt: skip


def flow_svg(flow: Flow, *, key: str = "", stream: str = "") -> str:
    """Draw the pipeline with the rows in each place, on each way and waiting between them.

    Parameters
    ----------
    flow : Flow
        The numbers. The picture spells out the sum that they keep.
    key : str, default ""
        Begins the picture's ids, so that two equal pictures can stand on one page; made from the numbers if
        it is empty.
    stream : str, default ""
        ``bronze``, ``silver`` or ``gold``: the stream whose rows have just moved; its ways are drawn thick.

    Returns
    -------
    str
        An ``<svg>`` with a title and a description.
    """
    key = _id(key or f"flow-{_digest(flow)}")
    plan = _plan(flow)
    x, top, below = plan.x, plan.top, plan.top + plan.radius + LINE
    parts = [
        f'<rect width="{plan.width:.0f}" height="{plan.height:.0f}" rx="12" fill="{PAPER}"/>',
        *_ways(flow, plan, stream),
        _place("landing", flow.landed, x["landing"], top, plan.radius),
        _place("bronze", flow.bronze, x["bronze"], top, plan.radius),
        _place("silver", flow.silver, x["silver"], top, plan.radius),
        _place("gold", flow.gold, x["gold"], top, plan.radius),
        _place("quarantine", flow.quarantine, x["silver"], plan.low, plan.radius, is_named_beside=True),
        _text(x["gold"], below, "sum" if flow.gold == 1 else "sums"),
        *_sum_lines(flow, below + 29),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {plan.width:.0f} {plan.height:.0f}" '
        f'width="{plan.width * MOST_SCALE:.0f}" role="img" '
        f'style="min-width:{plan.width * LEAST_SCALE:.0f}px;max-width:100%;height:auto" '
        f'aria-labelledby="{key}-title {key}-desc" '
        f'font-family="system-ui, sans-serif" font-size="{PLAIN}" text-anchor="middle" fill="{INK}">\n'
        f'<title id="{key}-title">The pipeline and its rows</title>\n'
        f'<desc id="{key}-desc">{html.escape(flow_in_words(flow))}</desc>\n' + "\n".join(parts) + "\n</svg>"
    )


def history_svg(seconds: Sequence[float], *, name: str, key: str = "") -> str:
    """Draw how long a stream's last micro-batches took, as small bars; the last one is full.

    Parameters
    ----------
    seconds : sequence of float
        Durations in seconds, oldest first; at least one.
    name : str
        The stream's name.
    key : str, default ""
        Begins the picture's ids; made from name and seconds if it is empty.

    Returns
    -------
    str
        An ``<svg>`` in the colour of the text around it, with a title and a description.
    """
    key = _id(key or f"history-{_digest((name, tuple(seconds)))}")
    most = max(seconds) or 1.0
    bars = [f"M{4 * n + 2} 20v-{max(1, 18 * one / most):.0f}" for n, one in enumerate(seconds)]
    told = (
        f"{counted(len(seconds), 'micro-batch', 'micro-batches')}: shortest {in_seconds(min(seconds))}, "
        f"longest {in_seconds(max(seconds))}, last {in_seconds(seconds[-1])}"
    )
    width = 4 * len(seconds)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 21" width="{width}" height="21" '
        f'role="img" aria-labelledby="{key}-title {key}-desc" stroke="currentColor" stroke-width="3">'
        f'<title id="{key}-title">How long {html.escape(name)} took</title>'
        f'<desc id="{key}-desc">{told}</desc>'
        f'<path d="{"".join(bars[:-1])}" stroke-opacity=".6"/><path d="{bars[-1]}"/></svg>'
    )


def shape_svg(layer: str) -> str:
    """Return a layer's shape, small, to stand beside its name; a screen reader passes over it."""
    return (
        '<svg class="medallion-shape" viewBox="-12 -12 24 24" width="14" height="14" aria-hidden="true">'
        f"{_shape(layer, 10, is_filled=True)}</svg>"
    )


def flow_in_words(flow: Flow) -> str:
    """Return what the picture says, as sentences."""
    return (
        f"{counted(flow.landed, 'row')} landed in {counted(flow.files, 'file')}. "
        f"Bronze holds {flow.bronze:,}; {flow.waiting_for_bronze:,} waiting. "
        f"Silver has taken {flow.read_by_silver:,} of them; {flow.waiting_for_silver:,} waiting: "
        f"{flow.silver:,} in silver, {flow.quarantine:,} in quarantine, "
        f"{counted(flow.duplicates, 'duplicate')}. "
        f"Gold has taken {flow.read_by_gold:,} from silver; {flow.waiting_for_gold:,} waiting; "
        f"it holds {counted(flow.gold, 'sum')}."
    )


def sum_in_words(flow: Flow) -> str:
    """Return the sum that the landed rows keep, on one line."""
    terms = " + ".join(f"{number:,} {words}" for number, words in _sum_terms(flow))
    return f"{counted(flow.landed, 'row')} landed = {terms}"


@dataclass(frozen=True)
class _Plan:
    """Where things stand: long numbers get room, so the picture becomes larger and its text never smaller."""

    radius: float
    x: dict[str, float]
    bend: float
    width: float
    top: float
    low: float
    lowest: float
    height: float


def _plan(flow: Flow) -> _Plan:
    numbers = (flow.landed, flow.bronze, flow.silver, flow.quarantine, flow.gold)
    widest = max(_width(f"{number:,}", BOLD, is_bold=True) for number in numbers)
    radius = max(LEAST_RADIUS, widest / 2 + 7)
    landing = MARGIN + max(radius, _width("landing", BOLD, is_bold=True) / 2)
    bronze = landing + 2 * radius + max(GAP, _width(f"{flow.bronze:,}", PLAIN) + 16)
    first, second = _waiting(flow.waiting_for_bronze), _waiting(flow.waiting_for_silver)
    bend = max(
        bronze + radius + max(TRUNK, _width(f"{flow.read_by_silver:,}", PLAIN) + 16),
        # The words under the two ways must not meet,
        (landing + bronze) / 2 + _width(first, PLAIN) / 2 + _width(second, PLAIN) + 9 if second else 0,
        # nor the sum and the way to quarantine.
        MARGIN + _widest_number(flow) + 6 + _width("waiting for bronze", PLAIN) + 8,
    )
    silver = bend + BRANCH + radius
    gold = silver + 2 * radius + max(GAP, _width(f"{flow.read_by_gold:,}", PLAIN) + 16)
    beside = silver + radius + 8 + _width("quarantine", BOLD, is_bold=True)
    duplicates = silver - radius + 8 + _width(_duplicates(flow), BOLD, is_bold=True)
    top = radius + 28
    low = top + radius + 72
    lowest = low + radius + 36
    return _Plan(
        radius=radius,
        x={"landing": landing, "bronze": bronze, "silver": silver, "gold": gold},
        bend=bend,
        width=max(gold + radius, beside, duplicates) + MARGIN,
        top=top,
        low=low,
        lowest=lowest,
        height=max(lowest + 26, top + radius + 9 * LINE + 8),
    )


def _ways(flow: Flow, plan: _Plan, stream: str) -> Iterator[str]:
    """Draw the lines from place to place: a dotted one no row has gone, a thick one rows have just gone."""
    x, bend, radius = plan.x, plan.bend, plan.radius
    top, low, lowest = round(plan.top), round(plan.low), round(plan.lowest)

    def way(path: str, rows: int, by: str) -> str:
        dots = "" if rows else ' stroke-dasharray="2 5"'
        return f'<path d="{path}" stroke-width="{4 if rows and by == stream else 2}"{dots}/>'

    def ahead(layer: str) -> float:
        return x[layer] - radius - 11

    stub = x["silver"] - radius
    yield f'<g fill="none" stroke="{INK}">'
    yield way(f"M{x['landing'] + radius:.0f} {top}H{ahead('bronze'):.0f}", flow.bronze, "bronze")
    yield way(f"M{bend:.0f} {top}V{low}", abs(flow.quarantine) + abs(flow.duplicates), "silver")
    yield way(f"M{bend:.0f} {low}H{ahead('silver'):.0f}", flow.quarantine, "silver")
    yield way(f"M{bend:.0f} {low}V{lowest}H{stub:.0f}", flow.duplicates, "silver")
    yield way(f"M{bend:.0f} {top}H{ahead('silver'):.0f}", flow.silver, "silver")
    yield way(f"M{x['bronze'] + radius:.0f} {top}H{bend:.0f}", flow.read_by_silver, "silver")
    yield way(f"M{x['silver'] + radius:.0f} {top}H{ahead('gold'):.0f}", flow.read_by_gold, "gold")
    # What gives way goes no further.
    yield f'<path d="M{stub:.0f} {lowest - 8}v16" stroke-width="3"/>'
    yield "</g>"
    tips = ((ahead("bronze"), top), (ahead("silver"), top), (ahead("silver"), low), (ahead("gold"), top))
    yield f'<path d="{"".join(f"M{left:.0f} {y - 5}l9 5l-9 5z" for left, y in tips)}"/>'
    yield f'<circle cx="{bend:.0f}" cy="{top}" r="4"/>'
    first, third = (x["landing"] + x["bronze"]) / 2, (x["silver"] + x["gold"]) / 2
    for middle, rows in (
        (first, flow.bronze),
        ((x["bronze"] + radius + bend) / 2, flow.read_by_silver),
        (third, flow.read_by_gold),
    ):
        yield _text(middle - 1, top - 9, f"{rows:,}")
    for place, rows, anchor in (
        (first, flow.waiting_for_bronze, "middle"),
        (bend - 6, flow.waiting_for_silver, "end"),
        # Well to the left of gold's own caption, or the two would read as one.
        (x["gold"] - 39, flow.waiting_for_gold, "end"),
    ):
        if rows:
            yield _text(place, top + radius + LINE, _waiting(rows), anchor=anchor)
    yield _text(stub + 8, lowest + 5, _duplicates(flow), is_bold=True, anchor="start")


def _sum_lines(flow: Flow, y: float) -> Iterator[str]:
    """Spell the sum out, number under number, where the picture leaves room for it."""
    right = MARGIN + _widest_number(flow)
    landed = "row landed" if flow.landed == 1 else "rows landed"
    yield _text(right, y, f"{flow.landed:,}", is_bold=True, anchor="end")
    yield _text(right + 6, y, landed, is_bold=True, anchor="start")
    yield _text(right + 6, y + LINE, f"in {counted(flow.files, 'file')} =", anchor="start")
    for place, (number, words) in enumerate(_sum_terms(flow), start=2):
        yield _text(right, y + LINE * place, f"{number:,}", anchor="end")
        yield _text(right + 6, y + LINE * place, words, anchor="start")


def _widest_number(flow: Flow) -> float:
    numbers = [flow.landed, *(number for number, _ in _sum_terms(flow))]
    return max(_width(f"{number:,}", PLAIN, is_bold=True) for number in numbers)


def _duplicates(flow: Flow) -> str:
    return counted(flow.duplicates, "duplicate")


def _waiting(number: int) -> str:
    return f"{number:,} waiting" if number else ""


def _place(layer: str, rows: int, x: float, y: float, radius: float, *, is_named_beside: bool = False) -> str:
    """Draw a layer's shape with its rows in it and its name above or beside it."""
    left, top, anchor = (radius + 8, 5, "start") if is_named_beside else (0, -radius - 10, "middle")
    name = _text(left, top, layer, fill=LAYER_STYLES[layer].stroke, anchor=anchor)
    number = _text(0, 5, f"{rows:,}")
    shape = _shape(layer, radius, is_filled=rows != 0)
    return f'<g transform="translate({x:.0f} {y:.0f})" {STRONG}>{shape}{number}{name}</g>'


def _shape(layer: str, radius: float, *, is_filled: bool) -> str:
    """Return the outline that stands for a layer, around 0 0; an empty one is as white as the paper."""
    style = LAYER_STYLES[layer]
    fill = style.fill if is_filled else PAPER
    paint = f'fill="{fill}" stroke="{style.stroke}" stroke-width="{2 if radius < LEAST_RADIUS else 2.5}"'
    if style.shape == "circle":
        return f'<circle r="{radius:g}" {paint}/>'
    points = " ".join(f"{x * radius:.3g},{y * radius:.3g}" for x, y in OUTLINES[style.shape])
    fold = f'<path d="M{0.2 * radius:.3g} {-radius:.3g}v{0.65 * radius:.3g}h{0.65 * radius:.3g}" {paint}/>'
    return f'<polygon points="{points}" {paint}/>{fold if style.shape == "folded page" else ""}'


def _text(
    x: float, y: float, text: str, *, is_bold: bool = False, fill: str = "", anchor: str = "middle"
) -> str:
    """Write text in what the picture sets for all of it, unless told otherwise."""
    given = f" {STRONG}" if is_bold else ""
    given += f' fill="{fill}"' if fill else ""
    given += f' text-anchor="{anchor}"' if anchor != "middle" else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{given}>{html.escape(text)}</text>'


def _width(text: str, size: float, *, is_bold: bool = False) -> float:
    """Guess a text's width, on the wide side of what system fonts take."""
    return len(text) * size * (0.68 if is_bold else 0.6)


def _sum_terms(flow: Flow) -> list[tuple[int, str]]:
    """Return what the landed rows are now: number and name, in the order in which rows flow."""
    return [
        (flow.waiting_for_bronze, "waiting for bronze"),
        (flow.waiting_for_silver, "waiting for silver"),
        (flow.silver, "silver"),
        (flow.quarantine, "quarantine"),
        (flow.duplicates, "duplicate" if flow.duplicates == 1 else "duplicates"),
    ]


def _id(text: str) -> str:
    """Return a text as an id that HTML and SVG both take."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:8]
