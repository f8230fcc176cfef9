"""The pretend shop whose orders the lab refines.

Term: source system.
Taught in: book/foundations/the_lab.ipynb.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from threading import RLock
from typing import Concatenate, ParamSpec, TypeVar

from pyspark.sql import SparkSession

from medallion_lab.errors import FaultError, OrderCountError
from medallion_lab.shop import numbering
from medallion_lab.shop.answer_key import PlantedFault, confirm_faults, note_faults, read_faults
from medallion_lab.shop.bulk import check_bulk, land_in_bulk
from medallion_lab.shop.clock import TIME_BETWEEN_FILES, Pace, landing_time, note_pace, read_paces
from medallion_lab.shop.drip import Drip
from medallion_lab.shop.earlier import earlier_orders
from medallion_lab.shop.faults import TIME_FORMAT
from medallion_lab.shop.landing import LandedFile, land_copy, land_file
from medallion_lab.shop.orders import as_json_lines, make_orders
from medallion_lab.shop.planting import check_faults, fault_dice, is_redelivered, plant_faults
from medallion_lab.shop.redelivery import redelivered_lines

MOST_ORDERS_PER_FILE = 1_000_000
# An order is up to an hour old when its file lands.
OLDEST_ORDER = timedelta(hours=1)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def _one_at_a_time(
    method: Callable[Concatenate["Shop", Arguments], Result],
) -> Callable[Concatenate["Shop", Arguments], Result]:
    """Let no other thread land a file meanwhile: both would take the same number."""

    @wraps(method)
    def alone(shop: "Shop", /, *args: Arguments.args, **named: Arguments.kwargs) -> Result:
        with shop._turn:
            return method(shop, *args, **named)

    return alone


class Shop:
    """A shop that lands files of orders.

    It remembers the number of its last file, and at which pace its clock goes, in notes beside its answer
    key: a shop that is opened again goes on where it stopped, even if its files are gone. Without an answer
    key its only memory is the landing folder.

    Parameters
    ----------
    landing : Path
        The folder where its files arrive.
    seed : int, default 7
        The same seed gives the same files.
    answer_key : Path, optional
        The folder where it notes every fault that it plants, and how far it has come; without one it plants
        none.

    Attributes
    ----------
    drip : Drip or None
        What ``start_drip`` started last.
    """

    def __init__(self, landing: Path, *, seed: int = 7, answer_key: Path | None = None) -> None:
        self.landing = landing
        self.seed = seed
        self.answer_key = answer_key
        self.drip: Drip | None = None
        self._turn = RLock()
        self._notes = answer_key or landing

    def __repr__(self) -> str:
        return f"Shop(seed={self.seed}, files landed: {len(self.files())})"

    def files(self) -> list[Path]:
        """Return the landed files in order of arrival."""
        return [
            numbering.file_path(self.landing, number) for number in numbering.landed_numbers(self.landing)
        ]

    @property
    def pace(self) -> float:
        """How many hours of shop time pass until the next file; 4 unless ``set_pace`` has changed it."""
        number = self._next_number()
        hours = [pace.hours for pace in self._paces() if pace.first_file <= number]
        return hours[-1] if hours else TIME_BETWEEN_FILES / timedelta(hours=1)

    @_one_at_a_time
    def set_pace(self, hours: float) -> None:
        """Let the shop's clock go faster or slower, from the next file on.

        Parameters
        ----------
        hours : float
            Shop time between two files, 1 to 168 (a week). It is noted beside the answer key; without one in
            the landing folder, in a file that streams pass over.

        Raises
        ------
        PaceError
            If it is out of bounds, or cannot be noted. The clock goes on as before.
        """
        if hours != self.pace:
            note_pace(self._notes, hours, next_file=self._next_number(), known=self._paces())

    def next_landing_time(self) -> datetime:
        """Return the shop's time when its next file will land."""
        return landing_time(self._next_number(), self._paces())

    @_one_at_a_time
    def land(self, count: int = 10, *, faults: Mapping[str, float] | None = None) -> LandedFile:
        """Land one file of new orders.

        Parameters
        ----------
        count : int, default 10
            How many orders, one line each. An order that is sent again is a line more.
        faults : mapping of str to int or float, optional
            A fault's name -> how many orders get it (int), or with which probability each order does (float,
            0.0 to 1.0). The names are in ``faults.FAULTS``; an order gets one fault at most.

        Raises
        ------
        OrderCountError
            If the count is not between 1 and 1,000,000.
        FaultError
            If a fault is unknown, or cannot be planted as often as asked. Nothing lands.
        LandingError
            If the file cannot be written; the next call lands the same orders.
        """
        if not 1 <= count <= MOST_ORDERS_PER_FILE:
            raise OrderCountError(
                got=f"{count} orders for one file",
                needed=f"1 to {MOST_ORDERS_PER_FILE:,}",
                next_step="land several files when you want more",
            )
        number = self._next_number()
        paces = self._paces()
        orders = make_orders(count, seed=self.seed, file_number=number, paces=paces)
        if not faults:
            return self.land_lines(as_json_lines(orders))
        check_faults(faults, order_count=count)
        self._require_answer_key()
        dice = fault_dice(seed=self.seed, file_number=number)
        sent_once_more = is_redelivered(faults, dice=dice)
        # Older than any order of this file: a correction must be the later one.
        now, last = landing_time(number, paces), landing_time(number - 1, paces)
        before = (now - max(OLDEST_ORDER, (now - last) / 2)).strftime(TIME_FORMAT)
        lines, planted = plant_faults(
            orders,
            faults,
            file_number=number,
            file_name=numbering.file_path(self.landing, number).name,
            dice=dice,
            earlier=earlier_orders(self.files(), dice=dice, before=before),
            paces=paces,
        )
        landed = self._land(lines, planted)
        if sent_once_more:
            self.land_again(landed)
        return landed

    @_one_at_a_time
    def land_again(self, file: LandedFile | Path) -> LandedFile:
        """Land a whole file once more, under the next name: a delivery that was repeated.

        Parameters
        ----------
        file : LandedFile or Path
            What ``land`` returned, or one of ``files()``.

        Raises
        ------
        FaultError
            If this file has not landed here.
        LandingError
            If the file cannot be written.
        """
        original = file.path if isinstance(file, LandedFile) else Path(file)
        if original not in self.files():
            raise FaultError(
                got=f"{original.name}, to be landed again",
                needed=f"one of the {len(self.files())} files that have landed here",
                next_step="take one of shop.files()",
            )
        answer_key = self._require_answer_key()
        copy = self._next_path()
        lines = original.read_text(encoding="utf-8", errors="replace").removesuffix("\n").split("\n")
        known = [fault for fault in self.faults_planted() if fault.file == original.name]
        note_faults(
            answer_key, copy.name, redelivered_lines(lines, known, name=copy.name, copy_of=original.name)
        )
        land_copy(copy, original, just_before=partial(self._note_number, copy))
        confirm_faults(answer_key, copy.name)
        return LandedFile(copy, len(lines))

    @_one_at_a_time
    def land_bulk(self, spark: SparkSession, rows: int = 500_000, *, files: int = 8) -> list[LandedFile]:
        """Land many orders at once, made by Spark. A chapter with a few hundred has no need of it.

        Parameters
        ----------
        spark : SparkSession
            The session that makes them.
        rows : int, default 500,000
            How many orders in all.
        files : int, default 8
            In how many files; their sizes differ by one at most.

        Raises
        ------
        OrderCountError
            If there are more files than orders, or more than 10,000.
        LandingError
            If they would fill the disk, or cannot be written.
        """
        check_bulk(self.landing, rows=rows, files=files)
        first = numbering.number_of(self._next_path())
        paths = [numbering.file_path(self.landing, number) for number in range(first, first + files)]
        for path in paths:
            self._note(path, [])
        return land_in_bulk(
            spark,
            self.landing,
            seed=self.seed,
            rows=rows,
            paths=paths,
            paces=self._paces(),
            just_before=self._note_number,
        )

    @_one_at_a_time
    def land_lines(self, lines: list[str]) -> LandedFile:
        """Land one file with these very lines, whatever they hold: for breaking things on purpose."""
        return self._land(lines, [])

    def faults_planted(self) -> list[PlantedFault]:
        """Return the answer key: every fault that has landed, by file and line. Pipelines never read it."""
        return read_faults(self.answer_key, landing=self.landing) if self.answer_key else []

    def _land(self, lines: list[str], planted: Sequence[PlantedFault]) -> LandedFile:
        path = self._next_path()
        self._note(path, planted)
        landed = land_file(path, lines, just_before=partial(self._note_number, path))
        if self.answer_key:
            confirm_faults(self.answer_key, path.name)
        return landed

    def _note(self, path: Path, planted: Sequence[PlantedFault]) -> None:
        if self.answer_key:
            note_faults(self.answer_key, path.name, planted)

    def _require_answer_key(self) -> Path:
        if self.answer_key is None:
            raise FaultError(
                got="faults for a shop that has no answer key",
                needed="a folder in which it can note what it plants",
                next_step="take lab.shop, or make one: Shop(landing, answer_key=folder)",
            )
        return self.answer_key

    def _paces(self) -> tuple[Pace, ...]:
        # Shops of before have their note in the landing folder.
        return read_paces(self._notes) or read_paces(self.landing)

    def _next_number(self) -> int:
        return numbering.next_number(self.landing, self.answer_key)

    def _next_path(self) -> Path:
        number = self._next_number()
        numbering.make_way(self.landing, number)
        return numbering.file_path(self.landing, number)

    def _note_number(self, path: Path) -> None:
        if self.answer_key:
            numbering.note_number(self.answer_key, numbering.number_of(path))
