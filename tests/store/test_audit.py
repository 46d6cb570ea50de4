"""The audit log is a chain: what was changed, taken out or put in between shows."""

import uuid
from contextlib import suppress

import pytest
from sqlalchemy import text
from tests.store import rows
from tests.store.databases import TestDatabase, engine

from securescore.store import audit
from securescore.store.database import Database
from securescore.store.schema import INSTALLATION

ENTRIES = 6


@pytest.fixture
def tenant_id(database: Database) -> uuid.UUID:
    tenant_id = rows.add_tenant(database)
    for number in range(ENTRIES):
        with database.tenant(tenant_id) as connection:
            audit.append(
                connection,
                tenant_id,
                actor="operator:jansen",
                origin="192.0.2.7",
                act="decision",
                target="AdminMFAV2",
                before=None if number % 2 else {"status": "to_address", "note": "é, '\" and ✓"},
                after={"number": number},
            )
    return tenant_id


def test_a_chain_that_nobody_touched_is_whole(database: Database, tenant_id: uuid.UUID) -> None:
    with database.tenant(tenant_id) as connection:
        entries = list(audit.entries(connection))
        assert [entry.number for entry in entries] == list(range(1, ENTRIES + 1))
        assert entries[0].before == '{"note": "é, \'\\" and ✓", "status": "to_address"}'
        assert audit.first_break(connection) is None


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit_entry SET actor = 'operator:other' WHERE number = 3", 3),
        ("UPDATE audit_entry SET after = NULL WHERE number = 4", 4),
        ("UPDATE audit_entry SET before = coalesce(before, 'null') WHERE number = 2", 2),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE number = 5", 5),
        ("UPDATE audit_entry SET origin = act, act = origin WHERE number = 1", 1),
        ("DELETE FROM audit_entry WHERE number = 2", 2),
        ("DELETE FROM audit_entry WHERE number = 1", 1),
        ("UPDATE audit_entry SET number = number + 1 WHERE number = 6", 6),
    ],
)
def test_a_chain_that_somebody_touched_is_not(
    database: Database, fresh: TestDatabase, tenant_id: uuid.UUID, statement: str, broken: int
) -> None:
    with engine(fresh.superuser) as superuser, superuser.begin() as connection:
        connection.execute(text(statement))
    with database.tenant(tenant_id) as connection:
        assert audit.first_break(connection) == broken


def test_the_hash_can_be_computed_without_the_database(database: Database, tenant_id: uuid.UUID) -> None:
    with database.tenant(tenant_id) as connection:
        previous = b""
        for entry in audit.entries(connection):
            assert entry.expected_hash(previous) == entry.hash
            previous = entry.hash


def test_an_act_that_is_rolled_back_leaves_no_entry(database: Database, tenant_id: uuid.UUID) -> None:
    with suppress(RuntimeError), database.tenant(tenant_id) as connection:
        audit.append(connection, tenant_id, actor="a", origin="b", act="c", target="d")
        raise RuntimeError
    with database.tenant(tenant_id) as connection:
        assert len(list(audit.entries(connection))) == ENTRIES


def test_the_installation_has_a_chain_of_its_own(database: Database, tenant_id: uuid.UUID) -> None:
    with database.tenant(tenant_id) as connection:
        audit.append(connection, INSTALLATION, actor="a", origin="b", act="tenant.add", target=str(tenant_id))
        assert len(list(audit.entries(connection))) == ENTRIES
    with database.installation() as connection:
        assert [entry.act for entry in audit.entries(connection)] == ["tenant.add"]
        assert audit.first_break(connection) is None
