"""Check an answer to an exercise, and say in sentences what agrees and what does not.

A check never stops a page: an unfinished answer, and an error in a reader's own function, are answers too.
Term: assertion.
Taught in: book/surprises/schema_drift.ipynb.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MOST_NAMED = 3
"""How many differences of one kind are named; the rest is counted."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says. It counts as true when the answer is right, so that ``assert`` takes it.

    Attributes
    ----------
    passed : bool
        Whether the answer is right.
    message : str
        Why, in sentences, one a line.
    """

    passed: bool
    message: str

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'Right' if self.passed else 'Not yet'}: {self.message}"


class _NotRows(Exception):
    """Something that does not consist of rows; the message is a sentence for the reader."""


def check_rows(
    found: "Sequence[Any] | DataFrame | Callable[[], Any]",
    expected: "Sequence[Any] | DataFrame",
    *,
    key: str | Sequence[str],
) -> Verdict:
    """Compare rows with those that are expected; their order does not matter.

    Parameters
    ----------
    found : rows, or a function without parameters that returns them
        Dicts, Rows or dataclass instances in a list, or a DataFrame. An error in the function, or in the
        DataFrame that it returns, becomes a sentence.
    expected : rows
        What is right, of the same kinds.
    key : str or sequence of str
        The columns that tell one row from another.

    Returns
    -------
    Verdict
        Right if both have the same columns and, for each key, the same values. Else it names the columns or
        the first rows that are missing, too many, or differ, and how.
    """
    right = _rows(expected)
    try:
        rows = _rows(found() if callable(found) else found)
    except _NotRows as error:
        return Verdict(False, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a reader's code raises is an answer to read
        return Verdict(False, _as_sentence(error))
    keys = [key] if isinstance(key, str) else list(key)
    strange_columns = _strange_columns(rows, right)
    return Verdict(False, strange_columns) if strange_columns else _compare_rows(rows, right, keys)


def check_answers(given: Mapping[str, Any], truth: Mapping[str, Any]) -> Verdict:
    """Compare predictions with what a run gave.

    Parameters
    ----------
    given : mapping
        Question -> answer. An answer that is ``...`` or None is still open.
    truth : mapping
        Question -> what happened.

    Returns
    -------
    Verdict
        Right if every question has the right answer. Else one sentence for each wrong one, then those that
        are open; what is wrong is only told for a question that was answered.
    """
    is_open = [name for name in truth if given.get(name) in (None, ...)]
    wrong = [name for name in truth if name not in is_open and not _same(given[name], truth[name])]
    unasked = [name for name in given if name not in truth]
    right = len(truth) - len(is_open) - len(wrong)
    if not (is_open or wrong or unasked):
        return Verdict(True, f"{_count(right, 'prediction')} as it happened.")
    sentences = [f"{name}: you said {given[name]!r}, the run says {truth[name]!r}." for name in wrong]
    if is_open:
        sentences.append(f"Still open: {', '.join(is_open)}.")
    if unasked:
        sentences.append(f"Nobody asked for: {', '.join(map(str, unasked))}.")
    return Verdict(False, "\n".join([f"{right} of {len(truth)} as it happened.", *sentences]))


def _rows(source: Any) -> list[dict[str, Any]]:
    if source is None or source is ...:
        raise _NotRows("there is nothing to check yet. Return the rows, for example a DataFrame.")
    rows = source.collect() if hasattr(source, "collect") else source
    if isinstance(rows, str | bytes | Mapping) or not hasattr(rows, "__iter__"):
        raise _NotRows(f"rows were needed, and this is one {type(source).__name__}.")
    return [_row(row) for row in rows]


def _row(row: Any) -> dict[str, Any]:
    if isinstance(row, Mapping):
        return dict(row)
    if hasattr(row, "asDict"):
        return row.asDict(recursive=True)
    if is_dataclass(row) and not isinstance(row, type):
        return asdict(row)
    raise _NotRows(f"each row needs named columns, and one of them is a {type(row).__name__}: {row!r}.")


def _as_sentence(error: Exception) -> str:
    # Spark's errors go on for pages; what went wrong stands in the first line.
    first_line = (str(error).strip().splitlines() or ["no message"])[0]
    return f"your code stopped with {type(error).__name__}: {first_line}"


def _strange_columns(rows: list[dict[str, Any]], right: list[dict[str, Any]]) -> str:
    """Say which columns are missing or too many; "" if the columns are right, or there is no row to ask."""
    if not rows or not right:
        return ""
    found, expected = ({name: None for row in side for name in row} for side in (rows, right))
    sentences = [f"the column {name} is missing." for name in expected if name not in found]
    sentences += [f"the column {name} is one too many." for name in found if name not in expected]
    return "\n".join([*sentences, f"Needed: {', '.join(expected)}."]) if sentences else ""


def _compare_rows(rows: list[dict[str, Any]], right: list[dict[str, Any]], keys: list[str]) -> Verdict:
    found, expected = _by_key(rows, keys), _by_key(right, keys)
    missing = [_name(keys, value) for value in expected if value not in found]
    extra = [_name(keys, value) for value in found if value not in expected]
    repeated, differing, agreeing = [], [], 0
    for value in (value for value in expected if value in found):
        name, times, wanted = _name(keys, value), len(found[value]), len(expected[value])
        differences = _differences(found[value], expected[value])
        if times != wanted:
            repeated.append(f"{name} is there {_times(times)}, expected {_times(wanted)}")
        elif differences:
            differing.append(f"{name}: {differences}")
        else:
            agreeing += wanted
    if agreeing == len(right) == len(rows):
        columns = ", ".join(right[0]) if right else ""
        return Verdict(
            True, f"{_count(len(right), 'row')} as expected{f', in {columns}' if columns else ''}."
        )
    sentences = [f"{agreeing} of {_count(len(right), 'row')} as expected."]
    sentences += _named("missing", missing) + _named("too many", extra)
    sentences += _named("repeated", repeated) + _named("different", differing)
    return Verdict(False, "\n".join(sentences))


def _by_key(rows: list[dict[str, Any]], keys: list[str]) -> dict[tuple, list[dict[str, Any]]]:
    grouped: dict[tuple, list[dict[str, Any]]] = {}
    for row in rows:
        # The text of a value, because a list or a dict can be no key.
        grouped.setdefault(tuple(repr(row.get(name)) for name in keys), []).append(row)
    return grouped


def _differences(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> str:
    """Say how rows of one key differ; "" if each has its equal."""
    left = list(expected)
    strangers = []
    for row in found:
        twin = next((other for other in left if _equal(row, other)), None)
        if twin is None:
            strangers.append(row)
        else:
            left.remove(twin)
    if not strangers or not left:
        return ""
    row, other = strangers[0], left[0]
    names = [name for name in other if not _same(row.get(name), other[name])]
    return ", ".join(f"{name} is {row.get(name)!r}, expected {other[name]!r}" for name in names)


def _equal(row: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(_same(row.get(name), other[name]) for name in other)


def _same(one: Any, other: Any) -> bool:
    """Compare values; True is not 1, and what is no number is like itself."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    return bool(one == other) or (one != one and other != other)


def _name(keys: list[str], value: tuple) -> str:
    return ", ".join(f"{name} = {text}" for name, text in zip(keys, value, strict=True))


def _named(kind: str, items: list[str]) -> list[str]:
    lines = [f"{kind}: {item}." for item in items[:MOST_NAMED]]
    rest = len(items) - MOST_NAMED
    return [*lines, f"{kind}: {rest} more."] if rest > 0 else lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
