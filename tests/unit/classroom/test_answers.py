"""Each exercise: right answers written in different ways pass, wrong ones get the hint that fits, and no
answer passes that was not worked out.

`make test` tries one of each kind; with ALL_ANSWERS=1 (`make test-all`) every answer is tried.
"""

import os
from importlib import import_module

import pytest
from pyspark.sql import functions as F

from medallion_lab import open_lab
from medallion_lab.classroom.exercise import CHAPTERS, exercises_of
from medallion_lab.classroom.practice import Practice
from tests.unit.classroom.answers import Answers

ALL = bool(os.environ.get("ALL_ANSWERS"))
EXERCISES = [(chapter, name) for chapter in CHAPTERS for name in exercises_of(chapter)]
AT_LEAST_WRONG, AT_LEAST_RIGHT = 5, 3


def answers_to(chapter, name):
    return vars(import_module(f"tests.unit.classroom.answers.{chapter}"))[name]


def some(answers):
    """Return the answers to try: all, or one, and not always the first."""
    return list(answers) if ALL else [answers[len(answers) // 2]]


RIGHT = [
    pytest.param(chapter, name, answer, id=f"{chapter}-{name}-{number}")
    for chapter, name in EXERCISES
    for number, answer in enumerate(some(answers_to(chapter, name).right))
]
WRONG = [
    pytest.param(chapter, name, answer, words, id=f"{chapter}-{name}-{number}")
    for chapter, name in EXERCISES
    for number, (answer, words) in enumerate(some(answers_to(chapter, name).wrong))
]
WRITTEN = [(c, name) for c, name in EXERCISES if exercises_of(c)[name].key != ("question",)]
BY_CHAPTER = pytest.mark.parametrize(("chapter", "name"), EXERCISES)


@pytest.fixture(scope="module")
def one_lab(tmp_path_factory):
    """A lab for all answers: data of an exercise never depends on what was tried before."""
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("MEDALLION_LAB_HOME", str(tmp_path_factory.mktemp("home")))
        with open_lab("answers_solutions") as lab:
            yield lab


def hand_in(lab, chapter, name, answer, seed=7):
    practice = Practice(chapter, lab, seed=seed)
    if exercises_of(chapter)[name].key == ("question",):
        answer = answer(practice.data(name))
    return practice.check(name, answer)


@BY_CHAPTER
def test_enough_answers_are_known(chapter, name):
    known = answers_to(chapter, name)
    assert isinstance(known, Answers)
    assert len(known.right) >= AT_LEAST_RIGHT
    assert len(known.wrong) >= AT_LEAST_WRONG


@pytest.mark.parametrize(("chapter", "name", "answer"), RIGHT)
def test_a_right_answer_passes_however_it_is_written(one_lab, chapter, name, answer):
    verdict = hand_in(one_lab, chapter, name, answer)
    assert verdict, verdict.message


@pytest.mark.parametrize(("chapter", "name", "answer", "words"), WRONG)
def test_a_wrong_answer_gets_a_hint_that_fits(one_lab, chapter, name, answer, words):
    verdict = hand_in(one_lab, chapter, name, answer)
    assert not verdict
    assert words in verdict.message


@pytest.mark.parametrize("seed", [1, 2, 3])
@BY_CHAPTER
def test_each_known_mistake_shows_in_the_data_of_any_seed(one_lab, chapter, name, seed):
    exercise = exercises_of(chapter)[name]
    right = exercise.right(exercise.given(one_lab, seed))
    assert len(exercise.hints) >= AT_LEAST_WRONG
    for hint, rows in right.mistaken.items():
        assert sorted(map(str, rows)) != sorted(map(str, right.rows)), hint


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize(("chapter", "name"), WRITTEN)
def test_what_is_right_for_the_visible_rows_is_wrong_for_the_unseen_ones(one_lab, chapter, name, seed):
    exercise = exercises_of(chapter)[name]
    rows = [exercise.right(exercise.given(one_lab, seed, unseen=unseen)).rows for unseen in (False, True)]
    assert sorted(map(str, rows[0])) != sorted(map(str, rows[1]))


@BY_CHAPTER
def test_what_was_not_worked_out_never_passes(one_lab, chapter, name):
    exercise = exercises_of(chapter)[name]
    if exercise.key == ("question",):
        assert not hand_in(one_lab, chapter, name, lambda data: {})
        return
    learned = exercise.right(exercise.given(one_lab, 7)).rows
    columns = ", ".join(f"{column} string" for column in learned[0])
    for answer in (lambda *_, **__: learned, lambda *_, **__: one_lab.spark.createDataFrame([], columns)):
        assert not hand_in(one_lab, chapter, name, answer)


@BY_CHAPTER
def test_a_verdict_never_holds_a_right_value_that_was_not_given(one_lab, chapter, name):
    """The right keys and nothing else are handed in: no value of the right rows is told."""
    exercise = exercises_of(chapter)[name]
    right = exercise.right(exercise.given(one_lab, 7)).rows
    told = Practice(chapter, one_lab).check(
        name,
        {row["question"]: "?" for row in right}
        if exercise.key == ("question",)
        else lambda *_, **__: [
            {column: value if column in exercise.key else "?" for column, value in row.items()}
            for row in right
        ],
    )
    assert not told
    faults = told.message.partition("Hint:")[0]
    for row in right:
        for column, value in row.items():
            if column not in ("question", *exercise.key):
                assert f"{column} = {value!r}" not in faults
                assert f"expected {value!r}" not in faults


def test_the_same_answer_is_judged_alike_each_time(one_lab):
    twice = [
        hand_in(one_lab, "silver", "build", lambda orders: orders.groupBy("order_id").agg(F.count("*")))
        for _ in "12"
    ]
    assert twice[0] == twice[1]
