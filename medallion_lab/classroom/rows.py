"""Whatever a learner hands in, as rows that can be compared; or a sentence that says why it has none.

Numbers are compared as numbers: 3, 3.0, ``Decimal(3)`` and numpy's 3 are one answer. A text is no number, and
True is not 1. Nothing that a learner's code raises or returns stops a page.
Term: exercise.
Taught in: book/exercises/index.md.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from itertools import islice
from numbers import Number
from typing import Any

Row = dict[str, Any]

MOST_ROWS = 10_000
"""An answer with more rows is refused: no exercise asks for so many, and a loop without an end has them."""


MOST_SHOWN = 200
"""So many characters of an error's text are shown."""


class NoRowsError(Exception):
    """What was handed in does not consist of rows; the message is a sentence for the learner."""


class NothingYetError(NoRowsError):
    """Nothing was handed in so far: that is no try."""


def rows_of(answer: Callable[[], Any]) -> list[Row]:
    """Call a learner's code, and return the rows that it gives.

    Parameters
    ----------
    answer : function without parameters
        Returns a DataFrame (Spark's or pandas'), or dicts, Rows, named tuples or dataclass instances, or one
        mapping of questions to answers.

    Returns
    -------
    list of dict
        Column -> plain value. A mapping of questions gives a row for each, with ``question`` and ``answer``.

    Raises
    ------
    NoRowsError
        If there are none to compare. Its message says why, also where the learner's code has failed.
    """
    try:
        found = answer()
        if found is None or found is ...:
            raise NothingYetError("there is nothing to check yet. Return the rows, for example a DataFrame.")
        rows = [_row(row) for row in islice(_each(found), MOST_ROWS + 1)]
    except NoRowsError:
        raise
    except NotImplementedError:
        raise NothingYetError(
            "there is nothing to check yet: your code says that it is not written."
        ) from None
    # `exit()` in a learner's code must not end the kernel.
    except (Exception, SystemExit) as error:
        raise NoRowsError(_as_sentence(error)) from error
    if len(rows) > MOST_ROWS:
        raise NoRowsError(f"there are more than {MOST_ROWS:,} rows, and no answer here has so many.")
    return rows


def plain(value: Any) -> Any:
    """Return a value in its plain form: what is equal there is one answer."""
    if isinstance(value, bool):
        return value
    # numpy's numbers and truths, and arrays of them.
    if type(value).__module__ == "numpy":
        return plain(value.tolist())
    if isinstance(value, Decimal | Number):
        return _number(value)
    if hasattr(value, "asDict"):
        value = value.asDict(recursive=True)
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()
    return value


def same(one: Any, other: Any) -> bool:
    """Compare two plain values; fractions to nine digits."""
    if isinstance(one, bool) != isinstance(other, bool):
        return False
    if isinstance(one, float) or isinstance(other, float):
        return _close(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:  # noqa: BLE001 - a learner's own object may do anything
        return False


def shown(value: Any) -> str:
    """Return a value as a sentence shows it, shortened; also one that cannot show itself."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a learner's own object may do anything
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _each(found: Any) -> Iterable[Any]:
    if hasattr(found, "toLocalIterator"):
        return found.limit(MOST_ROWS + 1).collect()
    if hasattr(found, "to_dict") and hasattr(found, "columns"):
        return found.to_dict("records")
    if isinstance(found, Mapping):
        return [{"question": name, "answer": value} for name, value in found.items()]
    if isinstance(found, str | bytes) or not hasattr(found, "__iter__"):
        raise NoRowsError(f"rows were needed, and this is one {type(found).__name__}.")
    return found


def _row(row: Any) -> Row:
    if hasattr(row, "asDict"):
        row = row.asDict(recursive=True)
    elif hasattr(row, "_asdict"):
        row = row._asdict()
    elif is_dataclass(row) and not isinstance(row, type):
        row = {field.name: getattr(row, field.name) for field in fields(row)}
    if isinstance(row, Mapping):
        return {str(name): plain(value) for name, value in row.items()}
    raise NoRowsError(f"each row needs named columns, and one is {shown(row)}, a {type(row).__name__}.")


def _number(value: Any) -> Any:
    try:
        exact = float(value)
    except (TypeError, ValueError, OverflowError):
        return value
    if math.isnan(exact):
        return "NaN"
    return int(value) if math.isfinite(exact) and value == int(value) else exact


def _close(one: Any, other: Any) -> bool:
    if not (isinstance(one, int | float) and isinstance(other, int | float)):
        return False
    try:
        return math.isclose(one, other, rel_tol=1e-9)
    except OverflowError:
        return False


def _as_sentence(error: BaseException) -> str:
    # Spark's errors go on for pages; what went wrong stands in the first line.
    try:
        first_line, *others = str(error).strip().splitlines() or ["no message"]
    except Exception:  # noqa: BLE001 - an error of a learner's own class may have no text
        first_line, others = "no message", []
    # What a function of the learner's raised inside Spark stands further down.
    causes = [line for line in others if re.match(r"\w*(Error|Exception)\b", line)]
    said = " ".join([first_line[:MOST_SHOWN], *(cause[:MOST_SHOWN] for cause in causes[-1:])])
    return f"your code stopped with {type(error).__name__}: {said}"
