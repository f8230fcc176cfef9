import hashlib
import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.errors import OrderCountError
from medallion_lab.shop import Shop
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS
from medallion_lab.shop.clock import landing_time
from medallion_lab.shop.orders import make_orders

# Computed once, from ten orders with seed 7. Stored outputs of every chapter depend on it.
GOLDEN = "70d993f28a056e725a982de8b976cfdcff8ed163e999d5f8d06c4c4c29ba56cc"


def shop_in(folder, seed=7):
    folder.mkdir()
    return Shop(folder, seed=seed)


def test_the_same_seed_gives_the_same_bytes_on_every_machine(tmp_path):
    landed = shop_in(tmp_path / "a").land(10).path.read_bytes()
    assert hashlib.sha256(landed).hexdigest() == GOLDEN


def test_another_seed_gives_other_orders(tmp_path):
    first, second = shop_in(tmp_path / "a", seed=7).land(5), shop_in(tmp_path / "b", seed=8).land(5)
    assert first.path.read_bytes() != second.path.read_bytes()


def test_what_lands_next_does_not_depend_on_how_much_landed_before(tmp_path):
    small, large = shop_in(tmp_path / "a"), shop_in(tmp_path / "b")
    small.land(1), large.land(50)
    assert small.land(5).path.read_bytes() == large.land(5).path.read_bytes()


def test_a_shop_that_is_opened_again_goes_on_with_the_next_file(tmp_path):
    shop_in(tmp_path / "a").land(3)
    assert repr(Shop(tmp_path / "a").land(3)) == "sales_000002.json: 3 lines"


def test_an_order_has_the_five_fields_of_the_source(tmp_path):
    line = shop_in(tmp_path / "a").land(1).path.read_text()
    assert list(json.loads(line)) == ["order_id", "customer_id", "product_id", "quantity", "order_timestamp"]


def test_broken_lines_land_as_they_are(tmp_path):
    landed = shop_in(tmp_path / "a").land_lines(["{half an ord", ""])
    assert landed.path.read_text() == "{half an ord\n\n"


@pytest.mark.parametrize("count", [0, -1, 1_000_001])
def test_a_count_that_makes_no_file_is_refused(tmp_path, count):
    with pytest.raises(OrderCountError, match="1 to 1,000,000"):
        shop_in(tmp_path / "a").land(count)


@given(seed=st.integers(), file_number=st.integers(1, 500))
def test_every_order_is_of_a_known_customer_and_product_and_at_most_an_hour_old(seed, file_number):
    now = landing_time(file_number)
    for order in make_orders(20, seed=seed, file_number=file_number):
        assert order.customer_id in {customer for customer, *_ in CUSTOMERS}
        assert order.product_id in {product for product, *_ in PRODUCTS}
        assert 1 <= order.quantity <= 5
        when = datetime.strptime(order.order_timestamp, "%Y-%m-%d %H:%M:%S")
        assert timedelta(0) <= now - when <= timedelta(minutes=60)


def test_order_ids_do_not_repeat_across_files():
    ids = [order.order_id for number in range(1, 50) for order in make_orders(20, seed=7, file_number=number)]
    assert len(set(ids)) == len(ids)
