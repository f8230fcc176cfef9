import inspect

from medallion_lab.layers import gold
from medallion_lab.layers.gold import sum_by_region_and_day
from medallion_lab.panels.source import show_source


def test_a_functions_source_is_shown_without_its_docstring():
    shown = show_source(sum_by_region_and_day).data
    assert shown.startswith("```python\ndef sum_by_region_and_day(")
    assert "Parameters" not in shown
    assert shown.count("\n") == 3


def test_the_docstring_can_be_kept():
    assert "how many pieces did each region order" in show_source(sum_by_region_and_day, docstring=True).data


def test_what_is_shown_is_what_runs():
    shown = show_source(sum_by_region_and_day).data.removeprefix("```python\n").removesuffix("\n```")
    namespace = vars(gold).copy()
    exec(shown, namespace)
    runs = inspect.unwrap(sum_by_region_and_day)
    assert namespace["sum_by_region_and_day"].__code__.co_names == runs.__code__.co_names
