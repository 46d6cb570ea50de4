"""What a device configuration is worth where neither the tenant's profiles nor the catalog know: its impact there.

The one control of which both are public has 9 and 9 (reference improvement-actions, "What real responses show").
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import duckdb

from securescore.errors import EvidenceError, first_line
from securescore.evidence import Run
from securescore.evidence.shaping import scan
from securescore.model import MAX_POINTS, MICRO

_TABLE = "device_configurations"


def greatest_impacts(runs: Sequence[Run]) -> Mapping[str, int]:
    """The greatest impact of each configuration in the newest run that assessed devices, in micropoints.

    Args:
        runs: newest first.

    Returns:
        By configuration id in lower case, which is the id of its action; none when no run assessed devices. An
        impact that could not be a maximum (not above 0, or above 10) is left out.
    """
    run = next((run for run in runs if run.has(_TABLE)), None)
    if run is None:
        return {}
    path = run.table_path(_TABLE)
    sql = f"SELECT lower(configuration_id), max(impact) FROM {scan(path)} WHERE impact > 0 AND impact <= {MAX_POINTS} GROUP BY 1"
    with duckdb.connect(":memory:") as connection:
        try:
            rows = connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise EvidenceError(
                f"{path} cannot be read as the table {_TABLE!r} ({first_line(error)}): restore the evidence folder "
                "from a copy, or collect again"
            ) from error
    return {configuration: round(Fraction(repr(impact)) * MICRO) for configuration, impact in rows}
