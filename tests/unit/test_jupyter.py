import os
import sys
import urllib.error

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from packaging.requirements import Requirement

from medallion_lab import jupyter
from medallion_lab.bookshelf import FIRST_PAGE
from medallion_lab.errors import JupyterNotFoundError
from medallion_lab.jupyter import become_jupyter, jupyter_command, require_jupyter, trust
from tests.serving import serving

LAB = [sys.executable, "-m", "medallion_lab", "lab"]


def test_it_shows_the_copy_opens_the_introduction_and_is_this_machines_alone(tmp_path):
    command = jupyter_command(tmp_path)
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert {
        "--ip=127.0.0.1",
        f"--ServerApp.root_dir={tmp_path}",
        f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}",
    } <= set(command)
    assert "--no-browser" not in command and not any("port" in word for word in command)


def test_a_port_that_is_named_is_that_port_or_none(tmp_path):
    command = jupyter_command(tmp_path, browser=False, port=9000)
    assert {"--no-browser", "--port=9000", "--ServerApp.port_retries=0"} <= set(command)


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_to_root(tmp_path, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in jupyter_command(tmp_path)) is allowed


def test_this_process_becomes_jupyterlab_with_the_kernels_of_this_python(tmp_path, monkeypatch):
    became = []
    monkeypatch.setattr(os, "execve", lambda *call: became.append(call))
    monkeypatch.delenv("JUPYTER_PREFER_ENV_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    become_jupyter(tmp_path, browser=False)
    [(program, command, surroundings)] = became
    assert program == sys.executable and command == jupyter_command(tmp_path, browser=False)
    assert surroundings["JUPYTER_PREFER_ENV_PATH"] == "1"


def test_what_came_with_the_package_is_trusted_as_it_came(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    ours, theirs = (nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]) for text in "ab")
    nbformat.write(ours, tmp_path / "ours.ipynb")
    trust([tmp_path / "ours.ipynb"])
    assert NotebookNotary().check_signature(nbformat.read(tmp_path / "ours.ipynb", as_version=4))
    assert not NotebookNotary().check_signature(theirs)


def test_what_the_chapters_need_is_here():
    require_jupyter()


def test_a_package_that_was_installed_alone_says_what_is_missing_and_how_to_get_it(monkeypatch):
    absent = [Requirement("ipykernel>=7"), Requirement("no-such-lab>=4"), Requirement("no-such-runner")]
    monkeypatch.setattr(jupyter, "requirements", {"book": absent}.get)
    with pytest.raises(JupyterNotFoundError) as refused:
        require_jupyter()
    assert refused.value.got.startswith("no no-such-lab, no-such-runner in ")
    assert 'pip install "medallion-lab[book]"' in refused.value.next_step


def test_it_serves_the_copy_to_who_has_the_token_and_ctrl_c_ends_it(tmp_path, home):
    copy = tmp_path / "my copy"
    command = [*LAB, copy, "--no-browser", "--without-fast-start"]
    with serving(command, tmp_path / "log.txt") as served:
        shown = served.ask("api/contents")["content"]
        assert {"foundations", "layers", "index.md"} <= {entry["name"] for entry in shown}
        first = served.ask(f"api/contents/{FIRST_PAGE}")
        assert first["type"] == "notebook" and first["writable"]
        assert b"</svg>" in served.get("files/figures/cover.svg")
        assert "python3" in served.ask("api/kernelspecs")["kernelspecs"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            served.get(f"api/contents/{FIRST_PAGE}", token="a guess")
    assert served.exit_status == 0
    log = (tmp_path / "log.txt").read_text()
    assert f"Your copy of the chapters is {copy}" in log
    assert f"/lab/tree/{FIRST_PAGE}?token=" in log
