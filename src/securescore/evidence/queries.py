"""Asks one table of a run."""

from typing import Any

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence.run import Run
from securescore.evidence.shaping import scan


def query_table(run: Run, table: str, sql: str) -> list[tuple[Any, ...]]:
    """The answer to a SELECT over the view `rows`, which is that table of the run.

    Raises:
        EvidenceError: the table was not collected, or its file cannot be read.
    """
    path = run.table_path(table)
    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(f"CREATE VIEW rows AS SELECT * FROM {scan(path)}")
            return connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be read as the table {table!r} ({first_line(error)}): restore the evidence folder "
                "from a copy, or collect again"
            ) from error
