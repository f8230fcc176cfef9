"""The pictures of a run are sound, readable and right."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from medallion_lab.panels.flow_picture import flow_in_words, flow_svg, history_svg, shape_svg, sum_in_words
from medallion_lab.panels.palette import LAYER_STYLES
from tests.unit.panels.markup import SVG, numbers, texts_with_grounds
from tests.unit.panels.runs import EMPTY, EXACT, FLOWS, LARGE, a_flow
from tests.unit.panels.test_palette import ALLOWED, contrast


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
