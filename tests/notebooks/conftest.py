from tests.notebooks.chapters import chapters


def pytest_generate_tests(metafunc):
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("chapter", chapters(), ids=lambda path: path.stem)
