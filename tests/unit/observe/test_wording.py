import pytest

from medallion_lab.observe.wording import plural, printable, shorten


@pytest.mark.parametrize(("count", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_one_thing_is_said_without_an_s(count, said):
    assert f"{count} {plural('row', count)}" == said


def test_of_many_places_ten_are_named_and_the_others_counted():
    assert shorten(range(10)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert shorten(range(12)).endswith("8, 9, and 2 more")


def test_what_one_cannot_see_is_written_by_its_number():
    assert [printable(value) for value in ("a\u2028b\n", "é", 7, None)] == [
        "a\\u2028b\\u000a",
        "é",
        "7",
        "NULL",
    ]
