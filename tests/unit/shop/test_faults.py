import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion_lab.errors import FaultError, WrongTypeError
from medallion_lab.observe.expected import recompute
from medallion_lab.observe.judgement import judge_landed
from medallion_lab.observe.landed import ALIASES
from medallion_lab.shop import Shop
from medallion_lab.shop.faults import FAULTS, OTHER_NAMES
from medallion_lab.shop.orders import make_orders
from tests.unit.shop.shops import new_shop

BECOMES = {fault.name: fault.becomes for fault in FAULTS}
OF_AN_ORDER = [name for name in BECOMES if name != "redelivered_file"]
SAME_ORDER = ["messy_format", "new_column", "renamed_column", "key_case"]

counts = st.dictionaries(st.sampled_from(OF_AN_ORDER), st.integers(0, 2))
rates = st.dictionaries(st.sampled_from(OF_AN_ORDER), st.floats(0, 1 / len(OF_AN_ORDER)))
seeds = st.integers(0, 10_000)
redelivered = st.booleans().map(lambda yes: {"redelivered_file": int(yes)})


def lines_of(path):
    return path.read_text().splitlines()


def orders_of(seed, file_number, count=40):
    return {order.order_id: asdict(order) for order in make_orders(count, seed=seed, file_number=file_number)}


@pytest.mark.parametrize("name", OF_AN_ORDER)
def test_a_count_is_met_exactly(shop, name):
    shop.land(30)
    shop.land(30, faults={name: 11})
    assert [fault.fault for fault in shop.faults_planted()] == [name] * 11


@pytest.mark.parametrize("name", OF_AN_ORDER)
def test_a_rate_of_one_gives_every_order_the_fault(shop, name):
    shop.land(30)
    shop.land(30, faults={name: 1.0})
    assert len(shop.faults_planted()) == 30


def test_a_rate_is_the_chance_of_each_order(shop):
    shop.land(2000, faults={"late": 0.25, "future": 0.1})
    found = [fault.fault for fault in shop.faults_planted()]
    assert 400 < found.count("late") < 600
    assert 120 < found.count("future") < 280


@pytest.mark.parametrize("name", BECOMES)
def test_each_fault_ends_where_its_table_says(name):
    for seed in range(5):
        with new_shop(seed) as shop:
            shop.land(40)
            shop.land(40, faults={name: 1 if name == "redelivered_file" else 20})
            expected, planted = recompute(shop.files()), shop.faults_planted()
            quarantined = len(planted) if BECOMES[name] == "quarantine" else 0
            more = len(planted) if BECOMES[name] == "duplicate" or name == "correction" else 0
            assert (len(expected.quarantine), expected.duplicates) == (quarantined, more)
            assert len(expected.silver) == 80 - quarantined


@pytest.mark.parametrize("name", SAME_ORDER)
def test_an_order_that_is_written_differently_is_still_the_same_order(name):
    for seed in range(5):
        with new_shop(seed) as good, new_shop(seed) as shop:
            good.land(60), shop.land(60, faults={name: 60})
            assert recompute(shop.files()).silver == recompute(good.files()).silver
            assert not set(lines_of(shop.files()[0])) & set(lines_of(good.files()[0]))


def test_a_correction_replaces_what_its_order_said_before(shop):
    shop.land(10), shop.land(10, faults={"correction": 6})
    silver = {row["order_id"]: row for row in recompute(shop.files()).silver}
    for fault in shop.faults_planted():
        row = silver[fault.order_id]
        assert row["quantity"] == fault.became["quantity"] != fault.was["quantity"]
        assert str(row["order_timestamp"]) == fault.became["order_timestamp"] > fault.was["order_timestamp"]
        assert fault.copy_of == "sales_000001.json"


def test_a_late_order_is_days_older_than_its_file(shop):
    shop.land(20, faults={"late": 20})
    assert all(
        "2026-02-24" <= fault.became["order_timestamp"] < "2026-02-28 17" for fault in shop.faults_planted()
    )


@given(seed=seeds, first=counts, second=counts, again=redelivered)
def test_whatever_is_planted_the_key_says_what_becomes_of_every_line(seed, first, second, again):
    with new_shop(seed) as shop:
        shop.land(40)
        shop.land(40, faults=first)
        shop.land(40, faults=second | again)
        expected, planted = recompute(shop.files()), shop.faults_planted()
        quarantined = [(one.file, one.line) for one in planted if BECOMES[one.fault] == "quarantine"]
        more = [one for one in planted if BECOMES[one.fault] == "duplicate" or one.fault == "correction"]
        assert [(record.file, record.line) for record in expected.quarantine] == quarantined
        assert expected.duplicates == len(more)


@given(seed=seeds, faults=counts | rates)
def test_every_planted_fault_is_in_the_key_once_and_undoing_it_gives_back_what_was_ordered(seed, faults):
    with new_shop(seed) as shop:
        shop.land(40)
        landed = shop.land(40, faults=faults)
        key = {fault.line: fault for fault in shop.faults_planted()}
        assert len(key) == len(shop.faults_planted())
        ordered, left, lines = orders_of(seed, 1), orders_of(seed, 2), lines_of(landed.path)
        for number, line in enumerate(lines, start=1):
            fault = key.pop(number, None)
            if fault is None:
                order = json.loads(line)
                assert left.pop(order["order_id"]) == order
                continue
            if fault.fault == "malformed_line":
                assert fault.became == {"line": line}
                undone = json.loads(fault.was["line"])
            else:
                found = json.loads(line)
                assert fault.became.items() <= found.items()
                undone = {k: v for k, v in found.items() if k not in fault.became} | fault.was
            if fault.fault == "duplicate_in_file":
                assert lines.count(line) == 2
            elif fault.copy_of:
                assert undone == ordered[fault.order_id]
            else:
                assert line != json.dumps(undone)
                assert undone == left.pop(fault.order_id)
        assert not key and not left


@given(seed=seeds, faults=counts | rates)
def test_the_same_calls_give_the_same_bytes_and_the_same_key(seed, faults):
    with new_shop(seed) as one, new_shop(seed) as other:
        for shop, asked in ((one, faults), (other, dict(reversed(faults.items())))):
            shop.land(40), shop.land(40, faults=asked)
        assert [path.read_bytes() for path in one.files()] == [path.read_bytes() for path in other.files()]
        assert one.faults_planted() == other.faults_planted()


@given(seed=seeds, faults=counts)
def test_the_orders_of_a_file_do_not_depend_on_faults_in_earlier_ones(seed, faults):
    later = {"messy_format": 5, "malformed_line": 5}
    with new_shop(seed) as calm, new_shop(seed) as stormy:
        calm.land(40), stormy.land(40, faults=faults) if not needs_earlier(faults) else stormy.land(50)
        one, other = calm.land(40, faults=later), stormy.land(40, faults=later)
        assert one.path.read_bytes() == other.path.read_bytes()


def needs_earlier(faults):
    return faults.get("correction") or faults.get("duplicate_of_earlier_file")


def test_a_file_without_faults_is_what_it_always_was(shop, tmp_path):
    plain = Shop(tmp_path).land(20).path.read_bytes()
    assert shop.land(20).path.read_bytes() == plain
    assert shop.faults_planted() == []


def test_no_fault_asked_for_is_no_fault(shop, tmp_path):
    plain = Shop(tmp_path).land(20).path.read_bytes()
    assert shop.land(20, faults={"late": 0, "future": 0.0}).path.read_bytes() == plain


def test_a_redelivered_file_is_the_same_bytes_under_a_new_name(shop):
    first = shop.land(10, faults={"malformed_line": 2, "late": 1})
    again = shop.land_again(first)
    assert repr(again) == "sales_000002.json: 10 lines"
    assert again.path.read_bytes() == first.path.read_bytes()
    faults = [fault for fault in shop.faults_planted() if fault.file == again.path.name]
    assert sorted(fault.fault for fault in faults) == ["malformed_line"] * 2 + ["redelivered_file"] * 8
    assert {fault.copy_of for fault in faults} == {first.path.name}


def test_a_whole_file_can_be_sent_once_more_by_the_same_call(shop):
    landed = shop.land(5, faults={"redelivered_file": 1})
    assert [path.name for path in shop.files()] == ["sales_000001.json", "sales_000002.json"]
    assert landed.path.read_bytes() == shop.files()[1].read_bytes()


def test_a_file_from_elsewhere_is_not_landed_again(shop, tmp_path):
    (tmp_path / "sales_000001.json").write_text("{}\n")
    with pytest.raises(FaultError, match=r"one of the 1 files"):
        shop.land(1), shop.land_again(tmp_path / "sales_000001.json")


def test_a_rate_of_orders_that_are_sent_again_plants_none_when_nothing_landed_before(shop):
    shop.land(10, faults={"duplicate_of_earlier_file": 0.5, "correction": 0.5})
    assert shop.faults_planted() == []


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"lateness": 1}, "the fault 'lateness'.*\n.*duplicate_in_file.*\n.*FAULTS"),
        ({"late": 1.5}, "late=1.5"),
        ({"late": -0.1}, "late=-0.1"),
        ({"late": float("nan")}, "late=nan"),
        ({"late": -1}, "a count such as 2, or a rate from 0.0 to 1.0"),
        ({"late": True}, "late=True"),
        ({"late": 11}, "11 faults for 10 orders"),
        ({"late": 6, "future": 5}, "11 faults for 10 orders"),
        ({"late": 0.6, "future": 0.5}, "rates that add up to 1.1"),
        ({"redelivered_file": 2}, "land_again"),
        ({"correction": 1}, "too few orders in earlier files"),
        ({"duplicate_of_earlier_file": 1}, "land a file or two"),
    ],
)
def test_what_cannot_be_planted_is_refused_and_nothing_lands(shop, faults, words):
    with pytest.raises(FaultError, match=words):
        shop.land(10, faults=faults)
    assert shop.files() == []
    assert list(shop.answer_key.iterdir()) == []


@pytest.mark.parametrize("faults", [{"late": "often"}, {"late": None}, ["late"], {3: 1}])
def test_faults_of_another_type_are_refused_and_nothing_lands(shop, faults):
    with pytest.raises(WrongTypeError, match="faults: a mapping, such as a dict, of a text"):
        shop.land(10, faults=faults)
    assert shop.files() == []
    assert list(shop.answer_key.iterdir()) == []


def test_rates_that_add_up_to_one_are_fine_although_computers_add_badly(shop):
    shop.land(50, faults={name: 0.1 for name in OF_AN_ORDER[:10]})
    assert len(shop.faults_planted()) <= 50


def test_a_shop_without_an_answer_key_plants_nothing(tmp_path):
    with pytest.raises(FaultError, match="answer_key=folder"):
        Shop(tmp_path).land(10, faults={"late": 1})
    assert Shop(tmp_path).files() == []


def test_the_shop_and_the_oracle_know_the_same_other_names():
    assert OTHER_NAMES == ALIASES


def test_a_broken_line_of_an_earlier_file_is_never_sent_again(shop):
    good = shop.land(3)
    shop.land_lines(["{half", "", "[]", '{"order_id": 1}', "null"])
    shop.land(5, faults={"duplicate_of_earlier_file": 2, "correction": 1})
    assert {fault.copy_of for fault in shop.faults_planted()} == {good.path.name}
    assert [record.line for record in judge_landed(shop.files()) if not record.is_valid] == [1, 3, 4, 5]
