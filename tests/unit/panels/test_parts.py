import threading
from concurrent.futures import ThreadPoolExecutor

import ipywidgets
import pytest

from medallion_lab.panels.parts import Ticker, Turn, close_tree, row, tree


@pytest.fixture
def said():
    return []


@pytest.fixture
def panel():
    panel = ipywidgets.VBox()
    yield panel
    close_tree(panel)


@pytest.fixture
def turn(panel, said):
    return Turn(panel, said.append)


def test_a_click_that_comes_while_another_works_is_told_so_and_does_nothing(turn, said):

    def click():
        with turn.take() as may_act:
            return may_act

    with turn.take() as first, ThreadPoolExecutor(1) as pool:
        assert first
        assert not pool.submit(click).result()
    assert said == ["One thing at a time: the click before is still at work."]
    assert click()


def test_what_a_click_sets_off_is_part_of_it(turn, panel, said):
    with turn.take() as outer:
        with turn.take() as inner:
            assert outer
            assert inner
        assert panel._dom_classes == ("medallion-busy",)
    assert panel._dom_classes == ()
    assert said == []


def test_a_click_that_fails_gives_the_turn_back(turn, panel):
    with pytest.raises(ValueError, match="no"), turn.take():
        raise ValueError("no")
    assert panel._dom_classes == ()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: turn.take().__enter__()).result()


def test_a_click_that_comes_as_the_one_before_is_about_to_end_has_its_turn(turn, said):
    begun = threading.Event()

    def click():
        begun.set()
        with turn.take() as may_act:
            return may_act

    with ThreadPoolExecutor(1) as pool:
        with turn.take():
            second = pool.submit(click)
            assert begun.wait(10)
        assert second.result()
    assert said == []


def test_a_ticker_calls_until_it_is_stopped_and_leaves_no_thread():
    called = threading.Semaphore(0)
    ticker = Ticker(called.release, pytest.fail, name="tick", seconds=0.01)
    assert all(called.acquire(timeout=10) for _ in range(3))
    ticker.stop()
    assert "tick" not in [thread.name for thread in threading.enumerate()]


def test_a_ticker_whose_look_fails_says_so_once_and_ends():
    errors, told = [], threading.Event()

    def look():
        raise OSError("no such folder")

    def fail(error):
        errors.append(str(error))
        told.set()

    ticker = Ticker(look, fail, name="tick", seconds=0.01)
    assert told.wait(10)
    ticker.stop()
    assert errors == ["no such folder"]


def test_closing_a_tree_leaves_no_widget_and_no_style_of_one():
    before = set(ipywidgets.widgets.widget._instances)
    box = row(ipywidgets.Button(description="A"), row(ipywidgets.IntSlider()))
    assert len(tree(box)) == 4
    close_tree(box)
    assert set(ipywidgets.widgets.widget._instances) == before
