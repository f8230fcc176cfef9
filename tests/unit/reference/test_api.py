"""The page on the package names what a reader may call, and all of it."""

import ast
import importlib
import inspect
import re
from itertools import pairwise

import pytest

from tests.notebooks.chapters import chapters
from tests.unit.reference.pages import REFERENCE, ROOT, python

PAGE = (REFERENCE / "api.md").read_text(encoding="utf-8")

# Modules that no reader calls: what they do is seen through those that are on the page.
INNER_MODULES = {
    "__main__", "arguments", "bookshelf", "cli", "demo", "jupyter", "autoloader.csv_files",
    "autoloader.csv_headers", "autoloader.csv_learning", "autoloader.csv_parsing",
    "autoloader.csv_records", "autoloader.expressions", "autoloader.first_start", "autoloader.fitting",
    "autoloader.format_types", "autoloader.hints", "autoloader.json_records", "autoloader.landed_files",
    "autoloader.landed_text", "autoloader.learning", "autoloader.option_values", "autoloader.options",
    "autoloader.schemas", "autoloader.spark_rules", "classroom.luck", "classroom.rows",
    "databricks.catalog", "databricks.dbutils", "databricks.display", "databricks.frames",
    "databricks.fs", "databricks.magics", "databricks.names", "databricks.notebook", "databricks.notices",
    "databricks.patches", "databricks.paths", "databricks.publishing", "databricks.runner",
    "databricks.sql", "databricks.sql_names", "databricks.sql_parameters", "databricks.sql_tokens",
    "databricks.streams", "databricks.unity", "databricks.widgets", "layers.registering",
    "observe.followed", "observe.landed_records", "observe.listener", "observe.pieces",
    "observe.row_counts", "observe.watch", "observe.wording", "panels.cells", "panels.generator_controls",
    "panels.open_lab", "panels.parts", "panels.preview", "panels.same_in_code", "panels.sql_cells",
    "panels.wording", "runtime.archive", "runtime.cluster", "runtime.first_offsets", "runtime.jars",
    "runtime.versions", "shop.bulk", "shop.earlier", "shop.numbering", "shop.planting", "shop.redelivery",
}  # fmt: skip

# Names that a module shares with its neighbours and not with readers.
INNER_NAMES = {
    "autoloader.evolution": {"Reader", "Run", "RunListener", "register", "report_of", "watch"},
    "autoloader.file_states": {"Noted", "local_path", "noted_files", "uncommitted_files"},
    "autoloader.option_table": {"find", "formats_with", "nearest"},
    "autoloader.schema_log": {"SchemaLog", "write_whole"},
    "databricks.limits": {"MissingModules", "find_in_sql", "refuse"},
    "databricks.sources": {"find_notebook", "is_source", "notebooks_in"},
    "observe.landed": {"landing_folders", "local_file", "name_in"},
    "observe.expected": {"work_out"},
    "observe.landed_values": {"trim"},
    "observe.streams": {"place_in_pipeline"},
    "runtime.failures": {"cause_first", "in_one_line", "take_every_step", "whole_text", "without_stack"},
    "runtime.places": {"delete", "ensure_writable"},
    "runtime.session": {
        "activate", "before_stop", "current_archive", "half_of_memory_mb", "jvm_is_running",
        "memory_bytes",
    },
    "shop.answer_key": {"confirm_faults", "note_faults", "read_faults"},
    "shop.faults": {
        "added_spaces", "future", "key_case", "late", "messy_format", "missing_field", "new_column",
        "non_positive_quantity", "other_date", "other_number", "renamed_column", "unknown_customer",
        "unknown_product", "upper_case_id", "wrong_type",
    },
    "shop.clock": {"note_pace", "read_paces"},
    "shop.drip": {"LandsFiles", "check_room"},
    "shop.landing": {"land_copy", "land_finished"},
}  # fmt: skip


def documented():
    """Return module -> directive -> names, as the page has them."""
    found = {}
    for block in re.findall(r"```\{eval-rst\}\n(.+?)```", PAGE, flags=re.DOTALL):
        module = re.search(r"currentmodule:: medallion_lab\.([\w.]+)", block)[1]
        for kind, name in re.findall(r"\.\. auto(\w+):: (\w+)", block):
            found.setdefault(module, []).append((kind, name))
    return found


DOCUMENTED = documented()
# What an exercise is about stands on its page.
EXERCISES = "classroom.exercises."
MODULES = {
    path.relative_to(ROOT / "medallion_lab").with_suffix("").as_posix().replace("/", "."): path
    for path in sorted((ROOT / "medallion_lab").rglob("*.py"))
    if path.name != "__init__.py"
}


def public(module):
    kinds = (ast.FunctionDef, ast.ClassDef)
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, kinds) and node.name[0] != "_"]


def documented_constants(module):
    """Return the constants that have a text below them, which is how a constant is documented."""
    nodes = ast.parse(MODULES[module].read_text(encoding="utf-8")).body
    return {
        target.id
        for node, below in pairwise(nodes)
        if isinstance(node, ast.Assign)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def load(module):
    return importlib.import_module(f"medallion_lab.{module}")


def test_every_module_is_on_the_page_or_an_inner_one():
    with_names = {module for module in MODULES if public(module) and not module.startswith(EXERCISES)}
    assert with_names - set(DOCUMENTED) - INNER_MODULES == set(), (
        "put it on the page, or among the inner ones"
    )
    assert set(DOCUMENTED) & INNER_MODULES == set()
    assert (INNER_MODULES | set(INNER_NAMES) | set(DOCUMENTED)) <= set(MODULES)


@pytest.mark.parametrize("module", DOCUMENTED)
def test_every_public_function_and_class_of_a_module_is_on_the_page(module):
    inner = INNER_NAMES.get(module, set())
    on_page = [name for kind, name in DOCUMENTED[module] if kind != "data"]
    assert inner <= set(public(module))
    assert on_page == [name for name in public(module) if name not in inner], (
        "the same names, in the same order"
    )


@pytest.mark.parametrize("module", DOCUMENTED)
def test_what_is_on_the_page_says_what_it_is(module):
    for kind, name in DOCUMENTED[module]:
        thing = getattr(load(module), name)
        if kind == "data":
            assert name in documented_constants(module), name
        else:
            assert kind == (
                "function"
                if inspect.isfunction(inspect.unwrap(thing))
                else "exception"
                if issubclass(thing, Exception)
                else "class"
            )
            assert inspect.getdoc(thing), name


def test_classes_show_their_methods():
    for block in re.findall(r"\.\. autoclass:: .+\n(.*)\n", PAGE):
        assert ":members:" in block


def used_by(notebook):
    """Yield (module, name) for each name of the package that a chapter's code uses."""
    for_modules = {}
    for tree in python(notebook):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("medallion_lab"):
                for alias in node.names:
                    thing = getattr(importlib.import_module(node.module), alias.name)
                    if inspect.ismodule(thing):
                        for_modules[alias.asname or alias.name] = thing
                    else:
                        yield node.module, alias.name
            # A variable may have the name of a module that was imported: then it is no use of the module.
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and hasattr(for_modules.get(node.value.id), node.attr)
            ):
                yield for_modules[node.value.id].__name__, node.attr


def home(module, name):
    """Return the module where a name is defined, which may not be the one that it was imported from."""
    thing = getattr(importlib.import_module(module), name)
    if inspect.isfunction(thing) or inspect.isclass(thing):
        return thing.__module__.removeprefix("medallion_lab."), name
    module = module.removeprefix("medallion_lab.")
    others = [where for where in DOCUMENTED if getattr(load(where), name, None) is thing]
    return next(
        (where for where in [module, *others] if ("data", name) in DOCUMENTED.get(where, [])), module
    ), name


@pytest.mark.parametrize("chapter", chapters(), ids=lambda path: path.stem)
def test_everything_that_a_chapter_uses_is_on_the_page(chapter):
    on_page = {(module, name) for module, entries in DOCUMENTED.items() for _, name in entries}
    used = {home(module, name) for module, name in used_by(chapter)}
    assert used
    assert used - on_page == set()


def test_the_most_used_are_linked_at_the_top():
    for target in re.findall(r"\{py:\w+\}`[^<]+<medallion_lab\.([\w.]+)>`", PAGE):
        module = next(name for name in DOCUMENTED if target.startswith(f"{name}."))
        thing = load(module)
        for part in target.removeprefix(f"{module}.").split("."):
            thing = getattr(thing, part)
        assert callable(thing)


def test_the_commands_in_a_terminal_are_all_there():
    tree = ast.parse(MODULES["cli"].read_text(encoding="utf-8"))
    commands = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(d) for d in node.decorator_list)
    }
    assert set(re.findall(r"^\| `medallion-lab (\w+)", PAGE, flags=re.MULTILINE)) == commands
