"""A JupyterLab that a command of ours has started: asked over HTTP, and ended as a reader ends it."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

TOKEN = "a-token-for-this-test-alone"
START_SECONDS = 120
STOP_SECONDS = 60

no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Served:
    """A server that answers, and the status with which it ended."""

    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.exit_status = None

    def get(self, path, token=TOKEN):
        request = urllib.request.Request(
            f"{self.address}/{path}", headers={"Authorization": f"token {token}"}
        )
        with no_proxy.open(request, timeout=30) as answer:
            return answer.read()

    def ask(self, path):
        return json.loads(self.get(path))

    def answers(self):
        try:
            return bool(self.ask("api/status"))
        except urllib.error.HTTPError:
            raise
        except OSError:
            return False


@contextmanager
def serving(command, log_file, *, surroundings=os.environ):
    """Run a command that serves on ``--port``, wait for its answer, and end it by Ctrl-C."""
    port = free_port()
    served = Served(port)
    with log_file.open("w") as log:
        process = subprocess.Popen(
            [*map(str, command), f"--port={port}"],
            env={**surroundings, "JUPYTER_TOKEN": TOKEN},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        for _ in range(10 * START_SECONDS):
            if served.answers():
                break
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            pytest.fail(f"It ended with status {process.returncode}:\n{log_file.read_text()[-3000:]}")
        else:
            pytest.fail(f"No answer within {START_SECONDS} s:\n{log_file.read_text()[-3000:]}")
        yield served
        # As a terminal does at Ctrl-C: to all that run in it.
        os.killpg(process.pid, signal.SIGINT)
        served.exit_status = process.wait(STOP_SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
