"""Cases: rows in, rows out. They are what a fact promises, run by the tests over a real DuckDB.

`create_tables` serves the cases of actions as well: a case gives rows of any table or fact by column name.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import duckdb

from securescore.catalog.strict_yaml import read_yaml
from securescore.errors import CatalogError
from securescore.evidence.schema import Column
from securescore.evidence.tables import table_named
from securescore.facts.loader import FOLDER, Fact

Rows = Sequence[Mapping[str, Any]]

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
"""What the clock says in the cases of facts."""


@dataclass(frozen=True, slots=True)
class FactCase:
    """One promise of a fact.

    Attributes:
        name: one line for people.
        given: rows by table, defaults filled in; a table that is not named is empty.
        where: which rows of the result are looked at, by column value; all when empty.
        rows: what must stand there, no more and no fewer, in any order. All have the same columns; columns
            that no row names do not matter.
    """

    name: str
    given: Mapping[str, Rows]
    where: Mapping[str, Any]
    rows: Rows


def label_to_uuid(label: str) -> UUID:
    """The UUID that a text stands for: itself when it is one, else the one every case derives from the label."""
    try:
        return UUID(label)
    except ValueError:
        return uuid5(NAMESPACE_URL, label)


def create_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: Mapping[str, Sequence[Column]],
    given: Mapping[str, Rows],
) -> None:
    """Creates every table with the given rows; columns left out are null, or what null stands for.

    In UUID columns, and in lists named `..._ids`, a text that is no UUID is a label (see `label_to_uuid`).
    Raises CatalogError for rows of a table or column that is not declared.
    """
    for name in given:
        if name not in tables:
            raise CatalogError(f"a case gives rows of {name}, which is not in the evidence it is for")
    for name, columns in tables.items():
        declared = ", ".join(f'"{column.name}" {column.type}' for column in columns)
        connection.execute(f'CREATE TABLE "{name}" ({declared})')
        insert_rows(connection, name, columns, given.get(name, ()))


def insert_rows(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[Column], rows: Rows
) -> None:
    """Adds rows to a table made by `create_tables`."""
    _check_columns(name, columns, rows)
    structure = json.dumps([{column.name: column.type for column in columns}])
    values = ", ".join(_value_in_row(column) for column in columns)
    connection.execute(
        f'INSERT INTO "{name}" SELECT {values} '
        f"FROM (SELECT unnest(from_json_strict(CAST(? AS JSON), '{structure}')) AS given)",
        [json.dumps([_as_json(columns, row) for row in rows], default=str)],
    )


def _check_columns(name: str, columns: Sequence[Column], rows: Rows) -> None:
    known = {column.name for column in columns}
    for row in rows:
        if unknown := set(row) - known:
            raise CatalogError(f"a case gives {name} the column {', '.join(sorted(unknown))}, which it lacks")


def _value_in_row(column: Column) -> str:
    value = f'given."{column.name}"'
    return f"coalesce({value}, {column.when_null})" if column.when_null else value


def _as_json(columns: Sequence[Column], row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: cell_value(column, row.get(column.name)) for column in columns}


def cell_value(column: Column, value: Any) -> Any:
    """The value as the column holds it: labels become UUIDs, JSON given as text becomes what it says."""
    if value is None:
        return None
    if column.type == "UUID":
        return label_to_uuid(str(value))
    if column.type == "JSON" and isinstance(value, str):
        return json.loads(value)
    if column.type == "VARCHAR[]" and column.name.endswith("_ids"):
        return [str(label_to_uuid(item)) for item in value]
    return value


def columns_read(fact: Fact, facts: Mapping[str, Fact]) -> dict[str, Sequence[Column]]:
    """The tables and earlier facts that a fact reads, with their columns, as `create_tables` wants them."""
    return {
        name: facts[name].columns if name in facts else table_named(name).columns for name in fact.evidence
    }


def read_fact_cases(name: str, folder: Path = FOLDER) -> tuple[FactCase, ...]:
    """The cases beside a fact, in order. Raises CatalogError."""
    path = folder / f"{name}.cases.yaml"
    if not path.is_file():
        raise CatalogError(f"fact {name} has no {path.name}: write its cases beside the SELECT")
    document = read_yaml(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(document, dict) or set(document) - {"defaults", "cases"}:
        raise CatalogError(f"{path.name} must hold `cases` and may hold `defaults`, nothing else")
    defaults = document.get("defaults", {})
    return tuple(_case(path, item, defaults) for item in document["cases"])


def _case(path: Path, item: Mapping[str, Any], defaults: Mapping[str, Mapping[str, Any]]) -> FactCase:
    if tuple(item) != ("name", "given", "expect") or set(item["expect"]) - {"where", "rows"}:
        raise CatalogError(f"{path.name}: a case holds name, given and expect (where, rows): {item}")
    given = {
        table: [{**defaults.get(table, {}), **row} for row in rows] for table, rows in item["given"].items()
    }
    return FactCase(item["name"], given, item["expect"].get("where", {}), item["expect"]["rows"])


def run_fact_case(
    connection: duckdb.DuckDBPyConnection, fact: Fact, facts: Mapping[str, Fact], case: FactCase
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What came out and what was expected, both in one order. The connection must be a fresh one.

    The clock of every case says `AS_OF`, and devices count for 30 days.
    """
    connection.execute(f"SET VARIABLE as_of = TIMESTAMP '{AS_OF:%Y-%m-%d %H:%M:%S}'")
    connection.execute("SET VARIABLE device_days = 30")
    create_tables(connection, columns_read(fact, facts), case.given)
    by_name = {column.name: column for column in fact.columns}
    names = list(case.rows[0]) if case.rows else list(by_name)
    if any(list(row) != names for row in case.rows):
        raise CatalogError(
            f"case {case.name!r} of {fact.name}: every expected row must name the same columns"
        )
    conditions = " AND ".join(["true", *(f'"{name}" = ?' for name in case.where)])
    selected = ", ".join(f'"{name}"' for name in names)
    found = connection.execute(
        f"SELECT {selected} FROM ({fact.sql}) WHERE {conditions}",
        [cell_value(by_name[name], value) for name, value in case.where.items()],
    ).fetchall()
    expected = [tuple(cell_value(by_name[name], row[name]) for name in names) for row in case.rows]
    return sorted(found, key=repr), sorted(expected, key=repr)
