"""What the rows of a query have to be, and what they come to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from securescore.errors import CatalogError, first_line
from securescore.evidence.schema import EVERYONE, EVERYONE_ID
from securescore.evidence.shaping import literal
from securescore.model import Coverage, Verdict

COLUMNS = ("entity_id", "entity_name", "verdict", "detail")
"""Columns of a file of verdicts; `detail` is JSON text."""

_AT_ONCE = 4 * 1024 * 1024
"""Bytes of files whose rows are counted in one query: to see what is there twice, it holds every id."""

_EVERYONE = ", ".join(literal(one) for one in (EVERYONE, EVERYONE_ID))
_VERDICTS = ", ".join(literal(verdict) for verdict in Verdict)
_COUNTS = f"""
    count(*), count(entity_id), count(DISTINCT hash(entity_id)),
    count(*) FILTER (verdict IN ({_VERDICTS})),
    count(*) FILTER (verdict = 'protected'),
    count(*) FILTER (verdict = 'exposed'),
    count(*) FILTER (verdict = 'unknown'),
    count(*) FILTER (entity_id IN ({_EVERYONE}))
"""
_NOTHING = (0,) * 8


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the verdicts of one action come to.

    Attributes:
        about_everyone: they are about the one entity that stands for everybody, and about nothing else.
    """

    coverage: Coverage
    about_everyone: bool


def judgements(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path]) -> dict[str, Judgement]:
    """Counts and checks the rows of files of verdicts.

    Args:
        files: action id -> its file.

    Raises:
        CatalogError: an entity without id, an entity twice, or a verdict that is none.
    """
    counts: dict[str, tuple[int, ...]] = {}
    for some in _batches(files.values()):
        counts |= _counted(connection, some)
    return {action: _judgement(action, counts.get(str(file), _NOTHING)) for action, file in files.items()}


def _batches(files: Iterable[Path]) -> Iterator[list[Path]]:
    batch: list[Path] = []
    size = 0
    for file in files:
        more = file.stat().st_size
        if batch and size + more > _AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += more
    if batch:
        yield batch


def _counted(connection: duckdb.DuckDBPyConnection, files: list[Path]) -> dict[str, tuple[int, ...]]:
    listed = ", ".join(literal(str(file)) for file in files)
    source = f"read_parquet([{listed}], filename = true, hive_partitioning = false)"
    try:
        rows = connection.execute(f"SELECT filename, {_COUNTS} FROM {source} GROUP BY filename").fetchall()
    except duckdb.Error as error:
        raise CatalogError(f"verdicts could not be counted: {first_line(error)}") from error
    return {file: tuple(counts) for file, *counts in rows}


def _judgement(action: str, counts: tuple[int, ...]) -> Judgement:
    total, keyed, distinct, judged, protected, exposed, unknown, everyone = counts
    _check(action, keyed == total, f"{total - keyed} rows have no entity_id")
    _check(action, distinct == total, f"{total - distinct} entities are listed more than once")
    _check(action, judged == total, f"{total - judged} rows have a verdict that is none")
    coverage = Coverage(protected=protected, exposed=exposed, unknown=unknown)
    return Judgement(coverage, about_everyone=total == everyone == 1)


def _check(action: str, holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise CatalogError(
            f"the query of the action {action} breaks its contract: {otherwise}. Each entity stands in exactly "
            f"one row of {', '.join(COLUMNS)}"
        )
