import re
from pathlib import Path

import pytest

from medallion_lab.panels.palette import INK, LAYER_STYLES, PAPER

BOOK = Path(__file__).parents[3] / "book"
PICTURES = sorted((BOOK / "figures").glob("*.svg"))
ALLOWED = {INK, PAPER, "#ffffff"} | {
    colour for style in LAYER_STYLES.values() for colour in (style.fill, style.stroke, style.on_dark)
}
DARK_PAGE = "#14181e"


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", LAYER_STYLES)
def test_every_layer_can_be_read_on_light_and_dark(name):
    style = LAYER_STYLES[name]
    assert contrast(INK, style.fill) >= 4.5
    assert contrast(style.stroke, "#ffffff") >= 4.5
    assert contrast(style.on_dark, DARK_PAGE) >= 4.5


def test_no_two_layers_share_a_colour_or_a_shape():
    styles = LAYER_STYLES.values()
    for part in ("fill", "stroke", "on_dark", "shape", "label"):
        assert len({getattr(style, part) for style in styles}) == len(LAYER_STYLES)


def test_the_style_sheet_holds_the_same_colours():
    css = (BOOK / "_static" / "medallion.css").read_text().lower()
    for name, style in LAYER_STYLES.items():
        assert f"--ml-{name}-fill: {style.fill}" in css
        assert f"--ml-{name}-stroke: {style.stroke}" in css
        assert f"--ml-{name}-on-dark: {style.on_dark}" in css


def test_there_are_pictures():
    assert len(PICTURES) >= 9


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_uses_the_palette_and_describes_itself(picture):
    text = picture.read_text()
    assert {colour.lower() for colour in re.findall(r"#[0-9a-fA-F]{6}\b", text)} <= ALLOWED
    assert re.search(r"<title[^>]*>[^<]+</title>", text) and re.search(r"<desc[^>]*>[^<]+</desc>", text)
    assert 'role="img"' in text
    assert "<script" not in text and 'href="http' not in text
