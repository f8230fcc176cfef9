from tests.notebooks.chapters import chapters, lessons


def pytest_generate_tests(metafunc):
    for name, notebooks in (("chapter", chapters()), ("lesson", lessons())):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, notebooks, ids=lambda path: path.stem)
