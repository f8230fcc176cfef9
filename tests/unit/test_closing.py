"""A lab that closes lets go of everything, whatever went wrong before, and whatever goes wrong on the way."""

import shutil
import subprocess
import sys

import pytest

from medallion_lab import open_lab
from medallion_lab.errors import CloseError, LandingError
from medallion_lab.observe.streams import wait_until_caught_up

OPEN_TOO = "from medallion_lab.runtime.workspace import Workspace; Workspace('test').close()"


def opens_elsewhere():
    """Whether another process gets the workspace's lock."""
    return subprocess.run([sys.executable, "-c", OPEN_TOO]).returncode == 0


def fail():
    raise ZeroDivisionError("a slip of the reader's own")


def test_a_step_that_fails_keeps_back_no_other_and_its_error_comes_at_the_end(lab):
    heard = []
    lab.start_pipeline()
    lab.before_close(fail)
    lab.before_close(lambda: heard.append(len(lab.spark.streams.active)))
    lab.after_close(fail)
    lab.after_close(lambda: heard.append("closed"))
    assert not opens_elsewhere()
    with pytest.raises(
        CloseError, match="ZeroDivisionError while the lab was closed: a slip of the reader's own"
    ):
        lab.close()
    assert heard == [3, "closed"]
    assert opens_elsewhere()
    lab.close()
    with open_lab("test", fresh=False) as again:
        assert again.spark.table("bronze_sales_tbl").count() == 0


def test_of_two_steps_that_fail_the_first_is_told(lab):
    def refuse():
        raise LandingError(got="one", needed="two", next_step="three")

    lab.before_close(refuse)
    lab.before_close(fail)
    with pytest.raises(LandingError, match="Got: one"):
        lab.close()


def test_an_interrupt_while_it_closes_ends_one_step_and_leaves_nothing_open(lab):
    def interrupt():
        raise KeyboardInterrupt

    lab.before_close(interrupt)
    with pytest.raises(KeyboardInterrupt):
        lab.close()
    assert opens_elsewhere()


@pytest.mark.parametrize("room", ["landing", "checkpoints", "."])
def test_what_was_deleted_while_streams_ran_keeps_no_lab_from_closing(lab, room):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline(exact=True))
    shutil.rmtree(lab.workspace.path / room)
    lab.close()
    assert opens_elsewhere()
    with open_lab("test", fresh=False) as again:
        again.shop.land(1)
    with open_lab("test") as fresh:
        fresh.shop.land(3)
        fresh.start_pipeline(available_now=True)
        assert fresh.spark.table("bronze_sales_tbl").count() == 3


def test_a_landing_folder_that_was_renamed_can_be_named_back(lab):
    lab.shop.land(5)
    wait_until_caught_up(*lab.start_pipeline(exact=True))
    elsewhere = lab.workspace.landing.rename(lab.workspace.path / "yesterday")
    lab.close()
    with open_lab("test", fresh=False) as again:
        shutil.rmtree(again.workspace.landing)
        elsewhere.rename(again.workspace.landing)
        again.shop.land(4)
        again.start_pipeline(exact=True, available_now=True)
        assert again.spark.table("bronze_sales_tbl").count() == 9
