"""Delta's jars: fetched once by coordinate, proven by checksum, then used offline.

The ``delta-spark`` wheel holds Python only. Spark's own way to add jars resolves 33 artifacts at every
start; all but seven of them are inside pyspark already, so the lab fetches those seven with the Ivy that
pyspark brings.
Term: dependency.
Taught in: book/foundations/the_lab.ipynb.
Source: https://docs.delta.io/latest/quick-start.html and
https://ant.apache.org/ivy/history/latest-milestone/standalone.html
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from medallion_lab.errors import CorruptJarError, JarDownloadError
from medallion_lab.runtime.java import find_java
from medallion_lab.runtime.places import cache_folder, ensure_writable


@dataclass(frozen=True)
class Jar:
    """One published artifact: its coordinate, and the SHA-256 of its file."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The file's name in the cache."""
        return f"{self.name}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.group}:{self.name}:{self.version}"


PUBLISHED = {
    ("io.delta", "4.4.0"): {
        "delta-spark_4.2_2.13": "27d4fd8b1f879535c573ed1c718177d6a27f24d3e626ba02e216369725721ead",
        "delta-storage": "c46735481fa8e326b0957be02b4420cbcab4b325bb08009b7f2045a95133f1cc",
        "delta-kernel-api": "ee9b5a14ac3b7efdff4d61a58478fe8eb0e5a3fbca43889dca7290795fe79a11",
        "delta-kernel-defaults": "225c975199e4718b38ee5b7e6da7f19e9585024262b2cec2656b32151a856b0b",
        "delta-kernel-unitycatalog": "cea22dfb4ac562b3cd27bf652697750e8336009d73fb06631363aaaad5345ffa",
    },
    ("io.unitycatalog", "0.6.0"): {
        "unitycatalog-client": "48257499a86b801a3e2372cec55ac226ca1c1c7eabe5c118e7302f29a1fdbc19",
        "unitycatalog-hadoop": "c47b63c961c87102b9e1d63809a0915ba4c86b7652f57c8d39ca3a05b441a150",
    },
}
"""Of each group in one version: its jars' names, and the SHA-256 of their files."""

JARS = tuple(
    Jar(group, name, version, sha256)
    for (group, version), files in PUBLISHED.items()
    for name, sha256 in files.items()
)
"""What Delta 4.4 needs beside the jars of pyspark 4.2."""


def jar_folder() -> Path:
    """Return the cache's folder of jars for the installed Delta; it may not exist yet."""
    return cache_folder() / "jars" / f"delta-{version('delta-spark')}"


def missing_jars() -> list[Jar]:
    """Return the jars that the cache lacks; an empty list means that no network is needed."""
    return [jar for jar in JARS if not (jar_folder() / jar.file_name).exists()]


def corrupt_jars() -> list[Jar]:
    """Return the jars of the cache whose bytes are not the published ones."""
    present = [jar for jar in JARS if (jar_folder() / jar.file_name).exists()]
    return [jar for jar in present if _checksum(jar_folder() / jar.file_name) != jar.sha256]


def ensure_jars() -> list[Path]:
    """Return the paths of Delta's jars, fetching what the cache lacks.

    Returns
    -------
    list of Path
        One file for each of ``JARS``, checked against its checksum.

    Raises
    ------
    JarDownloadError
        If a jar is missing and cannot be fetched, for example without a network.
    CorruptJarError
        If a jar is not the published file.
    """
    folder = jar_folder()
    if missing_jars():
        ensure_writable(folder, variable="MEDALLION_LAB_CACHE")
        with FileLock(folder / ".lock"):
            if wanted := missing_jars():
                _fetch(wanted, folder)
    if corrupt := corrupt_jars():
        path = folder / corrupt[0].file_name
        raise CorruptJarError(
            got=f"{path} with SHA-256 {_checksum(path)[:12]}… ({path.stat().st_size:,} bytes)",
            needed=f"{corrupt[0]} with SHA-256 {corrupt[0].sha256[:12]}…",
            next_step="run `medallion-lab setup`, which fetches it again",
        )
    return [folder / jar.file_name for jar in JARS]


def repair_jars() -> list[Path]:
    """Like ``ensure_jars``, but replace a corrupt jar of the cache instead of refusing it."""
    for jar in corrupt_jars():
        (jar_folder() / jar.file_name).unlink()
    return ensure_jars()


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fetch(wanted: list[Jar], folder: Path) -> None:
    import pyspark

    ivy = next(Path(pyspark.__file__).parent.glob("jars/ivy-*.jar"))
    java = find_java().home / "bin" / "java"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        request = Path(scratch, "ivy.xml")
        request.write_text(_ivy_request(wanted))
        command = [
            java,
            "-jar",
            ivy,
            "-ivy",
            request,
            "-cache",
            Path(scratch, "ivy"),
            "-types",
            "jar",
            "bundle",
        ]
        command += ["-retrieve", f"{scratch}/[artifact]-[revision].[ext]"]
        # A reader behind a mirror names it where Spark looks too: in an Ivy settings file.
        if settings := os.environ.get("MEDALLION_LAB_IVY_SETTINGS"):
            command += ["-settings", settings]
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if absent := [jar for jar in wanted if not Path(scratch, jar.file_name).exists()]:
            raise JarDownloadError(
                got=f"{len(absent)} of {len(wanted)} jars not fetched, first {absent[0]} ({_reason(run)})",
                needed=f"a network for the first start, to fetch {len(wanted)} jars into {folder}",
                next_step="connect and run `medallion-lab setup`; behind a mirror or a proxy, set "
                "MEDALLION_LAB_IVY_SETTINGS to an Ivy settings file, or JAVA_TOOL_OPTIONS to the proxy's "
                "options and certificates; or copy the folder from a machine that has it",
            )
        for jar in wanted:
            shutil.move(Path(scratch, jar.file_name), folder / jar.file_name)


def _ivy_request(wanted: list[Jar]) -> str:
    lines = [
        f'<dependency org="{jar.group}" name="{jar.name}" rev="{jar.version}" transitive="false"/>'
        for jar in wanted
    ]
    return (
        '<ivy-module version="2.0"><info organisation="medallion-lab" module="jars"/>'
        f"<dependencies>{''.join(lines)}</dependencies></ivy-module>"
    )


def _reason(run: subprocess.CompletedProcess[str]) -> str:
    """Pick the line of Ivy's long report that names the cause."""
    report = [line.strip() for line in (run.stdout + run.stderr).splitlines()]
    causes = [line for line in report if "Exception" in line or "not found" in line or "timed out" in line]
    return causes[0] if causes else f"Ivy ended with exit status {run.returncode}"
