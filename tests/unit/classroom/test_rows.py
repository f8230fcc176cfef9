"""Whatever is handed in becomes rows, or one sentence: nothing that a learner returns stops a page."""

from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql import Row

from medallion_lab.classroom.rows import MOST_ROWS, NoRowsError, plain, rows_of, same, shown

Pair = namedtuple("Pair", "a, b")


@dataclass
class Order:
    a: int
    b: str


@pytest.mark.parametrize(
    "answer",
    [
        [{"a": 1, "b": "x"}],
        ({"a": 1, "b": "x"},),
        [Row(a=1, b="x")],
        [Pair(1, "x")],
        [Order(1, "x")],
        pd.DataFrame({"a": [1], "b": ["x"]}),
        iter([{"a": np.int64(1), "b": np.str_("x")}]),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_rows_are_read_from_what_learners_use(answer):
    assert rows_of(lambda: answer) == [{"a": 1, "b": "x"}]


def test_a_dataframe_is_read(spark):
    frame = spark.sql(
        "SELECT 1 AS a, CAST(2.5 AS DECIMAL(4, 2)) AS b, array(1, 2) AS c, named_struct('d', 3) AS e"
    )
    assert rows_of(lambda: frame) == [{"a": 1, "b": 2.5, "c": [1, 2], "e": {"d": 3}}]


def test_questions_and_answers_are_rows():
    assert rows_of(lambda: {"how many": 3}) == [{"question": "how many", "answer": 3}]


@pytest.mark.parametrize(
    "three", [3, 3.0, Decimal(3), Decimal("3.00"), np.int8(3), np.float32(3), Fraction(3)]
)
def test_three_is_three_however_it_is_written(three):
    assert plain(three) == 3
    assert same(plain(three), 3)


@pytest.mark.parametrize("other", [True, "3", None, [3], 3.1, b"3"])
def test_what_is_not_three_is_not(other):
    assert not same(plain(other), 3)


@pytest.mark.parametrize("nothing", [float("nan"), np.nan, Decimal("NaN")])
def test_what_is_no_number_is_like_itself(nothing):
    assert same(plain(nothing), plain(float("nan")))


def test_true_is_true_also_of_numpy():
    assert same(plain(np.bool_(True)), True)
    assert not same(plain(True), 1)


@pytest.mark.parametrize("nothing", [None, ..., 3, "rows", b"rows", [1, 2], [[1, 2]], len, Order, {1, 2}])
def test_what_has_no_rows_gives_a_sentence(nothing):
    with pytest.raises(NoRowsError, match=r"\w+ .*\."):
        rows_of(lambda: nothing)


class Hostile:
    """Fails at whatever is done with it."""

    def __iter__(self):
        return self

    def __next__(self):
        return self

    def __eq__(self, other):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")

    __hash__ = object.__hash__


class SilentError(Exception):
    def __str__(self):
        raise ValueError("no")


def raises(error):
    def answer():
        raise error

    return answer


def for_ever():
    while True:
        yield {"a": 1}


def deeper():
    return deeper()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: Hostile(), "a Hostile"),
        (lambda: [Hostile()], "a Hostile"),
        (raises(SilentError()), "SilentError: no message"),
        (raises(SystemExit(0)), "SystemExit"),
        (raises(NotImplementedError()), "not written"),
        (raises(KeyError("region")), "KeyError: 'region'"),
        (for_ever, f"more than {MOST_ROWS:,} rows"),
        (deeper, "RecursionError"),
    ],
)
def test_whatever_a_learners_code_does_is_a_sentence(answer, words):
    with pytest.raises(NoRowsError, match=words):
        rows_of(answer)


def test_what_a_function_inside_spark_has_raised_is_told(spark):
    from pyspark.sql import functions as F

    def fails(number):
        return 1 / number

    with pytest.raises(NoRowsError, match="ZeroDivisionError: division by zero"):
        rows_of(lambda: spark.range(1).select(F.udf(fails, "double")("id").alias("a")))


@pytest.mark.parametrize("huge", [10**400, -(10**400)])
def test_a_number_that_is_too_large_for_a_float_is_compared(huge):
    assert same(plain(huge), plain(huge))
    assert not same(plain(huge), plain(1.5))


def test_a_reader_who_interrupts_is_obeyed():
    with pytest.raises(KeyboardInterrupt):
        rows_of(raises(KeyboardInterrupt()))


def test_an_error_of_sparks_is_its_first_line(spark):
    with pytest.raises(NoRowsError) as caught:
        rows_of(lambda: spark.range(3).select("regions"))
    assert "UNRESOLVED_COLUMN" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_endless_frame_is_not_collected(spark):
    with pytest.raises(NoRowsError, match="more than"):
        rows_of(lambda: spark.range(10_000_000_000))


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.decimals()
    | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=8,
)


@given(ANYTHING)
def test_any_value_is_plain_like_itself_and_can_be_shown(value):
    assert same(plain(value), plain(value))
    assert len(shown(value)) <= 80


@given(ANYTHING)
def test_any_answer_is_rows_or_a_sentence(answer):
    try:
        rows = rows_of(lambda: answer)
    except NoRowsError as error:
        assert str(error)
    else:
        assert all(isinstance(row, dict) for row in rows)
