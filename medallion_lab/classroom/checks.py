"""Checks for a page of your own: does an answer agree with what a run gave? The right value is not told.

Term: assertion.
Taught in: book/exercises/index.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from medallion_lab.classroom.judging import Right, Verdict, judge
from medallion_lab.classroom.rows import rows_of


def check_rows(found: Any, expected: Any, *, key: str | Sequence[str]) -> Verdict:
    """Compare rows with those that are expected; their order does not matter.

    Parameters
    ----------
    found : DataFrame, list of rows, or function without parameters that returns one
        The learner's. An error in the function becomes a sentence.
    expected : DataFrame or list of rows
        What is right.
    key : str or sequence of str
        The columns that tell one row from another.

    Returns
    -------
    Verdict
        Right, or the learner's rows that are wrong and the keys that are missing.
    """
    right = Right(rows_of(_function(expected)), {})
    return judge(_function(found), right, key=[key] if isinstance(key, str) else key)


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
        Right, or the questions with another answer and those that are open.

    Raises
    ------
    WrongTypeError
        If one of the two is no mapping.
    """
    return judge(lambda: given, Right(rows_of(lambda: truth), {}), key=["question"])


def _function(rows: Any) -> Callable[[], Any]:
    return rows if callable(rows) else lambda: rows
