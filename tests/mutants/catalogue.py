"""The mutants: each a mistake that a person could make in a transform, and the tests that have to notice.

A mutant of a function whose source a chapter shows is not tried on that chapter: the page would differ by its
text alone.
"""

from dataclasses import dataclass
from pathlib import Path

from medallion_lab.errors import MedallionLabError


class MutantError(MedallionLabError):
    """A mutant cannot be made, or what it is compared with does not hold."""


@dataclass(frozen=True)
class Mutant:
    """One mistake.

    Attributes
    ----------
    name : str
        What is broken, as a short sentence.
    path : str
        The file, from the root of the repository.
    before, after : str
        The text that is right, which stands in the file exactly once, and the wrong one in its place.
    tests : tuple of str
        Test files, single tests (``file::test``) or chapters, the quickest first.
    """

    name: str
    path: str
    before: str
    after: str
    tests: tuple[str, ...]

    def source(self, root: Path) -> str:
        """Return the file's text with the mistake in it.

        Raises
        ------
        MutantError
            If the file is not there, or does not hold the right text exactly once.
        """
        file = root / self.path
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        times = text.count(self.before)
        if times != 1:
            raise MutantError(
                got=f"mutant {self.name!r}, whose text stands {times} times in {self.path}: {self.before!r}",
                needed="a text that is there exactly once",
                next_step="give the mutant in tests/mutants/catalogue.py the text as the file has it now",
            )
        return text.replace(self.before, self.after)


def _layer(name: str) -> tuple[str, tuple[str, ...]]:
    return f"medallion_lab/layers/{name}.py", (f"tests/unit/layers/test_{name}.py",)


BRONZE, BRONZE_TESTS = _layer("bronze")
SILVER, SILVER_TESTS = _layer("silver")
GOLD, GOLD_TESTS = _layer("gold")
CLEANSING, CLEANSING_TESTS = _layer("cleansing")
QUALITY, QUALITY_TESTS = _layer("quality")
EXACT_SILVER, _ = _layer("exact_silver")
INCREMENTAL_GOLD, _ = _layer("incremental_gold")
WRITING, WRITING_TESTS = _layer("writing")
FITTING = "medallion_lab/autoloader/fitting.py"
JSON_RECORDS = "medallion_lab/autoloader/json_records.py"
RECORD_TESTS = ("tests/unit/autoloader/test_records.py",)
INTRODUCTION = ("book/foundations/introduction.ipynb",)


def _test(layer: str, name: str) -> tuple[str, ...]:
    """Return one test of a file in which many are slow."""
    return (f"tests/unit/layers/test_{layer}.py::{name}",)


LIVE = _test("pipeline", "test_live_streams_carry_every_order_into_gold")

IN_BRONZE = (
    Mutant(
        "bronze does not keep what has no column",
        BRONZE,
        '"cloudFiles.schemaEvolutionMode": "rescue"',
        '"cloudFiles.schemaEvolutionMode": "none"',
        INTRODUCTION,
    ),
    Mutant(
        "bronze notes the file's name without its folder",
        BRONZE,
        "F.input_file_name()",
        'F.substring_index(F.input_file_name(), "/", -1)',
        BRONZE_TESTS,
    ),
    Mutant(
        "the load time is the order's own time",
        BRONZE,
        "F.current_timestamp()",
        'F.try_to_timestamp("order_timestamp")',
        BRONZE_TESTS,
    ),
    Mutant(
        "a line in single quotes passes for JSON",
        BRONZE,
        '"allowSingleQuotes": "false"',
        '"allowSingleQuotes": "true"',
        BRONZE_TESTS,
    ),
    Mutant(
        "NaN passes for a number of JSON",
        BRONZE,
        '"allowNonNumericNumbers": "false"',
        '"allowNonNumericNumbers": "true"',
        BRONZE_TESTS,
    ),
    Mutant(
        "bronze reads whatever lies in the landing folder",
        BRONZE,
        '"pathGlobFilter": "*.json{,.gz,.bz2}"',
        '"pathGlobFilter": "*"',
        _test("pipeline", "test_files_outside_the_landing_pattern_are_not_read"),
    ),
)

IN_SILVER = (
    Mutant(
        "the join with customers drops unknown customers",
        SILVER,
        'on="customer_id", how="left"',
        'on="customer_id", how="inner"',
        SILVER_TESTS,
    ),
    Mutant(
        "the order date is the day of loading",
        SILVER,
        'F.to_date("order_timestamp")',
        'F.to_date("load_time")',
        SILVER_TESTS,
    ),
    Mutant(
        "the order date is the day in New York",
        SILVER,
        'F.to_date("order_timestamp")',
        'F.to_date(F.from_utc_timestamp("order_timestamp", "America/New_York"))',
        (*SILVER_TESTS, *INTRODUCTION),
    ),
    Mutant(
        "times are read with a clock of twelve hours",
        SILVER,
        '"yyyy-MM-dd HH:mm:ss"',
        '"yyyy-MM-dd hh:mm:ss"',
        SILVER_TESTS,
    ),
    Mutant(
        "half a piece is a quantity",
        SILVER,
        'F.col("quantity").try_cast("int")',
        'F.col("quantity").try_cast("double")',
        SILVER_TESTS,
    ),
    Mutant(
        "a word where a number should be stops the stream",
        SILVER,
        'F.col("customer_id").try_cast("bigint")',
        'F.col("customer_id").cast("bigint")',
        SILVER_TESTS,
    ),
)

IN_GOLD = (
    Mutant(
        "gold counts orders instead of summing pieces",
        GOLD,
        'F.sum("quantity")',
        'F.count("quantity")',
        GOLD_TESTS,
    ),
    Mutant(
        "gold sums equal quantities once",
        GOLD,
        'F.sum("quantity")',
        'F.sum_distinct("quantity")',
        GOLD_TESTS,
    ),
    Mutant(
        "gold takes an unknown quantity for one piece",
        GOLD,
        'F.sum("quantity")',
        'F.sum(F.coalesce("quantity", F.lit(1)))',
        GOLD_TESTS,
    ),
    Mutant(
        "gold leaves out orders without a region",
        GOLD,
        'orders.groupBy("region", "order_date")',
        'orders.dropna(subset="region").groupBy("region", "order_date")',
        GOLD_TESTS,
    ),
    Mutant(
        "gold appends sums instead of replacing them",
        GOLD,
        'output_mode="complete"',
        'output_mode="append"',
        LIVE,
    ),
)

IN_CLEANSING = (
    Mutant(
        "spaces around a text stay",
        CLEANSING,
        'F.nullif(F.trim(name, F.lit(SPACES)), F.lit(""))',
        'F.nullif(F.col(name), F.lit(""))',
        CLEANSING_TESTS,
    ),
    Mutant(
        "only spaces, tabs and line ends count as space",
        CLEANSING,
        r'SPACES = " \t\r\n\u00a0"',
        r'SPACES = " \t\r\n"',
        CLEANSING_TESTS,
    ),
    Mutant(
        "a text of spaces alone stays an empty text",
        CLEANSING,
        'F.nullif(F.trim(name, F.lit(SPACES)), F.lit(""))',
        "F.trim(name, F.lit(SPACES))",
        CLEANSING_TESTS,
    ),
    Mutant(
        "order ids keep their capitals",
        CLEANSING,
        'F.lower("order_id")',
        'F.col("order_id")',
        CLEANSING_TESTS,
    ),
    Mutant(
        "a comma between thousands makes a number unreadable",
        CLEANSING,
        r'r",|^\+|\.0+\z"',
        r'r"^\+|\.0+\z"',
        CLEANSING_TESTS,
    ),
    Mutant(
        "customer ids have the room of a quantity",
        CLEANSING,
        '{"customer_id": "bigint"',
        '{"customer_id": "int"',
        CLEANSING_TESTS,
    ),
    Mutant(
        "day and month change places",
        CLEANSING,
        '"dd.MM.yyyy HH:mm:ss"',
        '"MM.dd.yyyy HH:mm:ss"',
        CLEANSING_TESTS,
    ),
    Mutant(
        "seconds since 1970 are read as milliseconds",
        CLEANSING,
        "F.timestamp_seconds(",
        "F.timestamp_millis(",
        CLEANSING_TESTS,
    ),
    Mutant(
        "an alias comes before the field's own name",
        CLEANSING,
        "(name, *ALIASES[name])",
        "(*ALIASES[name], name)",
        CLEANSING_TESTS,
    ),
    Mutant(
        "a rescued field replaces one that is there",
        CLEANSING,
        "F.coalesce(name, *[_first_named(other) for other in (name, *ALIASES[name])])",
        "F.coalesce(*[_first_named(other) for other in (name, *ALIASES[name])], name)",
        CLEANSING_TESTS,
    ),
    Mutant(
        "a rescued null hides the value behind it",
        CLEANSING,
        '(F.lower(entry["key"]) == name) & entry["value"].isNotNull()',
        'F.lower(entry["key"]) == name',
        CLEANSING_TESTS,
    ),
    Mutant(
        "a rescued name in other capitals is not found",
        CLEANSING,
        'F.lower(entry["key"])',
        'entry["key"]',
        CLEANSING_TESTS,
    ),
    Mutant(
        "of two rescued names the first on the line wins",
        CLEANSING,
        'F.array_sort(F.map_entries("rescued"))',
        'F.map_entries("rescued")',
        CLEANSING_TESTS,
    ),
    Mutant(
        "points between thousands make an amount unreadable",
        CLEANSING,
        'F.replace(F.replace(bare, F.lit("."), F.lit("")), F.lit(","), F.lit("."))',
        'F.replace(bare, F.lit(","), F.lit("."))',
        CLEANSING_TESTS,
    ),
    Mutant(
        "rescued fields are found after the trimming",
        CLEANSING,
        "(recover_names, trim_texts,",
        "(trim_texts, recover_names,",
        CLEANSING_TESTS,
    ),
    Mutant(
        "one cleansing step is left out",
        CLEANSING,
        "trim_texts, conform_case, conform_numbers",
        "trim_texts, conform_numbers",
        _test("exact_silver", "test_a_bronze_row_is_kept_as_received_beside_what_was_made_of_it"),
    ),
)

IN_QUALITY = (
    Mutant(
        "a rule that cannot tell counts as met",
        QUALITY,
        "F.coalesce(F.expr(rule), F.lit(False))",
        "F.coalesce(F.expr(rule), F.lit(True))",
        QUALITY_TESTS,
    ),
    Mutant(
        "an order of no pieces is valid",
        QUALITY,
        '"quantity > 0"',
        '"quantity >= 0"',
        QUALITY_TESTS,
    ),
    Mutant(
        "the first plausible second is refused",
        QUALITY,
        "order_timestamp >= TIMESTAMP'2020",
        "order_timestamp > TIMESTAMP'2020",
        QUALITY_TESTS,
    ),
    Mutant(
        "the first second of 2100 is plausible",
        QUALITY,
        "order_timestamp < TIMESTAMP'2100",
        "order_timestamp <= TIMESTAMP'2100",
        QUALITY_TESTS,
    ),
    Mutant(
        "a line whose bytes are no text is readable",
        QUALITY,
        "\n    \" AND get_json_object(_rescued_data, '$._corrupt_record_base64') IS NULL\"",
        "",
        QUALITY_TESTS,
    ),
    Mutant(
        "no rule asks for a known customer",
        QUALITY,
        '    "customer_is_known": "region IS NOT NULL",\n',
        "",
        QUALITY_TESTS,
    ),
    Mutant(
        "only unknown products are known",
        QUALITY,
        '"product_name IS NOT NULL"',
        '"product_name IS NULL"',
        QUALITY_TESTS,
    ),
    Mutant(
        "an id may have a line separator behind it",
        QUALITY,
        '\n    " AND length(order_id) = 36"',
        "",
        QUALITY_TESTS,
    ),
    Mutant(
        "every rule is named, broken or not",
        QUALITY,
        "F.array_compact(F.array(*broken))",
        "F.array(*broken)",
        QUALITY_TESTS,
    ),
    Mutant(
        "one broken rule is forgiven",
        QUALITY,
        'F.size("failed_rules") == 0',
        'F.size("failed_rules") <= 1',
        QUALITY_TESTS,
    ),
    Mutant(
        "an order that breaks one rule is in neither table",
        QUALITY,
        'F.size("failed_rules") > 0',
        'F.size("failed_rules") > 1',
        QUALITY_TESTS,
    ),
)

IN_EXACT_SILVER = (
    Mutant(
        "the join with products drops unknown products",
        EXACT_SILVER,
        'on="product_id", how="left"',
        'on="product_id", how="inner"',
        _test("exact_silver", "test_an_order_of_an_unknown_customer_or_product_is_judged_and_not_dropped"),
    ),
    Mutant(
        "the greater quantity wins, not the later version",
        EXACT_SILVER,
        'CONTENT = ("order_timestamp", "customer_id", "product_id", "quantity")',
        'CONTENT = ("quantity", "order_timestamp", "customer_id", "product_id")',
        _test("exact_silver", "test_of_two_versions_the_later_one_stays_whichever_came_first"),
    ),
    Mutant(
        "of two versions of one second the first one stays",
        EXACT_SILVER,
        'CONTENT = ("order_timestamp", "customer_id", "product_id", "quantity")',
        'CONTENT = ("order_timestamp",)',
        _test("exact_silver", "test_of_two_versions_of_one_second_the_greater_stays_whichever_came_first"),
    ),
    Mutant(
        "the earliest version stays",
        EXACT_SILVER,
        "F.max_by(",
        "F.min_by(",
        _test("exact_silver", "test_of_two_versions_the_later_one_stays_whichever_came_first"),
    ),
    Mutant(
        "of exact copies the one loaded last stays",
        EXACT_SILVER,
        '-F.unix_micros("load_time")',
        'F.unix_micros("load_time")',
        _test("exact_silver", "test_of_exact_copies_the_one_that_was_loaded_first_stays"),
    ),
    Mutant(
        "copies within one micro-batch are all inserted",
        EXACT_SILVER,
        "orders = work_out(deduplicate(valid))",
        "orders = work_out(valid)",
        _test("exact_silver", "test_copies_in_one_micro_batch_make_one_row"),
    ),
    Mutant(
        "a repeated micro-batch is quarantined twice",
        EXACT_SILVER,
        "rows.write.options(**numbered)",
        "rows.write",
        _test("exact_silver", "test_a_micro_batch_that_is_written_twice_leaves_what_it_left_once"),
    ),
    Mutant(
        "all checkpoints share one numbering",
        EXACT_SILVER,
        '"txnAppId": application',
        '"txnAppId": "silver"',
        _test("exact_silver", "test_another_checkpoint_begins_at_0_again_and_is_not_passed_over"),
    ),
    Mutant(
        "every micro-batch has the same number",
        EXACT_SILVER,
        '"txnVersion": batch_id',
        '"txnVersion": 0',
        _test("exact_silver", "test_the_next_micro_batch_is_quarantined_too"),
    ),
    Mutant(
        "each micro-batch replaces the quarantine",
        EXACT_SILVER,
        '.mode("append")',
        '.mode("overwrite")',
        _test("exact_silver", "test_the_next_micro_batch_is_quarantined_too"),
    ),
    Mutant(
        "whatever arrives last takes the order's place",
        EXACT_SILVER,
        'whenMatchedUpdateAll(condition=is_greater("order", "silver"))',
        "whenMatchedUpdateAll()",
        _test("exact_silver", "test_a_later_version_replaces_the_row_and_an_earlier_one_does_not"),
    ),
    Mutant(
        "a correction changes nothing",
        EXACT_SILVER,
        'merge.whenMatchedUpdateAll(condition=is_greater("order", "silver")).execute()',
        "pass",
        _test("exact_silver", "test_a_later_version_replaces_the_row_and_an_earlier_one_does_not"),
    ),
    Mutant(
        "new orders are not inserted",
        EXACT_SILVER,
        "merge.execute().collect()[0].num_inserted_rows",
        "0",
        _test("exact_silver", "test_copies_in_one_micro_batch_make_one_row"),
    ),
    Mutant(
        "a correction beside a new order is forgotten",
        EXACT_SILVER,
        "insert_new(orders) < orders.count()",
        "insert_new(orders) == 0",
        _test("exact_silver", "test_a_new_order_and_a_correction_in_one_micro_batch_are_both_written"),
    ),
    Mutant(
        "a delivery that is repeated rewrites silver",
        EXACT_SILVER,
        "merge = _merge_into_silver(orders).whenNotMatchedInsertAll()",
        "merge = _merge_into_silver(orders).whenMatchedUpdateAll(condition=is_greater('order', 'silver'))"
        ".whenNotMatchedInsertAll()",
        _test("exact_silver", "test_a_delivery_that_is_repeated_beside_a_new_order_rewrites_no_file"),
    ),
    Mutant(
        "an equal copy writes its order again",
        EXACT_SILVER,
        "return first > second",
        "return first >= second",
        _test("exact_silver", "test_a_copy_that_comes_later_leaves_the_row_as_it_was_loaded"),
    ),
    Mutant(
        "of many orders only the first are looked for in silver",
        EXACT_SILVER,
        "return same if len(ids) > MOST_NAMED else same &",
        "return same &",
        _test("exact_silver", "test_a_repeated_delivery_of_more_orders_than_are_named_is_found_whole"),
    ),
    Mutant(
        "the quarantine holds the cleansed row",
        EXACT_SILVER,
        'bronze_orders.withColumn("as_received", F.struct("*"))\n        .transform(cleanse)',
        'bronze_orders.transform(cleanse)\n        .withColumn("as_received", F.struct("*"))',
        _test("exact_silver", "test_a_bronze_row_is_kept_as_received_beside_what_was_made_of_it"),
    ),
)

IN_INCREMENTAL_GOLD = (
    Mutant(
        "revenue ignores the price",
        INCREMENTAL_GOLD,
        'revenue = (F.col("total_quantity") * F.col("unit_price"))',
        'revenue = F.col("total_quantity")',
        _test("incremental_gold", "test_revenue_is_quantity_times_price_by_region_day_and_product"),
    ),
    Mutant(
        "revenue is orders times price",
        INCREMENTAL_GOLD,
        'revenue = (F.col("total_quantity") * F.col("unit_price"))',
        'revenue = (F.col("orders") * F.col("unit_price"))',
        _test("incremental_gold", "test_revenue_is_quantity_times_price_by_region_day_and_product"),
    ),
    Mutant(
        "a product bought twice counts as two",
        INCREMENTAL_GOLD,
        'F.count_distinct("product_id")',
        'F.count("product_id")',
        _test("incremental_gold", "test_a_customer_is_described_by_all_of_their_orders"),
    ),
    Mutant(
        "a customer's first day is their last",
        INCREMENTAL_GOLD,
        'F.min("order_date").alias("first_order_date")',
        'F.max("order_date").alias("first_order_date")',
        _test("incremental_gold", "test_a_customer_is_described_by_all_of_their_orders"),
    ),
    Mutant(
        "a day's new sums stand beside the old ones",
        INCREMENTAL_GOLD,
        'sums.write.mode("overwrite").option("replaceWhere", on_days(days))',
        'sums.write.mode("append")',
        _test(
            "incremental_gold",
            "test_only_the_days_that_are_named_are_replaced_and_one_without_orders_is_emptied",
        ),
    ),
    Mutant(
        "the days that did not change are lost",
        INCREMENTAL_GOLD,
        '.option("replaceWhere", on_days(days))',
        "",
        _test(
            "incremental_gold",
            "test_only_the_days_that_are_named_are_replaced_and_one_without_orders_is_emptied",
        ),
    ),
    Mutant(
        "only the changed orders of a day are summed",
        INCREMENTAL_GOLD,
        'orders = spark.table(f"{DATABASE}.{SILVER_TABLE}").where(',
        "orders = changes.where(",
        _test(
            "incremental_gold",
            "test_a_correction_that_moves_an_order_to_another_day_changes_both_days_and_no_third_one",
        ),
    ),
    Mutant(
        "the day that an order left is not summed again",
        INCREMENTAL_GOLD,
        'in changes.select("order_date")',
        'in changes.where("_change_type != \'update_preimage\'").select("order_date")',
        _test(
            "incremental_gold",
            "test_a_correction_that_moves_an_order_to_another_day_changes_both_days_and_no_third_one",
        ),
    ),
    Mutant(
        "of many days the last one is left out",
        INCREMENTAL_GOLD,
        "order_date <= DATE'{max(days)}'",
        "order_date < DATE'{max(days)}'",
        _test("incremental_gold", "test_more_days_than_can_be_named_are_replaced_from_the_first_to_the_last"),
    ),
    Mutant(
        "incremental gold sums orders instead of pieces",
        INCREMENTAL_GOLD,
        'sums.withColumnRenamed("total_quantity", "quantity")',
        'sums.withColumnRenamed("orders", "quantity")',
        _test(
            "incremental_gold",
            "test_a_correction_that_moves_an_order_to_another_day_changes_both_days_and_no_third_one",
        ),
    ),
    Mutant(
        "revenue is summed over all products of a day",
        INCREMENTAL_GOLD,
        'orders.groupBy("region", "order_date", "product_id").agg(*counts)',
        'orders.groupBy("region", "order_date").agg(F.min("product_id").alias("product_id"), *counts)',
        _test("incremental_gold", "test_revenue_is_quantity_times_price_by_region_day_and_product"),
    ),
    Mutant(
        "a write that fails goes unnoticed",
        "medallion_lab/runtime/session.py",
        "one.result()",
        "one.done()",
        _test("incremental_gold", "test_a_gold_table_that_cannot_be_written_fails_the_micro_batch"),
    ),
    Mutant(
        "features are added to those of the last time",
        INCREMENTAL_GOLD,
        'features.write.mode("overwrite")',
        'features.write.mode("append")',
        _test("incremental_gold", "test_features_are_written_anew_each_time"),
    ),
)

IN_WRITING = (
    Mutant(
        "a stream that starts again empties its table",
        WRITING,
        "CREATE TABLE IF NOT EXISTS",
        "CREATE OR REPLACE TABLE",
        _test("pipeline", "test_a_scheduled_run_that_finds_nothing_new_changes_nothing"),
    ),
    Mutant(
        "a stream of the same name goes on running",
        WRITING,
        "        running.stop()\n",
        "        return\n",
        _test("pipeline", "test_a_stream_that_is_started_twice_runs_once"),
    ),
    Mutant(
        "a stream that starts stops all others",
        WRITING,
        "if query.name == name)",
        "if query.name is not None)",
        LIVE,
    ),
    Mutant(
        "a live stream ends with what is there",
        WRITING,
        "return writer.trigger(availableNow=True) if available_now else writer",
        "return writer.trigger(availableNow=True)",
        LIVE,
    ),
    Mutant(
        "a new checkpoint numbers under the old one's name",
        WRITING,
        'application=json.loads(identity.read_text())["id"]',
        "application=name",
        WRITING_TESTS,
    ),
    Mutant(
        "the simple form goes on with the exact form's tables",
        WRITING,
        "if has_form(spark, exact=not exact):",
        "if exact and has_form(spark, exact=not exact):",
        WRITING_TESTS,
    ),
    Mutant(
        "a table is made without its properties",
        WRITING,
        '        statement += f" TBLPROPERTIES ({pairs})"\n',
        "",
        WRITING_TESTS,
    ),
)

IN_AUTOLOADER = (
    Mutant(
        "rescued data does not say from which file",
        FITTING,
        "F.concat(fields, F.array(path))",
        "fields",
        RECORD_TESTS,
    ),
    Mutant(
        "bytes that are no text are not kept",
        FITTING,
        '            data.alias("_corrupt_record_base64"),\n',
        "",
        RECORD_TESTS,
    ),
    Mutant(
        "of a key that stands twice one value is lost",
        JSON_RECORDS,
        'no_key_twice & F.col("variants").isNotNull()',
        'F.col("variants").isNotNull()',
        RECORD_TESTS,
    ),
)

IN_LAB = (
    Mutant(
        "a layer starts before the one that it reads has ended",
        "medallion_lab/layers/writing.py",
        "after.awaitTermination()",
        "after.isActive",
        _test("writing", "test_a_stream_after_one_that_fails_does_not_start_and_the_error_comes_out"),
    ),
    Mutant(
        "what is left of a table that was being created stays in the way",
        "medallion_lab/layers/registering.py",
        "        shutil.rmtree(table)\n",
        "        pass\n",
        ("tests/unit/test_lab.py::test_a_table_whose_creation_was_cut_short_is_created_by_the_next_start",),
    ),
    Mutant(
        "a folder with rows and a log without a version is removed",
        "medallion_lab/layers/registering.py",
        'if all(path.name.startswith(".") for path in files)',
        "if files or not files",
        ("tests/unit/test_lab.py::test_a_table_whose_creation_was_cut_short_is_created_by_the_next_start",),
    ),
)

MUTANTS = (
    *IN_BRONZE,
    *IN_SILVER,
    *IN_GOLD,
    *IN_CLEANSING,
    *IN_QUALITY,
    *IN_EXACT_SILVER,
    *IN_INCREMENTAL_GOLD,
    *IN_WRITING,
    *IN_LAB,
    *IN_AUTOLOADER,
)
