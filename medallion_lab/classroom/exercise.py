"""What an exercise is: data that a seed makes, what is right for it, and the mistakes that are known.

Each chapter has a module in ``classroom/exercises``, and beside it a file with the hints.
Term: exercise.
Taught in: book/exercises/index.md.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from random import Random
from typing import Any

from medallion_lab.classroom.judging import Right
from medallion_lab.errors import ExerciseNotFoundError
from medallion_lab.lab import Lab

CHAPTERS = (
    "introduction",
    "the_lab",
    "control_room",
    "bronze",
    "silver",
    "gold",
    "streams",
    "schema_drift",
    "databricks",
    "capstone",
)
"""The chapters that have exercises, in reading order."""


class Dice(Random):
    """Dice for one set of data: the same seed, the same data.

    Parameters
    ----------
    seed : str
        What the dice are thrown by.
    unseen : bool
        Whether they make the data that the learner does not see.
    """

    def __init__(self, seed: str, unseen: bool = False) -> None:
        super().__init__(f"{seed}, unseen" if unseen else seed)
        self._shared = Random(f"{seed}, both")
        self._unseen = unseen

    def unlike(self, choices: Sequence[Any]) -> Any:
        """Return one of the choices, and in the unseen data surely another one than in the visible.

        What an answer could know by heart is chosen like this.
        """
        return self._shared.sample(choices, 2)[self._unseen]


@dataclass(frozen=True)
class Given:
    """One set of data, made from a seed.

    Attributes
    ----------
    data : tuple
        What a learner may look at, such as DataFrames.
    call : function
        Takes what the learner handed in, and returns its rows: it calls a function, or reads a table.
    right : function
        Returns the right rows, worked out in plain Python. Called with one of the exercise's mistakes as
        ``mistake=True`` it returns what who makes this mistake gets.
    """

    data: tuple[Any, ...]
    call: Callable[[Any], Any]
    right: Callable[..., Any]


@dataclass(frozen=True)
class Exercise:
    """An exercise of a chapter; its name begins with its kind: predict, repair or build.

    Attributes
    ----------
    chapter, name : str
        Such as ``silver`` and ``repair``.
    key : tuple of str
        The columns that tell one row of an answer from another.
    make : function
        Takes a lab and dice, and gives the data: the same dice, the same data.
    hints : mapping
        Mistake -> hint.
    """

    chapter: str
    name: str
    key: tuple[str, ...]
    make: Callable[[Lab, Dice], Given]
    hints: Mapping[str, str]

    def given(self, lab: Lab, seed: object, *, unseen: bool = False) -> Given:
        """Return the data of this seed: what the learner sees, or what an answer is tried on as well."""
        return self.make(lab, Dice(f"{self.chapter} {self.name} {seed}", unseen))

    def right(self, given: Given) -> Right:
        """Return what is right for this data, and what each known mistake gives."""
        mistaken = {hint: _rows(given.right(**{name: True})) for name, hint in self.hints.items()}
        return Right(_rows(given.right()), mistaken)


def exercise(*key: str) -> Callable[[Callable[[Lab, Dice], Given]], Exercise]:
    """Make an exercise of a function that makes its data: the function's name is the exercise's.

    Parameters
    ----------
    *key : str
        The columns that tell one row of an answer from another; none where questions are answered.
    """

    def made(make: Callable[[Lab, Dice], Given]) -> Exercise:
        chapter = make.__module__.rpartition(".")[2]
        return Exercise(chapter, make.__name__, key or ("question",), make, _hints(chapter)[make.__name__])

    return made


@cache
def exercises_of(chapter: str) -> dict[str, Exercise]:
    """Return a chapter's exercises by name, in their order.

    Raises
    ------
    ExerciseNotFoundError
        If there is no such chapter, or it has none.
    """
    if chapter not in CHAPTERS:
        raise ExerciseNotFoundError(
            got=f"the chapter {chapter!r}",
            needed=f"one of {', '.join(CHAPTERS)}",
            next_step="check the name: it is that of the chapter's file, without the ending",
        )
    module = import_module(f"medallion_lab.classroom.exercises.{chapter}")
    return {found.name: found for found in vars(module).values() if isinstance(found, Exercise)}


def frame(lab: Lab, rows: Sequence[tuple], schema: str) -> Any:
    """Return rows as a DataFrame in one partition, in this order."""
    return lab.spark.createDataFrame(list(rows), schema).coalesce(1)


@cache
def _hints(chapter: str) -> dict[str, dict[str, str]]:
    file = files(f"{__package__}.exercises").joinpath(f"{chapter}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _rows(right: Any) -> list[dict[str, Any]]:
    if isinstance(right, Mapping):
        return [{"question": question, "answer": answer} for question, answer in right.items()]
    return list(right)
