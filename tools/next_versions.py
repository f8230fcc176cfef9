"""Try the lab on the next pair of Spark and Delta, in a copy of the project: ``make next-versions``.

Delta fits one release of Spark, so pip chooses the newest two that fit each other. The copy, under
``_build/next``, gets their pins and the jars that this Delta needs beside the jars of this Spark; then some
targets of its Makefile run there. When the day has come, the copy's ``PUBLISHED`` is what to compare with.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from medallion_lab.runtime.jars import JARS, Jar
from medallion_lab.runtime.java import find_java

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "_build" / "next"
PAIR = ("pyspark", "delta-spark")
# The files that hold the versions; CONTRIBUTING names them under "Change a version".
PINNED = ("pyproject.toml", "constraints.txt", "environment.yml", ".binder/requirements.txt")
JARS_FILE = "medallion_lab/runtime/jars.py"


# ---------------------------------------------------------------- which versions
def pins(root: Path = ROOT) -> dict[str, str]:
    """Return the pair that the project is pinned to."""
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^(\S+)==(\S+)$", text, re.MULTILINE))
    return {name: pinned[name] for name in PAIR}


def newest(present: dict[str, str]) -> dict[str, str]:
    """Return the newest pair that fits, and what it asks for, as pip resolves it: name -> version."""
    wanted = [f"{name}>={version}" for name, version in present.items()]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--dry-run"]
    command += ["--ignore-installed", "--report", "-", *wanted]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    found = [item["metadata"] for item in report["install"]]
    return {metadata["name"]: metadata["version"] for metadata in found}


# ---------------------------------------------------------------- the copy
def copy_project(root: Path, copy: Path) -> None:
    """Copy what git knows of the project into a repository of its own; what was installed there stays."""
    for old in copy.glob("*"):
        if old.name != ".venv":
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name)
    # Some tests ask git for the project's files.
    for step in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *step], cwd=copy, check=True)


def raise_pins(copy: Path, versions: dict[str, str]) -> None:
    """Give the copy other versions, wherever one of these packages is pinned."""
    for file in (copy / name for name in PINNED):
        text = file.read_text(encoding="utf-8")
        for name, version in versions.items():
            # A package is one name, however it is written: importlib_metadata, importlib-metadata.
            either = re.sub(r"[-_.]", "[-_.]", re.escape(name).replace("\\-", "-").replace("\\.", "."))
            text = re.sub(rf"(?i)(?<![\w.-]){either}==[^\s\",]+", f"{name}=={version}", text)
        file.write_text(text, encoding="utf-8")


# ---------------------------------------------------------------- its jars
def needed_jars(spark_jars: Path, delta: str) -> list[Jar]:
    """Return the jars that a Delta needs beside a Spark's own, with the checksums of what came.

    Only those of the groups that ``JARS`` has: what else Spark lacks is named, and was not missed so far.

    Parameters
    ----------
    spark_jars : Path
        The folder ``jars`` of a pyspark.
    delta : str
        A version of Delta.
    """
    spark, scala = _version_of(spark_jars, "spark-core_*"), _version_of(spark_jars, "scala-library")
    artifact = f"delta-spark_{_minor(spark)}_{_minor(scala)}"
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        java = find_java().home / "bin" / "java"
        command = [java, "-jar", next(spark_jars.glob("ivy-*.jar")), "-cache", scratch / "ivy"]
        command += ["-dependency", "io.delta", artifact, delta, "-confs", "default"]
        command += [
            "-types",
            "jar",
            "bundle",
            "-retrieve",
            f"{scratch}/[organisation]/[artifact]-[revision].[ext]",
        ]
        run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
        found = sorted(scratch.glob("*.*/*.jar"))
        own = {_name_and_version(jar)[0] for jar in spark_jars.glob("*.jar")}
        groups = {jar.group for jar in JARS}
        needed = []
        for path in found:
            jar = Jar(
                path.parent.name, *_name_and_version(path), hashlib.sha256(path.read_bytes()).hexdigest()
            )
            if jar.name not in own and jar.group in groups:
                needed.append(jar)
            elif jar.name not in own:
                print(f"Left out: {jar}", flush=True)
    if not any(jar.name == artifact for jar in needed):
        raise SystemExit(
            f"{run.stdout[-2000:]}\nGot: no io.delta:{artifact}:{delta}\n"
            f"Needed: a Delta for Spark {spark}\nNext: wait for it, or look for how it is called now"
        )
    return sorted(needed, key=lambda jar: (jar.group, jar.name != artifact, jar.name))


def _version_of(jars: Path, name: str) -> str:
    return _name_and_version(next(jars.glob(f"{name}-[0-9]*.jar")))[1]


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _name_and_version(path: Path) -> tuple[str, str]:
    """Take a jar's file name apart: the version begins at the first hyphen before a digit."""
    name, version, _ = re.split(r"-(\d.*)", path.stem, maxsplit=1)
    return name, version


def write_jars(source: str, jars: list[Jar]) -> str:
    """Return the text of ``runtime/jars.py`` with other jars in its table."""
    published: dict[tuple[str, str], list[Jar]] = {}
    for jar in jars:
        published.setdefault((jar.group, jar.version), []).append(jar)
    lines = []
    for (group, version), files in published.items():
        lines += [f'    ("{group}", "{version}"): {{\n']
        lines += [f'        "{jar.name}": "{jar.sha256}",\n' for jar in files]
        lines += ["    },\n"]
    table = "".join(["PUBLISHED = {\n", *lines, "}\n"])
    written, count = re.subn(r"^PUBLISHED = \{\n.*?^\}\n", table, source, flags=re.MULTILINE | re.DOTALL)
    if count != 1:
        raise SystemExit(
            f"Got: {count} tables PUBLISHED in {JARS_FILE}\nNeeded: one\nNext: mend tools/next_versions.py"
        )
    return written


# ---------------------------------------------------------------- the try
def attempt(versions: dict[str, str], targets: list[str]) -> int:
    """Make the copy, install its packages, find its jars, run some targets of its Makefile there."""
    COPY.mkdir(parents=True, exist_ok=True)
    copy_project(ROOT, COPY)
    raise_pins(COPY, versions)
    make = ["make", "-C", str(COPY)]
    subprocess.run([*make, ".venv/.book"], check=True)
    (spark_jars,) = COPY.glob(".venv/lib/python*/site-packages/pyspark/jars")
    jars = needed_jars(spark_jars, versions["delta-spark"])
    file = COPY / JARS_FILE
    file.write_text(write_jars(file.read_text(encoding="utf-8"), jars), encoding="utf-8")
    print("Jars:", *(f"  {jar} {jar.sha256}" for jar in jars), sep="\n", flush=True)
    return subprocess.run([*make, "--keep-going", *targets], check=False).returncode


def main() -> None:
    """Try the newest pair, or the one that the command line names; if none is newer, say so."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pair", nargs="*", help="such as pyspark==4.2.0 delta-spark==4.4.0")
    parser.add_argument("--targets", default="unit notebooks", help="what to make in the copy")
    arguments = parser.parse_args()
    present = pins()
    versions = dict(pin.split("==") for pin in arguments.pair) or newest(present)
    if not arguments.pair and all(versions[name] == present[name] for name in PAIR):
        print(f"No pair newer than {' and '.join(f'{name} {present[name]}' for name in PAIR)}.")
        return
    print("Trying", " and ".join(f"{name} {versions[name]}" for name in PAIR), f"in {COPY}", flush=True)
    sys.exit(attempt(versions, arguments.targets.split()))


if __name__ == "__main__":
    main()
