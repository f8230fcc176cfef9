"""What a click did, as code that does the same in a cell. Taught in: book/foundations/introduction.ipynb."""

import json
from collections.abc import Mapping
from html import escape

from medallion_lab.panels.cells import scrolling
from medallion_lab.panels.wording import plain_number


def land_code(rows: int, faults: Mapping[str, float], *, files: int = 1) -> str:
    """Return the call, or the loop of calls, that lands files."""
    call = f"lab.shop.land({rows}{_planted(faults)})"
    return call if files == 1 else f"for _ in range({files}):\n    {call}"


def drip_code(rows: int, every_seconds: float, faults: Mapping[str, float]) -> str:
    """Return the import and the call that start a drip."""
    call = f"start_drip(lab.shop, {rows}, every_seconds={plain_number(every_seconds)}{_planted(faults)})"
    return f"from medallion_lab.shop.drip import start_drip\n\n{call}"


def code_html(code: str) -> str:
    """Return code below the words that announce it, in a box that scrolls inside itself."""
    return f"<p>The same in code:</p>{scrolling(f'<pre>{escape(code)}</pre>', name='The same in code')}"


def _planted(faults: Mapping[str, float]) -> str:
    return f", faults={json.dumps(faults)}" if faults else ""
