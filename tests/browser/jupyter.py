"""A real JupyterLab on loopback, with a copy of the book, and one notebook of it at a time in the browser."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError

# Binder serves a reader under a path of their own: an address that begins at the root leads astray there.
BASE = "/user/reader/"
START_SECONDS = 90
RUN_SECONDS = 300
STOP_SECONDS = 30

SETTINGS = {
    # All outputs are in the page, wherever the reader has scrolled.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "docmanager-extension/plugin": {"autosave": False},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "extensionmanager-extension/plugin": {"enabled": False, "disclaimed": True},
}

READY = "look.isReady()"


class Jupyter:
    """A JupyterLab of its own: settings, workspaces and a copy of the book are in a temporary folder."""

    def __init__(self, folder: Path, book: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.token = secrets.token_hex(24)
        shutil.copytree(book, folder / "files" / "book", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.context: BrowserContext | None = None
        self.address = f"http://127.0.0.1:{self.port}{BASE}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        for name, value in SETTINGS.items():
            file = self.folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(value), encoding="utf-8")
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "MEDALLION_LAB_HOME": "home",
        }
        environment = os.environ | {name: str(self.folder / folder) for name, folder in folders.items()}
        environment |= {"JUPYTER_TOKEN": self.token, "JUPYTER_PREFER_ENV_PATH": "1"}
        options = [
            "--no-browser",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.base_url={BASE}",
            f"--ServerApp.root_dir={self.folder / 'files'}",
            f"--FileCheckpoints.checkpoint_dir={self.folder / 'checkpoints'}",
            "--NotebookNotary.db_file=:memory:",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.extension_manager=readonly",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            # If a run of the tests is killed, the server and its kernels end by themselves.
            "--MappingKernelManager.cull_idle_timeout=900",
            "--ServerApp.shutdown_no_activity_timeout=1200",
            *(["--allow-root"] if os.geteuid() == 0 else []),
        ]
        with (self.folder / "server.log").open("w") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for _ in range(10 * START_SECONDS):
            if self._answers():
                return
            try:
                self.server.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            break
        pytest.fail(f"JupyterLab does not start:\n{(self.folder / 'server.log').read_text()[-2000:]}")

    def close_notebook(self) -> None:
        """Close the page of the notebook that is open, if one is, and end its kernel."""
        if self.context is not None:
            self.context.close()
            self.context = None
        for session in self._ask("GET", "api/sessions"):
            self._ask("DELETE", f"api/sessions/{session['id']}")

    def stop(self) -> list[str]:
        """Stop the server and all that it started.

        Returns
        -------
        list of str
            Names of processes that had to be killed; empty when each has ended as it was asked to.
        """
        try:
            if self._answers():
                self.close_notebook()
        finally:
            self.server.terminate()
            _, alive = psutil.wait_procs(self._processes(), timeout=STOP_SECONDS)
            killed = []
            for process in alive:
                with suppress(psutil.NoSuchProcess):
                    killed.append(process.name())
                    process.kill()
            # The server is our own child: without this it would stay as a zombie.
            self.server.wait(STOP_SECONDS)
        return killed

    def _processes(self) -> list[psutil.Process]:
        """Find what the server started, and what that started, also where the parent has gone."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("MEDALLION_LAB_HOME") == str(self.home):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def _answers(self) -> bool:
        try:
            self._ask("GET", "api/status")
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            self.address + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with no_proxy.open(request, timeout=STOP_SECONDS) as answer:
            return json.loads(answer.read() or "null")


@contextmanager
def jupyter_lab(folder: Path, book: Path) -> Iterator[Jupyter]:
    """Run a JupyterLab in this folder; it is stopped whatever happens."""
    jupyter = Jupyter(folder, book)
    # Whoever stops the tests stops the server too.
    usual = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        jupyter.start()
        yield jupyter
    finally:
        killed = jupyter.stop()
        signal.signal(signal.SIGTERM, usual)
    assert killed == [], "What a kernel starts ends with it."


class Notebook:
    """A notebook in the browser.

    Attributes
    ----------
    page : Page
        JupyterLab's page.
    foreign_requests : list of str
        Addresses outside JupyterLab's own path that the page asked for; other sites were out of its reach.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.foreign_requests: list[str] = []

    def run_all(self, *, seconds: int = RUN_SECONDS) -> None:
        """Run all cells, and wait until they have ended. A cell that fails fails the test."""
        self._start("notebook:run-all-cells")
        self._wait_for_outcome(seconds)
        self._require_that_all_ran()

    def run_above(self, code: str, *, seconds: int = RUN_SECONDS) -> None:
        """Run all cells before the one that has this code in it, and wait until they have ended."""
        self._choose_cell(code)
        self._start("notebook:run-all-above")
        self._wait_for_outcome(seconds)
        self._require_no_error()

    def run_cell(self, code: str, *, seconds: int = RUN_SECONDS) -> None:
        """Run the one cell that has this code in it, and wait for its end."""
        self.start_cell(code)
        self._wait_for_outcome(seconds)
        self._require_no_error()

    def start_cell(self, code: str) -> None:
        """Start the one cell that has this code in it."""
        self._choose_cell(code)
        self._start("notebook:run-cell")

    def add_cell(self, code: str) -> None:
        """Add a cell at the end."""
        self.page.evaluate("source => look.addCell(source)", code)

    def remove_last_cell(self) -> None:
        """Take the last cell away."""
        self.page.evaluate("look.removeLastCell()")

    def interrupt(self) -> None:
        """Interrupt the kernel, and wait until it is idle and the cell that ran has ended."""
        self.page.evaluate("look.interrupt()")
        self._wait_for_outcome(START_SECONDS)

    def restart(self) -> None:
        """Restart the kernel, and wait until it is ready."""
        self._start("kernelmenu:restart")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self._wait_for_outcome(START_SECONDS)

    def use_theme(self, name: str) -> None:
        """Switch to a theme of JupyterLab's, ``light`` or ``dark``, and wait until it is there."""
        theme = f"JupyterLab {name.capitalize()}"
        self._start("apputils:change-theme", {"theme": theme})
        self.page.wait_for_function("(theme) => document.body.dataset.jpThemeName === theme", arg=theme)

    def cells(self) -> list[dict]:
        """Return source, kind, execution count and errors of each cell."""
        return self.page.evaluate("look.cells()")

    def _choose_cell(self, code: str) -> None:
        found = [
            place for place, cell in enumerate(self.cells()) if cell["is_code"] and code in cell["source"]
        ]
        assert len(found) == 1, f"{len(found)} cells have {code!r}"
        self.page.evaluate("place => look.chooseCell(place)", found[0])

    def _start(self, command: str, options: dict | None = None) -> None:
        self.page.evaluate("([command, options]) => look.start(command, options)", [command, options or {}])

    def _wait_for_outcome(self, seconds: int) -> None:
        try:
            self.page.wait_for_function("look.outcome() !== null", timeout=seconds * 1000)
        except TimeoutError:
            left = [cell["source"] for cell in self.cells() if cell["is_code"] and cell["count"] is None]
            pytest.fail(f"Not finished after {seconds} s. Cells without a count: {left}")
        assert self.page.evaluate("look.outcome()") == "done"
        self.page.wait_for_function(READY)

    def _require_that_all_ran(self) -> None:
        self._require_no_error()
        code = [cell for cell in self.cells() if cell["is_code"] and cell["source"].strip()]
        assert [cell["source"] for cell in code if cell["count"] is None] == []

    def _require_no_error(self) -> None:
        assert {cell["source"]: cell["errors"] for cell in self.cells() if cell["errors"]} == {}


@contextmanager
def open_notebook(browser: Browser, jupyter: Jupyter, path: str, **options: Any) -> Iterator[Notebook]:
    """Open a notebook of the book's, and wait for its kernel.

    Parameters
    ----------
    browser : Browser
        The browser.
    jupyter : Jupyter
        The server. The notebook that was open before is closed: one Spark at a time is enough.
    path : str
        The notebook, as ``book/foundations/introduction.ipynb``.
    **options
        For the browser's context.
    """
    jupyter.close_notebook()
    context = jupyter.context = browser.new_context(service_workers="block", **options)
    context.set_default_timeout(30_000)
    context.add_init_script(path=Path(__file__).with_name("look.js"))
    notebook = Notebook(context.new_page())
    own = urlsplit(jupyter.address)

    def is_own(address: str) -> bool:
        parts = urlsplit(address)
        return parts.netloc == own.netloc and parts.path.startswith(BASE)

    def note_foreign(asked):
        if not (is_own(asked.url) or asked.url.startswith(("data:", "blob:"))):
            notebook.foreign_requests.append(asked.url)

    notebook.page.on("request", note_foreign)
    notebook.page.on("websocket", note_foreign)
    # Nobody wants to keep what a test has changed.
    notebook.page.on("dialog", lambda dialog: dialog.accept())
    try:
        # Each notebook has a workspace of its own: the usual one would open the notebook before, too.
        address = f"{jupyter.address}lab/workspaces/{Path(path).stem}/tree/{path}"
        notebook.page.goto(f"{address}?token={jupyter.token}", wait_until="commit")
        notebook.page.wait_for_function(READY, timeout=START_SECONDS * 1000)
        yield notebook
    finally:
        if jupyter.context is context:
            jupyter.close_notebook()
