"""What a cell may set in Spark: what it teaches, never what only makes the page run sooner.

Readers copy cells. A setting that was made for the suite goes with them, and nobody remembers why it is
there. What makes every lab quick belongs in the lab (``medallion_lab.runtime.session``). So a page that sets
one of Spark's settings for speed names it in its prose, and compares: two values, or one that it takes back.
"""

import ast
import re

import nbformat
import pytest

from tests.notebooks.test_form import code_cells, prose

SPEED = re.compile(
    r"spark\.(driver|executor|memory|shuffle|locality|default\.parallelism|cleaner|speculation"
    r"|sql\.(codegen|adaptive|shuffle|files|autoBroadcast|execution|inMemoryColumnarStorage)"
    r"|sql\.streaming\.(pollingDelay|stateStore)"
    r"|databricks\.delta\.(snapshotPartitions|stats|properties\.defaults\.checkpointInterval))\b",
    re.IGNORECASE,
)
IN_SQL = re.compile(r"\bSET\s+(spark\.[\w.]+)\s*=\s*(\S+)", re.IGNORECASE)


def nodes(notebook):
    """Return every node of the cells' syntax trees, without IPython's own lines."""
    sources = [cell.source for cell in code_cells(notebook) if not cell.source.startswith("%%")]
    trees = [ast.parse(re.sub(r"^[%!].*$", "pass", source, flags=re.MULTILINE)) for source in sources]
    return [node for tree in trees for node in ast.walk(tree)]


def texts_with_a_name(found):
    """Return each name that is given a text, with the text: settings have long names."""
    return {
        ast.unparse(target): node.value.value
        for node in found
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
    }


def settings(notebook):
    """Return (setting, value) for everything that the page's cells set, or take back, in Spark."""
    found = nodes(notebook)
    named, made = texts_with_a_name(found), []
    for node in found:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            first, last = node.args[0], node.args[-1]
            setting = first.value if isinstance(first, ast.Constant) else named.get(ast.unparse(first))
            if node.func.attr in ("set", "config", "unset") and isinstance(setting, str):
                made.append((setting, "taken back" if first is last else ast.unparse(last)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            made += IN_SQL.findall(node.value)
    return made


def set_only_for_speed(notebook):
    """Return the settings for speed that the page sets once and for all, or without a word."""
    values, said = {}, prose(notebook)
    for setting, value in settings(notebook):
        if SPEED.match(setting):
            values.setdefault(setting, set()).add(value)
    short = {setting: ".".join(setting.split(".")[-2:]) for setting in values}
    return [setting for setting in values if len(values[setting]) < 2 or short[setting] not in said]


def page(*sources, says=""):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(says), *cells])


def test_no_cell_sets_what_only_makes_the_page_faster(chapter):
    assert set_only_for_speed(nbformat.read(chapter, as_version=4)) == []


@pytest.mark.parametrize(
    ("cell", "setting"),
    [
        ('spark.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")', "codegen.factoryMode"),
        ('width = "spark.sql.shuffle.partitions"\nlab.spark.conf.set(width, 1)', "shuffle.partitions"),
        ('spark.sql("SET spark.sql.adaptive.enabled = false")', "adaptive.enabled"),
        ('builder.config("spark.driver.memory", "4g")', "driver.memory"),
    ],
)
def test_a_setting_that_is_made_once_and_for_all_is_found(cell, setting):
    (found,) = set_only_for_speed(page(cell, says=f"With `{setting}` it is quick."))
    assert found.endswith(setting)


def test_a_page_may_compare_two_values_of_a_setting_that_it_names():
    compared = [
        'spark.conf.set("spark.sql.shuffle.partitions", 5)\nrun()',
        'spark.conf.set("spark.sql.shuffle.partitions", 2)',
    ]
    assert set_only_for_speed(page(*compared, says="What does `shuffle.partitions` do?")) == []
    assert set_only_for_speed(page(*compared, says="Look.")) == ["spark.sql.shuffle.partitions"]


def test_a_page_may_take_a_setting_back():
    cell = 'name = "spark.sql.adaptive.enabled"\nspark.conf.set(name, "true")\nrun()\nspark.conf.unset(name)'
    assert set_only_for_speed(page(cell, says="Spark plans anew: `adaptive.enabled`.")) == []


def test_other_settings_are_the_lessons_own():
    assert set_only_for_speed(page('spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")')) == []
