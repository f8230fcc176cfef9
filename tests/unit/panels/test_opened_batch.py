"""A micro-batch opened up says what it read, what it wrote, and where its time went."""

from medallion_lab.observe.run import Source, Written
from medallion_lab.panels.opened_batch import batch_html
from tests.unit.panels.markup import Page, cells
from tests.unit.panels.runs import a_batch


def test_a_micro_batch_is_opened_up():
    batch = a_batch(
        "silver",
        3,
        sources=(Source("bronze_sales_tbl", "null", '{"reservoirVersion": 4}', 9, ()),),
        written=(
            Written("silver_sales_tbl", 4, "MERGE", 7),
            Written("quarantine_sales_tbl", 2, "WRITE", None),
        ),
    )
    text = Page(batch_html(batch)).text
    for part in ("silver, micro-batch 3", "2026-03-02 09:00:01 UTC", "5 rows", "1.19 s", "4.2 rows a second"):
        assert part in text
    tables = cells(batch_html(batch))
    assert ["bronze_sales_tbl", "9", "none", "null", "{&quot;reservoirVersion&quot;: 4}"] in tables
    assert ["silver_sales_tbl", "4", "MERGE", "7"] in tables
    assert ["quarantine_sales_tbl", "2", "WRITE", "unknown"] in tables
    assert ["work", "0.70 s", "59%"] in tables
    assert ["the rest", "0.14 s", "12%"] in tables


def test_many_files_are_counted_instead_of_listed():
    files = tuple(f"sales_{number:06}.json" for number in range(40))
    page = batch_html(a_batch(sources=(Source("landing", "null", "{}", 40, files),)))
    assert page.count(".json") == 12
    assert "and 28 more" in page
