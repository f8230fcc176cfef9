"""Run a target of the Makefile, as a workflow does, and build books of one page."""

import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import yaml

from tools.address import with_address
from tools.pages import JUPYTER_BOOK

ROOT = Path(__file__).parents[3]


def make(target, *variables, done=(), cwd=ROOT, timeout=600, **surroundings):
    """Make a target; ``done`` names the prerequisites that count as made."""
    command = ["make", *(f"--old-file={name}" for name in done), target, *variables]
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **surroundings},
        check=False,
    )


def project_with(folder, address=None):
    """Write a pyproject.toml with an address, or without one."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = f'\n[project.urls]\nRepository = "{address}"\n' if address else ""
    (folder / "pyproject.toml").write_text(f'[project]\nname = "tiny"\nversion = "1"\n{urls}')
    return folder / "pyproject.toml"


def tiny_book(folder, pyproject, prose="Nothing else."):
    """Write a book of two pages with the real book's settings, as an address makes them."""
    shutil.copytree(ROOT / "book" / "_static", folder / "book" / "_static")
    shutil.copytree(ROOT / "book" / "_templates", folder / "book" / "_templates")
    (folder / "medallion_lab" / "panels").mkdir(parents=True)
    shutil.copy(ROOT / "medallion_lab" / "panels" / "panels.css", folder / "medallion_lab" / "panels")
    (folder / "book" / "index.md").write_text(f"# A book\n\n{prose}\n")
    cells = [nbformat.v4.new_markdown_cell("# A chapter\n\nIts prose."), nbformat.v4.new_code_cell("1 + 1")]
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=language)
    nbformat.write(notebook, folder / "book" / "chapter.ipynb")
    parts = [{"caption": "Part", "chapters": [{"file": "book/chapter"}]}]
    toc = {"format": "jb-book", "root": "book/index", "parts": parts}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    settings = with_address(yaml.safe_load((ROOT / "_config.yml").read_text()), pyproject=pyproject)
    settings["execute"] = {"execute_notebooks": "off"}
    (folder / "_config.yml").write_text(yaml.safe_dump(settings))
    return folder


def build(folder):
    """Build it as strictly as the real one; return the pages' folder."""
    command = [*JUPYTER_BOOK, "build", str(folder), "-W", "-n", "--keep-going"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    return folder / "_build" / "html"
