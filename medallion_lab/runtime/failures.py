"""What made a stream fail, out of what Spark says of it: an error is wrapped several times on its way.

Term: exception.
Taught in: book/layers/streams.ipynb.
Source: https://spark.apache.org/docs/latest/sql-error-conditions.html (error classes, the names in brackets).
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from py4j.java_gateway import JavaObject
from pyspark.errors.exceptions.captured import CapturedException

LONGEST_CAUSE = 300
STACK = "\nJVM stacktrace:"
# These say where an error passed, not what it was.
WRAPPERS = ("[STREAM_FAILED", "[TASK_WRITE_FAILED", "[FAILED_READ_FILE")


def cause_in_one_sentence(error: str) -> str:
    """Return what made a stream fail, in one line: our own error, else the innermost one that has a class.

    Parameters
    ----------
    error : str
        The exception with its causes, as Spark prints them.
    """
    own = re.findall(r"medallion_lab\.errors\.(\w+: Got: .*)", error)
    named = re.findall(r"\[[A-Z][A-Z0-9_.]+\] .*", error)
    classes = [found for found in named if not found.startswith(WRAPPERS)]
    causes = re.findall(r"^Caused by: (.*)", error, flags=re.MULTILINE)
    candidates = [*own[-1:], *classes[-1:], *causes[-1:], *error.splitlines()[:1]]
    cause = in_one_line(candidates[0]) if candidates else "Spark gave no reason"
    return cause if len(cause) <= LONGEST_CAUSE else f"{cause[: LONGEST_CAUSE - 1]}…"


def in_one_line(text: str) -> str:
    """Put a text into one line, and name files without their folders."""
    return re.sub(r"file:/+\S*/(?=[^/\s])", "", " ".join(text.split()))


def cause_first(error: CapturedException) -> str:
    """Return an error's message behind that of its innermost cause which names its class, if one does."""
    # An error that Python code has raised comes back as itself, and has neither of the two.
    chain = _along(error._cause, lambda cause: getattr(cause, "_cause", None))
    texts = [getattr(cause, "_desc", "") for cause in chain]
    causes = [text.partition("\n")[0] for text in texts if text.startswith("[") or ": [" in text]
    return f"{causes[-1]}\n\n{error._desc}" if causes else error._desc


def whole_text(error: JavaObject) -> str:
    """Return the messages of a Java exception and of all its causes, the outermost first."""
    return "\n".join(one.getMessage() or "" for one in _along(error, lambda one: one.getCause()))


def without_stack(error: BaseException) -> str:
    """Return an error's message without the JVM's own stack behind it, which no reader needs."""
    return str(error).partition(STACK)[0].strip()


def take_every_step(*steps: Callable[[], object]) -> None:
    """Call each of these, whatever becomes of the others.

    Raises
    ------
    BaseException
        When all were called, what the first that failed has raised.
    """
    failures: list[BaseException] = []
    for step in steps:
        try:
            step()
        # An interrupt too ends one step, and not the rest.
        except BaseException as error:  # noqa: BLE001
            failures.append(error)
    if failures:
        raise failures[0]


def _along(error: Any, cause_of: Callable[[Any], Any]) -> Iterator[Any]:
    """Give an error, then its cause, then the cause of that, as far as it goes."""
    while error is not None:
        yield error
        error = cause_of(error)
