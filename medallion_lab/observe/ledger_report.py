"""The ledger as it is told: balanced, or what is outstanding, missing or too much, and where.

Terms: ledger, conservation.
Taught in: book/layers/silver.ipynb.
"""

import html
from dataclasses import dataclass

from medallion_lab.observe.wording import MOST_PLACES, plural, shorten

OUTSTANDING, MISSING, TOO_MUCH = "outstanding", "missing", "too much"


@dataclass(frozen=True)
class Problem:
    """Records that are not where they must be.

    Attributes
    ----------
    kind : str
        ``outstanding`` (a stream may still bring them), ``missing`` or ``too much``.
    count : int
        How many.
    what : str
        What is wrong with them.
    places : tuple of str
        Files with line numbers, or order ids.
    """

    kind: str
    count: int
    what: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.count} {self.what}" + (f": {shorten(self.places)}" if self.places else "")


@dataclass(frozen=True)
class BatchBalance:
    """One micro-batch of bronze: the rows of one load time.

    Attributes
    ----------
    number : int
        From 1, in order of load time.
    files : str
        The files that it brought.
    landed : int
        Records in those files.
    silver, quarantined : int
        Rows of the two tables that have its load time.
    duplicates : int
        Valid records in those files that are not the one which counts for their order.
    """

    number: int
    files: str
    landed: int
    silver: int
    quarantined: int
    duplicates: int

    @property
    def is_balanced(self) -> bool:
        """Whether landed = silver + quarantined + duplicates."""
        return _is_equal(self)

    def __str__(self) -> str:
        return f"micro-batch {self.number} ({self.files}): {_equation(self)}"


@dataclass(frozen=True, repr=False)
class Ledger:
    """What landed against where it is now. It counts as true when balanced, so that ``assert`` takes it.

    Attributes
    ----------
    landed : int
        Records in the landed files: their lines that are not blank.
    in_bronze, silver, quarantined : int
        Rows of the three tables.
    duplicates : int
        Valid landed records that are not the only one of their order.
    batches : tuple of BatchBalance
        The same for every micro-batch of bronze, oldest first.
    problems : tuple of Problem
        Everything that is not as it must be.
    running : tuple of str
        Streams that were running; what is outstanding may still come.
    notes : tuple of str
        What is no problem, and is to be known: orders whose files are gone from the landing folder.
    """

    landed: int
    in_bronze: int
    silver: int
    quarantined: int
    duplicates: int
    batches: tuple[BatchBalance, ...] = ()
    problems: tuple[Problem, ...] = ()
    running: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_balanced(self) -> bool:
        """Whether the sums are equal, in all and in every micro-batch, and every record is in its place."""
        return not self.problems and _is_equal(self) and all(batch.is_balanced for batch in self.batches)

    def __bool__(self) -> bool:
        return self.is_balanced

    def __repr__(self) -> str:
        state = f"{'✓' if self else '✗'} {self.headline}"
        unequal = [str(batch) for batch in self.batches if not batch.is_balanced]
        return "\n".join([state, *map(str, self.problems), *_some(unequal), *self.notes, *self._advice()])

    def _repr_html_(self) -> str:
        state = "medallion-balanced" if self else "medallion-unbalanced"
        return f'<pre class="medallion-ledger {state}">{html.escape(repr(self))}</pre>'

    @property
    def headline(self) -> str:
        """The ledger in one line."""
        if self:
            return f"balanced: {_equation(self)}"
        return f"not balanced: {_equation(self)}; {self.in_bronze} in bronze"

    def _advice(self) -> list[str]:
        if self or not self.running:
            return []
        return [f"still running: {', '.join(self.running)}; wait_until_caught_up, then look again"]


def _some(lines: list[str]) -> list[str]:
    more = [f"and {len(lines) - MOST_PLACES} micro-batches more"] if len(lines) > MOST_PLACES else []
    return lines[:MOST_PLACES] + more


def _is_equal(sums: BatchBalance | Ledger) -> bool:
    return sums.landed == sums.silver + sums.quarantined + sums.duplicates


def _equation(sums: BatchBalance | Ledger) -> str:
    duplicates = f"{sums.duplicates} {plural('duplicate', sums.duplicates)}"
    sign = "=" if _is_equal(sums) else "≠"
    return f"{sums.landed} landed {sign} {sums.silver} silver + {sums.quarantined} quarantined + {duplicates}"
