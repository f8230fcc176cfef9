from datetime import date

from medallion_lab.layers.gold import sum_by_region_and_day

ORDERS = "region string, order_date date, quantity int"


def totals(spark, *rows):
    summed = sum_by_region_and_day(spark.createDataFrame(rows, ORDERS))
    return {(row.region, row.order_date): row.total_quantity for row in summed.collect()}


MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def test_pieces_are_summed_and_not_counted(spark):
    assert totals(spark, ("North", MONDAY, 2), ("North", MONDAY, 3)) == {("North", MONDAY): 5}


def test_two_orders_of_one_quantity_are_two_orders(spark):
    assert totals(spark, ("North", MONDAY, 2), ("North", MONDAY, 2)) == {("North", MONDAY): 4}


def test_each_region_and_each_day_has_its_own_row(spark):
    rows = totals(spark, ("North", MONDAY, 1), ("North", TUESDAY, 2), ("South", MONDAY, 4))
    assert rows == {("North", MONDAY): 1, ("North", TUESDAY): 2, ("South", MONDAY): 4}


def test_orders_without_a_region_are_summed_under_null_and_not_dropped(spark):
    assert totals(spark, (None, MONDAY, 3)) == {(None, MONDAY): 3}


def test_a_null_quantity_adds_nothing(spark):
    assert totals(spark, ("North", MONDAY, None), ("North", MONDAY, 3)) == {("North", MONDAY): 3}
