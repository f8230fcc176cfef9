"""The package stays small, and each of its modules can be read in one sitting.

The first test tells its figure in the summary of every run, whether it passes or not: see conftest.py.
"""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = sorted((ROOT / "medallion_lab").rglob("*.py"))
TOOLS = sorted((ROOT / "tools").rglob("*.py"))

# Enough for the book as it is designed, chapters that are not written yet included.
MOST_LINES_OF_CODE = 12_000
# A few screens.
MOST_LINES_OF_A_MODULE = 350

LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def code_lines(source):
    """Return how many lines do something: no blank one, no comment, no docstring or other text of its own."""
    texts = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    told = {line for text in texts for line in range(text.lineno, text.end_lineno + 1)}
    used = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in LAYOUT
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(used - told)


def name(path):
    return path.relative_to(ROOT).as_posix()


SAMPLE = '''"""A module."""

x = 1  # one
"""What it is."""
# two

def f():
    """Say.

    More.
    """
    return """a

b"""
'''


def test_only_lines_that_do_something_are_counted():
    assert code_lines(SAMPLE) == len(["x = 1", "def f():", 'return """a', "", 'b"""'])


def test_the_package_keeps_to_its_budget(record_property):
    count = sum(code_lines(path.read_text(encoding="utf-8")) for path in PACKAGE)
    record_property(
        "summary", f"The package has {count:,} lines of code; its budget is {MOST_LINES_OF_CODE:,}."
    )
    assert 5_000 < count <= MOST_LINES_OF_CODE


@pytest.mark.parametrize("path", [*PACKAGE, *TOOLS], ids=name)
def test_a_module_fits_on_a_few_screens(path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES_OF_A_MODULE, (
        f"{name(path)} has {lines} lines: which two things does it do? Give each a module of its own"
    )
