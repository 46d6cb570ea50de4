"""Which records and properties differ between two runs: what stands behind a change of configuration."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence import TABLES, Column, Run, Table
from securescore.evidence.shaping import identifier, literal, scan

SHOWN = 50
"""Differences read of one table; the rest is counted."""

_NOISE = frozenset(
    {"raw", "modified", "updated", "last_sign_in", "last_background_sign_in", "ordinal", "used"}
)


@dataclass(frozen=True)
class RecordDifference:
    """One property of one record, before and after.

    Attributes:
        record: its name where it has one, else its key.
        column: the property; None when the whole record came or went.
        before: as text; None for null and for a record that was not there.
        after: likewise.
    """

    table: str
    record: str
    column: str | None
    before: str | None
    after: str | None

    @property
    def kind(self) -> str:
        """`changed`, `added` or `removed`."""
        if self.column is not None:
            return "changed"
        return "removed" if self.after is None else "added"


@dataclass(frozen=True)
class TableDifferences:
    """What differs in one table; `total` counts also what is not listed."""

    table: str
    listed: tuple[RecordDifference, ...]
    total: int


def record_differences(before: Run, after: Run, tables: Iterable[str]) -> list[TableDifferences]:
    """Compares those tables, as far as both runs collected them and their content differs.

    Raises:
        EvidenceError: a file is damaged.
    """
    found = []
    for name in dict.fromkeys(tables):
        old, new = before.record(name), after.record(name)
        if old and new and before.has(name) and after.has(name) and old.sha256 != new.sha256:
            differences = _compare(TABLES[name], before, after)
            if differences.total:
                found.append(differences)
    return found


def _compare(table: Table, before: Run, after: Run) -> TableDifferences:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET enable_progress_bar = false")
        try:
            for side, run in (("old_rows", before), ("new_rows", after)):
                rows = scan(run.table_path(table.name))
                connection.execute(f"CREATE VIEW {side} AS SELECT *, true AS there FROM {rows}")
            connection.execute(f"CREATE TEMP TABLE differences AS {_differences(table)}")
            listed = connection.execute(f"SELECT * FROM differences ORDER BY ALL LIMIT {SHOWN}").fetchall()
            total = connection.execute("SELECT count(*) FROM differences").fetchone()
        except duckdb.Error as error:
            raise EvidenceError(
                f"the table {table.name!r} of {before.id} and {after.id} cannot be compared ({first_line(error)}): "
                "restore the evidence folder from a copy"
            ) from error
    records = tuple(RecordDifference(table.name, *row) for row in listed)
    return TableDifferences(table.name, records, total[0] if total else 0)


def _differences(table: Table) -> str:
    """SQL: record, column, before, after; one row a property, one for a record that came or went."""
    compared = [c for c in table.columns if c.name not in table.key and c.name not in _NOISE]
    key = ", ".join(identifier(name) for name in table.key)
    both = f"old_rows AS o FULL JOIN new_rows AS n USING ({key})"
    record = _label(table)
    presence = f"""
        SELECT {record} AS record, NULL AS property,
               CASE WHEN o.there THEN 'there' END AS before, CASE WHEN n.there THEN 'there' END AS after
        FROM {both} WHERE o.there IS NULL OR n.there IS NULL
    """
    changed = [
        f"""
        SELECT {record}, {literal(column.name)}, {_text("o", column)}, {_text("n", column)}
        FROM {both} WHERE o.there AND n.there AND {_text("o", column)} IS DISTINCT FROM {_text("n", column)}
        """
        for column in compared
    ]
    return " UNION ALL ".join([presence, *changed])


def _text(side: str, column: Column) -> str:
    value = f"{side}.{identifier(column.name)}"
    # a list is a set at the service: its order says nothing
    return f"list_sort({value})::VARCHAR" if column.type.endswith("[]") else f"{value}::VARCHAR"


def _label(table: Table) -> str:
    names = [c.name for c in table.columns if c.name.endswith("_name") or c.name in {"display_name", "name"}]
    key = " || ' ' || ".join(f"{identifier(name)}::VARCHAR" for name in table.key)
    named = [
        f"{side}.{identifier(name)}" for name in names[:1] if name not in table.key for side in ("n", "o")
    ]
    return f"coalesce({', '.join([*named, key])})"
