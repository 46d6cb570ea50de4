"""People who decide in tests: several who may write, one who manages, and what they find exposed."""

import duckdb
from tests.services.tenancy import Record

from securescore.services.actor import Actor, Right


def writer(record: Record, name: str = "ada@westerkade.example") -> Actor:
    """Somebody who may write in the one tenant."""
    rights = frozenset({Right.READ, Right.WRITE})
    return Actor(name, "192.0.2.1", name, within={record.tenant_id: rights})


def reader(record: Record) -> Actor:
    """Somebody who may only read it."""
    name = "reader@westerkade.example"
    return Actor(name, "192.0.2.1", name, within={record.tenant_id: frozenset({Right.READ})})


STRANGER = Actor("stranger@other.example", "192.0.2.1", "stranger@other.example")


def exposed_of(record: Record, action: str) -> list[str]:
    """Ids of the entities that an action finds exposed."""
    folder = record.here.evidence_path(record.tenant_id)
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT entity_id FROM read_parquet($files) WHERE verdict = 'exposed' ORDER BY 1",
            {"files": [str(path) for path in folder.rglob(f"{action}-*.parquet")]},
        ).fetchall()
    assert rows
    return [row[0] for row in rows]
