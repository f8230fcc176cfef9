"""JupyterLab on a reader's copy of the chapters.

Term: notebook.
Taught in: book/index.md.
"""

import os
import sys
from collections.abc import Iterable
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import NoReturn

from medallion_lab.bookshelf import FIRST_PAGE
from medallion_lab.errors import JupyterNotFoundError
from medallion_lab.runtime.versions import requirements

EXTRA = "book"


def require_jupyter() -> None:
    """Refuse to go on without the packages of the chapters, JupyterLab first among them.

    Raises
    ------
    JupyterNotFoundError
        If a package of the extra ``book`` is not installed.
    """
    if missing := [requirement.name for requirement in requirements(EXTRA) if not _version(requirement.name)]:
        raise JupyterNotFoundError(
            got=f"no {', '.join(missing)} in {sys.prefix}",
            needed=f"the packages with which the chapters run: the extra {EXTRA!r}",
            next_step=f'python -m pip install "medallion-lab[{EXTRA}]", or in a clone `make setup`',
        )


def jupyter_command(folder: Path, *, browser: bool = True, port: int | None = None) -> list[str]:
    """Return the command that serves a copy of the chapters to this machine alone.

    Parameters
    ----------
    folder : Path
        The copy: what JupyterLab shows as its files.
    browser : bool, default True
        False only prints the address.
    port : int, optional
        The port; by default 8888, or the next one that is free. One that is named is taken, or it fails.
    """
    choices = [] if browser else ["--no-browser"]
    if port is not None:
        choices += [f"--port={port}", "--ServerApp.port_retries=0"]
    if os.geteuid() == 0:
        choices.append("--allow-root")
    return [
        *(sys.executable, "-m", "jupyterlab", "--ip=127.0.0.1"),
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}",
        # One Ctrl-C ends it, and the kernels with it: no question whether it was meant.
        "--ServerApp.answer_yes=True",
        *choices,
    ]


def trust(notebooks: Iterable[Path]) -> None:
    """Let JupyterLab show the stored pictures of these notebooks: it hides those of a file that it never ran.

    Only for what came with the package, as it came: who trusts a notebook lets it show anything.
    Source: https://jupyter-server.readthedocs.io/en/latest/operators/security.html#security-in-notebook-documents
    """
    # Comes with JupyterLab, which this module can be imported without.
    import nbformat
    from nbformat.sign import NotebookNotary

    with closing(NotebookNotary().store) as store:
        notary = NotebookNotary(store_factory=lambda: store)
        for notebook in notebooks:
            notary.sign(nbformat.read(notebook, as_version=4))


def become_jupyter(folder: Path, *, browser: bool = True, port: int | None = None) -> NoReturn:
    """Turn this process into JupyterLab: what is pressed or sent to it reaches JupyterLab itself."""
    # Of two kernels named python3, the one of this Python: another lacks the package.
    surroundings = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
    command = jupyter_command(folder, browser=browser, port=port)
    sys.stdout.flush()
    os.chdir(folder)
    os.execve(sys.executable, command, surroundings)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
