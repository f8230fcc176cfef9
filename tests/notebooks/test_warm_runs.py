"""nbval on a warm JVM, as the suite runs it, on notebooks that have to fail: each is told by its name."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.notebooks.chapters import ROOT

LEAVES_A_VIEW = [
    "from medallion_lab.runtime.session import start_session\nspark = start_session()",
    "spark.range(3).createTempView('three')",
]
CLOSES = [LEAVES_A_VIEW[0], "spark.range(3).count()", "spark.stop()"]


def write(path, sources, outputs=()):
    cells = [nbformat.v4.new_code_cell(source, execution_count=n + 1) for n, source in enumerate(sources)]
    for number, text in outputs:
        data = {"text/plain": text}
        cells[number].outputs = [
            nbformat.v4.new_output("execute_result", data, execution_count=number + 1, metadata={})
        ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What pytest says of three notebooks that one JVM runs: leaky, then wrong, then right."""
    folder = tmp_path_factory.mktemp("notebooks")
    write(folder / "a_leaky.ipynb", LEAVES_A_VIEW)
    write(folder / "b_wrong.ipynb", CLOSES, [(1, "4")])
    write(folder / "c_right.ipynb", CLOSES, [(1, "3")])
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.notebooks.warm",
        "-rA",
        "--color=no",
        "-p",
        "no:xdist",
    ]
    nbval = ["--nbval", "--nbval-current-env", "--rootdir", str(folder), "-c", os.devnull, str(folder)]
    run = subprocess.run(
        [*command, *nbval],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return run.stdout + run.stderr


def test_what_a_notebook_leaves_in_the_jvm_fails_it_by_name(told):
    assert "a_leaky has left behind: a SparkContext that still runs; the temporary view 'three'" in told
    assert re.search(r"ERROR .*a_leaky", told)


def test_a_stored_output_that_is_wrong_is_caught(told):
    assert re.findall(r"^FAILED \S*/(\S+)", told, re.MULTILINE) == ["b_wrong.ipynb::Cell"]


def test_the_notebooks_after_a_leaky_one_run_as_if_it_had_not_been(told):
    assert len(re.findall(r"^PASSED \S*c_right", told, re.MULTILINE)) == 3
    assert not re.search(r"ERROR .*(b_wrong|c_right)", told)
