"""Where luck has helped, rows that come the other way round show it; what was decided they leave alone."""

from pyspark.sql import Window
from pyspark.sql import functions as F
from pyspark.sql.classic.dataframe import DataFrame

from medallion_lab.classroom.exercise import Dice
from medallion_lab.classroom.luck import GROUPING, turned_round


def copies(spark, partitions=1):
    rows = [(f"A{number}", version) for number in range(20) for version in range(4)]
    return spark.createDataFrame(rows, "name STRING, version INT").repartition(partitions)


def newest(frame):
    return {row["version"] for row in frame.collect()}


def test_a_sort_decides_nothing_for_what_groups(spark):
    for partitions in (1, 5):
        ranked = copies(spark, partitions).sort(F.desc("version"))
        first = F.first("version").alias("version")
        assert newest(ranked.dropDuplicates(["name"])) == {3}
        with turned_round():
            assert newest(ranked.dropDuplicates(["name"])) == {0}
            assert newest(ranked.drop_duplicates(subset=["name"])) == {0}
            assert newest(ranked.groupBy("name").agg(first)) == {0}
            assert newest(ranked.groupby(ranked.name).agg(first)) == {0}


def test_what_was_decided_stays_so(spark):
    rows = copies(spark, 3)
    with turned_round():
        assert newest(rows.groupBy("name").agg(F.max("version").alias("version"))) == {3}
        last = Window.partitionBy("name").orderBy(F.desc("version"))
        assert newest(rows.withColumn("n", F.row_number().over(last)).where("n = 1")) == {3}
        assert rows.union(rows).dropDuplicates().count() == 80
        assert rows.agg(F.sum("version")).first()[0] == 120


def test_a_stream_is_left_as_it_is(spark):
    stream = spark.readStream.format("rate").load()
    with turned_round():
        assert stream.dropDuplicates(["value"]).isStreaming


def test_afterwards_all_is_as_it_was():
    before = [getattr(DataFrame, name) for name in GROUPING]
    try:
        with turned_round():
            raise RuntimeError
    except RuntimeError:
        assert [getattr(DataFrame, name) for name in GROUPING] == before


def test_dice_choose_something_else_for_the_unseen_data_and_the_same_each_time():
    for seed in range(50):
        chosen = [[Dice(f"{seed}", unseen).unlike("abc") for _ in "12"] for unseen in (False, True)]
        assert chosen[0][0] != chosen[1][0]
        dice, other = Dice(f"{seed}"), Dice(f"{seed}", True)
        for choices in ("ab", range(9), ("x", "y", "z")):
            assert dice.unlike(choices) != other.unlike(choices)
        assert dice.random() == Dice(f"{seed}").random() != other.random()
