import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.errors import PaceError
from medallion_lab.shop import Shop
from medallion_lab.shop.clock import NOTES, OPENING_TIME, Pace, landing_time
from medallion_lab.shop.faults import TIME_FORMAT
from medallion_lab.shop.orders import as_json_lines, make_orders
from tests.unit.shop.shops import new_shop

hours = st.sampled_from([1, 1.5, 4, 24, 168])
# A pace or None for each file: None lands it at the pace that is there.
calls = st.lists(st.none() | hours, min_size=1, max_size=6)


def times_in(path):
    return [
        datetime.strptime(json.loads(line)["order_timestamp"], TIME_FORMAT)
        for line in path.read_text().splitlines()
    ]


def land_all(shop, paces):
    for pace in paces:
        if pace is not None:
            shop.set_pace(pace)
        shop.land(20)
    return [path.read_bytes() for path in shop.files()]


def test_files_land_four_hours_apart_unless_told_otherwise():
    assert [landing_time(number) - OPENING_TIME for number in (1, 2, 7)] == [
        timedelta(hours=apart) for apart in (0, 4, 24)
    ]


def test_a_pace_counts_from_its_file_on_and_those_before_keep_their_times():
    paces = (Pace(3, 1), Pace(5, 24))
    assert [(landing_time(number, paces) - OPENING_TIME) / timedelta(hours=1) for number in range(1, 7)] == [
        0, 4, 5, 6, 30, 54,
    ]  # fmt: skip


@given(paces=calls)
def test_each_file_lands_as_long_after_the_one_before_as_its_pace_says(paces):
    with new_shop() as shop:
        now, pace = OPENING_TIME, 4
        for number, asked in enumerate(paces, start=1):
            if asked is not None:
                shop.set_pace(asked)
                pace = asked
            now = now + timedelta(hours=pace) if number > 1 else now
            assert (shop.pace, shop.next_landing_time()) == (pace, now)
            ages = [now - when for when in times_in(shop.land(20).path)]
            assert timedelta(0) <= min(ages) and max(ages) <= timedelta(hours=1)


@given(paces=calls)
def test_the_same_calls_give_the_same_bytes_even_if_the_shop_is_opened_again_in_between(paces):
    with new_shop() as shop, new_shop() as other:
        undisturbed = land_all(shop, paces)
        for pace in paces:
            land_all(Shop(other.landing, seed=other.seed, answer_key=other.answer_key), [pace])
        assert [path.read_bytes() for path in other.files()] == undisturbed


def test_the_pace_changes_when_orders_are_made_and_nothing_else():
    with new_shop() as usual, new_shop() as fast:
        fast.set_pace(1)
        for shop in (usual, fast):
            shop.land(10), shop.land(10)
        lines = [
            [json.loads(line) for line in shop.files()[1].read_text().splitlines()] for shop in (usual, fast)
        ]
        for one, other in zip(*lines, strict=True):
            moved = datetime.fromisoformat(one.pop("order_timestamp")) - timedelta(hours=3)
            assert moved == datetime.fromisoformat(other.pop("order_timestamp"))
            assert one == other


def test_a_shop_whose_pace_was_never_changed_leaves_no_note(shop):
    shop.set_pace(4)
    shop.land(3)
    assert [path.name for path in shop.landing.iterdir()] == ["sales_000001.json"]
    assert not (shop.answer_key / NOTES).exists()


def test_the_note_lies_outside_of_the_folder_that_streams_read(shop):
    shop.set_pace(1)
    assert [path.name for path in shop.answer_key.iterdir()] == [NOTES]
    assert list(shop.landing.iterdir()) == []


def test_without_an_answer_key_the_note_has_a_name_that_streams_pass_over(tmp_path):
    shop = Shop(tmp_path)
    shop.set_pace(1)
    assert [path.name for path in shop.landing.iterdir()] == [NOTES]
    assert NOTES.startswith(".") and shop.files() == []


def test_a_pace_that_was_noted_in_the_landing_folder_goes_on_to_count(tmp_path, shop):
    Shop(shop.landing).set_pace(1)
    assert shop.pace == 1
    shop.land(1)
    shop.set_pace(24)
    shop.land(1)
    assert shop.next_landing_time() == OPENING_TIME + timedelta(hours=48)


def test_a_pace_that_is_set_twice_before_a_file_counts_once(shop):
    shop.land(1)
    shop.set_pace(1), shop.set_pace(24)
    assert shop.next_landing_time() == OPENING_TIME + timedelta(hours=24)


def test_the_clock_goes_on_when_the_landed_files_are_gone(shop):
    shop.land(1)
    shop.set_pace(24)
    shop.land(1)
    shutil.rmtree(shop.landing)
    assert (shop.pace, shop.next_landing_time()) == (24, OPENING_TIME + timedelta(hours=48))


def test_without_an_answer_key_files_that_were_moved_away_take_their_paces_with_them(tmp_path):
    shop = Shop(tmp_path)
    shop.land(1), shop.land(1)
    shop.set_pace(24)
    for path in shop.files():
        path.unlink()
    assert (shop.pace, shop.next_landing_time()) == (4, OPENING_TIME)
    shop.set_pace(1)
    shop.land(1)
    assert shop.next_landing_time() == OPENING_TIME + timedelta(hours=1)


@pytest.mark.parametrize("pace", [1, 1.5, 24, 168])
def test_a_correction_is_the_later_one_at_every_pace(pace):
    with new_shop() as shop:
        shop.set_pace(pace)
        shop.land(40)
        said = {}
        for _ in range(4):
            # Sent again from any file before, among them the corrections.
            shop.land(40, faults={"correction": 0.5, "duplicate_of_earlier_file": 0.25})
        corrections = [fault for fault in shop.faults_planted() if fault.fault == "correction"]
        for fault in corrections:
            earlier = said.get(fault.order_id, fault.was["order_timestamp"])
            assert fault.became["order_timestamp"] > earlier
            said[fault.order_id] = fault.became["order_timestamp"]
        assert len(said) < len(corrections)


def test_an_order_that_is_younger_than_a_correction_could_be_is_not_corrected(shop):
    shop.set_pace(1)
    shop.land(10)
    made_by_hand = make_orders(1, seed=8, file_number=1)[0]
    when = shop.next_landing_time() + timedelta(minutes=15)
    shop.land_lines(as_json_lines([replace(made_by_hand, order_timestamp=str(when))]))
    shop.land(30, faults={"correction": 1.0})
    assert made_by_hand.order_id not in {fault.order_id for fault in shop.faults_planted()}
    assert len(shop.faults_planted()) == 10


def test_orders_that_spark_makes_keep_the_same_clock(spark, shop):
    shop.set_pace(1.25)
    shop.land(3)
    shop.land_bulk(spark, 300, files=2)
    shop.set_pace(168)
    shop.land_bulk(spark, 300, files=2)
    expected = [timedelta(minutes=75 * number) for number in range(3)]
    expected += [timedelta(minutes=150, days=7), timedelta(minutes=150, days=14)]
    for path, since in zip(shop.files(), expected, strict=True):
        ages = [OPENING_TIME + since - when for when in times_in(path)]
        assert timedelta(0) <= min(ages) and max(ages) <= timedelta(hours=1)


@pytest.mark.parametrize("pace", [0, -1, 0.99, 169, float("nan"), float("inf")])
def test_a_pace_out_of_bounds_is_refused_and_the_clock_goes_on(shop, pace):
    with pytest.raises(PaceError, match="1 to 168 hours"):
        shop.set_pace(pace)
    assert shop.pace == 4


SET_THE_PACE_WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from medallion_lab.errors import PaceError
from medallion_lab.shop import Shop

# The operating system lets no file grow, as on a full disk.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    Shop(Path(sys.argv[1])).set_pace(1)
except PaceError as error:
    print(error)
"""


def test_a_note_that_cannot_be_written_leaves_the_clock_as_it_was(shop):
    run = subprocess.run(
        [sys.executable, "-c", SET_THE_PACE_WITHOUT_ROOM, shop.landing],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"Got: {NOTES} could not be written" in run.stdout
    assert (shop.pace, list(shop.landing.iterdir())) == (4, [])


@pytest.mark.parametrize(
    "note", ["", "{", '{"a": 1}', "[1]", '[{"hours": 1}]', '[{"first_file": 1, "hours": 0}]']
)
def test_a_note_that_does_not_read_stops_the_shop_before_it_lands_at_a_wrong_time(shop, note):
    shop.land(1)
    (shop.landing / NOTES).write_text(note)
    for action in (lambda: shop.land(1), lambda: shop.set_pace(1)):
        with pytest.raises(PaceError, match="does not read"):
            action()
    assert len(shop.files()) == 1
