"""Say of an answer what is wrong in it, in sentences, and never what would be right.

Each exercise knows the mistakes that learners make in it. The right answer is worked out again with each of
them: where a learner's wrong rows are those of a mistake, its hint is the one that fits.
Term: assertion.
Taught in: book/exercises/index.md.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medallion_lab.classroom.rows import NoRowsError, NothingYetError, Row, plain, rows_of, same, shown

MOST_NAMED = 3
"""How many rows of one kind of fault are named; the rest is counted."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says. It counts as true when the answer is right, so that ``assert`` takes it.

    Attributes
    ----------
    passed : bool
        Whether the answer is right.
    message : str
        Why, in sentences, one a line.
    is_open : bool
        Whether nothing was answered yet: that is no try.
    """

    passed: bool
    message: str
    is_open: bool = False

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        return f"{'Right' if self.passed else 'Not yet'}: {self.message}"

    def _repr_html_(self) -> str:
        # As sentences that wrap: what a page shows as plain text goes on to the right for ever.
        said = f"<strong>{'✓ Right' if self.passed else '✗ Not yet'}</strong>"
        lines = [_as_html(line) for line in self.message.splitlines()]
        # A line in small letters goes on with the sentence that the sign has begun.
        if lines and lines[0][0].islower():
            said = f"{said}: {lines.pop(0)}"
        listed = "".join(f"<li>{line}</li>" for line in lines)
        return f"<div><p>{said}</p>{f'<ul>{listed}</ul>' if listed else ''}</div>"


@dataclass(frozen=True)
class Right:
    """What is right for one set of data, and what each known mistake would give.

    Attributes
    ----------
    rows : list of dict
        The right rows.
    mistaken : mapping
        Hint -> the rows of who makes the mistake that the hint is for.
    """

    rows: Sequence[Row]
    mistaken: Mapping[str, Sequence[Row]]


def judge(answer: Callable[[], Any], right: Right, *, key: Sequence[str], whole: bool = False) -> Verdict:
    """Compare an answer with what is right for one set of data; the order of rows does not matter.

    Parameters
    ----------
    answer : function without parameters
        Runs the learner's code; see ``rows_of`` for what it may return.
    right : Right
        What is right, and what known mistakes give.
    key : sequence of str
        The columns that tell one row from another.
    whole : bool
        Whether a hint has to explain all that is wrong: so where the answer was right on other data.

    Returns
    -------
    Verdict
        Right, or the faults: columns, the learner's rows that are wrong, keys that are missing, and one hint.
        It never holds a value that the learner did not give.
    """
    try:
        rows = rows_of(answer)
    except NoRowsError as error:
        return Verdict(False, str(error), is_open=isinstance(error, NothingYetError))
    wanted = [_plain_row(row) for row in right.rows]
    if faults := _strange_columns(rows, wanted):
        return Verdict(False, "\n".join(faults))
    found, expected = _by_key(rows, key), _by_key(wanted, key)
    wrong = [name for name in {**expected, **found} if not _alike(found.get(name), expected.get(name))]
    if not wrong:
        return Verdict(True, "")
    is_predicted = list(key) == ["question"]
    if is_predicted and all(row["answer"] in (None, ...) for rows in found.values() for row in rows):
        return Verdict(False, "\n".join(_predictions(found, expected, wrong)), is_open=True)
    faults = (_predictions if is_predicted else _faults)(found, expected, wrong)
    hint = _fitting_hint(found, right.mistaken, wrong, key, whole=whole)
    hint = hint or ("" if whole else _hint_on_forms(found, expected, wrong))
    return Verdict(False, "\n".join([*faults, *([f"Hint: {hint}"] if hint else [])]))


def _as_html(line: str) -> str:
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(line))
    return re.sub(r"^Hint:", "<strong>Hint:</strong>", marked)


_Grouped = dict[tuple, list[Row]]


def _plain_row(row: Row) -> Row:
    return {name: plain(value) for name, value in row.items()}


def _by_key(rows: Sequence[Row], key: Sequence[str]) -> _Grouped:
    grouped: _Grouped = {}
    for row in rows:
        # The text of a value, because a list or a dict can be no key.
        grouped.setdefault(tuple(shown(row.get(name)) for name in key), []).append(row)
    return grouped


def _alike(found: Sequence[Row] | None, expected: Sequence[Row] | None) -> bool:
    """Say whether each row of one key has its equal on the other side."""
    left = list(expected or [])
    for row in found or []:
        twin = next((other for other in left if _equal(row, other)), None)
        if twin is None:
            return False
        left.remove(twin)
    return not left


def _equal(row: Row, other: Row) -> bool:
    return all(same(row.get(name), value) for name, value in other.items())


def _strange_columns(rows: Sequence[Row], right: Sequence[Row]) -> list[str]:
    if not rows or not right:
        return []
    found, needed = ({name: None for row in side for name in row} for side in (rows, right))
    faults = [f"the column {name} is missing." for name in needed if name not in found]
    faults += [f"the column {name} is one too many." for name in found if name not in needed]
    if faults and {name.lower() for name in found} == {name.lower() for name in needed}:
        faults.append("Names are compared with their capitals.")
    return [*faults, f"Needed: {', '.join(needed)}."] if faults else []


def _faults(found: _Grouped, expected: _Grouped, wrong: Sequence[tuple]) -> list[str]:
    names = list(next(iter({**expected, **found}.values()))[0])
    missing = [_key(name) for name in wrong if name not in found]
    extra = [_row(found[name][0]) for name in wrong if name not in expected]
    times, differing = [], []
    for name in wrong:
        if name not in found or name not in expected:
            continue
        if len(found[name]) != len(expected[name]):
            count = "once" if len(found[name]) == 1 else f"{len(found[name])} times"
            what = "often" if len(found[name]) > len(expected[name]) else "seldom"
            times.append(f"{_row(found[name][0])}: there {count}, which is too {what}")
        else:
            differing.append(_strange_values(found[name], expected[name], names))
    return [
        *_named("Missing: a row for", missing, rest="missing"),
        *_named("One too many:", extra, rest="too many"),
        *_named("How often:", times, rest="there too often or too seldom"),
        *_named("Not right:", differing, rest="not right"),
    ]


def _strange_values(found: Sequence[Row], expected: Sequence[Row], names: Sequence[str]) -> str:
    row = next(row for row in found if not any(_equal(row, other) for other in expected))
    differing = [name for name in names if not any(same(row.get(name), other[name]) for other in expected)]
    return f"{_row(row)}: look at {' and '.join(differing) or 'which values stand together'}"


def _predictions(found: _Grouped, expected: _Grouped, wrong: Sequence[tuple]) -> list[str]:
    def is_open(name: tuple) -> bool:
        return name in expected and all(row["answer"] in (None, ...) for row in found.get(name, []))

    names = {name: (found.get(name) or expected[name])[0]["question"] for name in wrong}
    open_ones = [str(names[name]) for name in wrong if is_open(name)]
    unasked = [str(names[name]) for name in wrong if name not in expected]
    missed = [name for name in wrong if not is_open(name) and name in expected]
    sentences = [f"{names[name]}: {shown(found[name][0]['answer'])} is not what happens." for name in missed]
    sentences += [f"Still open: {', '.join(open_ones)}."] if open_ones else []
    return sentences + ([f"Nobody asked for: {', '.join(unasked)}."] if unasked else [])


def _fitting_hint(
    found: _Grouped,
    mistaken: Mapping[str, Sequence[Row]],
    wrong: Sequence[tuple],
    key: Sequence[str],
    *,
    whole: bool,
) -> str:
    """Return the hint of the mistake that explains most of what is wrong; "" if none explains a row."""
    best, most = "", (0, 0)
    for hint, rows in mistaken.items():
        theirs = _by_key([_plain_row(row) for row in rows], key)
        explained = sum(_alike(found.get(name), theirs.get(name)) for name in wrong)
        unlike = sum(not _alike(found.get(name), theirs.get(name)) for name in {**found, **theirs})
        if explained and not (whole and unlike) and (not best or (explained, -unlike) > most):
            best, most = hint, (explained, -unlike)
    return best


def _hint_on_forms(found: _Grouped, expected: _Grouped, wrong: Sequence[tuple]) -> str:
    """Return what is to be said of a value that is right but for its type, or for its last digits."""
    for name in wrong:
        for row, other in zip(found.get(name, []), expected.get(name, []), strict=False):
            for column, value in other.items():
                given = row.get(column)
                if type(given) is not type(value) and str(given) == str(value):
                    wanted, got = type(value).__name__, type(given).__name__
                    return f"{column} looks right but for its type: needed is {wanted}, and this is {got}."
                if _is_rounded(given, value):
                    return f"{column} is rounded: give all its digits, and leave rounding to who shows it."
    return ""


def _is_rounded(given: Any, value: Any) -> bool:
    if not isinstance(value, float):
        return False
    return any(same(given, cut) for cut in (int(value), *(plain(round(value, n)) for n in range(9))))


def _key(name: tuple) -> str:
    return ", ".join(name)


def _row(row: Row) -> str:
    return ", ".join(f"{name} = {shown(value)}" for name, value in row.items())


def _named(kind: str, items: Sequence[str], *, rest: str) -> list[str]:
    lines = [f"{kind} {item}." for item in items[:MOST_NAMED]]
    more = len(items) - MOST_NAMED
    return [*lines, f"{more} more {'row is' if more == 1 else 'rows are'} {rest}."] if more > 0 else lines
