"""Draw a recorded run: each of its steps, all of them behind a slider, and the same as a table and as text.

The same functions draw the live panel and the page without a kernel. They take plain data and return text;
nothing here knows Spark or a widget. A step is made of the picture in ``panels.flow_picture``, of
``panels.stream_table`` and of ``panels.opened_batch``.
Taught in: book/layers/streams.ipynb.
"""

import hashlib
import html

from medallion_lab.observe.run import Run, Step, Written
from medallion_lab.panels.cells import absent, cell, cell_table, head, number
from medallion_lab.panels.flow_picture import flow_svg, sum_in_words
from medallion_lab.panels.opened_batch import batch_html
from medallion_lab.panels.stream_table import streams_html
from medallion_lab.panels.tables import text_table
from medallion_lab.panels.wording import counted

BEGIN, END = "<!-- recorded run: begin -->", "<!-- recorded run: end -->"
MOST_STEPS = 24
# How a column is called, and the number of a flow that it shows.
FLOW_COLUMNS = {
    "files": "files",
    "landed": "landed",
    "waiting for bronze": "waiting_for_bronze",
    "bronze": "bronze",
    "waiting for silver": "waiting_for_silver",
    "taken by silver": "read_by_silver",
    "silver": "silver",
    "quarantine": "quarantine",
    "duplicates": "duplicates",
    "waiting for gold": "waiting_for_gold",
    "taken by gold": "read_by_gold",
    "gold": "gold",
}


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
    return cell_table(
        "The run, step by step. Numbers are rows; gold counts its sums.",
        ["step", "what", "rows read", "rows written", *FLOW_COLUMNS],
        [
            [
                head(str(place), "number"),
                cell(html.escape(step.what), "wraps"),
                number(step.batch.rows_in) if step.batch else cell(absent()),
                cell("<br>".join(map(_written_in_words, step.batch.written)) if step.batch else absent()),
                *(number(getattr(step.flow, name)) for name in FLOW_COLUMNS.values()),
            ]
            for place, step in enumerate(_positions(run), start=1)
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
    sentences = {place: f"step {place} of {len(steps)}: {_in_short(step)}" for place, step in shown}
    drawn = "".join(
        f'<div class="medallion-step" data-sentence="{html.escape(sentences[place])}"'
        f"{'' if place == len(steps) else ' hidden'}>{step_html(step, key=f'{key}-{place}')}</div>\n"
        for place, step in shown
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
        [place, *_text_cells(step), *(getattr(step.flow, name) for name in columns[4:])]
        for place, step in enumerate(_positions(run), start=1)
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
    told += counted(batches, "micro-batch", "micro-batches") if batches else "no micro-batch yet"
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


def _written_in_words(written: Written) -> str:
    rows = "rows not told" if written.rows is None else counted(written.rows, "row")
    return f"{html.escape(written.table)} version {written.version}: {rows}"
