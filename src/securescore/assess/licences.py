"""Which service plans the tenant owns."""

from collections.abc import Sequence

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence import Run
from securescore.evidence.licences import OWNED_PLANS
from securescore.evidence.shaping import scan


def owned_plans(runs: Sequence[Run]) -> frozenset[str] | None:
    """Service plan names of the newest run that collected them; None when no run did.

    Args:
        runs: newest first.
    """
    run = next((run for run in runs if run.has("service_plans")), None)
    if run is None:
        return None
    path = run.table_path("service_plans")
    with duckdb.connect(":memory:") as connection:
        try:
            connection.execute(f"CREATE VIEW service_plans AS SELECT * FROM {scan(path)}")
            rows = connection.execute(OWNED_PLANS).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be read as the table 'service_plans' ({first_line(error)}): restore the evidence "
                "folder from a copy, or collect again"
            ) from error
    return frozenset(plan for (plan,) in rows)
