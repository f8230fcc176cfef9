import pytest

from tests.unit.shop.shops import new_shop


@pytest.fixture
def shop():
    with new_shop() as shop:
        yield shop
