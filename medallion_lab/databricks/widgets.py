"""``dbutils.widgets``: the parameters of a notebook, without the boxes above it.

A widget has its default value until ``medallion-lab run --param name=value`` or
``%run ./other $name="value"`` gives another.
Term: widget.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/notebooks/widgets.html
"""

from collections.abc import Mapping, Sequence

from medallion_lab.errors import WidgetError

METHODS = (
    "text(name, default)",
    "dropdown(name, default, choices)",
    "combobox(name, default, choices)",
    "multiselect(name, default, choices)",
    "get(name)",
    "getAll()",
    "getArgument(name, otherwise)",
    "remove(name)",
    "removeAll()",
)


class Widgets:
    """What ``dbutils.widgets`` can do. Every value is a string, as on Databricks."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._given: dict[str, str] = {}

    def put_aside(self) -> tuple[dict[str, str], dict[str, str]]:
        """Remove all widgets, and what was given to them, for another notebook; return them."""
        mine = self._values, self._given
        self._values, self._given = {}, {}
        return mine

    def take_back(self, mine: tuple[dict[str, str], dict[str, str]]) -> None:
        """Have the widgets again that were put aside."""
        self._values, self._given = mine

    def give(self, values: Mapping[str, str]) -> None:
        """Set values from outside the notebook: they win over defaults."""
        self._given |= values
        self._values |= {name: value for name, value in values.items() if name in self._values}

    def text(self, name: str, defaultValue: str, label: str | None = None) -> None:
        """Make a widget that takes any text."""
        self._make(name, defaultValue)

    def dropdown(
        self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None
    ) -> None:
        """Make a widget that takes one of the choices."""
        self._make(name, defaultValue, choices=choices)

    def combobox(
        self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None
    ) -> None:
        """Make a widget that takes one of the choices, or any other text."""
        self._make(name, defaultValue)

    def multiselect(
        self, name: str, defaultValue: str, choices: Sequence[str], label: str | None = None
    ) -> None:
        """Make a widget that takes several of the choices; ``get`` returns them with commas between."""
        self._make(name, defaultValue, choices=choices, several=True)

    def get(self, name: str) -> str:
        """Return the widget's value, or what the run was given under this name.

        Raises
        ------
        WidgetError
            If there is neither.
        """
        values = self._given | self._values
        if name in values:
            return values[name]
        raise WidgetError(
            got=f"the widget {name!r}; there: {', '.join(sorted(self._values)) or 'none'}",
            needed="a widget that was made (on Databricks: InputWidgetNotDefined)",
            next_step=f"make it first: dbutils.widgets.text({name!r}, 'a default')",
        )

    def getAll(self) -> dict[str, str]:
        """Return every widget's value by its name."""
        return dict(self._values)

    def getArgument(self, name: str, optional: str | None = None) -> str:
        """Return the widget's value, or ``optional`` if there is no such widget."""
        if optional is not None and name not in self._given | self._values:
            return optional
        return self.get(name)

    def remove(self, name: str) -> None:
        """Remove a widget."""
        self.get(name)
        self._values.pop(name, None)

    def removeAll(self) -> None:
        """Remove all widgets."""
        self._values.clear()

    def help(self) -> None:
        """Print what there is."""
        for method in METHODS:
            print(f"dbutils.widgets.{method}")

    def _make(
        self, name: str, default: str, *, choices: Sequence[str] | None = None, several: bool = False
    ) -> None:
        # A cell that runs again does not take back what was chosen.
        value = self._values.get(name, self._given.get(name, default))
        chosen = value.split(",") if several else [value]
        if choices is not None and not set(chosen) <= set(map(str, choices)):
            raise WidgetError(
                got=f"{name}={value}",
                needed=f"{'some' if several else 'one'} of {', '.join(map(str, choices))}",
                next_step="give one of these, as default or with --param",
            )
        self._values[name] = value
