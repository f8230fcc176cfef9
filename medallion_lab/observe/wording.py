"""How a finding is worded: so many lines, these places and so many more, no letter that one cannot see.

Term: ledger.
Taught in: book/layers/silver.ipynb.
"""

from collections.abc import Sequence

MOST_PLACES = 10


def plural(noun: str, count: int) -> str:
    """Return the noun as it stands behind this number."""
    return noun if count == 1 else f"{noun}s"


def shorten(places: Sequence[object]) -> str:
    """List the first ten places, and say how many more there are."""
    more = [f"and {len(places) - MOST_PLACES} more"] if len(places) > MOST_PLACES else []
    return ", ".join([*map(str, places[:MOST_PLACES]), *more])


def printable(value: object) -> str:
    """Write a value, and by its number each letter that one cannot see: a line end would break a line."""
    text = "NULL" if value is None else str(value)
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
