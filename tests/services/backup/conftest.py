"""Installations to be backed up, and places to restore to. The fixtures above this folder make the server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.services.backup.installations import Place
from tests.store import rows
from tests.store.databases import Server, engine

from securescore.services.installation import Installation


@pytest.fixture
def filled(here: Installation) -> Installation:
    """An installation with two tenants, a removed one, evidence and a key."""
    kept = [rows.add_tenant(here.database, f"{n}1111111-2222-4333-8444-555555555555") for n in "12"]
    removed = rows.add_tenant(here.database, "31111111-2222-4333-8444-555555555555")
    for tenant_id in (*kept, removed):
        rows.fill(
            here.database, tenant_id, here.sealer().seal(b"s", tenant=str(tenant_id), name="connection")
        )
        run = here.evidence_path(tenant_id) / "runs" / "20260302T060000Z-0001"
        run.mkdir(parents=True)
        (run / "users.parquet").write_bytes(b"rows of " + tenant_id.bytes)
        (run / "manifest.json").write_bytes(b"{}")
    with here.database.changing(removed) as connection:
        connection.execute(text("SELECT remove_tenant(:id, 'me', 'here')"), {"id": removed})
    return here


@pytest.fixture
def place(databases: Server, tmp_path: Path) -> Iterator[Place]:
    """An empty database and a folder that is not there yet."""
    with databases.database(template="template0") as empty:
        with engine(empty.superuser) as superuser, superuser.begin() as connection:
            connection.execute(text("ALTER SCHEMA public OWNER TO securescore_owner"))
        yield Place(tmp_path / "restored", empty)
