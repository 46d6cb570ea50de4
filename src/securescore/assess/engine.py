"""Runs facts and actions over the tables of one run, in a DuckDB that can reach nothing else.

The engine opens views over exactly the files it was given, then external access is switched off and the
configuration locked. What a query may be is checked by the parser; what it returned is checked row by row
(`verdict_rows`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from securescore.assess.organisation import DEVICE_DAYS
from securescore.assess.verdict_rows import COLUMNS, Judgement, judgements
from securescore.catalog import Action
from securescore.catalog.sql import check_select, relations_of
from securescore.errors import CatalogError, EvidenceError, first_line
from securescore.evidence import TABLES, Table
from securescore.evidence.shaping import identifier, literal, scan
from securescore.facts import Fact

MEMORY_LIMIT = "800MB"
"""What DuckDB may hold before it spills to the scratch folder."""

_PARQUET = (
    "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1000"
)
_CONTRACT = (
    "entity_id::VARCHAR AS entity_id, entity_name::VARCHAR AS entity_name, "
    "verdict::VARCHAR AS verdict, detail::VARCHAR AS detail"
)
_MOST_PARTITIONS = 1000


@dataclass(frozen=True, slots=True)
class Given:
    """What stands for one table.

    Attributes:
        path: its Parquet file; None: the table has no rows, for lack of a licence.
        stands_in: the table was not collected, and the rows of its `stand_in` take its place.
    """

    path: Path | None
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a query may ask for.

    Attributes:
        as_of: the moment of the evidence (`getvariable('as_of')`).
        device_days: devices not seen for so many days are not counted (`getvariable('device_days')`).
    """

    as_of: datetime
    device_days: int = DEVICE_DAYS


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
        _check_select(f"the fact {fact.name}", fact.sql, fact.evidence)
        names = [column.name for column in fact.columns]
        listed = ", ".join(identifier(name) for name in names)
        try:
            self._connection.execute(
                f"CREATE TEMP TABLE {identifier(fact.name)} AS SELECT {listed} FROM ({_body(fact.sql)})"
            )
        except duckdb.Error as error:
            raise CatalogError(f"the fact {fact.name!r} could not be derived: {first_line(error)}") from error
        self._facts.add(fact.name)

    def ask(self, together: Sequence[Action]) -> dict[str, Path]:
        """Runs the query of an action, or the one that several share, and keeps its rows in the scratch folder.

        Returns:
            action id -> a file of verdicts, still to be judged.

        Raises:
            CatalogError: the query is more than one SELECT, reads what it did not declare, or fails.
        """
        first = together[0]
        if first.sql is None:
            raise CatalogError(f"the action {first.id} has no query")
        _check_select(f"the action {first.id}", first.sql, first.evidence)
        if first.query is not None:
            return self._parts(together)
        file = self._scratch / f"{first.id}.parquet"
        self._write(first, judging(first), file)
        return {first.id: file}

    def judge(self, files: Mapping[str, Path]) -> dict[str, Judgement]:
        """What the verdicts come to. Raises CatalogError when their rows break the contract."""
        return judgements(self._connection, files)

    def _parts(self, actions: Sequence[Action]) -> dict[str, Path]:
        """A shared query is run once for all of its actions."""
        first = actions[0]
        parts = self._scratch / f"{first.query}.parts"
        wanted = ", ".join(literal(action.id) for action in actions)
        rows = f"SELECT action_id, {_CONTRACT} FROM ({_body(first.sql or '')}) WHERE action_id IN ({wanted})"
        try:
            self._connection.execute(
                f"COPY ({rows}) TO {literal(str(parts))} (PARTITION_BY (action_id), {_PARQUET})"
            )
        except duckdb.Error as error:
            raise CatalogError(
                f"the actions of the query {first.query} could not be assessed: {first_line(error)}"
            ) from error
        return {action.id: self._part(action, parts / f"action_id={action.id}") for action in actions}

    def _part(self, action: Action, folder: Path) -> Path:
        """The one file with what a shared query gave for an action; it has no rows where it gave none."""
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        if len(files) == 1:
            return files[0]
        together = folder.with_suffix(".parquet")
        self._write(action, _rows_of(files), together)
        return together

    def _write(self, action: Action, rows: str, file: Path) -> None:
        try:
            self._connection.execute(f"COPY ({rows}) TO {literal(str(file))} ({_PARQUET})")
        except duckdb.Error as error:
            raise CatalogError(
                f"the action {action.id} could not be assessed: {first_line(error)}"
            ) from error


@contextmanager
def open_engine(tables: Mapping[str, Given], parameters: Parameters, scratch: Path) -> Iterator[Engine]:
    """An engine over these tables.

    Args:
        tables: name -> what stands for it.
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
            # below this many actions a shared query leaves each of them one file
            "partitioned_write_max_open_files": _MOST_PARTITIONS,
        },
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        _open_views(connection, tables)
        set_parameters(connection, parameters)
        _lock(connection, tables, scratch)
        yield Engine(connection, scratch)
    finally:
        connection.close()


@contextmanager
def reading_ahead(queries: Iterable[str]) -> Iterator[None]:
    """Takes queries apart on a thread of its own, while earlier ones run: `ask` and `derive` find that done."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="read-ahead")
    for sql in dict.fromkeys(queries):
        pool.submit(relations_of, sql)
    try:
        yield
    finally:
        pool.shutdown(cancel_futures=True)


def set_parameters(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """Makes the parameters known to the queries of a connection."""
    moment = parameters.as_of.astimezone(UTC).replace(tzinfo=None)
    connection.execute("SET VARIABLE as_of = ?::TIMESTAMP", [moment])
    connection.execute("SET VARIABLE device_days = ?::INTEGER", [parameters.device_days])


def _open_views(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Given]) -> None:
    for name, given in tables.items():
        try:
            connection.execute(f"CREATE VIEW {identifier(name)} AS {_relation(TABLES[name], given)}")
        except duckdb.Error as error:
            raise EvidenceError(
                f"{given.path} cannot be read as the table {name!r} ({first_line(error)}): restore the evidence folder "
                "from a copy, or collect again"
            ) from error


def _relation(table: Table, given: Given) -> str:
    if given.stands_in:
        return _stand_in(table)
    if given.path is None:
        return f"{_row(table, {})} WHERE false"
    listed = ", ".join(
        f"{identifier(column.name)}::{column.type} AS {identifier(column.name)}" for column in table.columns
    )
    return f"SELECT {listed} FROM {scan(given.path)}"


def _stand_in(table: Table) -> str:
    rows = [_row(table, row) for row in table.stand_in or ()]
    return " UNION ALL ".join(rows) or f"{_row(table, {})} WHERE false"


def _row(table: Table, values: Mapping[str, str]) -> str:
    given = {column.name: literal(values[column.name]) for column in table.columns if column.name in values}
    listed = ", ".join(
        f"{given.get(column.name, 'NULL')}::{column.type} AS {identifier(column.name)}"
        for column in table.columns
    )
    return f"SELECT {listed}"


def _lock(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Given], scratch: Path) -> None:
    paths = ", ".join(literal(str(given.path)) for given in tables.values() if given.path)
    connection.execute(f"SET allowed_paths = [{paths}]")
    connection.execute(f"SET allowed_directories = [{literal(str(scratch))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def judging(action: Action) -> str:
    """The action's query, reduced to the contract's columns and, where it is shared, to the action's rows."""
    own = "" if action.query is None else f" WHERE action_id = {literal(action.id)}"
    return f"SELECT {_CONTRACT} FROM ({_body(action.sql or '')}){own}"


def _rows_of(files: Sequence[Path]) -> str:
    """The rows of several files of verdicts; of no file, no rows."""
    if not files:
        return f"SELECT {_CONTRACT} FROM (SELECT '' AS entity_id, '' AS entity_name, '' AS verdict, '' AS detail) WHERE false"
    listed = ", ".join(literal(str(file)) for file in files)
    return f"SELECT {', '.join(COLUMNS)} FROM read_parquet([{listed}], hive_partitioning = false)"


def _check_select(of: str, sql: str, evidence: Sequence[str]) -> None:
    try:
        check_select(sql, evidence)
    except CatalogError as error:
        raise CatalogError(f"{of}: {error}") from error


def _body(sql: str) -> str:
    """The query without its closing semicolon, safe to stand between brackets even after a line comment."""
    return sql.strip().rstrip(";") + "\n"
