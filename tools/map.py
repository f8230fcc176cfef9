"""Write the map in CONTRIBUTING.md: each term of the glossary that a module of the package holds, and where.

A module says in its docstring which terms it holds (``Term: quarantine.``, ``Terms: silver, merge.``), and
``book/reference/glossary.md`` explains them. Called by ``make map``; a test notices a map that is stale.
"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("medallion_lab")
BEGIN, END = "<!-- map: begin, written by make map -->", "<!-- map: end -->"
NAMED = re.compile(r"^Terms?: ([^.]+)\.$", re.MULTILINE)


def modules(root: Path = ROOT) -> list[Path]:
    """Return the package's modules as paths from the root; a folder's own ``__init__.py`` is none."""
    found = (path.relative_to(root) for path in (root / PACKAGE).rglob("*.py"))
    return sorted(path for path in found if path.name != "__init__.py")


def terms_of(module: Path, root: Path = ROOT) -> list[str]:
    """Return the terms that a module's docstring names, in its order."""
    docstring = ast.get_docstring(ast.parse((root / module).read_text(encoding="utf-8"))) or ""
    named = NAMED.search(docstring)
    return [term.strip() for term in named[1].split(",")] if named else []


def glossary(root: Path = ROOT) -> list[str]:
    """Return the terms of the glossary, in its order."""
    text = (root / "book" / "reference" / "glossary.md").read_text(encoding="utf-8")
    return re.findall(r"^### (.+)$", text, flags=re.MULTILINE)


def draw(root: Path = ROOT) -> str:
    """Return the map as a Markdown table: term -> modules, in the glossary's order."""
    held: dict[str, list[str]] = {}
    for module in modules(root):
        link = f"[{module.relative_to(PACKAGE).as_posix()}]({module.as_posix()})"
        for term in terms_of(module, root):
            held.setdefault(term, []).append(link)
    rows = [f"| {term} | {', '.join(held[term])} |" for term in glossary(root) if term in held]
    return "\n".join(["| term | where |", "|---|---|", *rows])


def with_map(text: str, drawn: str) -> str:
    """Return CONTRIBUTING's text with this map between its two marks."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{drawn}\n\n{END}{rest.split(END)[1]}"


def main() -> None:
    page = ROOT / "CONTRIBUTING.md"
    page.write_text(with_map(page.read_text(encoding="utf-8"), draw()), encoding="utf-8")


if __name__ == "__main__":
    main()
