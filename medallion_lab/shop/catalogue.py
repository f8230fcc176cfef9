"""The shop's reference data: who buys, and what is sold.

Both frames are SQL literals: ``createDataFrame`` would start Python workers, and a reader would wait for
them.
Term: reference table.
Taught in: book/foundations/the_lab.ipynb.
"""

from pyspark.sql import DataFrame, SparkSession

CUSTOMERS = (
    (1, "Alice", "North"),
    (2, "Bob", "South"),
    (3, "Charlie", "East"),
    (4, "Diana", "West"),
    (5, "Eve", "North"),
    (6, "Frank", "South"),
    (7, "Grace", "East"),
    (8, "Hank", "West"),
    (9, "Ivy", "North"),
    (10, "Jack", "South"),
    (11, "Kathy", "East"),
    (12, "Leo", "West"),
    (13, "Mona", "North"),
    (14, "Nina", "South"),
    (15, "Oscar", "East"),
)
"""Customer number, name and region, one a row."""

PRODUCTS = (
    (101, "Laptop", 800),
    (102, "Mouse", 25),
    (103, "Keyboard", 45),
    (104, "Monitor", 180),
    (105, "Headphones", 60),
    (106, "Webcam", 70),
    (107, "Printer", 150),
    (108, "Tablet", 300),
    (109, "Smartphone", 600),
    (110, "Speakers", 120),
    (111, "Router", 90),
    (112, "External Hard Drive", 100),
)
"""Product number, name and price in dollars, one a row."""


def customers(spark: SparkSession) -> DataFrame:
    """Return the 15 customers: ``customer_id bigint, customer_name string, region string``."""
    rows = ", ".join(f"({customer_id}L, '{name}', '{region}')" for customer_id, name, region in CUSTOMERS)
    return spark.sql(f"SELECT * FROM VALUES {rows} AS customers(customer_id, customer_name, region)")


def products(spark: SparkSession) -> DataFrame:
    """Return the 12 products: ``product_id bigint, product_name string, unit_price bigint`` (dollars)."""
    rows = ", ".join(f"({product_id}L, '{name}', {price}L)" for product_id, name, price in PRODUCTS)
    return spark.sql(f"SELECT * FROM VALUES {rows} AS products(product_id, product_name, unit_price)")
