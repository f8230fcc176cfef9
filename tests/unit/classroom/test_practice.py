"""What an exercises' page calls: data, checks, solutions, progress."""

import pytest

from medallion_lab import open_lab
from medallion_lab.classroom.exercise import CHAPTERS, exercises_of
from medallion_lab.classroom.practice import Practice
from medallion_lab.classroom.progress import Tries, read_progress
from medallion_lab.errors import ExerciseNotFoundError


@pytest.fixture
def practice(home):
    with open_lab("silver_exercises") as lab:
        yield Practice("silver", lab)


def test_a_check_counts_a_try_and_the_page_shows_it(practice):
    practice.check("repair", lambda orders, *, customers: None)
    assert read_progress() == {"silver": {"repair": Tries(1, False)}}
    assert repr(practice).splitlines() == ["predict: not tried", "repair: 1 try", "build: not tried"]
    assert '<th scope="row">repair</th><td>1 try</td>' in practice._repr_html_()


def test_what_is_to_be_repaired_is_no_try_of_the_learners(practice):
    assert not practice.check("repair", lambda orders, *, customers: None, is_yours=False)
    assert read_progress() == {}


def test_the_solutions_notebook_leaves_no_trace_in_the_progress(home):
    with open_lab("silver_solutions") as lab:
        Practice("silver", lab).check("repair", None)
    assert read_progress() == {}


def test_the_solution_is_shown_after_two_tries(practice):
    assert "2 more tries" in repr(practice.solution("repair"))
    practice.check("repair", None)
    assert "1 more try," in repr(practice.solution("repair"))
    practice.check("repair", None)
    shown = repr(practice.solution("repair"))
    assert shown.startswith("def count_by_region_mended(orders, *, customers):\n")
    assert "###" not in shown


@pytest.mark.parametrize(("chapter", "name"), [(c, name) for c in CHAPTERS for name in exercises_of(c)])
def test_every_exercise_has_a_solution_to_show(home, chapter, name):
    with open_lab("any_solutions") as lab:
        assert len(repr(Practice(chapter, lab).solution(name)).splitlines()) >= 2


def test_another_seed_is_another_answer(practice):
    other = Practice("silver", practice.lab, seed=8)
    assert practice.data("predict") != other.data("predict")
    assert practice.data("predict") == Practice("silver", practice.lab).data("predict")


@pytest.mark.parametrize("ask", [Practice.data, Practice.solution, lambda p, name: p.check(name, 3)])
def test_an_exercise_that_is_not_there_is_refused_with_those_that_are(practice, ask):
    with pytest.raises(ExerciseNotFoundError, match="predict, repair, build"):
        ask(practice, "repare")


@pytest.mark.parametrize("chapter", ["sliver", "", None, 3])
def test_a_chapter_without_exercises_is_refused(practice, chapter):
    with pytest.raises(ExerciseNotFoundError, match="silver"):
        Practice(chapter, practice.lab)


@pytest.mark.parametrize("answer", [..., None, 3, "repair", [], object(), lambda: 1, print, type])
def test_no_answer_stops_a_page(practice, answer):
    for name in ("predict", "repair", "build"):
        assert not practice.check(name, answer)


def test_a_right_answer_for_the_visible_rows_alone_is_told_so(practice):
    exercise = exercises_of("silver")["build"]
    seen = exercise.right(exercise.given(practice.lab, 7)).rows
    said = practice.check("build", lambda orders: seen)
    assert not said
    assert said.message.startswith("right on the data that you see, and not on other data.")


def test_a_learner_who_changes_what_he_was_given_changes_nothing(practice):
    arrivals = practice.data("predict")
    arrivals.clear()
    assert practice.data("predict")
