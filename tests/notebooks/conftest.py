from tests.notebooks.chapters import chapters, lessons, running, solutions, title

NOTEBOOKS = {"chapter": chapters, "lesson": lessons, "solved": solutions, "running": running}


def pytest_generate_tests(metafunc):
    for name, notebooks in NOTEBOOKS.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, notebooks(), ids=title)
