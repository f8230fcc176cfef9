"""What every panel is made of: a clock in a thread, rows that wrap, and an end that leaves nothing behind.

Taught in: book/foundations/introduction.ipynb.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread

import ipywidgets as widgets

# What a click did is seen a moment before its drawing is done; a click in that moment is not too early.
SECONDS_TO_DRAW = 1
BUSY = "medallion-busy"


class Ticker:
    """Calls a function every so often, in one thread, until it is stopped or the function fails.

    Parameters
    ----------
    look : callable
        Called without arguments.
    fail : callable
        Called once with the error, if ``look`` fails.
    name : str
        The thread's name.
    seconds : float
        Between the end of one call and the next.
    """

    def __init__(
        self, look: Callable[[], None], fail: Callable[[Exception], None], *, name: str, seconds: float
    ) -> None:
        self._look = look
        self._fail = fail
        self._seconds = seconds
        self._end = Event()
        self._thread = Thread(target=self._go, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and wait for its end."""
        self._end.set()
        self._thread.join()

    def _go(self) -> None:
        while not self._end.wait(self._seconds):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - in a thread nobody would see it
                self._fail(error)
                return


class Turn:
    """Lets one click work at a time: a notebook may answer the next one in another thread meanwhile.

    No button rests while it works, for one that does loses the keyboard's focus; the panel has the class
    ``medallion-busy`` meanwhile.

    Parameters
    ----------
    panel : widget
        Where the click was.
    say : callable
        Called with a sentence when a click comes too early.
    """

    def __init__(self, panel: widgets.DOMWidget, say: Callable[[str], None]) -> None:
        self._panel = panel
        self._say = say
        self._lock = RLock()
        self._depth = 0

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Give whether it is this click's turn."""
        if not self._lock.acquire(timeout=SECONDS_TO_DRAW):
            self._say("One thing at a time: the click before is still at work.")
            yield False
            return
        self._depth += 1
        self._panel.add_class(BUSY)
        try:
            yield True
        finally:
            self._depth -= 1
            if not self._depth:
                self._panel.remove_class(BUSY)
            self._lock.release()


def row(*children: widgets.Widget) -> widgets.HBox:
    """Return widgets beside each other, and below each other where there is no room."""
    return widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap", align_items="center"))


def tree(widget: widgets.Widget) -> list[widgets.Widget]:
    """Return a widget and all that is in it, the innermost first."""
    inner = [found for child in getattr(widget, "children", ()) for found in tree(child)]
    return [*inner, widget]


def close_tree(widget: widgets.Widget) -> None:
    """Close a widget, all that is in it, and their styles: each has its own connection to the page."""
    for one in tree(widget):
        for part in (getattr(one, "style", None), one.layout):
            if isinstance(part, widgets.Widget):
                part.close()
        widgets.Widget.close(one)
