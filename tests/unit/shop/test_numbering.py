import os
import shutil
import signal
import subprocess
import sys

import pytest

from medallion_lab.errors import LandingError
from medallion_lab.shop import Shop, numbering
from medallion_lab.shop.numbering import NOTE
from tests.unit.shop.shops import new_shop


def names(shop):
    return [path.name for path in shop.files()]


def opened_again(shop):
    return Shop(shop.landing, seed=shop.seed, answer_key=shop.answer_key)


def delete(landing):
    shutil.rmtree(landing)


def empty(landing):
    for path in landing.iterdir():
        path.unlink()


def rename(landing):
    landing.rename(landing.with_name("yesterday"))


def sort_into_folders(landing):
    for path in sorted(landing.glob("*.json")):
        (landing / path.stem).mkdir()
        path.rename(landing / path.stem / path.name)


def rename_the_files(landing):
    for path in sorted(landing.glob("*.json")):
        path.rename(path.with_name(f"{path.stem}_old.json"))


@pytest.mark.parametrize("slip", [delete, empty, rename, sort_into_folders, rename_the_files])
@pytest.mark.parametrize("is_opened_again", [False, True])
def test_no_name_comes_twice_whatever_becomes_of_the_files(shop, slip, is_opened_again):
    shop.land(3), shop.land(3)
    slip(shop.landing)
    shop = opened_again(shop) if is_opened_again else shop
    shop.land(4)
    assert names(shop) == ["sales_000003.json"]


def test_what_lands_after_a_slip_is_what_would_have_landed_without_it(shop):
    with new_shop() as undisturbed:
        for each in (shop, undisturbed):
            each.land(3)
        delete(shop.landing)
        assert shop.land(5).path.read_bytes() == undisturbed.land(5).path.read_bytes()


def test_every_way_to_land_goes_on_with_fresh_names(spark, shop):
    first = shop.land(3)
    shop.land_again(first)
    empty(shop.landing)
    shop.land_bulk(spark, 4, files=2)
    delete(shop.landing)
    shop.land_lines(["no JSON"])
    assert names(shop) == ["sales_000005.json"]
    delete(shop.landing)
    assert [file.path.name for file in shop.land_bulk(spark, 4, files=2)] == [
        "sales_000006.json",
        "sales_000007.json",
    ]


def test_a_shop_with_a_landing_folder_alone_makes_it_anew_and_begins_again(tmp_path):
    shop = Shop(tmp_path / "landing")
    shop.land(1), shop.land(1)
    assert names(Shop(tmp_path / "landing")) == ["sales_000001.json", "sales_000002.json"]
    delete(shop.landing)
    assert shop.land(1).path.name == "sales_000001.json"


def test_a_file_that_somebody_put_there_by_hand_is_not_written_over(shop):
    shop.land(1)
    (shop.landing / "sales_000007.json").write_text("{}\n")
    assert shop.land(1).path.name == "sales_000008.json"


def test_numbers_of_seven_digits_follow_those_of_six(shop):
    for name in ("sales_999999.json", "sales_1000000.json"):
        (shop.landing / name).write_text("{}\n")
    assert names(shop)[-1] == "sales_1000000.json"
    assert shop.land(1).path.name == "sales_1000001.json"


DIE = """
import os, signal, sys
from pathlib import Path
from medallion_lab.shop import Shop

def audit(event, arguments):
    if event == "os.rename" and seen(str(arguments[0]), str(arguments[1])):
        os.kill(os.getpid(), signal.SIGKILL)

landing, answer_key, moment = sys.argv[1:]
seen = {
    "before the note": lambda old, new: new.endswith("/.last_file"),
    "between the note and the file": lambda old, new: new.endswith("/sales_000002.json"),
}[moment]
shop = Shop(Path(landing), answer_key=Path(answer_key))
shop.land(5)
sys.addaudithook(audit)
shop.land(5)
"""


@pytest.mark.parametrize("moment", ["before the note", "between the note and the file"])
def test_a_kill_changes_neither_the_next_name_nor_its_bytes(shop, moment):
    run = subprocess.run([sys.executable, "-c", DIE, shop.landing, shop.answer_key, moment])
    assert run.returncode == -signal.SIGKILL
    assert names(shop) == ["sales_000001.json"]
    with new_shop() as undisturbed:
        undisturbed.land(5), undisturbed.land(5)
        again = shop.land(5).path
        assert again.name == "sales_000002.json"
        assert again.read_bytes() == undisturbed.files()[1].read_bytes()
    assert sorted(os.listdir(shop.landing)) == ["sales_000001.json", "sales_000002.json"]
    empty(shop.landing)
    assert shop.land(5).path.name == "sales_000003.json"


def test_a_kill_and_then_an_emptied_folder_skip_a_number_and_give_none_twice(shop):
    moment = "between the note and the file"
    subprocess.run([sys.executable, "-c", DIE, shop.landing, shop.answer_key, moment])
    empty(shop.landing)
    assert shop.land(5).path.name == "sales_000003.json"


def test_a_number_that_cannot_be_noted_lands_nothing(shop, monkeypatch):
    shop.land(1)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(numbering.os, "fsync", full)
        with pytest.raises(LandingError, match="No space left"):
            shop.land(1)
    assert sorted(os.listdir(shop.landing)) == ["sales_000001.json"]
    assert shop.land(1).path.name == "sales_000002.json"


def test_a_note_that_does_not_read_stops_the_shop(shop):
    shop.land(1)
    (shop.answer_key / NOTE).write_text("some")
    with pytest.raises(LandingError, match="does not read as a number"):
        shop.land(1)
    assert names(shop) == ["sales_000001.json"]


def test_an_answer_key_that_was_deleted_is_made_anew(shop):
    shop.land(10, faults={"late": 2})
    shutil.rmtree(shop.answer_key)
    assert shop.land(10, faults={"late": 2}).path.name == "sales_000002.json"
    delete(shop.landing)
    assert shop.land(1).path.name == "sales_000003.json"
    assert len(shop.faults_planted()) == 2


def test_a_shop_whose_workspace_is_gone_says_so_and_makes_nothing(shop):
    shutil.rmtree(shop.landing.parent)
    with pytest.raises(LandingError, match="open the lab again"):
        shop.land(1)
    assert not shop.landing.parent.exists()
    shop.landing.parent.mkdir()
