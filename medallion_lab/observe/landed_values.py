"""A landed text as the value that it means: a whole number, a moment in UTC, or nothing that can be read.

Written a second time for the oracle: nothing here comes from the layers.
Terms: oracle, cleansing.
Taught in: book/layers/silver.ipynb.
"""

import re
from datetime import UTC, datetime, timedelta

from medallion_lab.observe.landed import SPACES

NUMBER = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.0+)?")
DAY, CLOCK = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}", "[0-9]{2}:[0-9]{2}:[0-9]{2}"
ZONE = "(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
# Python alone would also take one digit where two belong, and digits of other scripts.
TIMES = {
    re.compile(f"{DAY} {CLOCK}"): "%Y-%m-%d %H:%M:%S",
    re.compile(f"{DAY}T{CLOCK}{ZONE}"): "%Y-%m-%dT%H:%M:%S%z",
    re.compile(rf"[0-9]{{2}}\.[0-9]{{2}}\.[12][0-9]{{3}} {CLOCK}"): "%d.%m.%Y %H:%M:%S",
}
SECONDS = re.compile("[0-9]{10}")
EPOCH = datetime(1970, 1, 1)


def trim(text: str | None) -> str | None:
    """Take spaces off both ends; a text of nothing else is None."""
    return (text.strip(SPACES) or None) if text is not None else None


def read_number(text: str | None, *, bits: int) -> int | None:
    """Return the whole number that this text is, or None; one that takes more bits than these is none.

    A sign, commas between thousands and a fraction of zeros are allowed: ``+1,200.0`` is 1200.
    """
    match = NUMBER.fullmatch(text or "")
    if not match:
        return None
    sign, digits = match[1], match[2].replace(",", "").lstrip("0") or "0"
    # No number of 64 bits has more digits; Python refuses to read one of thousands.
    if len(digits) > 19:
        return None
    number = int(sign + digits)
    return number if -(2 ** (bits - 1)) <= number < 2 ** (bits - 1) else None


def read_time(text: str | None) -> datetime | None:
    """Return the moment in UTC, without a zone, that this text is, or None.

    Five ways to write one are known: ``2026-03-02 15:04:05``, ``2026-03-02T15:04:05Z``,
    ``2026-03-02T15:04:05+01:00``, ``02.03.2026 15:04:05`` and ten digits, the seconds since 1970.
    """
    text = text or ""
    if SECONDS.fullmatch(text):
        return EPOCH + timedelta(seconds=int(text))
    for known, form in TIMES.items():
        if known.fullmatch(text):
            return _moment(text, form)
    return None


def _moment(text: str, form: str) -> datetime | None:
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        # The 30th of February, or 25 o'clock.
        return None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
