"""Which notebooks there are: those in the table of contents, each one page of the book."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def chapters():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text())
    pages = [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    return [ROOT / f"{page}.ipynb" for page in pages if (ROOT / f"{page}.ipynb").exists()]
