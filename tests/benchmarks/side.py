"""One side of a measurement, in a process of its own: three live streams from landed files to gold.

Started by ``child.py``, as ``python -m tests.benchmarks.side SIDE FOLDER``. It lands nothing. When its
streams have been started it says so in a line of JSON; then it answers one line for each line that it reads,
and ends when there are no more. It imports what its own side needs and nothing else: importing is part of a
start.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WORKSPACE = "bench"
DATABASE = "medallion"
REFERENCE = "reference.json"
FLOW = {
    "simple": ("bronze_sales_tbl", "silver_sales_tbl", "gold_sales_tbl"),
    "exact": ("bronze_sales_tbl", "silver_sales_tbl", "gold_sales_tbl", "gold_revenue_tbl"),
    "defaults": ("bronze_sales_tbl", "silver_sales_tbl", "gold_sales_tbl"),
}
JARS = "BENCHMARK_JARS"
PAD_TO = "BENCHMARK_PAD_TO"
# Less than the other process waits for an answer: then it gets the reason.
CAUGHT_UP_SECONDS = 240

ORDER = "order_id string, customer_id long, product_id long, quantity long, order_timestamp string"
DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}


def landing(folder):
    """Return where files land, the same place for each side."""
    return folder / WORKSPACE / "landing"


def tables(side, folder):
    """Return the folder of a side's tables."""
    return folder / WORKSPACE / (f"warehouse/{DATABASE}.db" if side == "defaults" else "tables")


def start_lab(side, folder):
    """Start the lab with its simple or its exact forms."""
    from medallion_lab import open_lab

    # Not fresh: the first file may have landed before.
    lab = open_lab(WORKSPACE, fresh=False)
    queries = lab.start_pipeline(exact=side == "exact")
    if version := int(os.environ[PAD_TO]):
        pad(lab.spark, [tables(side, folder) / table for table in FLOW[side]], version)
    return lab.spark, queries


def pad(spark, folders, version):
    """Bring each table to a version by commits without rows, so that a Delta checkpoint is not far."""
    spark.conf.set("spark.databricks.delta.skipRecordingEmptyCommits", "false")

    def commit_until_there(folder):
        while not (folder / "_delta_log" / f"{version:020}.json").exists():
            spark.sql(f"INSERT INTO {DATABASE}.{folder.name} SELECT * FROM {DATABASE}.{folder.name} LIMIT 0")

    with ThreadPoolExecutor(len(folders)) as pool:
        list(pool.map(commit_until_there, folders))


def start_defaults(side, folder):
    """Start the three streams as one would type them in a first notebook, with no setting but Delta's own."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    builder = SparkSession.builder.appName("defaults").config("spark.jars", os.environ[JARS])
    builder = builder.config("spark.sql.warehouse.dir", str(tables(side, folder).parent))
    for name, value in DELTA.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sql(f"CREATE DATABASE {DATABASE}")
    spark.sql(f"USE {DATABASE}")
    for table, (columns, rows) in json.loads((folder / REFERENCE).read_text()).items():
        frame = spark.createDataFrame([tuple(row) for row in rows], columns)
        frame.write.mode("overwrite").format("delta").saveAsTable(table)

    def stream_into(table, rows, mode):
        place = folder / WORKSPACE / "checkpoints" / table
        writer = rows.writeStream.format("delta").outputMode(mode).option("checkpointLocation", str(place))
        return writer.toTable(table)

    arrived = spark.readStream.schema(ORDER).json(str(landing(folder)))
    arrived = arrived.withColumn("input_file", F.input_file_name())
    arrived = arrived.withColumn("load_time", F.current_timestamp())
    bronze = stream_into("bronze_sales_tbl", arrived, "append")
    enriched = spark.readStream.table("bronze_sales_tbl").join(
        spark.table("customers"), on="customer_id", how="left"
    )
    enriched = enriched.withColumn("order_date", F.to_date("order_timestamp")).select(
        "order_id", "customer_id", "region", "product_id", "quantity", "order_date", "load_time"
    )
    silver = stream_into("silver_sales_tbl", enriched, "append")
    groups = spark.readStream.table("silver_sales_tbl").groupBy("region", "order_date")
    totals = groups.agg(F.sum("quantity").alias("total_quantity"))
    return spark, [bronze, silver, stream_into("gold_sales_tbl", totals, "complete")]


def answer(request, spark, queries):
    """Answer one question of the process that started this one."""
    if files := request.get("total_of"):
        # Plain Parquet: neither side's Delta gets to know the table better by being asked.
        rows = spark.read.schema("total_quantity long").parquet(*files)
        return {"total": rows.agg({"total_quantity": "sum"}).first()[0]}
    if request.get("settle"):
        from medallion_lab.observe.streams import wait_until_caught_up

        wait_until_caught_up(*queries, timeout_seconds=CAUGHT_UP_SECONDS)
        return {"settled": True}
    return {"failures": [str(query.exception()) for query in queries if query.exception()]}


def main(side, folder):
    """Start a side, answer until there is nothing more to read, and end Spark."""
    # What Java prints goes to the log, not between two answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(reply):
        print(json.dumps(reply), file=answers, flush=True)

    try:
        spark, queries = (start_defaults if side == "defaults" else start_lab)(side, folder)
        say({"started": True})
        for line in sys.stdin:
            say(answer(json.loads(line), spark, queries))
    finally:
        from tests.benchmarks.measuring import end_lab

        end_lab()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
