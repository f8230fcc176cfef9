"""Show the package's own source in a chapter, so that the book can never disagree with the code."""

import inspect
from collections.abc import Callable
from typing import Any

from IPython.display import Markdown


def show_source(function: Callable[..., Any], *, docstring: bool = False) -> Markdown:
    """Return a function's source as text that can be selected, in the page's own syntax colours.

    Parameters
    ----------
    function : callable
        Any function or class of the package.
    docstring : bool, default False
        True keeps the docstring; False leaves it out, for the page explains the function already.
    """
    source = inspect.getsource(function)
    if not docstring and function.__doc__:
        opening = source.index('"""')
        closing = source.index('"""', opening + 3) + 3
        # Only a docstring that stands alone on its lines is cut, with the line's end.
        source = source[: source.rindex("\n", 0, opening) + 1] + source[closing:].lstrip("\n")
    return Markdown(f"```python\n{source.rstrip()}\n```")
