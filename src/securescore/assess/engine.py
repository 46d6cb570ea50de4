"""Runs facts and actions over the tables of one run, in a DuckDB that can reach nothing else.

The engine opens views over exactly the files it was given, then external access is switched off and the
configuration locked. What a query may be is checked by the parser; what it returned is checked row by row.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from securescore.catalog import Action
from securescore.errors import CatalogError, EvidenceError
from securescore.evidence import TABLES, Column
from securescore.evidence.shaping import identifier, literal, scan
from securescore.facts import Fact
from securescore.model import Coverage, Verdict

MEMORY_LIMIT = "1000MB"
"""What DuckDB may hold before it spills to the scratch folder."""

_PARQUET = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1000"
)
_COLUMNS = ("entity_id", "entity_name", "verdict", "detail")
_VERDICTS = ", ".join(literal(verdict) for verdict in Verdict)


class Engine:
    """One run's evidence, ready for queries. Use `open_engine`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, scratch: Path) -> None:
        self._connection = connection
        self._scratch = scratch
        self._facts: set[str] = set()

    def derive(self, fact: Fact) -> None:
        """Materialises a fact; those it reads must have been derived before."""
        if fact.name in self._facts:
            return
        _check_select(fact.sql, fact.evidence)
        names = [column.name for column in fact.columns]
        listed = ", ".join(identifier(name) for name in names)
        try:
            self._connection.execute(
                f"CREATE TEMP TABLE {identifier(fact.name)} AS SELECT {listed} FROM ({_body(fact.sql)})"
            )
        except duckdb.Error as error:
            raise CatalogError(f"the fact {fact.name!r} could not be derived: {first_line(error)}") from error
        self._facts.add(fact.name)

    def judge(self, action: Action, verdicts: Path) -> Coverage:
        """Writes the verdicts of one action to a Parquet file and counts them.

        Columns of the file: entity_id, entity_name, verdict, detail (JSON text).

        Raises:
            CatalogError: the query is more than one SELECT, reads what it did not declare, or its rows break
                the contract (an entity without id, an entity twice, a verdict that is none).
        """
        if action.sql is None:
            raise CatalogError(f"the action {action.id} has no query")
        _check_select(action.sql, action.evidence)
        staged = self._scratch / f"{verdicts.name}.new"
        try:
            self._connection.execute(f"COPY ({judging(action)}) TO {literal(str(staged))} ({_PARQUET})")
            coverage = self._coverage(action, staged)
        except duckdb.Error as error:
            raise CatalogError(
                f"the action {action.id} could not be assessed: {first_line(error)}"
            ) from error
        staged.chmod(0o600)
        staged.replace(verdicts)
        return coverage

    def _coverage(self, action: Action, staged: Path) -> Coverage:
        row = self._connection.execute(
            f"""
            SELECT count(*), count(entity_id), count(DISTINCT hash(entity_id)),
                   count(*) FILTER (verdict IN ({_VERDICTS})),
                   count(*) FILTER (verdict = 'protected'),
                   count(*) FILTER (verdict = 'exposed'),
                   count(*) FILTER (verdict = 'unknown')
            FROM {scan(staged)}
            """
        ).fetchone()
        total, keyed, distinct, judged, protected, exposed, unknown = row or (0,) * 7
        _check(action, keyed == total, f"{total - keyed} rows have no entity_id")
        _check(action, distinct == total, f"{total - distinct} entities are listed more than once")
        _check(action, judged == total, f"{total - judged} rows have a verdict that is none")
        return Coverage(protected=protected, exposed=exposed, unknown=unknown)


@contextmanager
def open_engine(tables: Mapping[str, Path | None], as_of: datetime, scratch: Path) -> Iterator[Engine]:
    """An engine over these tables.

    Args:
        tables: name -> Parquet file; None for a table that is empty for lack of a licence.
        as_of: the moment that queries may ask for as `getvariable('as_of')`.
        scratch: a folder of its own for spilling and for files on their way.

    Raises:
        EvidenceError: a file is no Parquet file or lacks a declared column.
    """
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": False,
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        _open_views(connection, tables)
        moment = as_of.astimezone(UTC).replace(tzinfo=None)
        connection.execute("SET VARIABLE as_of = ?::TIMESTAMP", [moment])
        _lock(connection, tables, scratch)
        yield Engine(connection, scratch)
    finally:
        connection.close()


def _open_views(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path | None]) -> None:
    for name, path in tables.items():
        columns = TABLES[name].columns
        try:
            connection.execute(f"CREATE VIEW {identifier(name)} AS {_relation(columns, path)}")
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be read as the table {name!r} ({first_line(error)}): restore the evidence folder "
                "from a copy, or collect again"
            ) from error


def _relation(columns: tuple[Column, ...], path: Path | None) -> str:
    if path is None:
        nothing = ", ".join(f"NULL::{column.type} AS {identifier(column.name)}" for column in columns)
        return f"SELECT {nothing} WHERE false"
    listed = ", ".join(
        f"{identifier(column.name)}::{column.type} AS {identifier(column.name)}" for column in columns
    )
    return f"SELECT {listed} FROM {scan(path)}"


def _lock(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Path | None], scratch: Path) -> None:
    paths = ", ".join(literal(str(path)) for path in tables.values() if path)
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute(f"SET allowed_directories = [{literal(str(scratch))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def judging(action: Action) -> str:
    """The action's query, reduced to the contract's columns."""
    wanted = "entity_id::VARCHAR AS entity_id, entity_name::VARCHAR AS entity_name, verdict, detail::VARCHAR AS detail"
    return f"SELECT {wanted} FROM ({_body(action.sql or '')})"


def _body(sql: str) -> str:
    """The query without its closing semicolon, safe to stand between brackets even after a line comment."""
    return sql.strip().rstrip(";") + "\n"


def _check(action: Action, holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise CatalogError(
            f"the query of the action {action.id} breaks its contract: {otherwise}. Each entity stands in exactly "
            f"one row of {', '.join(_COLUMNS)}"
        )


def _check_select(sql: str, evidence: tuple[str, ...]) -> None:
    from securescore.catalog.sql import check_select  # noqa: PLC0415 - the parser is slow to load, and often not needed

    check_select(sql, evidence)


def first_line(error: Exception) -> str:
    """The first line of an error of the engine; the rest repeats the query."""
    return str(error).splitlines()[0]
