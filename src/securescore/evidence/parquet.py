"""From the collected objects of one table to its Parquet file: typed, checked, sorted by key."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence.schema import Table
from securescore.evidence.shaping import identifier, literal

WRITING_VERSION = "1"
"""Raised when the same objects, shaped by the same SELECT, would be written differently."""

_ROW_GROUP = 20_480
"""Rows that are held in memory while writing."""


@dataclass(frozen=True)
class Written:
    """What came of the objects: rows kept, rows that were there more than once, rejections by column."""

    rows: int
    repeated: int
    rejections: dict[str, int]


def write_parquet(
    cursor: duckdb.DuckDBPyConnection, table: Table, shaping: str, objects: int, parquet: Path
) -> Written:
    """Writes the rows sorted by key, so that the same rows give the same file. Of repeated rows the last stays.

    Args:
        shaping: the SELECT of a `Shaper`.
        objects: how many rows it has to give.

    Raises:
        EvidenceError: an object is not JSON, a key is null, or the disk refuses.
    """
    shaped = identifier(f"shaped_{table.name}")
    try:
        cursor.execute(f"CREATE TEMP TABLE {shaped} AS {shaping}")
        _check(cursor, table, shaped, objects)
        written = _count(cursor, table, shaped, objects)
        query = _sorted(table, shaped, repeated=written.repeated > 0)
        form = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}"
        cursor.execute(f"COPY ({query}) TO {literal(str(parquet))} ({form})")
        cursor.execute(f"DROP TABLE {shaped}")
    except (duckdb.InvalidInputException, duckdb.ConversionException) as error:
        raise EvidenceError(
            f"an object of the table {table.name!r} is not what it should be ({first_line(error)}): collect again"
        ) from error
    except duckdb.Error as error:
        raise EvidenceError(
            f"the table {table.name!r} cannot be written ({first_line(error)}): see to the machine's disk and memory, "
            "then run this again"
        ) from error
    return written


def _check(cursor: duckdb.DuckDBPyConnection, table: Table, shaped: str, objects: int) -> None:
    empty = " OR ".join(f"{identifier(name)} IS NULL" for name in table.key)
    rows, nulls = cursor.execute(f"SELECT count(*), count_if({empty}) FROM {shaped}").fetchone() or (0, 0)
    if rows != objects:
        raise EvidenceError(
            f"{objects} objects were written to the table {table.name!r} and {rows} came back: one of them was empty"
        )
    if nulls:
        raise EvidenceError(
            f"{nulls} of {rows} rows of the table {table.name!r} came without a usable {' and '.join(table.key)}: "
            "the answer of the service was not what it should be"
        )


def _count(cursor: duckdb.DuckDBPyConnection, table: Table, shaped: str, objects: int) -> Written:
    names = [column.name for column in table.columns]
    counts = ", ".join(f"count_if({identifier('rejected_' + name)})" for name in names)
    rejected = cursor.execute(f"SELECT {counts} FROM {shaped}").fetchone() or ()
    keys = f"SELECT DISTINCT {_list(table.key)} FROM {shaped}"
    (rows,) = cursor.execute(f"SELECT count(*) FROM ({keys})").fetchone() or (0,)
    rejections = {name: count for name, count in zip(names, rejected, strict=True) if count}
    return Written(rows, objects - rows, rejections)


def _sorted(table: Table, shaped: str, *, repeated: bool) -> str:
    columns, key = _list(tuple(column.name for column in table.columns)), _list(table.key)
    if repeated:
        return f"SELECT DISTINCT ON ({key}) {columns} FROM {shaped} ORDER BY {key}, rowid DESC"
    return f"SELECT {columns} FROM {shaped} ORDER BY {key}"


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(identifier(name) for name in names)
