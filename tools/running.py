"""Run chapters from top to bottom, each in a kernel of its own, several on one warm JVM.

Each worker has a JVM and takes one chapter after the other. On a machine with too little memory for that,
and for a chapter that runs alone, the kernel starts its own JVM, as a reader's does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

from tools.contents import is_left_open
from tools.warm_jvm import WarmJvm, how_many_fit

CELL_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What came of one chapter: the notebook with its outputs, or an error in words."""

    path: Path
    notebook: NotebookNode | None
    seconds: float
    error: str = ""


def run_chapters(
    paths: Sequence[Path],
    *,
    environment: dict[str, str],
    build: Path,
    started: Callable[[Path], None],
    ended: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run these chapters, as many at a time as the machine has memory and cores for.

    Parameters
    ----------
    paths : sequence of Path
        The notebooks; their files are read, and not written.
    environment : dict of str to str
        What their kernels find in their environment.
    build : Path
        Where the JVMs' messages go.
    started, ended : callable
        Told of each chapter, from the thread that runs it.

    Returns
    -------
    list of Outcome
        In the order of ``paths``.
    """
    workers = min(how_many_fit(), len(paths)) if len(paths) > 1 else 0
    own = threading.local()
    warm = [WarmJvm(build / f"warm-jvm-{number}.log") for number in range(workers)]
    free = list(warm)

    def run(path: Path) -> Outcome:
        if workers and not hasattr(own, "jvm"):
            own.jvm = free.pop()
        started(path)
        outcome = _run_one(path, environment, own.jvm if workers else None)
        ended(outcome)
        return outcome

    try:
        with ThreadPoolExecutor(max_workers=workers or 1) as pool:
            return list(pool.map(run, paths))
    finally:
        for jvm in warm:
            jvm.close()


def _run_one(path: Path, environment: dict[str, str], jvm: WarmJvm | None) -> Outcome:
    begin = time.monotonic()
    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError) as error:
        return Outcome(path, None, 0, f"not a notebook that can be read ({error})")
    manager = jvm.kernel_manager(left_open=is_left_open(path)) if jvm else AsyncKernelManager
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        kernel_manager_class=manager,
        resources={"metadata": {"path": str(path.parent)}},
        # Times, widget ids and the way a text was cut into pieces differ from run to run.
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
    )
    try:
        client.execute(env=environment)
    except (CellControlSignal, DeadKernelError) as error:
        return Outcome(path, None, time.monotonic() - begin, str(error))
    if jvm and jvm.left:
        return Outcome(path, None, time.monotonic() - begin, f"it has left behind: {'; '.join(jvm.left)}")
    return Outcome(path, notebook, time.monotonic() - begin)
