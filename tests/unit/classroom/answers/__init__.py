"""What learners really hand in: for each exercise right answers, and wrong ones with words of their hint."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Answers:
    """Answers to one exercise.

    right: as many ways to do it as the tests know; wrong: words of the hint -> an answer. Where questions are
    answered, an answer is a function of the practice's data that returns the predictions.
    """

    right: list[Any]
    wrong: list[tuple[Any, str]]
