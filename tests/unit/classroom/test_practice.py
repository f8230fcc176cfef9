"""What an exercises' page calls: data, checks, solutions, progress."""

import pytest

from medallion_lab import open_lab
from medallion_lab.classroom.exercise import CHAPTERS, exercises_of
from medallion_lab.classroom.practice import Practice
from medallion_lab.classroom.progress import Tries, progress_file, read_progress
from medallion_lab.errors import ExerciseNotFoundError, NotWritableError, WrongTypeError


@pytest.fixture
def practice(home):
    with open_lab("silver_exercises") as lab:
        yield Practice("silver", lab)


def test_a_check_counts_a_try_and_the_page_shows_it(practice):
    practice.check("repair", lambda orders, *, customers: [])
    assert read_progress() == {"silver": {"repair": Tries(1, False)}}
    assert repr(practice).splitlines() == ["predict: not tried", "repair: 1 try", "build: not tried"]
    assert '<th scope="row">repair</th><td>1 try</td>' in practice._repr_html_()


@pytest.mark.parametrize(
    ("name", "nothing"),
    [("repair", None), ("repair", lambda orders, *, customers: ...), ("predict", dict.fromkeys("ab", ...))],
)
def test_an_answer_that_is_not_there_yet_is_no_try(practice, name, nothing):
    assert not practice.check(name, nothing)
    assert read_progress() == {}


def test_a_result_in_the_place_of_the_function_is_told_so(practice):
    orders, _ = practice.data("repair")
    assert "a function was needed, and this is one DataFrame" in practice.check("repair", orders).message


def test_a_verdict_is_told_though_the_try_cannot_be_noted(practice, monkeypatch):
    def refuses(*_, **__):
        raise NotWritableError("a full disk", "room", "make room")

    monkeypatch.setattr("medallion_lab.classroom.practice.note_try", refuses)
    said = practice.check("repair", lambda orders, *, customers: [])
    assert said.message.endswith("This try could not be noted. Got: a full disk")


def test_a_learners_own_database_is_not_in_the_way(practice):
    practice.lab.spark.sql("CREATE DATABASE IF NOT EXISTS other")
    practice.lab.spark.sql("USE other")
    practice.check("repair", lambda orders, *, customers: [])
    assert practice.lab.spark.catalog.currentDatabase() == "medallion"


def test_a_lab_that_is_closed_or_was_stopped_is_said_in_a_sentence(home):
    with open_lab("silver_exercises") as lab:
        practice = Practice("silver", lab)
        assert (
            "your code has stopped Spark" in practice.check("build", lambda orders: lab.spark.stop()).message
        )
        assert "The lab is closed" in practice.check("build", lambda orders: orders).message
    assert "The lab is closed" in practice.check("build", lambda orders: orders).message
    assert read_progress() == {"silver": {"build": Tries(1, False)}}


def test_the_table_says_that_the_progress_could_not_be_read(practice):
    assert "could not be read" not in f"{practice!r}{practice._repr_html_()}"
    progress_file().write_text("nothing that a computer reads")
    assert repr(practice).splitlines()[-1].startswith("Your progress could not be read: ")
    assert "<p>Your progress could not be read: " in practice._repr_html_()
    assert "repair: not tried" in repr(practice)


def test_what_is_to_be_repaired_is_no_try_of_the_learners(practice):
    assert not practice.check("repair", lambda orders, *, customers: [], is_yours=False)
    assert read_progress() == {}


def test_the_solutions_notebook_leaves_no_trace_in_the_progress(home):
    with open_lab("silver_solutions") as lab:
        Practice("silver", lab).check("repair", None)
    assert read_progress() == {}


def test_the_solution_is_shown_after_two_tries(practice):
    assert "2 more tries" in repr(practice.solution("repair"))
    practice.check("repair", lambda orders, *, customers: [])
    assert "1 more try," in repr(practice.solution("repair"))
    practice.check("repair", lambda orders, *, customers: customers)
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


@pytest.mark.parametrize("chapter", ["sliver", ""])
def test_a_chapter_without_exercises_is_refused(practice, chapter):
    with pytest.raises(ExerciseNotFoundError, match="silver"):
        Practice(chapter, practice.lab)


@pytest.mark.parametrize("chapter", [None, 3])
def test_a_chapter_that_is_no_text_is_refused(practice, chapter):
    with pytest.raises(WrongTypeError, match="chapter: a text"):
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
    assert said.message.endswith("Take it from what your function is given.")


def test_a_learner_who_changes_what_he_was_given_changes_nothing(practice):
    arrivals = practice.data("predict")
    arrivals.clear()
    assert practice.data("predict")
