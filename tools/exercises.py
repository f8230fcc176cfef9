"""Make the exercises of the solutions: what is to be written is cut out, and what a class is graded by.

``book/solutions/<chapter>.ipynb`` is the source, marked in nbgrader's way. ``book/exercises/<chapter>.ipynb``
is derived from it, and a test proves that it is in step. Called by ``make exercises``.
Source: https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

from tools.contents import EXERCISES, SOLUTIONS, shown

SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION\n?", re.MULTILINE | re.DOTALL)
HIDDEN_TESTS = re.compile(
    r"^ *### BEGIN HIDDEN TESTS\n.*?^ *### END HIDDEN TESTS\n?", re.MULTILINE | re.DOTALL
)


def derive(solutions: dict[str, Any], chapter: str) -> dict[str, Any]:
    """Return the notebook that a learner opens.

    What shows data, or what happened, keeps its output; what depends on the learner's answer has none.
    """
    notebook = copy.deepcopy(solutions)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            source = source.replace(f'"{chapter}_solutions"', f'"{chapter}_exercises"')
            source = HIDDEN_TESTS.sub("", SOLUTION.sub(_stub, source)).rstrip("\n")
            cell["execution_count"] = None
            if "nbgrader" in cell["metadata"] or "nbval-ignore-output" in cell["metadata"].get("tags", []):
                cell["outputs"] = []
            for output in cell["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = None
        else:
            source = re.sub(r"^# Solutions: ", "# Exercises: ", source)
        cell["source"] = source.splitlines(keepends=True)
    return notebook


def _stub(region: re.Match[str]) -> str:
    """Leave a place to write in: in a function `...`, after what is given nothing."""
    return f"{region[1]}...\n" if region[1] else ""


def as_text(notebook: dict[str, Any]) -> str:
    """Return a notebook as its file has it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def derived(path: Path) -> str:
    """Return the text of the exercises' file that belongs to this file of solutions."""
    return as_text(derive(json.loads(path.read_text(encoding="utf-8")), path.stem))


def main() -> None:
    """Write every exercises' file anew."""
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        target = EXERCISES / path.name
        text = derived(path)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print(f"written: {shown(target)}")


if __name__ == "__main__":
    main()
