"""A lab's counter for the tests of the generator panel, and what a panel leaves open."""

import re
import threading

import comm
import ipywidgets


class Counter:
    """As much of a lab as the panel needs: a shop, and somebody who says when it closes. No Spark."""

    def __init__(self, shop):
        self.shop = shop
        self.at_close = []

    def __repr__(self):
        return "Lab('test', seed=7, open)"

    def before_close(self, action):
        self.at_close.append(action)

    def close(self):
        for action in self.at_close:
            action()


def threads():
    return sorted(
        thread.name for thread in threading.enumerate() if thread.name in ("generator panel", "drip")
    )


def open_parts():
    return threads(), len(ipywidgets.widgets.widget._instances), len(comm.get_comm_manager().comms)


def content_of(shop):
    return [path.read_bytes() for path in shop.files()]


def text_of(html):
    return re.sub(r"<[^>]+>", " ", html)


def tree(widget):
    return [widget, *(found for child in getattr(widget, "children", ()) for found in tree(child))]
