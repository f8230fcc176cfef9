"""Give the chapters that a test run executes one warm JVM to share, and hold each to leaving it as it was.

A plugin of pytest's: ``-p tests.notebooks.warm``. It serves nbval's cells and the tests that call papermill.
Without ``--own-jvm``, and with 4 GB of memory or more, each worker has one JVM for all of its chapters.
"""

import os
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tools.contents import is_left_open
from tools.warm_jvm import SECONDS_TO_CLOSE, WarmJvm, how_many_fit

ROOT = Path(__file__).parents[2]

_warm = pytest.StashKey[WarmJvm]()


def pytest_addoption(parser):
    group = parser.getgroup("chapters")
    group.addoption("--own-jvm", action="store_true", help="give each chapter a JVM of its own")
    group.addoption("--reversed-chapters", action="store_true", help="run the last chapter first")


def pytest_configure(config):
    # The process that only hands out the work runs no chapter.
    workers = getattr(config, "workerinput", {}).get("workercount") or config.getoption("numprocesses", None)
    runs_tests = hasattr(config, "workerinput") or not workers
    if runs_tests and not config.getoption("--own-jvm") and how_many_fit() >= (workers or 1):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        config.stash[_warm] = WarmJvm(ROOT / "_build" / f"warm-jvm-{worker}.log")


def pytest_unconfigure(config):
    if warm := config.stash.get(_warm, None):
        warm.close()


class ByChapter(LoadScopeScheduling):
    """A notebook's cells belong to one kernel, so to one worker; each other test stands for itself."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return file if file.endswith(".ipynb") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByChapter(config, log)


def pytest_collection_modifyitems(config, items):
    # At the end, what is done at once: no worker waits long while another still runs a chapter.
    items.sort(key=lambda item: item.path.name == "test_form.py")
    if config.getoption("--reversed-chapters"):
        files = list(dict.fromkeys(item.path for item in items))
        items.sort(key=lambda item: -files.index(item.path))


@pytest.fixture
def warm_jvm(request):
    """This worker's JVM, or None where each chapter has one of its own."""
    return request.config.stash.get(_warm, None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    warm = item.config.stash.get(_warm, None)
    if warm is None or item.path.suffix != ".ipynb" or item.parent.kernel is not None:
        return (yield)
    # nbval starts the notebook's kernel now, with the environment of this process.
    with pytest.MonkeyPatch.context() as surroundings:
        for name, value in warm.environment().items():
            surroundings.setenv(name, value)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    warm = item.config.stash.get(_warm, None)
    is_last = item.path.suffix == ".ipynb" and (nextitem is None or nextitem.parent is not item.parent)
    if not is_last or warm is None or item.parent.kernel is None:
        return (yield)
    left = [] if is_left_open(item.path) else warm.left_behind()
    # nbval kills its kernel, which then cannot close the lab.
    manager = item.parent.kernel.km
    manager.shutdown_wait_time = SECONDS_TO_CLOSE
    manager.shutdown_kernel(now=False)
    result = yield
    warm.finish(left or warm.left_behind())
    if warm.left:
        pytest.fail(f"{item.path.stem} has left behind: {'; '.join(warm.left)}", pytrace=False)
    return result
