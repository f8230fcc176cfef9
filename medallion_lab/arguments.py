"""Every public function says at once when it is given an argument of another type than its signature names.

One mechanism for the whole package: a module's public functions and methods are wrapped as it is imported,
and check what a caller from outside hands them. Calls inside the package are left alone: no row pays for it.
Term: exception.
Taught in: book/foundations/the_lab.ipynb.
Source: https://typeguard.readthedocs.io/en/latest/api.html (``check_type``)
"""

import functools
import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from reprlib import Repr
from typing import Any

from medallion_lab.errors import WrongTypeError

PACKAGE = "medallion_lab"
# These have signatures of Spark's, of IPython's or of the command line's: each says itself what it needs.
LEFT_OUT = (
    "medallion_lab.databricks",
    "medallion_lab.cli",
    "medallion_lab.errors",
    "medallion_lab.arguments",
)
WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "True or False",
    type(None): "None",
    list: "a list",
    dict: "a dictionary",
}


class CheckedModules(MetaPathFinder):
    """Wraps a module's public functions when it has been imported."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the module's spec with a loader that wraps; None for what is none of ours."""
        if not fullname.startswith(f"{PACKAGE}.") or fullname.startswith(LEFT_OUT):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: types.ModuleType) -> None:
                load(module)
                check_module(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def check_module(module: types.ModuleType) -> None:
    """Wrap the public functions that a module defines, and the public methods of its public classes."""
    for name, value in list(vars(module).items()):
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value):
            setattr(module, name, checked(value))
        elif inspect.isclass(value) and not issubclass(value, BaseException | typing.Protocol):
            for method, function in list(vars(value).items()):
                if inspect.isfunction(function) and (method == "__init__" or not method.startswith("_")):
                    setattr(value, method, checked(function))


def checked(function: Callable) -> Callable:
    """Return the function with its arguments checked, if it is called from outside of the package."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        if not sys._getframe(1).f_globals.get("__name__", "").startswith(PACKAGE):
            _check(function, arguments, named)
        return function(*arguments, **named)

    return call


def _check(function: Callable, arguments: tuple, named: dict) -> None:
    from typeguard import CollectionCheckStrategy, TypeCheckError, check_type

    hints, signature = _hints(function), inspect.signature(function)
    try:
        bound = signature.bind(*arguments, **named)
    except TypeError as error:
        raise WrongTypeError(
            got=f"{function.__qualname__} with other arguments than it has: {error}",
            needed=f"{function.__name__}{signature}",
            next_step=f"{_help(function)} says what each is",
        ) from None
    for name, value in bound.arguments.items():
        if name not in hints:
            continue
        kind = signature.parameters[name].kind
        values = (
            value.values() if kind == kind.VAR_KEYWORD else value if kind == kind.VAR_POSITIONAL else [value]
        )
        for one in values:
            try:
                is_text = isinstance(one, str | bytes) and not _takes_text(hints[name])
                has_not_its_parts = _is_protocol(hints[name]) and not isinstance(one, hints[name])
                if is_text or has_not_its_parts:
                    raise TypeCheckError("is something else")
                if not _is_protocol(hints[name]):
                    check_type(one, hints[name], collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS)
            except TypeCheckError:
                may_be_path = isinstance(one, str) and hints[name] is Path
                raise WrongTypeError(
                    got=f"{name}={_short(one)}, {_a(type(one))}",
                    needed=f"{name}: {in_words(hints[name])}",
                    next_step=f"give Path({one!r})" if may_be_path else f"{_help(function)} says what it is",
                ) from None


@functools.cache
def _hints(function: Callable) -> dict[str, Any]:
    hints = typing.get_type_hints(function)
    hints.pop("return", None)
    return hints


def _help(function: Callable) -> str:
    return f"help({function.__qualname__.removesuffix('.__init__')})"


def _takes_text(hint: Any) -> bool:
    """Say whether a text is meant where this is: a list of texts is none, though a text gives letters."""
    parts = typing.get_args(hint) if _is_union(hint) else (hint,)
    return any(part in (str, bytes) for part in parts) or all(
        typing.get_args(part) != (str,) for part in parts
    )


def in_words(hint: Any) -> str:
    """Return what a type is called in a sentence."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if _is_union(hint):
        return " or ".join(in_words(part) for part in parts)
    if origin is not None and inspect.isclass(origin) and issubclass(origin, Mapping):
        return f"a mapping, such as a dict, of {in_words(parts[0])} to {in_words(parts[1])}"
    if origin is not None and inspect.isclass(origin) and issubclass(origin, Iterable):
        return f"a list of which each is {in_words(parts[0])}"
    if hint in WORDS:
        return f"{WORDS[hint]} ({hint.__name__})" if hint is not type(None) else "None"
    return _a(hint) if inspect.isclass(hint) and not typing.get_args(hint) else _plain(hint)


def _is_protocol(hint: Any) -> bool:
    """Say whether a hint only names the parts that an object has; what these are is left to their users."""
    return inspect.isclass(hint) and getattr(hint, "_is_runtime_protocol", False)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


def _a(kind: type) -> str:
    return f"{'an' if kind.__name__[0].lower() in 'aeiou' else 'a'} {kind.__name__}"


def _plain(hint: Any) -> str:
    return str(hint).replace("collections.abc.", "").replace("typing.", "")


def _short(value: Any) -> str:
    shortened = Repr()
    shortened.maxstring = shortened.maxother = 60
    return shortened.repr(value)
