"""A verdict names the learner's rows and the missing keys, with a hint that fits; never what is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.classroom.judging import MOST_NAMED, Right, Verdict, judge

RIGHT = Right(
    rows=[
        {"region": "East", "orders": 3},
        {"region": "West", "orders": 2},
        {"region": "unknown", "orders": 1},
    ],
    mistaken={
        "Which join keeps it?": [{"region": "East", "orders": 3}, {"region": "West", "orders": 2}],
        "Count, do not add.": [
            {"region": "East", "orders": 7},
            {"region": "West", "orders": 5},
            {"region": "unknown", "orders": 2},
        ],
    },
)


def verdict(rows, right=RIGHT, key=("region",)):
    return judge(lambda: rows, right, key=key)


def rows(**orders):
    return [{"region": region, "orders": count} for region, count in orders.items()]


def test_right_rows_pass_in_any_order_and_with_any_kind_of_number():
    assert verdict(rows(unknown=1.0, West=2, East=3))


def test_a_missing_key_is_named_and_gets_its_hint():
    said = verdict(rows(East=3, West=2))
    assert not said
    assert said.message.splitlines() == ["Missing: a row for 'unknown'.", "Hint: Which join keeps it?"]


def test_the_hint_of_a_mistake_is_found_though_other_rows_are_wrong_too():
    assert "Hint: Count, do not add." in verdict(rows(East=7, West=5, unknown=9)).message


def test_a_wrong_value_is_shown_as_the_learners_own_and_the_column_to_look_at():
    said = verdict(rows(East=4, West=2, unknown=1)).message
    assert said == "Not right: region = 'East', orders = 4: look at orders."


def test_rows_of_no_key_and_repeated_ones_are_named():
    assert (
        "One too many: region = 'North', orders = 1."
        in verdict([*rows(East=3, West=2, unknown=1, North=1)]).message
    )
    twice = verdict([*rows(East=3, West=2, unknown=1), *rows(West=2)]).message
    assert "How often: region = 'West', orders = 2: there 2 times, which is too often." in twice


def test_columns_that_are_missing_or_too_many_are_named_first():
    said = verdict([{"region": "East", "count": 3}]).message
    assert said.splitlines() == [
        "the column orders is missing.",
        "the column count is one too many.",
        "Needed: region, orders.",
    ]


def test_a_text_where_a_number_is_needed_is_said():
    said = verdict(rows(East="3", West=2, unknown=1)).message
    assert "orders looks right but for its type: needed is int, and this is str." in said


def test_columns_that_differ_in_capitals_alone_are_told_so():
    assert "capitals" in verdict([{"Region": "East", "ORDERS": 3}]).message
    assert "capitals" not in verdict([{"Region": "East", "count": 3}]).message


@pytest.mark.parametrize("nothing", [None, ..., {"rows": ..., "lost": None}])
def test_what_is_not_answered_yet_is_open_and_no_try(nothing):
    right = Right([{"question": "rows", "answer": 3}, {"question": "lost", "answer": 0}], {})
    assert judge(lambda: nothing, right, key=["question"]).is_open
    assert not judge(lambda: {"rows": 2}, right, key=["question"]).is_open


def test_many_faults_of_one_kind_are_counted():
    said = verdict([*rows(East=3, West=2, unknown=1), *rows(A=1, B=1, C=1, D=1, E=1)]).message
    assert said.count("One too many:") == MOST_NAMED
    assert "2 more rows are too many." in said


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ({}, "2 more rows are missing."),
        (dict.fromkeys(range(5), -1), "2 more rows are not right."),
        ({n: n for n in range(9)}, "1 more row is too many."),
    ],
)
def test_what_is_only_counted_is_a_sentence_too(numbers, said):
    right = Right([{"name": n, "orders": n} for n in range(5)], {})
    given = [{"name": name, "orders": orders} for name, orders in numbers.items()]
    assert verdict(given, right, key=["name"]).message.splitlines()[-1] == said


def test_how_often_a_row_is_there_is_said_in_words():
    once, twice = rows(A=1, B=1, C=1, D=1), rows(A=1, B=1, C=1, D=1) * 2
    said = verdict(once, Right(twice, {})).message.splitlines()
    assert said[0] == "How often: region = 'A', orders = 1: there once, which is too seldom."
    assert said[-1] == "1 more row is there too often or too seldom."


def test_an_empty_answer_is_not_right():
    assert not verdict([])
    assert not verdict([], right=Right([{"region": "East", "orders": 0}], {}))


def test_a_verdict_is_shown_as_sentences_and_as_text_alike():
    said = verdict(rows(East=3, West=2, unknown="<b>"))
    assert repr(said).startswith("Not yet: Not right: region = 'unknown', orders = '<b>'")
    assert "<strong>✗ Not yet</strong>" in said._repr_html_()
    assert "orders = &#x27;&lt;b&gt;&#x27;: look at orders.</li>" in said._repr_html_()
    assert verdict(RIGHT.rows)._repr_html_() == "<div><p><strong>✓ Right</strong></p></div>"


def test_what_is_code_in_a_hint_is_shown_as_code_and_a_learners_text_never_is_a_tag():
    hint = "Count by `order_id`, not by <i>."
    said = verdict(rows(East="`<b>`"), Right([*rows(East=3)], {hint: rows(East="`<b>`")}))
    shown = said._repr_html_()
    assert "<strong>Hint:</strong> Count by <code>order_id</code>, not by &lt;i&gt;.</li>" in shown
    assert "<code>&lt;b&gt;</code>" in shown
    assert "<b>" not in shown


def test_a_sentence_goes_on_after_the_sign_and_faults_are_a_list():
    shown = Verdict(False, "right here.\nMissing: a row for 3.")._repr_html_()
    assert (
        shown
        == "<div><p><strong>✗ Not yet</strong>: right here.</p><ul><li>Missing: a row for 3.</li></ul></div>"
    )


def test_predictions_are_judged_one_by_one():
    right = Right(
        [
            {"question": "rows", "answer": 3},
            {"question": "lost", "answer": False},
            {"question": "left", "answer": "a"},
        ],
        {"Count the quarantine too.": [{"question": "rows", "answer": 2}]},
    )
    said = judge(lambda: {"rows": 2, "lost": False, "more": 1}, right, key=["question"]).message
    assert said.splitlines() == [
        "rows: 2 is not what happens.",
        "Still open: left.",
        "Nobody asked for: more.",
        "Hint: Count the quarantine too.",
    ]


values = st.one_of(st.integers(-3, 3), st.sampled_from(["a", "b"]), st.none(), st.booleans())
tables = st.lists(st.fixed_dictionaries({"k": st.integers(0, 3), "v": values}), max_size=5)


@given(found=tables, right=tables)
def test_an_answer_passes_exactly_if_it_has_the_same_rows(found, right):
    def in_order(rows):
        return sorted((row["k"], type(row["v"]).__name__, str(row["v"])) for row in rows)

    assert bool(judge(lambda: found, Right(right, {}), key=["k"])) == (in_order(found) == in_order(right))


@pytest.mark.parametrize("answer", [None, 3, "text", [1], object()])
def test_no_answer_stops_a_page(answer):
    assert not verdict(answer)


MEAN = Right([{"region": "East", "mean": 8 / 3}], {})


@pytest.mark.parametrize("mean", [2, 3, 2.7, 2.67, 2.6667])
def test_a_number_that_was_rounded_is_told_so(mean):
    assert "Hint: mean is rounded" in verdict([{"region": "East", "mean": mean}], MEAN).message


@pytest.mark.parametrize("mean", [2.5, 8, -2, True, "2.67", None])
def test_a_number_that_is_plainly_wrong_is_not_called_rounded(mean):
    assert "rounded" not in verdict([{"region": "East", "mean": mean}], MEAN).message
