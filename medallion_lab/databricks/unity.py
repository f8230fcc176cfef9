"""Statements about catalogs and volumes, which Spark has none of: made of databases and folders here.

What only gives rights, tags or owners passes with a line that says so; ``limits`` has the table.
Term: Unity Catalog.
Taught in: book/beyond/databricks.ipynb.
Source: https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-create-volume.html,
https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-aux-describe-volume.html and
https://docs.databricks.com/en/sql/language-manual/sql-ref-syntax-ddl-create-catalog.html
"""

import itertools
import re
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from medallion_lab.databricks.limits import PASSES, REFUSED, find_in_sql, refuse
from medallion_lab.databricks.names import CATALOGS, DEFAULT, SHOWN, Names, database_of
from medallion_lab.databricks.notices import notice
from medallion_lab.databricks.paths import Dbfs
from medallion_lab.databricks.sql_tokens import Token, tokenize, words_of
from medallion_lab.errors import CatalogError
from medallion_lab.runtime.places import delete

NAME = r"(?P<name>(?:`[^`]+`|'[^']+'|\w+)(?:\.(?:`[^`]+`|\w+)){0,2})"
TEXT = r"""(?:'[^']*'|"[^"]*")"""
LIKE = rf"(?: (?:LIKE )?(?P<like>{TEXT}))?"
VOLUMES = "Volumes"
VOLUME_COLUMNS = (
    "name string, catalog string, database string, owner string, volume_type string, storage_location string"
)


def answer(spark: SparkSession, dbfs: Dbfs, sql: str) -> DataFrame | None:
    """Return what a statement about catalogs or volumes gives; None for every other, which Spark runs.

    Parameters
    ----------
    spark : SparkSession
        Whose databases stand for catalogs and schemas.
    dbfs : Dbfs
        Where volumes are folders: ``/Volumes/catalog/schema/volume``.
    sql : str
        One statement.

    Returns
    -------
    DataFrame or None
        Without columns for what only changes something.

    Raises
    ------
    CatalogError
        If a catalog or volume is not there, is there already, or is not empty.
    NotOnALaptopError
        If the statement needs Databricks itself.
    """
    tokens = tokenize(sql)
    text = _normal(tokens)
    limit = find_in_sql(words_of(tokens), text)
    if limit is not None and limit.kind == REFUSED:
        raise refuse(limit.name)
    unity = _Unity(spark, dbfs)
    for pattern, act in unity.statements():
        if match := re.fullmatch(pattern, text, flags=re.IGNORECASE):
            found = act(match)
            return found if found is not None else _nothing(spark)
    if limit is not None and limit.kind == PASSES:
        notice(f"{limit.name}: {limit.instead}.")
        return _nothing(spark)
    return None


class _Unity:
    def __init__(self, spark: SparkSession, dbfs: Dbfs) -> None:
        self._spark, self._dbfs, self._names = spark, dbfs, Names(spark)

    def statements(self) -> list[tuple[str, Callable[[re.Match], DataFrame | None]]]:
        """Return each statement that is answered here, and what answers it."""
        place = rf"(?: (?:MANAGED )?LOCATION {TEXT})?(?: COMMENT {TEXT})?"
        return [
            (rf"(?:USE|SET) CATALOG {NAME}", self._use),
            (rf"CREATE CATALOG (?P<if>IF NOT EXISTS )?{NAME}{place}", self._create_catalog),
            (rf"DROP CATALOG (?P<if>IF EXISTS )?{NAME}(?: RESTRICT| (?P<all>CASCADE))?", self._drop_catalog),
            (rf"SHOW CATALOGS{LIKE}", self._show_catalogs),
            (rf"SHOW (?:SCHEMAS|DATABASES|NAMESPACES)(?: (?:IN|FROM) {NAME})?{LIKE}", self._show_schemas),
            (
                rf"CREATE (?:EXTERNAL )?VOLUME (?P<if>IF NOT EXISTS )?{NAME}"
                rf"(?: LOCATION (?P<place>{TEXT}))?(?: COMMENT {TEXT})?",
                self._create_volume,
            ),
            (rf"DROP VOLUME (?P<if>IF EXISTS )?{NAME}", self._drop_volume),
            (rf"DESC(?:RIBE)? VOLUME {NAME}", self._describe_volume),
            (rf"SHOW VOLUMES(?: (?:IN|FROM) {NAME})?{LIKE}", self._show_volumes),
            (rf"COMMENT ON COLUMN {NAME}\.(?P<column>`[^`]+`|\w+) IS (?P<text>{TEXT})", self._comment),
        ]

    def _use(self, match: re.Match) -> None:
        (catalog,) = _parts(match)
        if catalog.lower() not in CATALOGS or self._names.current()[0] != SHOWN:
            self._names.use(catalog)

    def _create_catalog(self, match: re.Match) -> None:
        (catalog,) = _parts(match)
        is_there = catalog.lower() in (*CATALOGS, *self._names.catalogs())
        if is_there and not match["if"]:
            raise CatalogError(
                got=f"CREATE CATALOG {catalog}, which is there already",
                needed="a name that is free",
                next_step=f"CREATE CATALOG IF NOT EXISTS {catalog}, or DROP CATALOG {catalog} CASCADE first",
            )
        self._names.meet(catalog, quietly=True)
        notice(
            f"CREATE CATALOG {catalog}: on Databricks a place with rights and storage of its own; here a "
            "name in front of schemas, which keeps their tables apart from other catalogs'."
        )

    def _drop_catalog(self, match: re.Match) -> None:
        (catalog,) = _parts(match)
        if catalog.lower() in CATALOGS or catalog.lower() not in self._names.catalogs():
            if match["if"] and catalog.lower() not in CATALOGS:
                return
            raise CatalogError(
                got=f"DROP CATALOG {catalog}",
                needed="a catalog that this workspace's notebooks have made; its own is always there",
                next_step="SHOW CATALOGS lists them",
            )
        others = [schema for schema in self._names.schemas(catalog) if schema != DEFAULT]
        if others and not match["all"]:
            raise CatalogError(
                got=f"DROP CATALOG {catalog}, which holds the schema {others[0]}",
                needed="a catalog without schemas of its own, or the word CASCADE",
                next_step=f"DROP CATALOG {catalog} CASCADE drops its schemas and their tables",
            )
        if self._names.current()[0] == catalog.lower():
            self._names.use(SHOWN)
        for schema in [*others, DEFAULT]:
            self._names.run(f"DROP DATABASE {database_of(catalog, schema)} CASCADE")

    def _show_catalogs(self, match: re.Match) -> DataFrame:
        found = [name for name in self._names.catalogs() if _is_like(name, match["like"])]
        return self._spark.createDataFrame([(name,) for name in found], "catalog string")

    def _show_schemas(self, match: re.Match) -> DataFrame:
        catalog = _parts(match)[-1] if match["name"] else self._names.current()[0]
        self._names.meet(catalog)
        found = [name for name in self._names.schemas(catalog) if _is_like(name, match["like"])]
        return self._spark.createDataFrame([(name,) for name in found], "namespace string")

    def _create_volume(self, match: re.Match) -> None:
        catalog, schema, volume = self._whole(match)
        folder, place = self._folder(catalog, schema, volume), match["place"]
        if folder.exists():
            if match["if"]:
                return
            raise CatalogError(
                got=f"CREATE VOLUME {volume}, which is there already",
                needed="a name that is free",
                next_step="CREATE VOLUME IF NOT EXISTS, or DROP VOLUME first",
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        if place:
            target = self._dbfs.locate(place[1:-1])
            target.mkdir(parents=True, exist_ok=True)
            folder.symlink_to(target)
        else:
            folder.mkdir()
        notice(
            f"CREATE VOLUME {volume}: on Databricks a folder in a cloud, with rights of its own; here the "
            f"folder {self._dbfs.address(folder)} of this workspace."
        )

    def _drop_volume(self, match: re.Match) -> None:
        folder = self._folder(*self._whole(match))
        if folder.exists():
            # Of an external volume only the link goes: its files belong to whoever put them there.
            delete(folder)
        elif not match["if"]:
            raise self._missing(match["name"])

    def _describe_volume(self, match: re.Match) -> DataFrame:
        catalog, schema, volume = self._whole(match)
        folder = self._folder(catalog, schema, volume)
        if not folder.exists():
            raise self._missing(match["name"])
        kind = "EXTERNAL" if folder.is_symlink() else "MANAGED"
        place = self._dbfs.address(folder.resolve())
        row = (volume, catalog, schema, "you", kind, place)
        return self._spark.createDataFrame([row], VOLUME_COLUMNS)

    def _show_volumes(self, match: re.Match) -> DataFrame:
        catalog, schema = self._names.current()
        if match["name"]:
            catalog, schema = [catalog, *_parts(match)][-2:]
        folder = self._folder(catalog, schema)
        found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        rows = [(schema, name) for name in found if _is_like(name, match["like"])]
        return self._spark.createDataFrame(rows, "database string, volume_name string")

    def _comment(self, match: re.Match) -> DataFrame:
        table, column, text = match["name"], match["column"], match["text"]
        return self._spark.sql(f"ALTER TABLE {table} ALTER COLUMN {column} COMMENT {text}")

    def _whole(self, match: re.Match) -> list[str]:
        """Return a volume's catalog, schema and name."""
        return [*self._names.current(), *_parts(match)][-3:]

    def _folder(self, *parts: str) -> Path:
        return self._dbfs.root.joinpath(VOLUMES, *(part.lower() for part in parts))

    def _missing(self, name: str) -> CatalogError:
        return CatalogError(
            got=f"the volume {name}, which is not there",
            needed="a volume that was made",
            next_step="CREATE VOLUME IF NOT EXISTS; a folder /Volumes/catalog/schema/volume is one too",
        )


def _parts(match: re.Match) -> list[str]:
    return [token.name.strip("'") for token in tokenize(match["name"]) if token.text != "."]


def _is_like(name: str, pattern: str | None) -> bool:
    """Say whether a name fits SHOW's pattern: ``*`` is any text, ``|`` stands between two patterns."""
    if pattern is None:
        return True
    wanted = "|".join(re.escape(part).replace(r"\*", ".*") for part in pattern[1:-1].split("|"))
    return bool(re.fullmatch(wanted, name, flags=re.IGNORECASE))


def _normal(tokens: list[Token]) -> str:
    """Return a statement on one line, with one space between words and none around a dot."""
    code = [token.text for token in tokens if token.is_code]
    while code[-1:] == [";"]:
        code.pop()
    pairs = itertools.pairwise([".", *code])
    return "".join(word if "." in (before, word) else f" {word}" for before, word in pairs)


def _nothing(spark: SparkSession) -> DataFrame:
    return spark.range(0).select()
