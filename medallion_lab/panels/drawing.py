"""Draw a recorded run: its streams, a micro-batch opened up, and all its steps behind a slider.

The same functions draw the live panel and the page without a kernel. They take plain data and return text;
nothing here knows Spark or a widget. The two pictures are in ``panels.flow_picture``.
Taught in: book/layers/streams.ipynb.
"""

import hashlib
import html
import re
from collections.abc import Iterable, Sequence

from medallion_lab.observe.run import PARTS, Batch, Flow, Run, Source, Step, Stream, Written
from medallion_lab.panels.flow_picture import flow_in_words, flow_svg, history_svg, shape_svg, sum_in_words
from medallion_lab.panels.palette import LAYER_STYLES
from medallion_lab.panels.stylesheet import STYLE
from medallion_lab.panels.tables import text_table

__all__ = [
    "STYLE",
    "batch_html",
    "flow_in_words",
    "flow_svg",
    "history_svg",
    "run_html",
    "run_text",
    "step_html",
    "steps_html",
    "streams_html",
    "sum_in_words",
]

BEGIN, END = "<!-- recorded run: begin -->", "<!-- recorded run: end -->"
MOST_STEPS = 24
MOST_FILES = 12
STATE_SHAPES = {"running": "▶", "idle": "○", "stopped": "■", "failed": "✖"}
FLOW_COLUMNS = (
    "files",
    "landed",
    "waiting for bronze",
    "bronze",
    "waiting for silver",
    "taken by silver",
    "silver",
    "quarantine",
    "duplicates",
    "waiting for gold",
    "taken by gold",
    "gold",
)
# What a cell says that has nothing to say.
NONE = '<span class="null">none</span>'


def streams_html(step: Step, *, key: str = "") -> str:
    """Return the streams as a table, one row a stream, with what made a stream fail below it.

    Parameters
    ----------
    step : Step
        A moment of a run.
    key : str, default ""
        Begins the ids in it; made from the numbers if it is empty.
    """
    if not step.streams:
        return "<p>No stream has been started.</p>"
    # Watermark and state take columns only where a stream has them; what nobody has is said in a sentence.
    has_watermark = any(stream.watermark for stream in step.streams)
    has_state = any(stream.state_rows is not None for stream in step.streams)
    columns = [
        "stream",
        "state",
        "last micro-batch",
        "rows in",
        "rows out",
        "rows a second",
        "took",
        "of which",
    ]
    columns += ["watermark"] if has_watermark else []
    columns += ["rows in state", "late rows dropped"] if has_state else []
    columns += ["still to read"]
    rows = [
        _stream_cells(stream, key, has_watermark=has_watermark, has_state=has_state)
        for stream in step.streams
    ]
    columns_left_out = (("watermark", has_watermark), ("state", has_state))
    missing = [f"no {name}" for name, is_there in columns_left_out if not is_there]
    caption = "Streams in pipeline order" + (f" ({', '.join(missing)})" if missing else "")
    errors = "".join(
        f'<p class="medallion-error"><strong>{_state(stream.state)}: {html.escape(stream.name)}.</strong> '
        f"{html.escape(stream.error)}</p>"
        for stream in step.streams
        if stream.error
    )
    return _table(caption, columns, rows) + errors


def batch_html(batch: Batch) -> str:
    """Return one micro-batch opened up: what it read, what it wrote, and where its time went.

    Parameters
    ----------
    batch : Batch
        The micro-batch.
    """
    title = f"{html.escape(batch.stream)}, micro-batch {batch.batch_id}"
    read = _table(
        "What it read",
        ["source", "rows", "files", "from offset", "to offset"],
        [_source_cells(source) for source in batch.sources],
    )
    wrote = _table(
        "What it wrote",
        ["table", "version made", "operation", "rows"],
        [_written_cells(written) for written in batch.written],
    )
    rest = max(0.0, batch.seconds - sum(batch.parts))
    times = [*zip(PARTS, batch.parts, strict=False), ("the rest", rest)]
    took = _table(
        f"Where its {_seconds(batch.seconds)} went",
        ["part", "time", "share"],
        [_time_cells(name, seconds, batch.seconds) for name, seconds in times],
    )
    return (
        f'<div class="medallion-batch"><p><strong>{title}</strong> '
        f"began at {html.escape(batch.started)} UTC. It read {_count(batch.rows_in, 'row')} and wrote "
        f"{batch.rows_out:,} in {_seconds(batch.seconds)}: {batch.rows_per_second:,.1f} rows a second.</p>"
        f'{read}<div class="medallion-beside">{wrote}{took}</div></div>'
    )


def step_html(step: Step, *, key: str) -> str:
    """Return one step of a run: the picture of the pipeline, its streams, and its micro-batch if it is one.

    Parameters
    ----------
    step : Step
        A moment of a run.
    key : str
        Begins the ids in it, so that many steps can stand on one page.
    """
    moved = step.batch.stream if step.batch else ""
    picture = flow_svg(step.flow, key=f"{key}-flow", stream=moved)
    batch = batch_html(step.batch) if step.batch else ""
    return f'<div class="medallion-picture">{picture}</div>{streams_html(step, key=key)}{batch}'


def steps_html(run: Run) -> str:
    """Return a run as a table, one row a step: what was read and written, and where every row was then.

    Parameters
    ----------
    run : Run
        The run.
    """
    return _table(
        "The run, step by step. Numbers are rows; gold counts its sums.",
        ["step", "what", "rows read", "rows written", *FLOW_COLUMNS],
        [
            [
                f'<th scope="row" class="number">{number}</th>',
                _cell(html.escape(step.what), "wraps"),
                _number(step.batch.rows_in) if step.batch else _cell(NONE),
                _cell("<br>".join(map(_written_in_words, step.batch.written)) if step.batch else NONE),
                *map(_number, _flow_numbers(step.flow)),
            ]
            for number, step in enumerate(_positions(run), start=1)
        ],
    )


def run_html(run: Run, *, key: str = "") -> str:
    """Return a whole run for a page without a kernel: its steps behind a slider, and all of it as a table.

    ``book/_static/medallion.js`` brings the slider to life. Without a script the last step and the table are
    there. What a comparison of two runs must pass over, for it holds durations, is between two comments.

    Parameters
    ----------
    run : Run
        The run. Of its steps the last 24 are drawn.
    key : str, default ""
        Begins the ids in it; made from the run if it is empty. The same run twice on a page needs two.
    """
    key = key or f"run-{hashlib.sha256(repr(run).encode()).hexdigest()[:8]}"
    steps = _positions(run)
    first = max(1, len(steps) - MOST_STEPS + 1)
    shown = list(enumerate(steps, start=1))[first - 1 :]
    sentences = {number: f"step {number} of {len(steps)}: {_in_short(step)}" for number, step in shown}
    drawn = "".join(
        f'<div class="medallion-step" data-sentence="{html.escape(sentences[number])}"'
        f"{'' if number == len(steps) else ' hidden'}>{step_html(step, key=f'{key}-{number}')}</div>\n"
        for number, step in shown
    )
    slider = (
        '<div class="medallion-steps" hidden>'
        f'<label>Step <input type="range" min="{first}" max="{len(steps)}" step="1" value="{len(steps)}" '
        f'aria-valuetext="{html.escape(sentences[len(steps)])}" autocomplete="off"></label>'
        '<button type="button">◀ Back</button><button type="button">Next ▶</button></div>\n'
    )
    return (
        f'{BEGIN}\n<figure class="medallion-run">\n<figcaption>{_heading(run, first)}</figcaption>\n'
        f"{slider if len(shown) > 1 else ''}"
        f'<output aria-live="polite">{html.escape(sentences[len(steps)])}</output>\n{drawn}'
        f"<details><summary>The same run as a table</summary>{steps_html(run)}</details>\n</figure>\n{END}"
    )


def run_text(run: Run) -> str:
    """Return a run as text that is the same wherever it ran: no times, no ids, no paths.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    str
        A table, one row a step, and the sum that the landed rows keep at the end.
    """
    columns = [
        "step",
        "stream",
        "read",
        "written",
        "landed",
        "bronze",
        "silver",
        "quarantine",
        "duplicates",
        "gold",
    ]
    rows = [
        [number, *_text_cells(step), *(getattr(step.flow, name) for name in columns[4:])]
        for number, step in enumerate(_positions(run), start=1)
    ]
    return f"{text_table(columns, rows)}\n{sum_in_words(run.now.flow)}"


def _positions(run: Run) -> list[Step]:
    """Return the steps, and the present if rows have landed since, or if there is nothing else to show."""
    steps = list(run.steps)
    return steps if steps and steps[-1].flow == run.now.flow else [*steps, run.now]


def _in_short(step: Step) -> str:
    """Return what happened, without an error's words where they stand below in full."""
    errors = [stream.error for stream in step.streams if stream.error]
    return next(
        (step.what[: -len(error) - 2] for error in errors if step.what.endswith(f": {error}")), step.what
    )


def _heading(run: Run, first: int) -> str:
    batches = sum(step.batch is not None for step in run.steps)
    told = f"A recorded run of the lab <strong>{html.escape(run.name)}</strong>: "
    told += _count(batches, "micro-batch", "micro-batches") if batches else "no micro-batch yet"
    if first > 1:
        told += f". Its last {MOST_STEPS} steps are drawn; the table at the end has them all"
    return f"{told}."


def _text_cells(step: Step) -> list[str | int]:
    """Return stream, rows read and rows written; of a failure, whose it is, for its words may hold a path."""
    if step.batch is None:
        failed = ", ".join(f"{stream.name} failed" for stream in step.streams if stream.state == "failed")
        return [failed or "no micro-batch", "", ""]
    written = ", ".join(f"{one.table} {'?' if one.rows is None else one.rows}" for one in step.batch.written)
    return [step.batch.stream, step.batch.rows_in, written]


def _flow_numbers(flow: Flow) -> list[int]:
    """Return a flow's numbers in the order of ``FLOW_COLUMNS``."""
    return [
        flow.files,
        flow.landed,
        flow.waiting_for_bronze,
        flow.bronze,
        flow.waiting_for_silver,
        flow.read_by_silver,
        flow.silver,
        flow.quarantine,
        flow.duplicates,
        flow.waiting_for_gold,
        flow.read_by_gold,
        flow.gold,
    ]


# ------------------------------------------------------------ cells
def _stream_cells(stream: Stream, key: str, *, has_watermark: bool, has_state: bool) -> Iterable[str]:
    layer = _layer(stream)
    tables = "".join(f"<br><small>{html.escape(table)}</small>" for table in stream.tables)
    yield f'<th scope="row">{shape_svg(layer) if layer else ""}{html.escape(stream.name)}{tables}</th>'
    yield _cell(_state(stream.state))
    yield _number(stream.last_batch)
    yield _number(stream.rows_in)
    yield _number(stream.rows_out)
    yield _cell(NONE if stream.rows_per_second is None else f"{stream.rows_per_second:,.1f}", "number")
    yield _cell(NONE if stream.seconds is None else _took(stream, key), "number")
    parts = [f"{name} {_seconds(part)}" for name, part in zip(PARTS, stream.parts, strict=False)]
    yield _cell(f"<small>{'<br>'.join(parts)}</small>" if parts else NONE)
    if has_watermark:
        lag = stream.watermark_lag_seconds
        behind = "" if lag is None else f"<br><small>{_span(lag)} behind</small>"
        yield _cell(f"{html.escape(stream.watermark)}{behind}" if stream.watermark else NONE)
    if has_state:
        yield _number(stream.state_rows)
        yield _number(stream.late_rows)
    yield _cell(_waiting(stream))


def _took(stream: Stream, key: str) -> str:
    history = history_svg(stream.history, name=stream.name, key=f"{key}-{stream.name}" if key else "")
    return f"{_seconds(stream.seconds)}<br>{history}"


def _source_cells(source: Source) -> list[str]:
    files = [html.escape(name) for name in source.files[:MOST_FILES]]
    if len(source.files) > MOST_FILES:
        files.append(f"and {len(source.files) - MOST_FILES:,} more")
    return [
        f'<th scope="row">{html.escape(source.name)}</th>',
        _number(source.rows),
        _cell("<br>".join(files) or NONE),
        _cell(f"<code>{html.escape(source.start)}</code>", "wraps"),
        _cell(f"<code>{html.escape(source.end)}</code>", "wraps"),
    ]


def _written_cells(written: Written) -> list[str]:
    return [
        f'<th scope="row">{html.escape(written.table)}</th>',
        _number(written.version),
        _cell(html.escape(written.operation)),
        _number(written.rows, "unknown"),
    ]


def _written_in_words(written: Written) -> str:
    rows = "rows not told" if written.rows is None else _count(written.rows, "row")
    return f"{html.escape(written.table)} version {written.version}: {rows}"


def _time_cells(name: str, seconds: float, of_seconds: float) -> list[str]:
    share = seconds / of_seconds if of_seconds else 0.0
    bar = f'<span class="medallion-bar" style="width:{6 * min(share, 1):.2f}em"></span> {share:.0%}'
    return [f'<th scope="row">{name}</th>', _cell(_seconds(seconds), "number"), _cell(bar)]


def _waiting(stream: Stream) -> str:
    if stream.waiting is None:
        return _null("unknown")
    return _count(stream.waiting, stream.waiting_for.removesuffix("s") or "thing")


def _layer(stream: Stream) -> str:
    """Return the layer whose name the stream has, or its first table begins with; empty for neither."""
    names = (stream.name, *(table.partition("_")[0] for table in stream.tables))
    return next((name for name in names if name in LAYER_STYLES), "")


def _state(state: str) -> str:
    """Return a state as a shape and a word; a screen reader hears the word."""
    return f'<span aria-hidden="true">{STATE_SHAPES.get(state, "?")}</span> {html.escape(state)}'


def _table(caption: str, columns: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table of finished cells that scrolls inside itself."""
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    body = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return (
        '<div class="medallion-scroll" tabindex="0" role="group" '
        f'aria-label="{html.escape(re.sub("<[^>]*>", "", caption))}">'
        f'<table class="medallion-table"><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>\n"
    )


def _number(number: int | None, missing: str = "none") -> str:
    return _cell(_null(missing) if number is None else f"{number:,}", "number")


def _null(word: str) -> str:
    return f'<span class="null">{word}</span>'


def _cell(content: str, kind: str = "") -> str:
    return f'<td class="{kind}">{content}</td>' if kind else f"<td>{content}</td>"


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.1f} s"


def _span(seconds: float) -> str:
    """Return a span of event time in the largest unit that fits twice."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:g} s"
