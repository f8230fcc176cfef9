"""Pack the built book into one archive, to be read without a network: ``make offline-book``."""

from __future__ import annotations

import argparse
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LICENCES = ("LICENSE", "LICENSE-TEXT.md")
# The same book gives the same bytes: no file's own date goes into the archive.
ONE_DATE = (1980, 1, 1, 0, 0, 0)


def pack(html: Path, folder: Path, *, version: str) -> Path:
    """Write an archive of the built pages.

    Parameters
    ----------
    html : Path
        The built pages, with ``index.html``.
    folder : Path
        Where the archive goes.
    version : str
        The book's version, part of the archive's name.

    Returns
    -------
    Path
        The archive: one folder, in it the pages and both licences; the folder's ``index.html`` is the start.
    """
    if not (html / "index.html").is_file():
        raise SystemExit(f"Got: no book in {html}\nNeeded: the built pages\nNext: run `make book`")
    name = f"medallion-lab-book-{version}"
    files = [path for path in sorted(html.rglob("*")) if path.is_file() and path.name != ".buildinfo"]
    contents = {path.relative_to(html).as_posix(): path for path in files}
    contents |= {licence: ROOT / licence for licence in LICENCES}
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for inside, path in contents.items():
            entry = zipfile.ZipInfo(f"{name}/{inside}", ONE_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            packed.writestr(entry, path.read_bytes())
    return archive


def main() -> None:
    """Pack what ``make book`` built, or another folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    archive = pack(arguments.html, arguments.out, version=project["version"])
    print(f"The offline book: {archive} ({archive.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
