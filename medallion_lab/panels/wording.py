"""Numbers as one says them: 1 file, 2,000 files, 0.40 s, 10 min."""


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with what it counts; the word for many is the word for one with an s, unless given."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def in_seconds(seconds: float) -> str:
    """Return a duration in seconds: two decimals below ten, one above."""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:,.1f} s"


def in_largest_unit(seconds: float) -> str:
    """Return a span of event time in the largest unit that fits twice."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:g} s"


def plain_number(value: float) -> str:
    """Return a number as one types it: 4 for 4.0, and 1.5."""
    return repr(int(value) if value == int(value) else value)
