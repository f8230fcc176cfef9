"""Show the stored figures: tables and chart on the book's page about them, the most telling in the README."""

from pathlib import Path

from tests.benchmarks.chart import aim, all_figures, alt, draw, short, with_aims
from tests.benchmarks.measuring import middle, middle_and_spread

ROOT = Path(__file__).parents[2]
CHART = ROOT / "book" / "figures" / "benchmark.svg"
PAGE = ROOT / "book" / "reference" / "benchmarks.md"
README = ROOT / "README.md"

# How long one waits, for the simple forms and for the exact ones, and what it costs when a table has grown:
# a figure's name in the data file -> what the README calls it, and the other side.
TELLING = {
    "launch to first row in gold, simple forms": (
        "from launch to the first row in gold, simple forms",
        "for the same streams on Spark's default settings",
    ),
    "drop to rows in gold, exact forms, median": (
        "from a dropped file to its rows in gold, exact forms",
        "for the simple forms on default settings",
    ),
    "silver's micro-batch at 1,000,000 rows, exact forms": (
        "for ten orders into a silver table of a million rows",
        "into one that is nearly empty",
    ),
}
SIDES = ["ours: median (range)", "theirs: median (range)"]


def show(results):
    """Draw the chart, and write the figures into the book's page and into the README, between their marks.

    Parameters
    ----------
    results : dict
        The content of ``results.json``.

    Raises
    ------
    ValueError
        If a file lacks a pair of marks.
    """
    CHART.write_text(draw(results))
    for file, blocks in written(results).items():
        text = file.read_text()
        for name, block in blocks.items():
            before, _, after = around(text, name, file=file.name)
            text = before + block + after
        file.write_text(text)


def written(results):
    """Return the files that show figures, and for each of their pairs of marks what stands between."""
    picture = f"![{alt(results)}](../figures/{CHART.name}){{width=480px}}"
    figures = with_aims(results)
    met = sum(figure["is_met"] for figure in figures)
    score = f"{met} of {len(figures)} aims are met."
    return {
        PAGE: {
            "benchmark": f"\n{score} {places(results)}\n\n{table_with_aims(results)}\n\n{picture}\n",
            "benchmark without an aim": f"\n{table_without_aims(results)}\n",
        },
        README: {"benchmark": f"\n{telling(results)}\n"},
    }


def around(text, name, *, file):
    """Return what stands before, between and after the two marks of this name.

    Raises
    ------
    ValueError
        If the text does not have both marks, one after the other.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found_begin, rest = text.partition(begin)
    between, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise ValueError(f"{file} needs a line {begin} and, below it, a line {end}")
    return before + begin, between, end + after


def places(results):
    """Return when the figures were measured, and on which machine."""
    found = {}
    for name, result in results.items():
        found.setdefault((result["measured"], result["machine"]), []).append(name)
    lines = []
    for (day, machine), names in sorted(found.items()):
        which = "" if len(found) == 1 else f" ({', '.join(names)})"
        lines.append(f"Measured on {day}{which}: {machine}.")
    return "\n".join(lines)


def table_with_aims(results):
    """Return a row for each figure that has an aim: the ratio first, then both sides."""
    rows = [
        [
            figure["name"],
            short(figure["ratio"]),
            f"{aim(figure)}, {'met' if figure['is_met'] else '**missed**'}",
            *(_side(figure, side) for side in ("ours", "theirs")),
        ]
        for figure in with_aims(results)
    ]
    return _in_a_box(_table(["figure", "ratio", "aim", *SIDES], rows))


def table_without_aims(results):
    """Return a row for each figure that has none; an older data file may not have the word at all."""
    rows = [
        [figure["name"], short(figure["ratio"]), *(_side(figure, side) for side in ("ours", "theirs"))]
        for figure in all_figures(results)
        if not figure.get("aim")
    ]
    return _in_a_box(_table(["figure", "ratio", *SIDES], rows))


def telling(results):
    """Return the README's few figures as a list: each ratio, and the medians of which it is made."""
    by_name = {figure["name"]: figure for figure in all_figures(results)}
    lines = []
    for name, (what, against) in TELLING.items():
        figure = by_name[name]
        ours, theirs = (f"{middle(figure[side])} {figure['unit']}" for side in ("ours", "theirs"))
        lines.append(f"- **× {short(figure['ratio'])}** {what}: {ours}, against {theirs} {against}")
    return "\n".join(lines)


def _side(figure, side):
    return f"{figure[f'{side}_is']}: {middle_and_spread(figure[side])} {figure['unit']}"


def _table(head, rows):
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in cells)


def _in_a_box(table):
    """Give a table the class whose columns stay wide enough to read: on a phone it scrolls inside its box."""
    return f":::{{table}}\n:class: medallion-figures\n\n{table}\n:::"
