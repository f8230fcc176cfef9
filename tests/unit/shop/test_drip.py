import shutil
import threading

import pytest

from medallion_lab.errors import DripError, FaultError, LandingError, OrderCountError
from medallion_lab.shop import Shop, bulk
from medallion_lab.shop.drip import start_drip
from tests.unit.shop.shops import new_shop


def drips():
    return [thread for thread in threading.enumerate() if thread.name == "drip"]


def content_of(shop):
    return [path.read_bytes() for path in shop.files()]


@pytest.fixture(autouse=True)
def no_drip_is_left():
    yield
    assert drips() == []


def test_a_drip_lands_what_a_loop_would_land(shop):
    drip = start_drip(shop, 5, every_seconds=0.5, faults={"late": 2}, files=3)
    drip.wait()
    with new_shop() as looped:
        for _ in range(3):
            looped.land(5, faults={"late": 2})
        assert content_of(shop) == content_of(looped)
    assert (drip.landed, drip.error, drip.is_running) == (3, None, False)


def test_the_first_file_is_there_at_once_and_stop_leaves_none_on_its_way(shop):
    drip = start_drip(shop, every_seconds=3600)
    assert len(shop.files()) == 1 and drip.is_running
    assert repr(drip) == "Drip(1 file landed, one every 3600 s)"
    drip.stop(), drip.stop()
    assert not drip.is_running
    assert repr(drip) == "Drip(1 file landed, ended)"


def test_a_shop_has_one_drip_at_a_time(shop):
    first = start_drip(shop, every_seconds=3600)
    second = start_drip(shop, every_seconds=3600)
    assert (first.is_running, second.is_running, len(drips())) == (False, True, 1)
    assert shop.drip is second
    second.stop()


def test_files_landed_by_hand_meanwhile_get_numbers_of_their_own(shop):
    drip = start_drip(shop, 2, every_seconds=0.5, files=3)
    by_hand = [threading.Thread(target=lambda: [shop.land(2) for _ in range(20)]) for _ in range(3)]
    for thread in by_hand:
        thread.start()
    for thread in by_hand:
        thread.join()
    drip.wait()
    assert drip.error is None
    assert [path.name for path in shop.files()] == [f"sales_{n:06}.json" for n in range(1, 64)]


def test_what_the_first_file_cannot_have_is_an_error_at_once(shop):
    with pytest.raises(FaultError, match="too few orders in earlier files"):
        start_drip(shop, faults={"correction": 3})
    assert (shop.files(), shop.drip) == ([], None)


def test_an_error_on_the_way_ends_the_drip_and_is_kept(shop):
    drip = start_drip(shop, every_seconds=0.5)
    shop.landing.rename(shop.landing.with_name("gone"))
    shop.landing.write_text("no folder can be made here")
    drip.wait()
    assert isinstance(drip.error, LandingError)
    assert not drip.is_running
    assert "ended by LandingError" in repr(drip)


def test_a_drip_goes_on_when_its_folder_is_taken_away(shop):
    drip = start_drip(shop, every_seconds=0.5, files=2)
    shutil.rmtree(shop.landing)
    drip.wait()
    assert (drip.error, drip.landed) == (None, 2)
    assert [path.name for path in shop.files()] == ["sales_000002.json"]


def test_a_disk_that_fills_up_ends_the_drip(shop, monkeypatch):
    drip = start_drip(shop, every_seconds=0.5)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(1, 1, 0))
    drip.wait()
    assert isinstance(drip.error, LandingError)
    assert len(shop.files()) == drip.landed


@pytest.mark.parametrize("seconds", [0, 0.4, 3601, float("nan"), -5])
def test_an_interval_out_of_bounds_is_refused(shop, seconds):
    with pytest.raises(DripError, match=r"0\.5 to 3,600 seconds"):
        start_drip(shop, every_seconds=seconds)
    assert shop.files() == []


@pytest.mark.parametrize("files", [0, -1, 10_001])
def test_a_number_of_files_out_of_bounds_is_refused(shop, files):
    with pytest.raises(DripError, match="1 to 10,000 files"):
        start_drip(shop, files=files)
    assert shop.files() == []


@pytest.mark.parametrize("rows", [0, -1, 100_001])
def test_a_file_out_of_bounds_is_refused(shop, rows):
    with pytest.raises(OrderCountError, match="1 to 100,000"):
        start_drip(shop, rows)
    assert shop.files() == []


@pytest.mark.parametrize(
    ("faults", "lines"),
    [({}, 1), ({"late": 3}, 1), ({"duplicate_in_file": 1}, 2), ({"redelivered_file": 1, "correction": 1}, 4)],
)
def test_a_drip_that_would_fill_the_disk_is_refused_before_it_begins(shop, monkeypatch, faults, lines):
    room = bulk.ROOM_TO_LEAVE_BYTES + 100 * lines * bulk.LONGEST_LINE_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(room, 0, room))
    with pytest.raises(LandingError, match="stays free"):
        start_drip(shop, 51, faults=faults, files=2)
    assert (shop.files(), shop.drip) == ([], None)


def test_a_shop_without_an_answer_key_drips_good_orders(tmp_path):
    shop = Shop(tmp_path)
    start_drip(shop, 3, files=1).wait()
    assert len(shop.files()) == 1
