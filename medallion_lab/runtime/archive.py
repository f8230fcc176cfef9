"""The fast start: an AppCDS archive, which spares the JVM from loading Spark's classes one by one.

``medallion-lab setup`` runs the demo with a JVM that writes the archive as it ends. An archive fits one
build of Java, one class path and one set of flags; its name holds a fingerprint of them, so that another
Java finds no archive and starts the slow way instead of the wrong way.
Term: JVM.
Taught in: book/foundations/the_lab.ipynb.
Source: https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from medallion_lab.errors import SparkStartError
from medallion_lab.runtime.java import Java
from medallion_lab.runtime.places import cache_folder, ensure_writable

# Set only for the training run: the file that its JVM writes as it ends.
TRAINING_VARIABLE = "MEDALLION_LAB_WRITE_ARCHIVE"

# Another word here makes archives anew: older ones lack the classes that the training run has come to use.
TRAINING = "the demo, in both forms"

# The dump prints thousands of warnings about classes that cannot be archived; none of them needs an answer.
QUIET = "-Xlog:disable -Xlog:all=off"


def archive_path(java: Java, jars: Sequence[Path], flags: str) -> Path:
    """Return where the archive for this Java, these jars and these flags is, or would be.

    Parameters
    ----------
    java : Java
        The Java that starts Spark.
    jars : sequence of Path
        The jars on the class path beside pyspark's own.
    flags : str
        The JVM's options.
    """
    import pyspark

    class_path = [*jars, *sorted(Path(pyspark.__file__).parent.glob("jars/*.jar"))]
    stamps = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in class_path]
    fingerprint = hashlib.sha256("\n".join([TRAINING, java.banner, flags, *stamps]).encode()).hexdigest()
    return cache_folder() / "fast-start" / f"{fingerprint[:16]}.jsa"


def archive_flags(archive: Path) -> str:
    """Return the JVM's options for this start: write the archive, use it, or nothing if there is none."""
    base = _base_of(archive)
    if target := os.environ.get(TRAINING_VARIABLE):
        on_base = f'"-XX:SharedArchiveFile={base}" ' if base.exists() else ""
        return f'{on_base}"-XX:ArchiveClassesAtExit={target}" {QUIET}'
    if archive.exists():
        both = f"{base}{os.pathsep}{archive}" if base.exists() else archive
        return f'"-XX:SharedArchiveFile={both}" -Xshare:auto {QUIET}'
    return ""


def build_archive(archive: Path, *, java: Java, workload: Sequence[str], timeout_seconds: int = 600) -> bool:
    """Run a workload once and keep the classes that its JVM loaded.

    Parameters
    ----------
    archive : Path
        Where the archive goes; replaced in one step when the run has ended well.
    java : Java
        The Java that the workload will start.
    workload : sequence of str
        Arguments for this Python: a program that starts Spark by ``start_session`` and ends its JVM.
    timeout_seconds : int, default 600
        How long the whole run may take, in seconds.

    Returns
    -------
    bool
        False if the run ended well and this Java wrote no archive: the lab works without, only slower.

    Raises
    ------
    SparkStartError
        If the run failed.
    """
    folder = ensure_writable(archive.parent, variable="MEDALLION_LAB_CACHE")
    with FileLock(folder / ".lock"), tempfile.TemporaryDirectory(dir=folder, prefix=".train-") as scratch:
        _ensure_base(java, archive)
        written = Path(scratch, "fast-start.jsa")
        surroundings = {**os.environ, TRAINING_VARIABLE: str(written), "MEDALLION_LAB_HOME": scratch}
        run = subprocess.run(
            [sys.executable, *workload],
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )
        if run.returncode:
            raise SparkStartError(
                got=f"a training run with exit status {run.returncode}, and this end: {run.stderr[-1000:]}",
                needed="one run of the demo, to prepare the fast start",
                next_step="run `medallion-lab doctor`, which says what is missing",
            )
        if not written.exists():
            return False
        written.replace(archive)
        for stale in folder.glob("*.jsa"):
            if stale not in (archive, _base_of(archive)):
                stale.unlink()
        return True


def _base_of(archive: Path) -> Path:
    return archive.with_name(f"{archive.stem}-base.jsa")


def _ensure_base(java: Java, archive: Path) -> None:
    """Give a Java that came without an archive of its own classes one: ours can only stand on such a base."""
    command = [str(java.home / "bin" / "java"), "-XX:+UseSerialGC"]
    if subprocess.run([*command, "-Xshare:on", "-version"], capture_output=True).returncode:
        dump = ["-Xshare:dump", f"-XX:SharedArchiveFile={_base_of(archive)}"]
        subprocess.run([*command, *dump], capture_output=True)
