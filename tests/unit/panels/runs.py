"""Recorded runs to draw: good ones, an empty one, a failed one, one full of markup, a long one."""

from dataclasses import replace

from medallion_lab.observe.run import Batch, Flow, Run, Source, Step, Stream, Written

ERROR = "[CANNOT_PARSE_TIMESTAMP] Text '2026-13-45' in /tmp/medallion/landing/sales_000007.json. " * 3


def a_flow(**other):
    return Flow(
        **{
            "files": 3,
            "landed": 17,
            "bronze": 15,
            "read_by_silver": 12,
            "silver": 8,
            "quarantine": 3,
            "read_by_gold": 6,
            "gold": 4,
        }
        | other
    )


EXACT = a_flow()
SIMPLE = a_flow(read_by_silver=15, silver=15, quarantine=0, read_by_gold=15)
EMPTY = Flow(0, 0, 0, 0, 0, 0, 0, 0)
LARGE = a_flow(landed=2_345_678, bronze=1_234_567, read_by_silver=1_200_000, silver=1_111_111, files=1234)
FLOWS = {"exact": EXACT, "simple": SIMPLE, "empty": EMPTY, "large": LARGE}


def a_stream(name="bronze", **other):
    return Stream(
        **{
            "name": name,
            "tables": (f"{name}_sales_tbl",),
            "state": "idle",
            "error": "",
            "last_batch": 1,
            "rows_in": 15,
            "rows_out": 14,
            "rows_per_second": 12.34,
            "seconds": 1.234,
            "history": (0.5, 2.0, 1.234),
            "parts": (0.1, 0.2, 0.7, 0.05),
            "watermark": "",
            "watermark_lag_seconds": None,
            "state_rows": None,
            "late_rows": None,
            "waiting": 0,
            "waiting_for": "files",
        }
        | other
    )


NEW = a_stream(
    last_batch=None,
    rows_in=0,
    rows_out=0,
    rows_per_second=None,
    seconds=None,
    history=(),
    parts=(),
    waiting=None,
    waiting_for="",
)
STREAMS = (
    a_stream("bronze", state="running", waiting=2),
    a_stream(
        "silver", tables=("silver_sales_tbl", "quarantine_sales_tbl"), waiting=1, waiting_for="versions"
    ),
    a_stream("gold", state="stopped", waiting_for="versions"),
)


def a_batch(stream="bronze", batch_id=0, **other):
    return Batch(
        **{
            "stream": stream,
            "batch_id": batch_id,
            "started": "2026-03-02 09:00:01",
            "rows_in": 5,
            "rows_out": 5,
            "rows_per_second": 4.2,
            "seconds": 1.19,
            "parts": (0.1, 0.2, 0.7, 0.05),
            "sources": (Source("landing", "null", '{"logOffset": 0}', 5, ("sales_000001.json",)),),
            "written": (Written(f"{stream}_sales_tbl", batch_id + 1, "STREAMING UPDATE", 5),),
        }
        | other
    )


def a_step(number, flow=EXACT, stream="bronze"):
    return Step(f"{stream}, micro-batch {number}: 5 rows read", STREAMS, flow, a_batch(stream, number))


def a_run(steps=3, name="streams"):
    taken = tuple(
        a_step(number, a_flow(landed=20 + number), ("bronze", "silver", "gold")[number % 3])
        for number in range(steps)
    )
    now = Step("bronze is idle", STREAMS, taken[-1].flow if taken else EMPTY, None)
    return Run(name, taken, now)


FAILED = Step(
    f"silver failed: {ERROR}", (STREAMS[0], replace(STREAMS[1], state="failed", error=ERROR)), EXACT, None
)
WITH_FAILURE = Run("streams", (a_step(0), FAILED), replace(FAILED, what="bronze is idle, silver is failed"))
NASTY = Run(
    '<b>"lab"</b>',
    (
        Step(
            'a<b>, micro-batch 0: "5" rows & more -->',
            (a_stream('<i>"x"</i>', tables=("<t>",), error="<script>alert(1)</script>", state="failed"),),
            EXACT,
            a_batch(
                "<img src=x onerror=alert(1)>",
                started="<s>",
                sources=(Source("<u>", "<!-- recorded run: end -->", "</code>", 1, ("<p>.json",)),),
                written=(Written("<w>", 1, "<op>", None),),
            ),
        ),
        a_step(1),
    ),
    a_step(2),
)
RUNS = {
    "exact": a_run(),
    "simple": Run("introduction", (a_step(0, SIMPLE),), a_step(0, SIMPLE)),
    "empty": Run("streams", (), Step("no stream has been started", (), EMPTY, None)),
    "failed": WITH_FAILURE,
    "nasty": NASTY,
    "long": a_run(60),
}
