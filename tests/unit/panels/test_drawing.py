"""A run is drawn: the pictures are sound, the numbers add up, and the tables say the same."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from medallion_lab.observe.run import Batch, Flow, Run, Source, Step, Stream, Written
from medallion_lab.panels.drawing import (
    STYLE,
    batch_html,
    flow_in_words,
    flow_svg,
    history_svg,
    run_html,
    run_text,
    step_html,
    steps_html,
    streams_html,
    sum_in_words,
)
from medallion_lab.panels.flow_picture import shape_svg
from medallion_lab.panels.palette import INK, LAYER_STYLES, PAPER
from medallion_lab.panels.stylesheet import RULES
from tests.unit.panels.test_palette import ALLOWED, contrast

STATIC = Path(__file__).parents[3] / "book" / "_static"
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"br", "input", "img", "hr", "wbr"}
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


class Page(HTMLParser):
    """What a page has: its elements in order, its text, and whether every tag is closed where it must be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.ids, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.elements.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"title", "desc"} & set(self.open):
            self.texts.append(data)

    def all(self, tag, kind=""):
        return (
            [
                values
                for name, values in self.elements
                if name == tag and kind in values.get("class", "").split(" ")
            ]
            if kind
            else [values for name, values in self.elements if name == tag]
        )

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def numbers(texts):
    return {int(found.replace(",", "")) for text in texts for found in re.findall(r"\d[\d,]*", text)}


def cells(table):
    """Return a table's rows as lists of text."""
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def texts_with_grounds(svg):
    """Yield each text of a picture, its colour, and the colour behind it."""

    def walk(element, colour, ground):
        colour = (
            element.get("fill", colour) if element.tag in (f"{SVG}g", f"{SVG}svg", f"{SVG}text") else colour
        )
        shapes = [child for child in element if child.tag in (f"{SVG}polygon", f"{SVG}circle")]
        for child in element:
            if child.tag == f"{SVG}text":
                # A number stands in the middle of its shape, a name outside it.
                inside = shapes and (child.get("x"), child.get("y")) == ("0", "5")
                fill = shapes[0].get("fill") if inside else ground
                yield child.text, child.get("fill", colour), fill
            elif child.tag == f"{SVG}g":
                yield from walk(child, colour, ground)

    root = ElementTree.fromstring(svg)
    yield from walk(root, INK, PAPER)


# ------------------------------------------------------------ pictures
@pytest.mark.parametrize(
    "svg",
    [
        *(flow_svg(flow) for flow in FLOWS.values()),
        history_svg([0.4, 2.0], name="<b>&"),
        history_svg([0.0], name="x"),
    ],
)
def test_a_picture_is_sound_and_describes_itself(svg):
    root = ElementTree.fromstring(svg)
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    assert root.get("role") == "img"
    assert [ids[name].tag for name in root.get("aria-labelledby").split()] == [f"{SVG}title", f"{SVG}desc"]
    assert all(element.text for element in ids.values())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "g", "rect", "path", "circle", "polygon", "text",
    }  # fmt: skip
    assert not [
        name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name
    ]
    assert "url(" not in svg


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_a_picture_has_colours_of_the_palette_only_and_text_that_can_be_read(flow):
    svg = flow_svg(flow)
    assert set(re.findall(r"#[0-9a-fA-F]+\b", svg)) <= ALLOWED - {"#ffffff"}
    found = list(texts_with_grounds(svg))
    assert len(found) > 20
    for text, colour, ground in found:
        assert contrast(colour, ground) >= 4.5, text


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_the_pictures_sum_is_right(flow):
    lines = [element.text for element in ElementTree.fromstring(flow_svg(flow)).iter(f"{SVG}text")]
    *_, landed, words, files = lines[:-10]
    landed = int(landed.replace(",", ""))
    terms = [int(text.replace(",", "")) for text in lines[-10::2]]
    assert (words, files) == ("rows landed", f"in {flow.files:,} files =")
    assert landed == flow.landed == sum(terms)
    equation = sum_in_words(flow)
    left, right = equation.split(" = ")
    assert numbers([left]) == {flow.landed}
    assert sum(int(term.split()[0].replace(",", "")) for term in right.split(" + ")) == flow.landed


def test_what_waits_stands_where_it_waits():
    assert re.findall(r">(\d+ waiting)<", flow_svg(EXACT)) == ["2 waiting", "3 waiting", "2 waiting"]
    assert " waiting<" not in flow_svg(a_flow(landed=12, bronze=12, read_by_gold=8))
    assert "2 waiting" in flow_in_words(EXACT) and "1 duplicate." in flow_in_words(EXACT)


def test_an_empty_place_is_as_white_as_the_paper_and_a_way_not_taken_is_dotted():
    empty, full = flow_svg(EMPTY), flow_svg(EXACT)
    for style in LAYER_STYLES.values():
        assert style.fill not in empty
        assert style.fill in full
    assert empty.count("stroke-dasharray") == 7
    assert "stroke-dasharray" not in full


def test_the_rows_that_have_just_moved_are_marked():
    def thick(stream):
        return flow_svg(EXACT, stream=stream).count('stroke-width="4"')

    assert [thick(name) for name in ("", "bronze", "silver", "gold", "other")] == [0, 1, 5, 1, 0]


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_text_stays_readable_on_a_phone(flow):
    svg = flow_svg(flow)
    width = float(re.search(r'viewBox="0 0 (\d+) ', svg)[1])
    least = float(re.search(r"min-width:(\d+)px", svg)[1])
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg))) * least / width >= 11
    # Everyday numbers fit a phone without scrolling: 390 px less the page's margins.
    assert least <= 358 or flow == LARGE


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_nothing_is_outside_the_picture(flow):
    root = ElementTree.fromstring(flow_svg(flow))
    _, _, width, height = map(float, root.get("viewBox").split())
    for group in (root, *root.iter(f"{SVG}g")):
        left, top = map(float, re.findall(r"[\d.]+", group.get("transform", "0 0")))
        for text in group.findall(f"{SVG}text"):
            x, y = left + float(text.get("x")), top + float(text.get("y"))
            assert 0 < x < width and 10 < y < height


def test_long_numbers_stay_apart():
    """Names and numbers on one line, each as wide as its letters are in a wide font."""
    for flow in (EXACT, LARGE):
        spans = {}
        root = ElementTree.fromstring(flow_svg(flow))
        places = [
            (group, *map(float, re.findall(r"[\d.]+", group.get("transform", "0 0")))) for group in root
        ]
        for group, left, top in [
            (root, 0, 0),
            *(place for place in places if place[0].tag == f"{SVG}g" and len(place) == 3),
        ]:
            for text in group.findall(f"{SVG}text"):
                wide = len(text.text) * 13 * 0.6
                x, y = left + float(text.get("x")), top + float(text.get("y"))
                start = x - {"start": 0, "middle": wide / 2, "end": wide}[text.get("text-anchor", "middle")]
                spans.setdefault(y, []).append((start, start + wide, text.text))
        for line in spans.values():
            line.sort()
            for one, other in pairwise(line):
                assert one[1] <= other[0] + 1, (one, other)


def test_the_history_tells_shortest_longest_and_last():
    svg = history_svg([0.4, 12.34, 2.0], name="bronze")
    assert "3 micro-batches: shortest 0.40 s, longest 12.3 s, last 2.00 s" in svg
    assert svg.count("20v-") == 3
    assert "currentColor" in svg and "#" not in svg


def test_each_layer_has_its_shape_beside_its_name():
    assert len({shape_svg(layer) for layer in LAYER_STYLES}) == len(LAYER_STYLES)
    assert all('aria-hidden="true"' in shape_svg(layer) for layer in LAYER_STYLES)


# ------------------------------------------------------------ streams
def test_a_stream_has_one_row_with_all_that_is_known():
    step = Step("now", STREAMS, EXACT, None)
    head, bronze, silver, gold = cells(streams_html(step))
    assert [row[0].split()[0] for row in (bronze, silver, gold)] == ["bronze", "silver", "gold"]
    assert "quarantine_sales_tbl" in silver[0]
    assert dict(zip(head, bronze, strict=True)) | {"took": "", "of which": "", "stream": ""} == {
        "stream": "",
        "state": "▶  running",
        "last micro-batch": "1",
        "rows in": "15",
        "rows out": "14",
        "rows a second": "12.3",
        "took": "",
        "of which": "",
        "still to read": "2 files",
    }
    assert bronze[head.index("took")].startswith("1.23 s")
    assert "planning 0.10 s" in bronze[head.index("of which")]
    assert (silver[-1], gold[-1]) == ("1 version", "0 versions")


def test_a_state_is_a_shape_and_a_word():
    shapes = set()
    for state in ("running", "idle", "stopped", "failed"):
        table = streams_html(Step("now", (a_stream(state=state),), EXACT, None))
        shapes.add(re.search(rf'<span aria-hidden="true">(.)</span> {state}', table)[1])
    assert len(shapes) == 4


def test_watermark_and_state_have_columns_where_a_stream_has_them():
    stream = a_stream(
        watermark="2026-03-02 08:50:00", watermark_lag_seconds=600.0, state_rows=1234, late_rows=7
    )
    head, row = cells(streams_html(Step("now", (stream,), EXACT, None)))
    told = dict(zip(head, row, strict=True))
    assert "10 min behind" in told["watermark"]
    assert (told["rows in state"], told["late rows dropped"]) == ("1,234", "7")
    without = streams_html(Step("now", STREAMS, EXACT, None))
    assert "watermark" not in cells(without)[0]
    assert "(no watermark, no state)" in without


def test_a_stream_that_has_done_nothing_yet_says_so():
    head, row = cells(streams_html(Step("now", (NEW,), EMPTY, None)))
    told = dict(zip(head, row, strict=True))
    assert {told[name] for name in ("last micro-batch", "rows a second", "took", "of which")} == {"none"}
    assert told["still to read"] == "unknown"
    assert "No stream has been started." in streams_html(Step("now", (), EMPTY, None))


def test_what_made_a_stream_fail_is_told_in_full_outside_the_table():
    page = streams_html(FAILED)
    _, after = page.split("</table></div>")
    assert "failed: silver." in Page(after).text
    assert Page(ERROR.replace("<", "&lt;")).text in Page(after).text


# ------------------------------------------------------------ a micro-batch
def test_a_micro_batch_is_opened_up():
    batch = a_batch(
        "silver",
        3,
        sources=(Source("bronze_sales_tbl", "null", '{"reservoirVersion": 4}', 9, ()),),
        written=(
            Written("silver_sales_tbl", 4, "MERGE", 7),
            Written("quarantine_sales_tbl", 2, "WRITE", None),
        ),
    )
    text = Page(batch_html(batch)).text
    for part in ("silver, micro-batch 3", "2026-03-02 09:00:01 UTC", "5 rows", "1.19 s", "4.2 rows a second"):
        assert part in text
    tables = cells(batch_html(batch))
    assert ["bronze_sales_tbl", "9", "none", "null", "{&quot;reservoirVersion&quot;: 4}"] in tables
    assert ["silver_sales_tbl", "4", "MERGE", "7"] in tables
    assert ["quarantine_sales_tbl", "2", "WRITE", "unknown"] in tables
    assert ["work", "0.70 s", "59%"] in tables
    assert ["the rest", "0.14 s", "12%"] in tables


def test_many_files_are_counted_instead_of_listed():
    files = tuple(f"sales_{number:06}.json" for number in range(40))
    page = batch_html(a_batch(sources=(Source("landing", "null", "{}", 40, files),)))
    assert page.count(".json") == 12
    assert "and 28 more" in page


# ------------------------------------------------------------ the whole run
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_page_is_well_formed_and_holds_nothing_that_runs_or_loads(run):
    page = Page(run_html(run))
    assert len(page.ids) == len(set(page.ids))
    assert {tag for tag, _ in page.elements}.isdisjoint(
        {"script", "style", "img", "link", "iframe", "foreignobject", "a"}
    )
    for _, values in page.elements:
        assert not [name for name in values if name.startswith("on") or name in ("href", "src")]
    for values in page.all("svg"):
        if values.get("role") == "img":
            assert set(values["aria-labelledby"].split()) <= set(page.ids)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_comparison_can_cut_a_run_out(run):
    page = run_html(run)
    assert re.fullmatch(r"(?s)<!-- recorded run: begin -->.*?<!-- recorded run: end -->", page)


def test_without_a_script_the_last_step_shows_and_the_slider_does_not():
    page = Page(run_html(a_run(3)))
    steps = page.all("div", "medallion-step")
    assert ["hidden" in step for step in steps] == [True, True, False]
    (controls,) = page.all("div", "medallion-steps")
    assert "hidden" in controls
    assert page.all("details") == [{}]


def test_the_slider_knows_every_step_by_its_sentence():
    page = Page(run_html(a_run(3)))
    (slider,) = page.all("input")
    assert (slider["type"], slider["min"], slider["max"], slider["value"]) == ("range", "1", "3", "3")
    steps = page.all("div", "medallion-step")
    assert steps[1]["data-sentence"] == "step 2 of 3: silver, micro-batch 1: 5 rows read"
    assert slider["aria-valuetext"] == steps[-1]["data-sentence"]
    assert page.all("output") == [{"aria-live": "polite"}]
    assert steps[-1]["data-sentence"] in page.text


def test_rows_that_landed_since_the_last_step_make_a_step_of_their_own():
    run = a_run(2)
    later = replace(run, now=replace(run.now, flow=a_flow(landed=99)))
    assert "step 2 of 2" in run_html(run)
    assert "step 3 of 3: bronze is idle" in run_html(later)
    assert run_text(later).splitlines()[-2].split()[:4] == ["3", "no", "micro-batch", "99"]


def test_a_run_without_steps_has_no_slider_and_shows_the_present():
    page = Page(run_html(RUNS["empty"]))
    assert page.all("input") == []
    assert len(page.all("div", "medallion-step")) == 1
    assert "No stream has been started." in page.text
    assert "no micro-batch yet" in page.text


def test_of_a_long_run_the_last_24_steps_are_drawn_and_all_are_in_the_table():
    page = run_html(a_run(60))
    read = Page(page)
    (slider,) = read.all("input")
    assert (slider["min"], slider["max"]) == ("37", "60")
    assert len(read.all("div", "medallion-step")) == 24
    assert "Its last 24 steps are drawn" in read.text
    assert len(cells(steps_html(a_run(60)))) == 61
    assert len(run_html(a_run(24)).encode()) < 250_000


def test_an_error_is_not_told_twice_at_one_step():
    assert "step 2 of 2: silver failed<" in run_html(WITH_FAILURE)


@pytest.mark.parametrize("flow", FLOWS.values(), ids=FLOWS)
def test_every_number_of_the_picture_is_in_the_table(flow):
    texts = [element.text for element in ElementTree.fromstring(flow_svg(flow)).iter(f"{SVG}text")]
    step = Step("bronze, micro-batch 0", STREAMS, flow, None)
    _, row = cells(steps_html(Run("streams", (step,), step)))
    assert numbers(texts) <= numbers(row)


def test_the_table_has_a_row_for_each_step_with_what_it_wrote():
    head, first, *_ = cells(steps_html(a_run(3)))
    told = dict(zip(head, first, strict=True))
    assert told["step"] == "1"
    assert told["what"] == "bronze, micro-batch 0: 5 rows read"
    assert told["rows written"] == "bronze_sales_tbl version 1: 5 rows"
    assert (told["landed"], told["waiting for bronze"], told["duplicates"]) == ("20", "5", "1")


# ------------------------------------------------------------ the text
def test_the_text_is_a_table_with_the_sum_at_its_end():
    lines = run_text(WITH_FAILURE).split("\n")
    assert lines[0].split() == [
        "step", "stream", "read", "written", "landed", "bronze", "silver", "quarantine", "duplicates", "gold",
    ]  # fmt: skip
    assert lines[2].split() == ["1", "bronze", "5", "bronze_sales_tbl", "5", "17", "15", "8", "3", "1", "4"]
    assert lines[3].split() == ["2", "silver", "failed", "17", "15", "8", "3", "1", "4"]
    assert lines[-1] == (
        "17 rows landed = 2 waiting for bronze + 3 waiting for silver + 8 silver + 3 quarantine + 1 duplicate"
    )


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_text_has_nothing_that_differs_between_machines(run):
    text = run_text(run)
    assert not re.search(r"\d\.\d|\d:\d|/|[0-9a-f]{8}-", text)


def test_times_ids_and_paths_do_not_change_the_text():
    def changed(step):
        batch = step.batch and replace(
            step.batch, seconds=9.9, parts=(9, 9, 9, 9), started="2030-01-01 00:00:00", rows_per_second=0.1,
            batch_id=77, sources=(), written=tuple(replace(one, version=99) for one in step.batch.written),
        )  # fmt: skip
        streams = tuple(
            replace(stream, seconds=9.9, history=(9.9,), error=stream.error and "x")
            for stream in step.streams
        )
        return replace(step, what="anything", batch=batch, streams=streams)

    run = WITH_FAILURE
    other = replace(run, name="other", steps=tuple(map(changed, run.steps)), now=changed(run.now))
    assert run_text(other) == run_text(run)


def test_drawing_is_the_same_twice():
    for draw in (run_html, run_text, steps_html):
        assert draw(a_run()) == draw(a_run())
    assert step_html(a_step(0), key="a") == step_html(a_step(0), key="a")


# ------------------------------------------------------------ the look
def test_the_book_has_the_same_rules_as_the_panels():
    css = (STATIC / "medallion.css").read_text(encoding="utf-8")
    assert css.endswith(RULES)
    assert f"<style>\n{RULES}</style>" == STYLE


def test_the_panels_take_their_colours_from_the_page_or_the_palette():
    assert {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{3,8}\b", RULES)} <= ALLOWED
    # Each rule names what it is for: nothing else of a notebook changes its look.
    for selector in re.findall(r"(?m)^([^\s/*}@][^{]*)\{", RULES):
        assert ".medallion-" in selector
