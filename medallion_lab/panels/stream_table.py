"""The streams at one moment as a table: a row for each, and below it what made one fail.

Taught in: book/layers/streams.ipynb.
"""

import html
from collections.abc import Iterator

from medallion_lab.observe.run import PARTS, Step, Stream
from medallion_lab.panels.cells import absent, cell, cell_table, head, number
from medallion_lab.panels.flow_picture import history_svg, shape_svg
from medallion_lab.panels.palette import LAYER_STYLES
from medallion_lab.panels.wording import counted, in_largest_unit, in_seconds

# Where Spark lets a watermark begin, before the first rows have moved it.
NO_WATERMARK_YET = "1970-01-01 00:00:00"

STATE_SHAPES = {"running": "▶", "idle": "○", "stopped": "■", "failed": "✖"}


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
    return cell_table(caption, columns, rows) + errors


def _stream_cells(stream: Stream, key: str, *, has_watermark: bool, has_state: bool) -> Iterator[str]:
    layer = _layer(stream)
    tables = "".join(f"<br><small>{html.escape(table)}</small>" for table in stream.tables)
    yield head(f"{shape_svg(layer) if layer else ''}{html.escape(stream.name)}{tables}")
    yield cell(_state(stream.state))
    yield number(stream.last_batch)
    yield number(stream.rows_in)
    yield number(stream.rows_out)
    yield cell(absent() if stream.rows_per_second is None else f"{stream.rows_per_second:,.1f}", "number")
    yield cell(absent() if stream.seconds is None else _took(stream, stream.seconds, key), "number")
    parts = [f"{name} {in_seconds(part)}" for name, part in zip(PARTS, stream.parts, strict=False)]
    yield cell(f"<small>{'<br>'.join(parts)}</small>" if parts else absent())
    if has_watermark:
        yield cell(_watermark(stream) if stream.watermark else absent())
    if has_state:
        yield number(stream.state_rows)
        yield number(stream.late_rows)
    yield cell(_waiting(stream))


def _watermark(stream: Stream) -> str:
    if stream.watermark == NO_WATERMARK_YET:
        return f"none yet<br><small>{NO_WATERMARK_YET}</small>"
    lag = stream.watermark_lag_seconds
    behind = "" if lag is None else f"<br><small>{in_largest_unit(lag)} behind</small>"
    return f"{html.escape(stream.watermark)}{behind}"


def _took(stream: Stream, seconds: float, key: str) -> str:
    history = history_svg(stream.history, name=stream.name, key=f"{key}-{stream.name}" if key else "")
    return f"{in_seconds(seconds)}<br>{history}"


def _waiting(stream: Stream) -> str:
    if stream.waiting is None:
        return absent("unknown")
    return counted(stream.waiting, stream.waiting_for.removesuffix("s") or "thing")


def _layer(stream: Stream) -> str:
    """Return the layer whose name the stream has, or its first table begins with; empty for neither."""
    names = (stream.name, *(table.partition("_")[0] for table in stream.tables))
    return next((name for name in names if name in LAYER_STYLES), "")


def _state(state: str) -> str:
    """Return a state as a shape and a word; a screen reader hears the word."""
    return f'<span aria-hidden="true">{STATE_SHAPES.get(state, "?")}</span> {html.escape(state)}'
