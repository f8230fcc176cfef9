"""Schema hints: the types that you know, read by Spark's own parser and put into the schema that is learned.

Term: schema hints.
Taught in: book/surprises/schema_drift.ipynb.
Source: https://docs.databricks.com/en/ingestion/cloud-object-storage/auto-loader/schema.html (override schema
inference with schema hints).
"""

import re
from collections.abc import Iterator, Mapping

from pyspark.errors import PySparkException
from pyspark.sql.types import (
    ArrayType,
    DataType,
    MapType,
    NullType,
    StructField,
    StructType,
)

from medallion_lab.autoloader.spark_rules import parse_columns
from medallion_lab.errors import AutoLoaderOptionError

Path = tuple[str, ...]
"""The steps to a column or into it: ``("users", "element", "id")``."""

# What is hinted of a column: the type of its whole, or hints for its parts.
Hint = DataType | dict[str, "Hint"]

HOW = (
    'write them as "quantity INT, customer.since DATE, tags.element STRING, `net price` DOUBLE": a name that '
    "has more than letters of English, digits and _ stands in back-ticks"
)


def read_hints(text: str) -> dict[Path, DataType]:
    """Return the type for each path, in the order in which they were given.

    Parameters
    ----------
    text : str
        Columns as in SQL's DDL. A dot outside back-ticks is a step into a struct, and ``element``, ``key``
        and ``value`` are steps into an array and a map. ``NOT NULL`` and comments may stand there and
        change nothing: whatever comes from a file may be missing.

    Raises
    ------
    AutoLoaderOptionError
        If Spark's parser does not read it, or if two hints are about the same column.
    """
    if not text.strip():
        return {}
    try:
        columns = parse_columns(text)
    except PySparkException as error:
        raise AutoLoaderOptionError(
            got=f"cloudFiles.schemaHints={text!r}, which does not read as columns: {_place(error, text)}",
            needed="names with their types, separated by commas",
            next_step=HOW,
        ) from error
    hints: dict[Path, DataType] = {}
    for path, kind in columns:
        for other in hints:
            both = min(len(path), len(other))
            if [step.lower() for step in path[:both]] == [step.lower() for step in other[:both]]:
                raise AutoLoaderOptionError(
                    got=f"cloudFiles.schemaHints={text!r}, where {shown(other)} and {shown(path)} are hints "
                    "for one column",
                    needed="one hint for a column: for the whole of it, or for its parts",
                    next_step="keep the one that you mean",
                )
        hints[path] = kind
    return hints


def apply_hints(schema: StructType, hints: Mapping[Path, DataType]) -> StructType:
    """Return the schema with the hinted types; a hinted column that is not there is added at the end.

    Names are the same in upper and lower case: the schema's own stays.

    Raises
    ------
    AutoLoaderOptionError
        If a hint's path does not lead into an array or a map that was learned.
    """
    tree: dict[str, Hint] = {}
    for path, kind in hints.items():
        inner = tree
        for step in path[:-1]:
            inner = inner.setdefault(_known(step, inner), {})  # type: ignore[assignment]  # read_hints saw to it
        inner[path[-1]] = kind
    return _struct(schema, tree, ())


def with_parts(kind: DataType, path: Path) -> Iterator[tuple[Path, DataType]]:
    """Yield the path and the type of a column, and those of all its parts."""
    yield path, kind
    for step, part in _parts(kind).items():
        yield from with_parts(part, (*path, step))


def shown(path: Path) -> str:
    """Return a path as it is written in a hint."""
    return ".".join(
        step if re.fullmatch(r"\w+", step, re.ASCII) else f"`{step.replace('`', '``')}`" for step in path
    )


def _hinted(old: DataType | None, hint: Hint, path: Path) -> DataType:
    if isinstance(hint, DataType):
        return hint
    steps = {step.lower(): inner for step, inner in hint.items()}
    parts = _parts(old) if old else {}
    if isinstance(old, ArrayType) or (steps.keys() == {"element"} and not isinstance(old, StructType)):
        _check_steps(steps, {"element"}, old, path)
        return ArrayType(_hinted(parts.get("element"), steps["element"], (*path, "element")))
    is_map = steps.keys() == {"key", "value"} and not steps.keys() & {name.lower() for name in parts}
    if isinstance(old, MapType) or is_map:
        _check_steps(steps, {"key", "value"}, old, path)
        parts |= {step: _hinted(parts.get(step), inner, (*path, step)) for step, inner in steps.items()}
        return MapType(parts["key"], parts["value"])
    return _struct(old if isinstance(old, StructType) else StructType(), hint, path)


def _struct(old: StructType, hints: Mapping[str, Hint], path: Path) -> StructType:
    fields = {field.name.lower(): field for field in old}
    for name, hint in hints.items():
        field = fields.get(name.lower(), StructField(name, NullType()))
        known = None if isinstance(field.dataType, NullType) else field.dataType
        fields[name.lower()] = StructField(field.name, _hinted(known, hint, (*path, field.name)))
    return StructType(list(fields.values()))


def _known(step: str, tree: Mapping[str, Hint]) -> str:
    return next((name for name in tree if name.lower() == step.lower()), step)


def _check_steps(steps: Mapping[str, Hint], allowed: set[str], old: DataType | None, path: Path) -> None:
    wrong = [step for step in steps if step not in allowed]
    if wrong:
        kind = old.simpleString() if old else "of elements"
        ways = [shown((*path, step, wrong[0])) for step in sorted(allowed)]
        raise AutoLoaderOptionError(
            got=f"a cloudFiles.schemaHints for {shown((*path, wrong[0]))}, where {shown(path)} is {kind}",
            needed=f"a path that goes on with {' or '.join(sorted(allowed))}",
            next_step=f"write {' or '.join(ways)}; or give the type of {shown(path)} as a whole",
        )


def _parts(kind: DataType) -> dict[str, DataType]:
    if isinstance(kind, ArrayType):
        return {"element": kind.elementType}
    if isinstance(kind, MapType):
        return {"key": kind.keyType, "value": kind.valueType}
    return {field.name: field.dataType for field in kind} if isinstance(kind, StructType) else {}


def _place(error: PySparkException, text: str) -> str:
    """Return where and why the parser stopped, in terms of the hints alone."""
    said = str(error).strip().splitlines()[0]
    line = re.search(r"\(line (\d+), pos", said)
    if line and int(line[1]) > text.count("\n") + 2:
        return "a name or its type is missing at the end"
    near = re.search(r"near '(.*?)'\.", said)
    if near:
        return f"something is wrong, or a type is missing, before {near[1]!r}"
    return re.sub(r"^\[\S+\] |\s*SQLSTATE.*$", "", said).rstrip(".")
