from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.observe.landed_values import read_number, read_time


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("007", 7), ("+7", 7), ("-7", -7), ("-0", 0), ("2.0", 2), ("2.000", 2), ("1,200", 1200),
        ("1,200,000.0", 1200000), ("-1,200", -1200), ("0" * 30 + "7", 7), ("2147483647", 2147483647),
        ("-2147483648", -2147483648),
    ],
)  # fmt: skip
def test_a_whole_number_is_read_however_it_is_written(text, number):
    assert read_number(text, bits=32) == number


@pytest.mark.parametrize(
    "text",
    [
        "2.5", "2.", ".0", "1e2", "12,00", "1,2000", ",200", "1,", "1200,000", "1.200", "0x10", "", "+",
        "two", "true", "{...}", "1 200", "--1", "٣", "２", "2\n", "2147483648", "-2147483649", "9" * 5000,
        None,
    ],
)  # fmt: skip
def test_anything_else_is_no_number(text):
    assert read_number(text, bits=32) is None


def test_a_key_has_twice_the_room_of_a_quantity():
    assert read_number("9223372036854775807", bits=64) == 2**63 - 1
    assert read_number("9223372036854775808", bits=64) is None
    assert read_number("-9223372036854775808", bits=64) == -(2**63)


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(["{}", "{:,}", "{:+}", "{:+,}", "{}.0", "{:,}.00"]))
def test_every_int_is_read_in_every_format(number, format_):
    assert read_number(format_.format(number), bits=32) == number


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 15:04:05",
        "2026-03-02T15:04:05Z",
        "2026-03-02T15:04:05+00:00",
        "2026-03-02T16:34:05+01:30",
        "2026-03-02T01:04:05-14:00",
        "2026-03-03T06:03:05+14:59",
        "02.03.2026 15:04:05",
        "1772463845",
    ],
)
def test_one_moment_is_read_in_every_format(text):
    assert read_time(text) == datetime(2026, 3, 2, 15, 4, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29 10:00:00", "2026-13-01 10:00:00", "2026-00-01 10:00:00", "2026-04-31 10:00:00",
        "2026-03-02 24:00:00", "2026-03-02 10:60:00", "2026-03-02 10:00:60", "31.02.2026 10:00:00",
        "2026-03-02", "2026-03-02 10:00", "2026-03-02T10:00:00", "2026-03-02 10:00:00Z", "2026-3-2 10:00:00",
        "2026-03-02T10:00:00+15:00", "2026-03-02T10:00:00+01:60", "2026-03-02T10:00:00+0100",
        "2026-03-02T10:00:00z", "2026-03-02t10:00:00Z", "2026-03-02  10:00:00", "2026-03-02 10:00:00.5",
        "0026-03-02 10:00:00", "3026-03-02 10:00:00", "02/03/2026 10:00:00", "177246384", "17724638450",
        "+772463845", "٢٠٢٦-03-02 10:00:00", "2026-03-02 10:00:00\n", "soon", "{...}", "", None,
    ],
)  # fmt: skip
def test_anything_else_is_no_moment(text):
    assert read_time(text) is None


@given(
    st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y %H:%M:%S"]),
)
def test_every_moment_is_read_in_every_format(moment, format_):
    assert read_time(moment.strftime(format_)) == moment
    seconds = int(moment.replace(tzinfo=UTC).timestamp())
    assert read_time(f"{seconds:010}") == moment
