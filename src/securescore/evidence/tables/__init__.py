"""Every table of evidence, by name. One module a service; a new table is declared in the nearest one."""

from securescore.errors import EvidenceError
from securescore.evidence.schema import Table
from securescore.evidence.tables import defender, entra_id, intune, microsoft_365, native_score

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        *entra_id.TABLES,
        *microsoft_365.TABLES,
        *defender.TABLES,
        *intune.TABLES,
        *native_score.TABLES,
    )
}


def table_named(name: str) -> Table:
    """The declared table of that name. Raises EvidenceError when there is none."""
    try:
        return TABLES[name]
    except KeyError:
        raise EvidenceError(
            f"no table of evidence is called {name!r}; known are: {', '.join(TABLES)}"
        ) from None
