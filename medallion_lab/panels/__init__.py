"""What a chapter shows: panels, tables, source, pictures. No rules live here, and no Spark."""

from importlib import import_module
from typing import Any

# A module of the same name as its function would take the function's place here, so none has it.
_ROOMS = {
    "generator_panel": "generator",
    "stream_panel": "streams",
    "replay": "streams",
    "control_room": "room",
}


def __getattr__(name: str) -> Any:
    """Import a panel when it is asked for: a chapter without one does not wait for ipywidgets."""
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
