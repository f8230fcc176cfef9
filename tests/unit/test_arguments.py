"""A wrong type is named by every public function that a reader gives it to, before anything is done."""

import importlib
import inspect
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import medallion_lab
from medallion_lab import arguments
from medallion_lab.arguments import LEFT_OUT
from medallion_lab.errors import WrongTypeError
from medallion_lab.observe.oracle import compare
from medallion_lab.runtime.workspace import Workspace
from medallion_lab.shop import Shop

MODULES = [
    importlib.import_module(found.name)
    for found in pkgutil.walk_packages(medallion_lab.__path__, "medallion_lab.")
    if not found.name.startswith(LEFT_OUT) and not found.name.endswith("__main__")
]


def public_functions():
    for module in MODULES:
        for name, value in vars(module).items():
            if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                yield value
            elif inspect.isclass(value):
                yield from (
                    function
                    for method, function in vars(value).items()
                    if inspect.isfunction(function) and hasattr(function, "__wrapped__")
                )


CHECKED = [function for function in public_functions() if hasattr(function, "__wrapped__")]


def test_the_functions_of_every_room_are_checked():
    rooms = {function.__module__.split(".")[1] for function in CHECKED}
    assert rooms >= {"autoloader", "classroom", "lab", "layers", "observe", "panels", "runtime", "shop"}
    assert len(CHECKED) > 200


@pytest.mark.parametrize(
    "function", CHECKED, ids=lambda function: f"{function.__module__}.{function.__qualname__}"
)
def test_every_public_function_names_an_argument_of_a_wrong_type(function):
    hints = arguments._hints(function.__wrapped__)
    given = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        given[name] = object()
    checkable = [name for name in given if name in hints and not takes_anything(hints[name])]
    if not checkable:
        return
    positional = [
        given.pop(name)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind == parameter.POSITIONAL_ONLY
    ]
    with pytest.raises(WrongTypeError) as caught:
        function(*positional, **given)
    assert caught.value.got.startswith(f"{checkable[0]}=") and caught.value.needed.startswith(checkable[0])


def takes_anything(hint):
    return hint in (Any, object) or "~" in str(hint)


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


@pytest.mark.parametrize(
    ("call", "got", "needed"),
    [
        (lambda shop: shop.land("ten"), "count='ten', a str", "count: a whole number (int)"),
        (lambda shop: shop.land([3]), "count=[3], a list", "count: a whole number (int)"),
        (lambda shop: shop.land(3, faults=["late"]), "faults=['late'], a list", "faults: a mapping"),
        (lambda shop: shop.land_lines("one"), "lines='one', a str", "lines: a list of which each is a text"),
        (lambda shop: shop.land_lines(["a", 1]), "lines=['a', 1], a list", "lines: a list of which each"),
        (lambda shop: shop.set_pace("slow"), "hours='slow', a str", "hours: a number (float)"),
        (lambda shop: shop.land(rows=3), "Shop.land with other arguments", "land(self, count: int = 10"),
        (lambda shop: Shop("landing"), "landing='landing', a str", "landing: a Path"),
        (lambda shop: Workspace(b"lab"), "name=b'lab', a bytes", "name: a text (str)"),
        (lambda shop: compare("spark", shop), "spark='spark', a str", "a SparkSession"),
    ],
)
def test_the_error_says_what_was_got_and_what_is_needed_and_nothing_lands(shop, call, got, needed):
    with pytest.raises(WrongTypeError) as caught:
        call(shop)
    assert got in caught.value.got and needed in caught.value.needed and caught.value.next_step
    assert shop.files() == []


def test_a_text_for_a_path_says_how_to_make_one():
    with pytest.raises(WrongTypeError) as caught:
        Shop("landing")
    assert caught.value.next_step == "give Path('landing')"


def test_calls_inside_the_package_are_left_alone(shop):
    assert shop.land(2).line_count == 2
    assert shop.land_lines([]).line_count == 0
    assert isinstance(shop.landing, Path)
