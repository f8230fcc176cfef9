from dataclasses import dataclass

import pytest

from medallion_lab.classroom.checks import Verdict, check_answers, check_rows

EXPECTED = [{"order_id": "A1", "coupon": "SPRING"}, {"order_id": "A2", "coupon": None}]


@dataclass
class Order:
    order_id: str
    coupon: str | None


def lines(verdict):
    return verdict.message.splitlines()


def test_a_verdict_counts_as_true_only_when_the_answer_is_right_and_says_so_first():
    assert Verdict(True, "2 rows.") and not Verdict(False, "2 rows.")
    assert [repr(Verdict(passed, "so.")) for passed in (True, False)] == ["Right: so.", "Not yet: so."]


def test_the_same_rows_in_another_order_are_right():
    verdict = check_rows(EXPECTED[::-1], EXPECTED, key="order_id")
    assert verdict
    assert verdict.message == "2 rows as expected, in order_id, coupon."


def test_a_data_frame_its_rows_and_dataclasses_are_all_rows(spark):
    frame = spark.createDataFrame([("A1", "SPRING"), ("A2", None)], "order_id string, coupon string")
    orders = [Order("A1", "SPRING"), Order("A2", None)]
    for found in (frame, frame.collect(), orders, lambda: frame):
        assert check_rows(found, EXPECTED, key="order_id"), found


def test_a_missing_row_and_one_too_many_are_named():
    verdict = check_rows([EXPECTED[0], {"order_id": "A9", "coupon": None}], EXPECTED, key="order_id")
    assert not verdict
    assert lines(verdict) == [
        "1 of 2 rows as expected.",
        "missing: order_id = 'A2'.",
        "too many: order_id = 'A9'.",
    ]


def test_a_value_that_differs_is_told_with_the_one_that_is_expected():
    verdict = check_rows([{"order_id": "A1", "coupon": 7}, EXPECTED[1]], EXPECTED, key="order_id")
    assert lines(verdict)[1] == "different: order_id = 'A1': coupon is 7, expected 'SPRING'."


def test_text_that_looks_like_a_number_is_not_that_number():
    verdict = check_rows([{"n": "3", "id": 1}], [{"n": 3, "id": 1}], key="id")
    assert lines(verdict)[1] == "different: id = 1: n is '3', expected 3."


def test_a_row_that_is_there_twice_is_not_right():
    verdict = check_rows([*EXPECTED, EXPECTED[0]], EXPECTED, key="order_id")
    assert lines(verdict)[1] == "repeated: order_id = 'A1' is there 2 times, expected once."


def test_of_many_differences_the_first_are_named_and_the_rest_counted():
    verdict = check_rows([], [{"id": n} for n in range(5)], key="id")
    assert lines(verdict)[1:] == [
        "missing: id = 0.",
        "missing: id = 1.",
        "missing: id = 2.",
        "missing: 2 more.",
    ]


def test_a_missing_and_a_strange_column_come_before_any_row():
    verdict = check_rows([{"order_id": "A1", "code": "SPRING"}], EXPECTED, key="order_id")
    assert lines(verdict) == [
        "the column coupon is missing.",
        "the column code is one too many.",
        "Needed: order_id, coupon.",
    ]


def test_two_columns_can_be_the_key_together():
    rows = [{"day": 1, "region": "East", "n": 1}, {"day": 2, "region": "East", "n": 2}]
    changed = [rows[0], rows[1] | {"n": 3}]
    assert check_rows(rows, rows, key=["day", "region"])
    assert (
        "day = 2, region = 'East': n is 3, expected 2"
        in check_rows(changed, rows, key=["day", "region"]).message
    )


def test_an_error_in_the_readers_function_is_a_sentence_with_its_name():
    def unlucky():
        raise ValueError("no such column\n and a long story")

    verdict = check_rows(unlucky, EXPECTED, key="order_id")
    assert repr(verdict) == "Not yet: your code stopped with ValueError: no such column"


def test_an_error_that_waits_in_a_plan_is_a_sentence_too(spark):
    doomed = spark.range(1).selectExpr("raise_error('never ready') AS order_id")
    message = check_rows(doomed, EXPECTED, key="order_id").message
    assert "never ready" in message and "\n" not in message


@pytest.mark.parametrize("nothing", [None, ..., lambda: None])
def test_an_unfinished_answer_is_not_yet_right_and_no_error(nothing):
    assert "nothing to check yet" in check_rows(nothing, EXPECTED, key="order_id").message


@pytest.mark.parametrize(("found", "said"), [(5, "one int"), ("A1", "one str"), ([1], "named columns")])
def test_what_is_no_row_is_said_to_be_none(found, said):
    assert said in check_rows(found, EXPECTED, key="order_id").message


def test_no_rows_are_right_where_none_are_expected():
    assert check_rows([], [], key="id").message == "0 rows as expected."


def test_predictions_that_came_true_are_right():
    assert check_answers({"stops": True}, {"stops": True}).message == "1 prediction as it happened."


def test_a_wrong_prediction_is_told_and_an_open_one_is_not_given_away():
    verdict = check_answers({"stops": True, "coupon": ...}, {"stops": False, "coupon": "rescued", "gift": 1})
    assert not verdict
    assert lines(verdict) == [
        "0 of 3 as it happened.",
        "stops: you said True, the run says False.",
        "Still open: coupon, gift.",
    ]


def test_true_is_not_one():
    assert not check_answers({"stops": 1}, {"stops": True})


def test_an_answer_to_no_question_is_pointed_out():
    assert "Nobody asked for: stop." in check_answers({"stops": 1, "stop": 1}, {"stops": 1}).message
