"""A shop of seven orders, and by hand what every table must hold of them: checked by eye, made by no layer.

Two files, each one micro-batch of bronze. Order A lands twice, B is corrected, C has no quantity that may be,
one line is no JSON, and D names its fields in another way.
"""

import json
from datetime import UTC, date, datetime

from medallion_lab.runtime.workspace import (
    BRONZE_TABLE,
    DATABASE,
    GOLD_FEATURES_TABLE,
    GOLD_REVENUE_TABLE,
    GOLD_TABLE,
    QUARANTINE_TABLE,
    SILVER_TABLE,
)

A, B, C, D = (f"{letter * 8}-0000-4000-8000-000000000000" for letter in "abcd")
ONE, TWO = "sales_000001.json", "sales_000002.json"
FIRST, SECOND = (datetime(2026, 3, 4, 0, minute, tzinfo=UTC) for minute in (1, 2))
MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


def order(order_id, customer_id, product_id, quantity, order_timestamp):
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "product_id": product_id,
        "quantity": quantity,
        "order_timestamp": order_timestamp,
    }


ORDER_A = json.dumps(order(A, 1, 101, 2, "2026-03-02 10:00:00"))
LANDED = {
    ONE: [
        ORDER_A,
        ORDER_A,
        "",
        "half an ord",
        json.dumps(order(B, 2, 102, 3, "2026-03-02 11:00:00")),
    ],
    TWO: [
        json.dumps(order(B.upper(), 2, 102, 5, "2026-03-02 12:00:00")),
        json.dumps(order(C, 3, 103, -1, "2026-03-02 12:00:00")),
        json.dumps({"ORDER_NO": D, "cust_id": "1", "Product_ID": 102, "qty": 1, "ordered_at": 1772528400}),
    ],
}


def rescued(file, **fields):
    return json.dumps(fields | {"_file_path": f"file:/landing/{file}"})


BRONZE = {
    "A": (A, "1", "101", "2", "2026-03-02 10:00:00", None, f"file:/landing/{ONE}", FIRST),
    "no JSON": (
        *[None] * 5,
        rescued(ONE, _corrupt_record="half an ord"),
        f"file:/landing/{ONE}",
        FIRST,
    ),
    "B": (B, "2", "102", "3", "2026-03-02 11:00:00", None, f"file:/landing/{ONE}", FIRST),
    "B corrected": (
        B.upper(),
        "2",
        "102",
        "5",
        "2026-03-02 12:00:00",
        None,
        f"file:/landing/{TWO}",
        SECOND,
    ),
    "C": (C, "3", "103", "-1", "2026-03-02 12:00:00", None, f"file:/landing/{TWO}", SECOND),
    "D": (
        *[None] * 5,
        rescued(TWO, ORDER_NO=D, cust_id="1", Product_ID=102, qty=1, ordered_at=1772528400),
        f"file:/landing/{TWO}",
        SECOND,
    ),
}
ALL_BROKEN = [
    "line_is_readable",
    "order_id_is_uuid",
    "customer_is_known",
    "product_is_known",
    "quantity_is_positive",
    "order_time_is_plausible",
]
SILVER_A = (A, 1, "North", 101, 2, datetime(2026, 3, 2, 10, tzinfo=UTC), MONDAY, FIRST)
SILVER_B = (B, 2, "South", 102, 5, datetime(2026, 3, 2, 12, tzinfo=UTC), MONDAY, SECOND)
SILVER_D = (D, 1, "North", 102, 1, datetime(2026, 3, 3, 9, tzinfo=UTC), TUESDAY, SECOND)
QUARANTINED_NO_JSON = (*BRONZE["no JSON"], ALL_BROKEN)
QUARANTINED_C = (*BRONZE["C"], ["quantity_is_positive"])

RIGHT = {
    BRONZE_TABLE: [BRONZE["A"], *BRONZE.values()],
    SILVER_TABLE: [SILVER_A, SILVER_B, SILVER_D],
    QUARANTINE_TABLE: [QUARANTINED_NO_JSON, QUARANTINED_C],
    GOLD_TABLE: [("North", MONDAY, 2), ("South", MONDAY, 5), ("North", TUESDAY, 1)],
    GOLD_REVENUE_TABLE: [
        ("North", MONDAY, 101, "Laptop", 1, 2, 1600),
        ("South", MONDAY, 102, "Mouse", 1, 5, 125),
        ("North", TUESDAY, 102, "Mouse", 1, 1, 25),
    ],
    GOLD_FEATURES_TABLE: [
        (1, "North", 2, 3, 1625, 2, MONDAY, TUESDAY),
        (2, "South", 1, 5, 125, 1, MONDAY, MONDAY),
    ],
}
PAYLOAD = (
    "order_id string, customer_id string, product_id string, quantity string, order_timestamp string, "
    "_rescued_data string, input_file string, load_time timestamp"
)
SCHEMAS = {
    BRONZE_TABLE: PAYLOAD,
    SILVER_TABLE: "order_id string, customer_id bigint, region string, product_id bigint, quantity int, "
    "order_timestamp timestamp, order_date date, load_time timestamp",
    QUARANTINE_TABLE: f"{PAYLOAD}, failed_rules array<string>",
    GOLD_TABLE: "region string, order_date date, total_quantity bigint",
    GOLD_REVENUE_TABLE: "region string, order_date date, product_id bigint, product_name string, "
    "orders bigint, total_quantity bigint, revenue bigint",
    GOLD_FEATURES_TABLE: "customer_id bigint, region string, orders bigint, total_quantity bigint, "
    "revenue bigint, products bigint, first_order_date date, last_order_date date",
}


def in_folders(tables, workspace):
    """Land the two files under one name in two folders, and give every table the rows that say so."""
    address = {}
    for file, folder in ((ONE, "monday"), (TWO, "monday/late")):
        (workspace.landing / folder).mkdir()
        moved = (workspace.landing / file).rename(workspace.landing / folder / "1.json")
        address[f"file:/landing/{file}"] = f"file://{moved}"
    tables.hold(**{name: [tuple(address.get(str(value), value) for value in row) for row in rows]
                   for name, rows in RIGHT.items()})  # fmt: skip


class HandMadeTables:
    """Delta tables whose rows a test chooses."""

    def __init__(self, spark, workspace):
        self.spark, self.workspace = spark, workspace
        for name, lines in LANDED.items():
            self.land(name, *lines)

    def land(self, name, *lines):
        """Land these lines, each text or bytes, as a file of this name."""
        encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
        (self.workspace.landing / name).write_bytes(b"".join(line + b"\n" for line in encoded))

    def hold(self, *names, **wrong):
        """Give these tables their right rows, or each that is given by name the rows that are given.

        They are views of literals: to read one takes no time, and how Delta is read is not the question here.
        """
        for name, rows in ({name: RIGHT[name] for name in names} | wrong).items():
            columns = dict(column.rsplit(" ", 1) for column in SCHEMAS[name].split(", "))
            values = ", ".join(
                f"({', '.join(map(_literal, row))})" for row in rows or [[None] * len(columns)]
            )
            selected = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns.items())
            self.spark.sql(
                f"CREATE OR REPLACE VIEW {DATABASE}.{name} AS SELECT {selected} "
                f"FROM VALUES {values} AS rows({', '.join(columns)}) WHERE {bool(rows)}"
            )

    def hold_in_delta(self):
        """Write every table, with its right rows, as it is in the lab."""
        for name, rows in RIGHT.items():
            self.spark.createDataFrame(rows, SCHEMAS[name]).write.saveAsTable(f"{DATABASE}.{name}")


def _literal(value):
    match value:
        case None:
            return "NULL"
        case datetime():
            return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'"
        case date():
            return f"DATE '{value}'"
        case list():
            return f"array({', '.join(map(_literal, value))})"
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case _:
            return str(value)
