"""What a change asks to be tried, and what it leaves out: the plan behind ``make check``.

A change of a module asks for its own tests, for those of the modules that import it, and for the chapter
that its ``Taught in`` names. Everything else that `make test` would run is listed, so that nobody takes a
check for the proof.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tools.contents import EXERCISES, ROOT, SOLUTIONS, running, title

PACKAGE = "medallion_lab"
# A chapter costs a minute, so a check runs one: of a module that several teach, the first that it names.
TAUGHT_IN = re.compile(r"Taught in: (book/[\w/]+\.(?:ipynb|md))")


@dataclass
class Plan:
    """What to run for a change.

    Attributes
    ----------
    changed : list of Path
        The files that differ from the commit, as paths from the project's folder.
    tests : list of Path
        Files of tests, sorted.
    chapters : list of Path
        Notebooks to run and compare with their stored outputs.
    left_out : list of str
        What `make test` runs beside that, in words.
    """

    changed: list[Path]
    tests: list[Path] = field(default_factory=list)
    chapters: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def changed_files(since: str) -> list[Path]:
    """Return the files that differ from a commit, those that git does not know yet among them."""
    listings = (
        ["git", "diff", "--name-only", "--no-renames", since, "--"],
        ["git", "ls-files", "--others", "--exclude-standard"],
    )
    names: set[str] = set()
    for listing in listings:
        said = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        names.update(said.splitlines())
    return sorted(map(Path, names))


def plan(changed: Iterable[Path]) -> Plan:
    """Return what these changes ask for."""
    made = Plan(sorted(changed))
    tests: set[Path] = set()
    for path in made.changed:
        tests |= _tests_for(path)
    made.tests = sorted(test for test in tests if (ROOT / test).is_file())
    asked = {chapter for path in made.changed if (chapter := chapter_of(path))}
    made.chapters = [path for path in _chapters() if path in asked]
    made.left_out = _left_out(made)
    return made


def chapter_of(path: Path) -> Path | None:
    """Return the chapter that a change of this file asks for: itself, or the one that teaches it."""
    if path in _chapters():
        return path
    if path.parts[0] != PACKAGE or path.suffix != ".py" or not (ROOT / path).is_file():
        return None
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text(encoding="utf-8"))) or ""
    taught = TAUGHT_IN.search(" ".join(docstring.split()))
    # Exercises run where they are solved.
    chapter = Path(taught[1].replace("book/exercises/", "book/solutions/")) if taught else None
    return chapter if chapter in _chapters() else None


def _tests_for(path: Path) -> set[Path]:
    """Return the files of tests that a change of this file asks for, whether or not they are there."""
    if path.parts[0] == "tests":
        return _tests_beside(path) if path.suffix == ".py" else set()
    if path.suffix == ".ipynb":
        form = {Path("tests/notebooks/test_form.py")}
        return form | (
            {Path("tests/notebooks/test_exercises.py")}
            if ROOT / path.parent in (EXERCISES, SOLUTIONS)
            else set()
        )
    if path.suffix == ".md":
        return set(_test_files("tests/unit/reference"))
    if path.suffix != ".py":
        return {Path("tests/unit/test_pins.py")}
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    importers = [other for other, imported in _imports().items() if module in imported]
    own = {test for source in (path, *importers) for test in _named_like(source)}
    return own | {other for other in importers if other.name.startswith("test_")}


def _tests_beside(path: Path) -> set[Path]:
    """Return a file of tests itself; of what several share, all files beside and below it."""
    if path.name.startswith("test_"):
        return {path}
    return {
        test for test in _test_files("tests") if path.parent in test.parents and "browser" not in test.parts
    }


def _named_like(source: Path) -> list[Path]:
    """Return the files of tests that carry a module's name: ``test_ledger``, and ``test_ledger_report``."""
    if source.parts[0] not in (PACKAGE, "tools"):
        return []
    rooms = source.parts[1:-1] if source.parts[0] == PACKAGE else source.parts[:-1]
    folder = Path("tests/unit", *rooms)
    found = (ROOT / folder).glob(f"test_{source.stem}*.py")
    return [path.relative_to(ROOT) for path in found]


@cache
def _imports() -> dict[Path, frozenset[str]]:
    """Return what each Python file of the project imports, as names of modules."""
    places = (PACKAGE, "tools", "tests/unit", "tests/kills", "tests/notebooks")
    files = [path for place in places for path in sorted((ROOT / place).rglob("*.py"))]
    return {path.relative_to(ROOT): frozenset(_imported_by(path)) for path in files}


def _imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # from package import module, and from module import name: either may be what is meant.
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def _test_files(folder: str) -> list[Path]:
    return [path.relative_to(ROOT) for path in sorted((ROOT / folder).rglob("test_*.py"))]


def _chapters() -> list[Path]:
    return [path.relative_to(ROOT) for path in running()]


def _left_out(made: Plan) -> list[str]:
    """Name what `make test` runs and this plan does not, a line for each folder."""
    said = []
    folders = sorted({path.parent for path in _test_files("tests/unit")})
    for folder in [*folders, Path("tests/kills")]:
        there = [path for path in _test_files(str(folder)) if path.parent == folder]
        left = [path.stem for path in there if path not in made.tests]
        if left:
            said.append(f"{folder}: {', '.join(left) if len(left) < len(there) else 'everything'}")
    others = [title(ROOT / path) for path in _chapters() if path not in made.chapters]
    if others:
        said.append(f"chapters compared with their stored outputs: {', '.join(others)}")
    return [
        *said,
        "every chapter with other parameters and each cell twice",
        "the pages and panels in a browser",
    ]
