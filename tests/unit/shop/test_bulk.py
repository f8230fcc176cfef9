import hashlib
import json
import shutil
import uuid
from collections import Counter
from datetime import datetime, timedelta

import pytest

from medallion_lab.errors import LandingError, OrderCountError
from medallion_lab.shop import Shop, bulk
from medallion_lab.shop.catalogue import CUSTOMERS, PRODUCTS
from medallion_lab.shop.clock import landing_time
from medallion_lab.shop.faults import TIME_FORMAT
from tests.unit.shop.shops import new_shop

# Computed once, from 100 orders in 3 files with seed 7.
GOLDEN = "43c61d4d1b7040dc6d21721db9d2eda86fb6e5fc5f7bbbd9c830b1a05a9d49b1"


def orders_in(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def content_of(shop):
    return [path.read_bytes() for path in shop.files()]


def test_the_same_seed_gives_the_same_bytes_on_every_machine(spark, shop):
    shop.land_bulk(spark, 100, files=3)
    assert hashlib.sha256(b"".join(content_of(shop))).hexdigest() == GOLDEN


def test_files_land_under_the_next_names_and_differ_by_one_order_at_most(spark, shop):
    shop.land(2)
    landed = shop.land_bulk(spark, 11, files=3)
    assert list(map(repr, landed)) == [
        "sales_000002.json: 4 lines",
        "sales_000003.json: 4 lines",
        "sales_000004.json: 3 lines",
    ]
    assert [len(orders_in(file.path)) for file in landed] == [4, 4, 3]


def test_nothing_but_the_files_remains(spark, shop):
    shop.land_bulk(spark, 10, files=2)
    assert sorted(path.name for path in shop.landing.iterdir()) == ["sales_000001.json", "sales_000002.json"]


def test_what_a_killed_run_left_behind_is_not_mixed_in(spark, shop):
    leftover = shop.landing / bulk.UNFINISHED
    leftover.mkdir()
    (leftover / "part-00000-old.txt").write_text("half an ord")
    shop.land_bulk(spark, 10, files=1)
    assert len(orders_in(shop.files()[0])) == 10
    assert not leftover.exists()


def test_bulk_orders_are_orders_of_the_shop(spark, shop):
    shop.land_bulk(spark, 6000, files=3)
    fields = ["order_id", "customer_id", "product_id", "quantity", "order_timestamp"]
    orders = [order for path in shop.files() for order in orders_in(path)]
    assert all(list(order) == fields for order in orders)
    assert {order["customer_id"] for order in orders} == {customer for customer, *_ in CUSTOMERS}
    assert {order["product_id"] for order in orders} == {product for product, *_ in PRODUCTS}
    assert {order["quantity"] for order in orders} == {1, 2, 3, 4, 5}
    assert len({order["order_id"] for order in orders}) == 6000
    ids = [uuid.UUID(order["order_id"]) for order in orders]
    assert {(one.version, one.variant) for one in ids} == {(4, uuid.RFC_4122)}


def test_bulk_orders_are_at_most_an_hour_old_when_they_land(spark, shop):
    shop.land_bulk(spark, 12_000, files=4)
    for number, path in enumerate(shop.files(), start=1):
        ages = {
            landing_time(number) - datetime.strptime(order["order_timestamp"], TIME_FORMAT)
            for order in orders_in(path)
        }
        assert timedelta(0) <= min(ages) < timedelta(minutes=2)
        assert timedelta(minutes=58) < max(ages) <= timedelta(minutes=60)


def test_every_customer_product_and_quantity_is_about_as_frequent_as_the_others(spark, shop):
    shop.land_bulk(spark, 12_000, files=2)
    orders = [order for path in shop.files() for order in orders_in(path)]
    for field, values in (("customer_id", 15), ("product_id", 12), ("quantity", 5)):
        frequent = Counter(order[field] for order in orders)
        assert max(frequent.values()) < 1.3 * 12_000 / values
        assert min(frequent.values()) > 0.7 * 12_000 / values


def test_a_file_does_not_depend_on_how_many_land_together(spark):
    with new_shop() as together, new_shop() as apart:
        together.land_bulk(spark, 40, files=4)
        for _ in range(4):
            apart.land_bulk(spark, 10, files=1)
        assert content_of(together) == content_of(apart)


def test_other_settings_of_spark_change_nothing(spark):
    with new_shop() as usual, new_shop() as unusual:
        usual.land_bulk(spark, 30, files=2)
        other = spark.newSession()
        for key, value in {
            "spark.sql.session.timeZone": "Asia/Kolkata",
            "spark.sql.shuffle.partitions": "7",
            "spark.sql.leafNodeDefaultParallelism": "5",
            "spark.sql.files.maxRecordsPerFile": "4",
            "spark.sql.codegen.wholeStage": "true",
            "spark.sql.ansi.enabled": "false",
        }.items():
            other.conf.set(key, value)
        unusual.land_bulk(other, 30, files=2)
        assert content_of(usual) == content_of(unusual)


def test_another_seed_gives_other_orders(spark):
    with new_shop(7) as one, new_shop(8) as other:
        ids = []
        for shop in (one, other):
            shop.land_bulk(spark, 50, files=2)
            ids += [order["order_id"] for path in shop.files() for order in orders_in(path)]
        assert len(set(ids)) == 100


@pytest.mark.parametrize(
    ("rows", "files"), [(0, 1), (-1, 1), (5, 0), (5, -1), (5, 6), (20_000, 10_001), (10**12, 10**11)]
)
def test_files_that_would_be_empty_are_refused(spark, shop, rows, files):
    with pytest.raises(OrderCountError, match="at least one order for each file"):
        shop.land_bulk(spark, rows, files=files)
    assert shop.files() == []


def test_what_would_fill_the_disk_is_refused(spark, shop):
    with pytest.raises(LandingError, match=r"stays free\nNext: land [0-9,]+ orders at most"):
        shop.land_bulk(spark, 10**12)
    assert list(shop.landing.iterdir()) == []


def test_no_line_is_longer_than_the_room_that_is_reckoned_for_it(spark, shop):
    shop.land_bulk(spark, 5000, files=1)
    longest = max(len(line) for line in shop.files()[0].read_bytes().splitlines(keepends=True))
    assert longest == bulk.LONGEST_LINE_BYTES


def test_a_disk_with_too_little_room_says_how_many_orders_fit(spark, shop, monkeypatch):
    room = bulk.ROOM_TO_LEAVE_BYTES + 10 * bulk.LONGEST_LINE_BYTES
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(room, 0, room))
    with pytest.raises(LandingError, match="land 10 orders at most"):
        shop.land_bulk(spark, 11, files=1)
    assert shop.land_bulk(spark, 10, files=1)[0].line_count == 10


def test_a_folder_that_cannot_be_written_to_is_one_clear_error(spark, tmp_path):
    (tmp_path / bulk.UNFINISHED).write_text("not a folder")
    with pytest.raises(LandingError, match="Spark could not write 10 orders"):
        Shop(tmp_path).land_bulk(spark, 10, files=1)
    (tmp_path / "landing").write_text("not a folder")
    with pytest.raises(LandingError, match="which cannot be made"):
        Shop(tmp_path / "landing").land_bulk(spark, 10, files=1)


def test_an_order_of_a_bulk_file_can_be_sent_again(spark, shop):
    shop.land_bulk(spark, 50, files=1)
    shop.land(10, faults={"duplicate_of_earlier_file": 2, "correction": 1})
    assert {fault.copy_of for fault in shop.faults_planted()} == {"sales_000001.json"}
