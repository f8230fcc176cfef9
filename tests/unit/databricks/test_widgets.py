import pytest

from medallion_lab.databricks.widgets import Widgets
from medallion_lab.errors import WidgetError


def test_a_widget_has_its_default_until_a_value_is_given():
    widgets = Widgets()
    widgets.text("day", "1", "Which day")
    assert widgets.get("day") == "1"
    widgets.give({"day": "2"})
    widgets.text("day", "1")
    assert widgets.get("day") == widgets.getArgument("day") == "2"
    assert widgets.getAll() == {"day": "2"}


def test_a_given_value_needs_no_widget_as_in_a_job():
    widgets = Widgets()
    widgets.give({"day": "2"})
    assert widgets.get("day") == "2"


def test_choices_are_kept_to():
    widgets = Widgets()
    widgets.dropdown("region", "North", ["North", "South"])
    widgets.multiselect("days", "Mon,Tue", ["Mon", "Tue", "Wed"])
    widgets.combobox("any", "East", ["North", "South"])
    assert widgets.get("days") == "Mon,Tue"
    with pytest.raises(WidgetError, match="one of North, South"):
        widgets.dropdown("other", "West", ["North", "South"])


def test_a_widget_that_is_not_there_is_named():
    widgets = Widgets()
    widgets.text("day", "1")
    with pytest.raises(WidgetError, match=r"'month'; there: day"):
        widgets.get("month")
    assert widgets.getArgument("month", "January") == "January"


def test_widgets_are_removed_one_by_one_or_all():
    widgets = Widgets()
    widgets.text("day", "1")
    widgets.text("month", "1")
    widgets.remove("day")
    assert widgets.getAll() == {"month": "1"}
    widgets.removeAll()
    assert widgets.getAll() == {}
