"""What learners really hand in: for each exercise right answers, and wrong ones with words of their hint."""

from dataclasses import dataclass
from typing import Any

from medallion_lab.classroom.exercise import exercises_of
from medallion_lab.lab import current_lab


@dataclass
class Answers:
    """Answers to one exercise.

    right: as many ways to do it as the tests know; wrong: words of the hint -> an answer. Where questions are
    answered, an answer is a function of the practice's data that returns the predictions.
    """

    right: list[Any]
    wrong: list[tuple[Any, str]]


def seen(chapter, name):
    """Return the data that the page shows: who writes down what stands there has this in their code."""
    return exercises_of(chapter)[name].given(current_lab(), 7).data


def but_for(questions, answers, others):
    """Return predictions: the right answers, but for some; ``q2=4`` answers the question of number 2."""
    changed = dict(enumerate(answers)) | {int(name[1:]): answer for name, answer in others.items()}
    return dict(zip(questions, changed.values(), strict=True))


def in_three_forms(predicted):
    """Return right predictions as they are, with fractions for numbers, and as rows in another order."""
    return [
        predicted,
        lambda data: {question: float(answer) for question, answer in predicted(data).items()},
        lambda data: [{"question": q, "answer": a} for q, a in reversed(predicted(data).items())],
    ]
