"""Where things live: the reader's workspaces, and the cache that every workspace shares.

Term: workspace.
Taught in: book/foundations/the_lab.ipynb.
"""

import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

from medallion_lab.errors import NotWritableError

APP = "medallion-lab"


def home_folder() -> Path:
    """Return the folder of all workspaces: ``MEDALLION_LAB_HOME``, or the platform's data folder."""
    return _place("MEDALLION_LAB_HOME", platformdirs.user_data_path(APP))


def cache_folder() -> Path:
    """Return the folder of jars and fast-start archives: ``MEDALLION_LAB_CACHE``, or the platform's cache."""
    return _place("MEDALLION_LAB_CACHE", platformdirs.user_cache_path(APP))


def _place(variable: str, default: Path) -> Path:
    return Path(os.environ.get(variable) or default).expanduser().absolute()


def ensure_writable(folder: Path, *, variable: str) -> Path:
    """Make a folder if need be and prove, with a real file, that it can be written to.

    Parameters
    ----------
    folder : Path
        The folder to make and try.
    variable : str
        The environment variable with which a reader can choose another place.

    Raises
    ------
    NotWritableError
        If the folder cannot be made or a file in it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise NotWritableError(
            got=f"no write access to {folder} ({error.strerror})",
            needed="a folder that this user may write to",
            next_step=f"set {variable} to such a folder, for example {variable}=~/medallion-lab",
        ) from error


def delete(path: Path) -> None:
    """Delete a file, or a folder and all in it; of a link, only the link. Nothing there is fine."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
