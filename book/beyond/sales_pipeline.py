# Databricks notebook source
# MAGIC %md
# MAGIC # Sales, from files to a report
# MAGIC
# MAGIC A shop's orders land as files of JSON. Three streams take what is new:
# MAGIC **bronze** keeps each line, **silver** gives it types and a region, **gold**
# MAGIC sums it up. Each stream ends when it has caught up, so this notebook can run as
# MAGIC a job, as often as you like.

# COMMAND ----------

import json
import random

from pyspark.sql.functions import *

# COMMAND ----------

# DBTITLE 1,Parameters
dbutils.widgets.text("schema", "medallion", "Schema of the tables")
dbutils.widgets.text("folder", "/sales_order", "Folder for files and checkpoints")
schema, folder = dbutils.widgets.get("schema"), dbutils.widgets.get("folder")
landing, checkpoints = f"{folder}/landing", f"{folder}/checkpoints"

# COMMAND ----------

spark.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
spark.sql(f"USE SCHEMA {schema}")
dbutils.fs.mkdirs(landing)

# COMMAND ----------

# MAGIC %sql
# MAGIC -- Who orders from where
# MAGIC CREATE OR REPLACE TABLE customers AS
# MAGIC SELECT * FROM VALUES (1, 'North'), (2, 'South'), (3, 'East'), (4, 'West')
# MAGIC AS known(customer_id, region)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Orders to try it with
# MAGIC The same file number gives the same orders each time.

# COMMAND ----------


def land_orders(file_number, count):
    """Land one file of orders, as a till would send it."""
    roll = random.Random(file_number).randint
    day = f"2026-03-{1 + file_number:02}"
    orders = [
        {
            "order_id": f"F{file_number}-{line}",
            "customer_id": roll(1, 4),
            "product_id": roll(101, 112),
            "quantity": roll(1, 5),
            "order_timestamp": f"{day} {roll(8, 19):02}:{roll(0, 59):02}:00",
        }
        for line in range(1, count + 1)
    ]
    text = "".join(json.dumps(order) + "\n" for order in orders)
    dbutils.fs.put(f"{landing}/sales_{file_number:03}.json", text, True)


land_orders(1, 10)
land_orders(2, 5)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Bronze: each line as it came

# COMMAND ----------


def run_bronze():
    """Take in the files that are new."""
    arrivals = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "json")
        .option("cloudFiles.schemaLocation", f"{folder}/schema")
        .load(landing)
        .withColumn("input_file", col("_metadata.file_path"))
        .withColumn("load_time", current_timestamp())
    )
    writer = arrivals.writeStream.option("checkpointLocation", f"{checkpoints}/bronze")
    writer.trigger(availableNow=True).toTable("bronze_sales_tbl").awaitTermination()


run_bronze()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Silver: types and regions

# COMMAND ----------


def run_silver():
    """Take the new bronze rows; what does not read as its type becomes NULL."""
    columns = ["order_id", "customer_id", "region", "product_id", "quantity"]
    orders = (
        spark.readStream.table("bronze_sales_tbl")
        .withColumn("customer_id", col("customer_id").try_cast("int"))
        .withColumn("quantity", col("quantity").try_cast("int"))
        .withColumn("order_date", col("order_timestamp").try_cast("date"))
        .join(spark.table("customers"), on="customer_id", how="left")
        .select(*columns, "order_date", "load_time")
    )
    writer = orders.writeStream.option("checkpointLocation", f"{checkpoints}/silver")
    writer.trigger(availableNow=True).toTable("silver_sales_tbl").awaitTermination()


run_silver()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Gold: pieces by region and day

# COMMAND ----------


def run_gold():
    """Sum up silver; a new order changes an old sum, so the table is written anew."""
    totals = (
        spark.readStream.table("silver_sales_tbl")
        .groupBy("region", "order_date")
        .agg(sum("quantity").alias("total_quantity"))
    )
    writer = totals.writeStream.outputMode("complete")
    writer = writer.option("checkpointLocation", f"{checkpoints}/gold")
    writer.trigger(availableNow=True).toTable("gold_sales_tbl").awaitTermination()


run_gold()

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT * FROM gold_sales_tbl ORDER BY order_date, region

# COMMAND ----------

# MAGIC %md
# MAGIC ## Does anything get lost?

# COMMAND ----------

landed = spark.read.text(landing).count()
kept = [spark.table(f"{layer}_sales_tbl").count() for layer in ("bronze", "silver")]
print("landed:", landed, "bronze:", kept[0], "silver:", kept[1])
assert kept == [landed, landed], "What landed is in bronze and in silver, once."
