"""Play a chapter as a reader does who makes mistakes: its cells in another order, fewer or more of them.

As a program it plays under a hindrance as well, which only this process and its kernels meet:
``python -m tests.misuse.playing NOTEBOOK REPORT [--no-network] [--disk-mb 30]``.
"""

import argparse
import ctypes
import fcntl
import json
import os
import re
import socket
import struct
from pathlib import Path

import nbformat
from nbclient import NotebookClient

SECONDS_A_CELL = 300
NEW_NETWORK, NEW_MOUNTS, NEW_USER = 0x40000000, 0x00020000, 0x10000000
PRIVATE, REMOUNT = 1 << 18 | 16384, 32
INTERFACE_UP = 0x8914

# What says by itself what is wrong: our own three sentences, Spark's with its class, a name that a cell which
# was left out would have made, a promise of the chapter's with its text.
CLEAR = re.compile(
    r"Got: .*\nNeeded: .*\nNext: |^\[[A-Z][A-Z0-9_.]+\] |^name '\w+' is not defined$|^.+$(?<=\.)", re.DOTALL
)
RAW = {
    "AttributeError", "KeyError", "IndexError", "TypeError", "ValueError", "OSError", "FileNotFoundError",
    "IsADirectoryError", "Py4JJavaError", "Py4JError", "Py4JNetworkError", "ConnectionRefusedError",
    "UnboundLocalError", "RecursionError", "UnknownException", "DeadKernelError", "JSONDecodeError",
}  # fmt: skip


def code_cells(notebook):
    """Return a notebook's cells of code."""
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def play(cells, *, folder, interrupted_after=None):
    """Run cells in a new kernel, whatever each of them does.

    Returns
    -------
    list of tuple
        For each cell with an error: its source, the error's name and its text.
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells])
    client = NotebookClient(
        notebook,
        timeout=SECONDS_A_CELL,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells[:interrupted_after]):
            client.execute_cell(cell, index)
        if interrupted_after is not None:
            # As "Restart kernel" does: at once, without a word to the kernel.
            client.km.shutdown_kernel(now=True)
    return errors_of(notebook.cells)


def errors_of(cells):
    """Return each cell's error, with its source."""
    return [
        (cell.source, output.ename, output.evalue)
        for cell in cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def unclear(errors):
    """Return the errors that say nothing to a reader."""
    return [error for error in errors if error[1] in RAW or not CLEAR.search(error[2].strip())]


def without_network():
    """Let this process and its kernels reach this machine alone."""
    _unshare(NEW_NETWORK)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, INTERFACE_UP, struct.pack("16sH14x", b"lo", 0x41))


def on_a_small_disk(folder, megabytes):
    """Put a disk of this size under the folder, for this process and its kernels."""
    _unshare(NEW_MOUNTS)
    _call("mount", b"none", b"/", None, PRIVATE, None)
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={megabytes}m".encode())


def enlarge_disk(folder, megabytes):
    """Make that disk larger; what is on it stays."""
    _call("mount", b"tmpfs", os.fsencode(folder), b"tmpfs", REMOUNT, f"size={megabytes}m".encode())


def _unshare(what):
    _call("unshare", what if os.geteuid() == 0 else what | NEW_USER)


def _call(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(
            number, f"{name}: {os.strerror(number)}. This test needs root, or Linux's user namespaces."
        )


def main():
    """Play a notebook under a hindrance, then without; write both reports."""
    parser = argparse.ArgumentParser()
    parser.add_argument("notebook", type=Path)
    parser.add_argument("report", type=Path)
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--disk-mb", type=int)
    given = parser.parse_args()
    cells, home = code_cells(given.notebook), Path(os.environ["MEDALLION_LAB_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    if given.no_network:
        without_network()
    if given.disk_mb:
        on_a_small_disk(home, given.disk_mb)
    reports = {"hindered": play(cells, folder=given.notebook.parent)}
    if given.disk_mb:
        enlarge_disk(home, 2000)
        reports["after"] = play(cells, folder=given.notebook.parent)
    given.report.write_text(json.dumps(reports))


if __name__ == "__main__":
    main()
