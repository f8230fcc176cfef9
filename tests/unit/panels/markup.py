"""Drawn pages and pictures, read back: elements, tables, numbers, and what stands on what colour."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from medallion_lab.panels.palette import INK, PAPER

SVG = "{http://www.w3.org/2000/svg}"
VOID = {"br", "input", "img", "hr", "wbr"}


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
