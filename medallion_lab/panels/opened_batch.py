"""A micro-batch opened up: what it read, what it wrote, and where its time went.

Taught in: book/layers/streams.ipynb.
"""

import html

from medallion_lab.observe.run import PARTS, Batch, Source, Written
from medallion_lab.panels.cells import absent, cell, cell_table, head, number
from medallion_lab.panels.wording import counted, in_seconds

MOST_FILES = 12


def batch_html(batch: Batch) -> str:
    """Return one micro-batch opened up: what it read, what it wrote, and where its time went.

    Parameters
    ----------
    batch : Batch
        The micro-batch.
    """
    title = f"{html.escape(batch.stream)}, micro-batch {batch.batch_id}"
    read = cell_table(
        "What it read",
        ["source", "rows", "files", "from offset", "to offset"],
        [_source_cells(source) for source in batch.sources],
    )
    wrote = cell_table(
        "What it wrote",
        ["table", "version made", "operation", "rows"],
        [_written_cells(written) for written in batch.written],
    )
    rest = max(0.0, batch.seconds - sum(batch.parts))
    times = [*zip(PARTS, batch.parts, strict=False), ("the rest", rest)]
    took = cell_table(
        f"Where its {in_seconds(batch.seconds)} went",
        ["part", "time", "share"],
        [_time_cells(name, seconds, batch.seconds) for name, seconds in times],
    )
    return (
        f'<div class="medallion-batch"><p><strong>{title}</strong> '
        f"began at {html.escape(batch.started)} UTC. It read {counted(batch.rows_in, 'row')} and wrote "
        f"{batch.rows_out:,} in {in_seconds(batch.seconds)}: {batch.rows_per_second:,.1f} rows a second.</p>"
        f'{read}<div class="medallion-beside">{wrote}{took}</div></div>'
    )


def _source_cells(source: Source) -> list[str]:
    files = [html.escape(name) for name in source.files[:MOST_FILES]]
    if len(source.files) > MOST_FILES:
        files.append(f"and {len(source.files) - MOST_FILES:,} more")
    return [
        head(html.escape(source.name)),
        number(source.rows),
        cell("<br>".join(files) or absent()),
        cell(f"<code>{html.escape(source.start)}</code>", "wraps"),
        cell(f"<code>{html.escape(source.end)}</code>", "wraps"),
    ]


def _written_cells(written: Written) -> list[str]:
    return [
        head(html.escape(written.table)),
        number(written.version),
        cell(html.escape(written.operation)),
        number(written.rows, "unknown"),
    ]


def _time_cells(name: str, seconds: float, of_seconds: float) -> list[str]:
    share = seconds / of_seconds if of_seconds else 0.0
    bar = f'<span class="medallion-bar" style="width:{6 * min(share, 1):.2f}em"></span> {share:.0%}'
    return [head(name), cell(in_seconds(seconds), "number"), cell(bar)]
