"""What has landed, read in plain Python: every record once, with its file and its line.

This is the other side of each comparison with tables, so nothing here is Spark and nothing comes from the
layers.
Term: landing.
Taught in: book/layers/silver.ipynb.
Source: https://www.rfc-editor.org/rfc/rfc8259 (what is JSON; here a key may not come twice either).
"""

import bz2
import gzip
import json
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from urllib.parse import unquote

from medallion_lab.runtime.workspace import Workspace

ALIASES = {
    "order_id": ("orderid", "order_no"),
    "customer_id": ("customerid", "cust_id"),
    "product_id": ("productid", "prod_id"),
    "quantity": ("qty",),
    "order_timestamp": ("ordertimestamp", "ordered_at"),
}
"""Each field of an order, and by which other names it may come."""

# The characters around a value that say nothing; the last one is the no-break space.
SPACES = " \t\r\n\u00a0"

# A value that is an object or a list has no text that any rule accepts; these stand for it.
OBJECT, LIST = "{...}", "[...]"
LONGEST_NUMBER = 1000
BLANK = b" \t\r"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What Spark unpacks by the name's ending, and so does whoever reads the folder again.
UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress}
ENDINGS = (".json", *(f".json{ending}" for ending in UNPACK))
DAMAGED = b"(this file does not unpack)"


@dataclass(frozen=True, slots=True)
class Line:
    """A landed line that is not blank.

    Attributes
    ----------
    file : str
        The file's name, with the folders inside the landing folder, such as ``monday/1.json``.
    number : int
        Which line of the file it is, from 1; blank lines count too.
    text : str
        The line. Bytes that are no text are shown as U+FFFD.
    fields : dict of str to str or None, or None
        The record: each value as text, numbers as they were written, None for null. None for a line that is
        not exactly one JSON object, or in which a key comes twice.
    """

    file: str
    number: int
    text: str
    fields: dict[str, str | None] | None


def landed_files(workspace: Workspace) -> list[Path]:
    """Return the files in the landing folder and in its folders, by name, without unfinished ones.

    They are those that bronze reads: ``*.json``, also packed as ``.gz`` or ``.bz2``.
    """
    return sorted(
        folder / name
        for folder, names in landing_folders(workspace)
        for name in names
        if name.endswith(ENDINGS) and not _is_hidden(name)
    )


def landing_folders(workspace: Workspace) -> Iterator[tuple[Path, list[str]]]:
    """Give the landing folder and each folder in it, with the names of its files; streams see no others."""
    for place, folders, names in os.walk(workspace.landing, followlinks=True):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        yield Path(place), names


def name_in(landing: Path, path: Path, known: Collection[str] = ()) -> str:
    """Return a landed file's name, with its folders if it lies in the landing folder.

    One that was moved away has of its folders those with which its name is a known one.
    """
    if path.is_relative_to(landing):
        return path.relative_to(landing).as_posix()
    tails = ("/".join(path.parts[first:]) for first in range(1, len(path.parts)))
    return next((tail for tail in tails if tail in known), path.name)


def local_file(address: str | None) -> Path:
    """Return the file of an address in ``input_file``, where a space is written ``%20``."""
    return Path(re.sub("^file:/*", "/", unquote(address or "no file")))


def read_lines(
    files: Iterable[Path], *, name_of: Callable[[Path], str] = attrgetter("name")
) -> Iterator[Line]:
    """Give every line of these files that is not blank; a line of spaces, tabs and CR alone is blank."""
    for path in files:
        name = name_of(path)
        for number, line in _lines(path):
            yield Line(name, number, line.decode("utf-8", errors="replace"), read_record(line))


def count_lines(path: Path) -> int:
    """Return how many lines of this file are not blank, without reading them as records."""
    return sum(1 for _ in _lines(path))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name) or name.endswith("._COPYING_")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    content = path.read_bytes()
    if path.suffix in UNPACK:
        try:
            content = UNPACK[path.suffix](content)
        except (OSError, EOFError, ValueError, zlib.error):
            # No stream gets past it: it stays a record that is in no table.
            content = DAMAGED
    # Editors put this mark at the beginning of a file; it is no part of the text.
    for number, line in enumerate(content.removeprefix(BYTE_ORDER_MARK).split(b"\n"), start=1):
        if line.strip(BLANK):
            yield number, line


def read_record(line: bytes) -> dict[str, str | None] | None:
    """Return the record that this line holds, or None if it does not hold exactly one.

    A line that is nested deeper than Python can follow (some hundred levels) is unreadable too.
    """
    try:
        record = json.loads(
            line.decode("utf-8"),
            # As pairs, because a dict would hide that a key came twice.
            object_pairs_hook=_no_key_twice,
            # As text, because a number would forget how it was written.
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse,
        )
        # An escape such as \ud800 alone is half a letter.
        json.dumps(record, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return {key: _as_text(value) for key, value in record} if isinstance(record, tuple) else None


def pick(fields: dict[str, str | None], name: str) -> str | None:
    """Return the value of this field, from the first of its names that has one.

    The exact name comes first, then the name in another case, then its aliases. Of two keys that differ only
    in case, the first in alphabetical order counts (``ORDER_ID`` before ``Order_Id``). Null is no value.
    """
    if fields.get(name) is not None:
        return fields[name]
    for wanted in (name, *ALIASES[name]):
        for key in sorted(fields):
            if key.lower() == wanted and fields[key] is not None:
                return fields[key]
    return None


def _no_key_twice(pairs: list[tuple[str, object]]) -> tuple[tuple[str, object], ...]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key that comes twice")
    return tuple(pairs)


def _number(text: str) -> str:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number that no reader of JSON has room for")
    return text


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _as_text(value: object) -> str | None:
    match value:
        case True | False:
            return str(value).lower()
        case tuple():
            return OBJECT
        case list():
            return LIST
        case str() | None:
            return value
    raise TypeError(type(value))
