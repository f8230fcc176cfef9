"""Send each order on to silver or to quarantine, by rules that are data.

A rule is a name and a condition in SQL, so it can be listed, counted and changed without a change in code.
Terms: quarantine, expectation.
Taught in: book/layers/silver.ipynb.
Source: https://docs.databricks.com/en/ldp/expectations.html (expectations) and
https://spark.apache.org/docs/latest/sql-ref-null-semantics.html (NULL in conditions).
"""

from collections.abc import Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion_lab.errors import NoRulesError

SALES_RULES = {
    "line_is_readable": "get_json_object(_rescued_data, '$._corrupt_record') IS NULL"
    " AND get_json_object(_rescued_data, '$._corrupt_record_base64') IS NULL",
    # The length too: for Java a line end, of which Unicode has several, may stand behind what $ marks.
    "order_id_is_uuid": "order_id RLIKE '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'"
    " AND length(order_id) = 36",
    "customer_is_known": "region IS NOT NULL",
    "product_is_known": "product_name IS NOT NULL",
    "quantity_is_positive": "quantity > 0",
    # Fixed bounds: a rule that looks at the clock would judge the same order differently on replay.
    "order_time_is_plausible": "order_timestamp >= TIMESTAMP'2020-01-01 00:00:00'"
    " AND order_timestamp < TIMESTAMP'2100-01-01 00:00:00'",
}
"""What a good order of the shop meets, as rule name -> SQL condition over cleansed, enriched orders."""


def label_failed_rules(orders: DataFrame, *, rules: Mapping[str, str]) -> DataFrame:
    """Name every rule that each order breaks.

    Parameters
    ----------
    orders : DataFrame
        One row per order, with every column that the rules mention. Batch or streaming.
    rules : mapping of str to str
        Rule name -> the SQL condition that a good order meets.

    Returns
    -------
    DataFrame
        The same rows and columns, plus ``failed_rules: array<string>`` (empty for a good order), in the
        order of the rules.

    Raises
    ------
    NoRulesError
        If ``rules`` is empty, because then every order would pass unjudged.
    """
    if not rules:
        raise NoRulesError(
            got="0 rules", needed="at least one", next_step="pass rules=SALES_RULES, or a dict of your own"
        )
    # For a NULL quantity SQL answers NULL, not false: here "cannot tell" counts as broken.
    holds = {name: F.coalesce(F.expr(rule), F.lit(False)) for name, rule in rules.items()}
    broken = [F.when(~met, F.lit(name)) for name, met in holds.items()]
    return orders.withColumn("failed_rules", F.array_compact(F.array(*broken)))


def keep_valid(labelled: DataFrame) -> DataFrame:
    """Return the orders that break no rule, without ``failed_rules``: these go on to silver."""
    return labelled.where(F.size("failed_rules") == 0).drop("failed_rules")


def keep_quarantined(labelled: DataFrame) -> DataFrame:
    """Return the orders that break a rule, with ``failed_rules``: these wait for a person."""
    return labelled.where(F.size("failed_rules") > 0)
