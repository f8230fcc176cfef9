"""Look at everything that Spark needs before it can start, and say what is missing and what to do about it.

Term: dependency.
Taught in: book/foundations/the_lab.ipynb.
"""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from medallion_lab.errors import MedallionLabError
from medallion_lab.runtime.cluster import check_executors, chosen_master, is_cluster
from medallion_lab.runtime.jars import JARS, corrupt_jars, ensure_jars, jar_folder, missing_jars
from medallion_lab.runtime.java import find_java
from medallion_lab.runtime.places import cache_folder, ensure_writable, home_folder
from medallion_lab.runtime.session import CORES, current_archive, memory_bytes, start_session, stop_session
from medallion_lab.runtime.versions import OLDEST_PYTHON, check_versions, requirements

LEAST_DISK_GB = 2
LEAST_MEMORY_GB = 2
GB = 2**30


@dataclass(frozen=True)
class Finding:
    """What the doctor found out about one thing.

    Attributes
    ----------
    thing : str
        What was looked at.
    state : str
        ``ok``; ``note`` when the lab works without it; ``missing`` when it does not.
    found : str
        What is there.
    advice : str
        What to do; empty when nothing is to be done.
    """

    thing: str
    state: str
    found: str
    advice: str = ""


def examine() -> list[Finding]:
    """Return one finding for each thing that the lab needs, in the order in which it needs them."""
    return [
        _examine("Python and packages", _packages),
        _examine("Java", _java),
        _examine("Delta's jars", _jars),
        _examine("fast start", _fast_start),
        _examine("workspaces", lambda: _folder(home_folder(), "MEDALLION_LAB_HOME")),
        _examine("cache", lambda: _folder(cache_folder(), "MEDALLION_LAB_CACHE")),
        _examine("memory", _memory),
        _examine("master", _master),
    ]


def _examine(thing: str, look: Callable[[], tuple[str, str, str]]) -> Finding:
    try:
        state, found, advice = look()
    except MedallionLabError as error:
        state, found, advice = "missing", error.got, error.next_step
    return Finding(thing, state, found, advice)


def _packages() -> tuple[str, str, str]:
    check_versions()
    pinned = [str(requirement) for requirement in requirements() if "==" in str(requirement.specifier)]
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return "ok", f"Python {platform.python_version()} (≥ {oldest}), {', '.join(pinned)}", ""


def _java() -> tuple[str, str, str]:
    java = find_java()
    return "ok", f"Java {java.version} from {java.source} ({java.home})", ""


def _jars() -> tuple[str, str, str]:
    if corrupt := corrupt_jars():
        return (
            "missing",
            f"{corrupt[0].file_name} is damaged",
            "run `medallion-lab setup`, which fetches it again",
        )
    if missing := missing_jars():
        advice = "run `medallion-lab setup` while you have a network"
        return "missing", f"{len(missing)} of {len(JARS)} not in {jar_folder()}", advice
    return "ok", f"{len(JARS)} in {jar_folder()}; no network needed", ""


def _fast_start() -> tuple[str, str, str]:
    if missing_jars():
        return "note", "not built", "comes with `medallion-lab setup`"
    archive = current_archive()
    if archive.exists():
        return "ok", f"{archive.name}, {archive.stat().st_size // 2**20} MB", ""
    return "note", "none for this Java and these jars: Spark starts slower", "run `medallion-lab setup`"


def _folder(folder: Path, variable: str) -> tuple[str, str, str]:
    ensure_writable(folder, variable=variable)
    free = shutil.disk_usage(folder).free / GB
    if free < LEAST_DISK_GB:
        advice = f"free some space, or set {variable} to a folder on a larger disk"
        return "missing", f"{folder}, {free:.1f} GB free of {LEAST_DISK_GB} GB needed", advice
    return "ok", f"{folder}, {free:.0f} GB free", ""


def _memory() -> tuple[str, str, str]:
    total = memory_bytes() / GB
    if total < LEAST_MEMORY_GB:
        return "note", f"{total:.1f} GB in all", f"close other programs: the lab wants {LEAST_MEMORY_GB} GB"
    return "ok", f"{total:.0f} GB in all; a lab takes about 1.5 GB", ""


def _master() -> tuple[str, str, str]:
    master = chosen_master()
    if not is_cluster(master):
        return "ok", f"{master}: Spark runs on this machine alone, which has {CORES} cores", ""
    home = ensure_writable(home_folder(), variable="MEDALLION_LAB_HOME")
    # Only executors themselves can tell, and only a session gets any.
    session = start_session(log_file=Path(os.devnull))
    try:
        there = check_executors(session, master=master, jars=ensure_jars(), folder=home)
    finally:
        stop_session(session)
    return "ok", f"{master}: {there}; they share {home}", ""
