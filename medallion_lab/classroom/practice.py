"""What an exercises' page holds: its data, its checks, its solutions, and how far the learner has come.

Term: exercise.
Taught in: book/exercises/index.md.
"""

import html
import json
import textwrap
from dataclasses import replace
from typing import Any

from medallion_lab.bookshelf import chapters_folder
from medallion_lab.classroom.exercise import Exercise, Given, exercises_of
from medallion_lab.classroom.judging import Verdict, judge
from medallion_lab.classroom.luck import turned_round
from medallion_lab.classroom.progress import Tries, note_try, read_progress, what_was_put_aside
from medallion_lab.errors import ExerciseNotFoundError, MedallionLabError
from medallion_lab.lab import Lab
from medallion_lab.runtime.workspace import DATABASE

TRIES_BEFORE_THE_SOLUTION = 2
CLOSED = "The lab is closed: run the page from its top again, and check then."
RIGHT_HERE = "right on the data that you see, and not on other data."
BY_HEART = (
    "Hint: something of the data that you see, such as a name, a number or a place, stands in your code. "
    "Take it from what your function is given."
)


class Practice:
    """The exercises of one chapter, on the data of one seed. Shown, it is a table of how far you are.

    Parameters
    ----------
    chapter : str
        The name of the chapter's file, such as ``silver``.
    lab : Lab
        The open lab. Tries are noted, but for the lab of the solutions (``silver_solutions``).
    seed : int
        Another seed, other data, so other answers.

    Raises
    ------
    ExerciseNotFoundError
        If the chapter has no exercises.
    """

    def __init__(self, chapter: str, lab: Lab, *, seed: int = 7) -> None:
        self.chapter = chapter
        self.lab = lab
        self.seed = seed
        self._exercises = exercises_of(chapter)
        self._is_noted = not lab.workspace.name.endswith("_solutions")

    def data(self, name: str) -> Any:
        """Return what an exercise is about: one thing, or a tuple of several, as its text says."""
        data = self._given(self._exercise(name)).data
        return data[0] if len(data) == 1 else data

    def check(self, name: str, answer: Any, *, is_yours: bool = True) -> Verdict:
        """Say whether an answer is right, on the data that you see and on data that you have not seen.

        Parameters
        ----------
        name : str
            The exercise, such as ``repair``.
        answer : object
            Your function, your table's name or your predictions, as the exercise says.
        is_yours : bool
            Whether it counts as a try: what is to be repaired does not.

        Returns
        -------
        Verdict
            What is wrong in your rows, with one hint that fits; never what would be right.
        """
        exercise = self._exercise(name)
        if not self.lab.is_open or self._has_no_spark():
            return Verdict(False, CLOSED, is_open=True)
        verdict = self._judge(exercise, answer)
        if not self._is_noted or not is_yours or verdict.is_open:
            return verdict
        try:
            note_try(self.chapter, name, solved=verdict.passed)
        except (MedallionLabError, OSError) as error:
            said = str(error).splitlines()[0]
            return replace(verdict, message=f"{verdict.message}\nThis try could not be noted. {said}")
        return verdict

    def solution(self, name: str) -> "Solution":
        """Return one way to do it, after two tries; before that, how many are left."""
        exercise = self._exercise(name)
        tries = self._tries(exercise)
        left = TRIES_BEFORE_THE_SOLUTION - tries.tries
        if self._is_noted and left > 0 and not tries.solved:
            return Solution(
                f"{left} more {'try' if left == 1 else 'tries'}, then this shows one way to do it."
            )
        page = chapters_folder() / "solutions" / f"{self.chapter}.ipynb"
        cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
        named = f"{name}-answer"
        source = next("".join(cell["source"]) for cell in cells if cell["id"] == named)
        lines = [line for line in source.splitlines() if not line.lstrip().startswith("### ")]
        return Solution(textwrap.dedent("\n".join(lines)))

    def _judge(self, exercise: Exercise, answer: Any) -> Verdict:
        is_predicted = exercise.key == ("question",)
        if answer is None or answer is ...:
            return Verdict(False, "there is nothing to check yet.", is_open=True)
        if not is_predicted and not callable(answer):
            said = f"a function was needed, and this is one {type(answer).__name__}"
            return Verdict(False, f"{said}: hand in the function's name, and do not call it.")
        seen = self._judge_on(exercise, answer, self._given(exercise))
        if not seen:
            return seen
        if is_predicted:
            return Verdict(True, "all of it is as it happens.")
        unseen = exercise.given(self.lab, self.seed, unseen=True)
        with turned_round():
            elsewhere = self._judge_on(exercise, answer, unseen, whole=True)
        if not elsewhere:
            return Verdict(False, f"{RIGHT_HERE}\n{_with_a_hint(elsewhere.message)}")
        return Verdict(True, "on the data that you see, and on data that you have not seen.")

    def _judge_on(self, exercise: Exercise, answer: Any, given: Given, *, whole: bool = False) -> Verdict:
        # Worked out first: a learner's function may change what it is given.
        right = exercise.right(given)
        verdict = judge(lambda: given.call(answer), right, key=exercise.key, whole=whole)
        if self._has_no_spark():
            return Verdict(False, f"your code has stopped Spark. {CLOSED}")
        return verdict

    def _has_no_spark(self) -> bool:
        return self.lab.spark._jsc.sc().isStopped()

    def _given(self, exercise: Exercise) -> Given:
        # What a learner's code chose for itself holds for the rest of the page otherwise.
        self.lab.spark.catalog.setCurrentDatabase(DATABASE)
        return exercise.given(self.lab, self.seed)

    def _exercise(self, name: str) -> Exercise:
        if name not in self._exercises:
            raise ExerciseNotFoundError(
                got=f"the exercise {name!r}",
                needed=f"one of {', '.join(self._exercises)}",
                next_step=f"check the name; these are the exercises of {self.chapter}",
            )
        return self._exercises[name]

    def _tries(self, exercise: Exercise) -> Tries:
        return read_progress().get(self.chapter, {}).get(exercise.name, Tries())

    def __repr__(self) -> str:
        lines = [f"{name}: {self._tries(found)}" for name, found in self._exercises.items()]
        return "\n".join([*lines, *filter(None, [what_was_put_aside()])])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th><td>{self._tries(found)}</td></tr>'
            for name, found in self._exercises.items()
        )
        said = f"<p>{html.escape(aside)}</p>" if (aside := what_was_put_aside()) else ""
        return f"<table><caption>Your progress in {html.escape(self.chapter)}</caption>{rows}</table>{said}"


def _with_a_hint(message: str) -> str:
    """Add to what is wrong on other data alone what mostly is its cause, where no better hint fits."""
    return message if "\nHint: " in message else f"{message}\n{BY_HEART}"


class Solution(str):
    """A text that shows itself as it is, not in quotes."""

    def __repr__(self) -> str:
        return str(self)
