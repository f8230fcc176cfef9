"""The anchor of a heading, as JupyterLab makes it: so that a link leads there and on the page alike."""


def anchor(heading: str) -> str:
    """Return what a link writes behind ``#`` to lead to this heading.

    A page of the book would take any rule; JupyterLab has this one, and finds capitals only as capitals. The
    addresses in the built pages are not made of it: ``glossary.html#jvm`` stays.
    """
    return heading.strip().replace(" ", "-")
