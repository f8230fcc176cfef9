"""The shop's own clock: it moves when a file lands and at no other time, so that a run can be repeated.

Taught in: book/foundations/the_lab.ipynb.
"""

from datetime import datetime, timedelta

OPENING_TIME = datetime(2026, 3, 2, 16, 0)
"""When the first file lands, on a Monday afternoon in UTC."""

TIME_BETWEEN_FILES = timedelta(hours=4)
"""A few files span two days, which gives gold more than one day to sum."""


def landing_time(file_number: int) -> datetime:
    """Return the shop's time when its n-th file lands; the first file has number 1."""
    return OPENING_TIME + (file_number - 1) * TIME_BETWEEN_FILES
