"""Finds the rows of evidence that name somebody."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence.run import Run
from securescore.evidence.shaping import scan
from securescore.evidence.tables import TABLES


def mentions(run: Run, names: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and row of everything in a run that holds one of the names as a whole value, whatever its case.

    Raises:
        EvidenceError: a file is damaged.
    """
    for table in run.manifest.tables:
        if table in TABLES and run.has(table):
            for row in rows_naming(run.table_path(table), names):
                yield table, row


def rows_naming(path: Path, names: Collection[str]) -> list[dict[str, Any]]:
    """The rows of a Parquet file that hold one of the names as a whole value: a column, or inside a list or JSON."""
    quoted = [json.dumps(name.casefold(), ensure_ascii=False) for name in names]
    with duckdb.connect(":memory:") as connection:
        try:
            found = connection.execute(
                f"""
                SELECT row FROM (SELECT to_json(t)::VARCHAR AS row FROM {scan(path)} AS t)
                WHERE len(list_filter($names, lambda name: contains(lower(row), name))) > 0
                """,
                {"names": quoted},
            ).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be searched ({first_line(error)}): restore the evidence folder from a copy"
            ) from error
    return [json.loads(row[0]) for row in found]
