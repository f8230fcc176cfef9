"""Each chapter with another seed and other sizes, each cell run twice in a row: its asserts still hold."""

import copy

import nbformat
import papermill
import pytest
from jupyter_client.manager import AsyncKernelManager

from tools.contents import is_left_open


def doubled(notebook):
    """Return the notebook with every code cell twice, as a reader does who presses the key once too often."""
    twice = copy.deepcopy(notebook)
    twice.cells = []
    for cell in notebook.cells:
        twice.cells.append(cell)
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            again = copy.deepcopy(cell)
            again.id = f"{cell.id[:58]}-again"
            twice.cells.append(again)
    return twice


def other_parameters(chapter):
    """Return another value for each number in the parameters cell."""
    known = papermill.inspect_notebook(str(chapter))
    numbers = {
        name: int(found["default"]) for name, found in known.items() if found["default"].strip().isdigit()
    }
    assert "seed" in numbers
    return {name: value + 4 for name, value in numbers.items()}


def test_a_chapter_holds_for_other_data_and_for_cells_run_twice(running, tmp_path, monkeypatch, warm_jvm):
    monkeypatch.setenv("MEDALLION_LAB_HOME", str(tmp_path / "home"))
    nbformat.write(doubled(nbformat.read(running, as_version=4)), tmp_path / running.name)
    parameters = other_parameters(running)
    manager = AsyncKernelManager
    if warm_jvm:
        manager = warm_jvm.kernel_manager(left_open=is_left_open(running))
    result = papermill.execute_notebook(
        str(tmp_path / running.name),
        str(tmp_path / f"done_{running.name}"),
        parameters=parameters,
        cwd=str(running.parent),
        kernel_name="python3",
        execution_timeout=300,
        progress_bar=False,
        log_output=False,
        kernel_manager_class=manager,
    )
    assert warm_jvm is None or warm_jvm.left == []
    code = [cell for cell in result.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    injected = next(cell for cell in code if "injected-parameters" in cell.metadata.tags)
    assert f"seed = {parameters['seed']}" in injected.source


def test_a_chapter_that_breaks_a_promise_fails(tmp_path):
    """The same run with a false assert: if this passed, the test above would prove nothing."""
    false = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("assert 1 == 2, 'one is not two'")])
    nbformat.write(false, tmp_path / "false.ipynb")
    with pytest.raises(papermill.PapermillExecutionError, match="one is not two"):
        papermill.execute_notebook(
            str(tmp_path / "false.ipynb"),
            str(tmp_path / "out.ipynb"),
            kernel_name="python3",
            progress_bar=False,
        )
