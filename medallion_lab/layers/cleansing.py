"""Cleanse an order's texts, one decision a transform: names, spaces, case, numbers, times, money.

Each takes strings and returns the same rows; what cannot be read becomes NULL, and a rule says so later.
Term: cleansing.
Taught in: book/layers/silver.ipynb.
Source: https://spark.apache.org/docs/latest/api/python/reference/pyspark.sql/functions.html
"""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion_lab.layers.bronze import PAYLOAD

ALIASES = {
    "order_id": ("orderid", "order_no"),
    "customer_id": ("customerid", "cust_id"),
    "product_id": ("productid", "prod_id"),
    "quantity": ("qty",),
    "order_timestamp": ("ordertimestamp", "ordered_at"),
}
"""Other names under which a field has arrived, in lower case."""

# Space, tab, line end, and the space that spreadsheets put between a number and its unit.
SPACES = " \t\r\n\u00a0"

# \z, because for Java $ also stands before a last line end, of which Unicode has several.
WHOLE_NUMBER = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.0+)?\z"
"""A whole number has a sign or none, digits with commas or without, and nothing but zeros behind a point."""

# Each way to write a moment: what it looks like, and Spark's pattern for it. All are UTC but the one that
# says how far it is from UTC.
DAY, CLOCK = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
TIME_FORMATS = {
    rf"^{DAY} {CLOCK}\z": "yyyy-MM-dd HH:mm:ss",
    rf"^{DAY}T{CLOCK}Z\z": "yyyy-MM-dd'T'HH:mm:ssX",
    rf"^{DAY}T{CLOCK}[+-](0[0-9]|1[0-4]):[0-5][0-9]\z": "yyyy-MM-dd'T'HH:mm:ssXXX",
    rf"^[0-9]{{2}}\.[0-9]{{2}}\.[12][0-9]{{3}} {CLOCK}\z": "dd.MM.yyyy HH:mm:ss",
}
SECONDS_SINCE_1970 = r"^[0-9]{10}\z"


def recover_names(orders: DataFrame) -> DataFrame:
    """Fill a missing field from a rescued one that has its name in other capitals, or an alias.

    Parameters
    ----------
    orders : DataFrame
        Bronze rows: the payload and ``_rescued_data``, all strings. Batch or streaming.

    Returns
    -------
    DataFrame
        The same rows and columns. A field that is there stays as it is.
    """
    rescued = F.from_json("_rescued_data", "map<string,string>")
    # Sorted by the name as it came, so that of two names that differ in case the same one wins each time.
    entries = F.array_sort(F.map_entries("rescued"))
    orders = orders.withColumn("rescued", rescued).withColumn("rescued", entries)
    filled = {
        name: F.coalesce(name, *[_first_named(other) for other in (name, *ALIASES[name])]) for name in PAYLOAD
    }
    return orders.withColumns(filled).drop("rescued")


def _first_named(name: str) -> Column:
    """Return the first rescued value whose name is this one, without regard to case, and that is not null."""
    found = F.filter("rescued", lambda entry: (F.lower(entry["key"]) == name) & entry["value"].isNotNull())
    return F.get(found, F.lit(0))["value"]


def trim_texts(orders: DataFrame) -> DataFrame:
    """Take spaces off both ends of each field of the payload; a field of nothing else becomes NULL."""
    return orders.withColumns({name: F.nullif(F.trim(name, F.lit(SPACES)), F.lit("")) for name in PAYLOAD})


def conform_case(orders: DataFrame) -> DataFrame:
    """Write ``order_id`` in lower case, so that one order has one id."""
    return orders.withColumn("order_id", F.lower("order_id"))


def conform_numbers(orders: DataFrame) -> DataFrame:
    """Read whole numbers as people and programs write them: ``7``, ``+7``, ``7.0``, ``1,007``.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id, product_id, quantity``, all strings without spaces around them.

    Returns
    -------
    DataFrame
        The same rows with ``customer_id bigint, product_id bigint, quantity int``. A fraction, a word and a
        number too large for its type are NULL.
    """
    kinds = {"customer_id": "bigint", "product_id": "bigint", "quantity": "int"}
    return orders.withColumns(
        {name: whole_number(F.col(name)).try_cast(kind) for name, kind in kinds.items()}
    )


def whole_number(text: Column) -> Column:
    """Return the digits of a whole number, with its minus sign; NULL if the text is none."""
    return F.when(text.rlike(WHOLE_NUMBER), F.regexp_replace(text, r",|^\+|\.0+\z", ""))


def conform_times(orders: DataFrame) -> DataFrame:
    """Read ``order_timestamp`` in any of the forms of ``TIME_FORMATS``, or as seconds since 1970.

    Returns
    -------
    DataFrame
        The same rows with ``order_timestamp timestamp``; a day that is in no calendar is NULL.
    """
    text = F.col("order_timestamp")
    seconds = F.when(text.rlike(SECONDS_SINCE_1970), F.timestamp_seconds(text.try_cast("bigint")))
    return orders.withColumn(
        "order_timestamp",
        reduce(
            lambda found, form: found.when(text.rlike(form[0]), F.try_to_timestamp(text, F.lit(form[1]))),
            TIME_FORMATS.items(),
            F.when(F.lit(False), seconds),
        ).otherwise(seconds),
    )


def conform_money(rows: DataFrame, *, column: str) -> DataFrame:
    """Read an amount of money as people write it: ``$1,200.50``, ``1.200,50 €``, ``USD 12``.

    Parameters
    ----------
    rows : DataFrame
        Has ``column`` as string.
    column : str
        The column to read.

    Returns
    -------
    DataFrame
        The same rows with ``column decimal(12,2)``, without its currency: amounts in several currencies need
        a column for that first. Of ``.`` and ``,`` the last one is the decimal mark if two digits follow it;
        an amount with more than two digits behind its mark is NULL, because rounding would change it.
    """
    bare = F.trim(F.regexp_replace(column, "[A-Za-z$€£]", ""), F.lit(SPACES))
    comma = r"^[+-]?([0-9]{1,3}([.][0-9]{3})+|[0-9]+)(,[0-9]{2})?\z"
    point = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)([.][0-9]{2})?\z"
    amount = F.when(bare.rlike(point), F.replace(bare, F.lit(","), F.lit(""))).when(
        bare.rlike(comma), F.replace(F.replace(bare, F.lit("."), F.lit("")), F.lit(","), F.lit("."))
    )
    return rows.withColumn(column, amount.try_cast("decimal(12,2)"))


def cleanse(orders: DataFrame) -> DataFrame:
    """Return bronze rows with every step of this module that orders need, in order."""
    steps = (recover_names, trim_texts, conform_case, conform_numbers, conform_times)
    return reduce(lambda rows, step: rows.transform(step), steps, orders)
