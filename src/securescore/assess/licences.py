"""Which service plans the tenant owns."""

from collections.abc import Sequence

import duckdb

from securescore.assess.engine import first_line
from securescore.errors import EvidenceError
from securescore.evidence import Run
from securescore.evidence.shaping import scan

_OWNED_SKU = ("enabled", "warning")
_USABLE_PLAN = ("success", "pendingactivation", "pendingprovisioning", "pendinginput")


def owned_plans(runs: Sequence[Run]) -> frozenset[str] | None:
    """Service plan names of the newest run that collected them; None when no run did.

    A subscription that is suspended, deleted or locked out, or that has no seats, licenses nothing.

    Args:
        runs: newest first.
    """
    run = next((run for run in runs if run.has("service_plans")), None)
    if run is None:
        return None
    path = run.table_path("service_plans")
    with duckdb.connect(":memory:") as connection:
        try:
            rows = connection.execute(
                f"""
                SELECT DISTINCT plan FROM {scan(path)}
                WHERE lower(sku_status) IN {_OWNED_SKU} AND lower(plan_status) IN {_USABLE_PLAN}
                  AND coalesce(seats, 1) > 0 AND plan IS NOT NULL
                """
            ).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be read as the table 'service_plans' ({first_line(error)}): restore the evidence "
                "folder from a copy, or collect again"
            ) from error
    return frozenset(plan for (plan,) in rows)
