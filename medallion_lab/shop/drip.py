"""Let a shop land a file every few seconds, while you do something else.

A drip has an end: a stop, its last file, or an error. None that was forgotten fills a disk.
Term: source system.
Taught in: book/foundations/control_room.ipynb.
"""

from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any, Protocol

from medallion_lab.errors import DripError, MedallionLabError, OrderCountError
from medallion_lab.shop.bulk import check_bulk
from medallion_lab.shop.faults import FAULTS

SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 3600
MOST_ROWS = 100_000
MOST_FILES = 10_000
SENT_AGAIN = {fault.name for fault in FAULTS if fault.becomes == "duplicate"} | {"correction"}


class LandsFiles(Protocol):
    """What a drip needs of a shop: a folder, a way to land a file there, and a place to be found again.

    A ``till.Shop`` has all three. It imports its drip, so a drip must do without its name.
    """

    landing: Path
    drip: "Drip | None"

    def land(self, count: int, *, faults: Mapping[str, float] | None) -> Any:
        """Land one file of new orders."""


class Drip:
    """Files that land one after the other, by themselves. Made by ``start_drip``.

    Attributes
    ----------
    shop : Shop
        Where they land.
    rows : int
        Orders for each file.
    every_seconds : float
        From the end of one file to the start of the next.
    files : int
        How many files it lands at most.
    landed : int
        How many files it has landed so far.
    error : MedallionLabError, OSError or None
        What ended it, if something did.
    """

    def __init__(
        self,
        shop: LandsFiles,
        *,
        rows: int,
        every_seconds: float,
        faults: Mapping[str, float] | None,
        files: int,
    ) -> None:
        self.shop = shop
        self.rows = rows
        self.every_seconds = every_seconds
        self.files = files
        self.landed = 0
        self.error: MedallionLabError | OSError | None = None
        self._faults = dict(faults or {})
        self._end = Event()
        # The first file lands here, where an error reaches whoever asked for the drip.
        self._land()
        self._thread = Thread(target=self._go, name="drip", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        landed = f"{self.landed:,} {'file' if self.landed == 1 else 'files'} landed"
        if self.is_running:
            return f"Drip({landed}, one every {self.every_seconds:g} s)"
        return f"Drip({landed}, ended{f' by {type(self.error).__name__}' if self.error else ''})"

    @property
    def is_running(self) -> bool:
        """Whether another file will come."""
        return self._thread.is_alive() and not self._end.is_set()

    def stop(self) -> None:
        """Land no more files. When this returns, none is on its way. Twice is fine."""
        self._end.set()
        self._thread.join()

    def wait(self) -> None:
        """Wait until it has ended by itself: after its last file, or by an error."""
        self._thread.join()

    def _go(self) -> None:
        while self.landed < self.files and not self._end.wait(self.every_seconds):
            try:
                self._land()
            except (MedallionLabError, OSError) as error:
                # A traceback of a thread would land in whichever cell runs just then.
                self.error = error
                return

    def _land(self) -> None:
        check_room(self.shop, self.rows, faults=self._faults)
        self.shop.land(self.rows, faults=self._faults)
        self.landed += 1


def start_drip(
    shop: LandsFiles,
    rows: int = 10,
    *,
    every_seconds: float = 5.0,
    faults: Mapping[str, float] | None = None,
    files: int = 1000,
) -> Drip:
    """Land a file now and another one every few seconds, until ``stop()``.

    Parameters
    ----------
    shop : Shop
        Mostly ``lab.shop``. It has one drip at a time: an earlier one is stopped.
    rows : int, default 10
        Orders for each file, 1 to 100,000.
    every_seconds : float, default 5.0
        From one file to the next, 0.5 to 3,600 seconds by your own clock. The shop's clock goes on as for
        every file.
    faults : mapping of str to int or float, optional
        Faults for each file, as for ``shop.land``.
    files : int, default 1000
        How many files at most, 1 to 10,000. Then it ends by itself.

    Returns
    -------
    Drip
        Running in the background. ``shop.drip`` is the same one.

    Raises
    ------
    DripError, OrderCountError
        If a number is out of bounds. Nothing lands.
    LandingError
        If all its files would fill the disk. Nothing lands.
    FaultError
        If the first file cannot have these faults. Nothing lands.
    """
    if not SHORTEST_SECONDS <= every_seconds <= LONGEST_SECONDS:
        raise DripError(
            got=f"a file every {every_seconds:g} seconds",
            needed=f"{SHORTEST_SECONDS:g} to {LONGEST_SECONDS:,} seconds",
            next_step="for files at once call shop.land in a loop",
        )
    if not 1 <= files <= MOST_FILES:
        raise DripError(
            got=f"a drip of {files:,} files",
            needed=f"1 to {MOST_FILES:,} files",
            next_step="start it again when it has ended",
        )
    check_room(shop, rows, faults=faults, files=files)
    if shop.drip is not None:
        shop.drip.stop()
    shop.drip = Drip(shop, rows=rows, every_seconds=every_seconds, faults=faults, files=files)
    return shop.drip


def check_room(
    shop: LandsFiles, rows: int, *, faults: Mapping[str, float] | None = None, files: int = 1
) -> None:
    """Refuse files that are too large, or that would leave less than 1 GB of the disk free.

    Raises
    ------
    OrderCountError
        If a file has no orders, or more than 100,000.
    LandingError
        If the disk has no room for them.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise OrderCountError(
            got=f"{rows:,} orders for each file",
            needed=f"1 to {MOST_ROWS:,}",
            next_step="call shop.land for one file of up to 1,000,000 orders, shop.land_bulk for more",
        )
    # An order that is sent again is a line more, and a whole file that is sent again doubles them all.
    asked = {name for name, amount in (faults or {}).items() if amount}
    times = (2 if asked & (SENT_AGAIN - {"redelivered_file"}) else 1) * (
        2 if "redelivered_file" in asked else 1
    )
    check_bulk(shop.landing, rows=rows * files * times, files=files)
