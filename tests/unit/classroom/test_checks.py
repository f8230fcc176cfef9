import pytest

from medallion_lab.classroom.checks import check_answers, check_rows
from medallion_lab.errors import WrongTypeError

TRUTH = {"rows": 3, "where": "bronze"}


def test_predictions_are_right_wrong_or_open_and_the_right_one_is_not_told():
    assert check_answers(dict(TRUTH), TRUTH).passed
    verdict = check_answers({"rows": 4, "where": ..., "why": "?"}, TRUTH)
    assert not verdict and verdict.message.splitlines() == [
        "rows: 4 is not what happens.",
        "Still open: where.",
        "Nobody asked for: why.",
    ]
    assert check_answers({}, TRUTH).message == "Still open: rows, where."


@pytest.mark.parametrize("wrong", [None, ["rows"], "rows", 3])
def test_what_is_no_mapping_is_named(wrong):
    with pytest.raises(WrongTypeError, match="a mapping, such as a dict"):
        check_answers(wrong, TRUTH)


def test_rows_are_compared_by_key_in_any_order(spark):
    right = [{"id": 1, "city": "Oslo"}, {"id": 2, "city": "Rome"}]
    assert check_rows(right[::-1], right, key="id")
    assert check_rows(
        spark.createDataFrame([(2, "Rome"), (1, "Oslo")], "id int, city string"), right, key=["id"]
    )
    verdict = check_rows([{"id": 1, "city": "Bern"}], right, key="id")
    assert not verdict.passed and "Bern" in verdict.message and "Oslo" not in verdict.message
    assert "ZeroDivisionError" in check_rows(lambda: 1 / 0, right, key="id").message
