"""A generator panel over a shop without Spark."""

import pytest

from medallion_lab.panels import generator_panel
from tests.unit.panels.counters import Counter, open_parts
from tests.unit.shop.shops import new_shop


@pytest.fixture
def counter():
    with new_shop() as shop:
        counter = Counter(shop)
        yield counter
        counter.close()


@pytest.fixture
def panel(counter):
    panel = generator_panel(counter)
    yield panel
    panel.close()


@pytest.fixture
def nothing_is_left():
    before = open_parts()
    yield
    assert open_parts() == before
