"""The audit log is shown to whom it concerns, and every chain of it is proven."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.services.tenancy import Record
from tests.store.databases import Server, engine

from securescore.errors import NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right, operator
from securescore.services.audit_log import Mark, list_entries, verify_chains
from securescore.services.installation import Installation
from securescore.services.tenants import About, change_tenant, remove_tenant
from securescore.store.schema import INSTALLATION

ME = operator("tester")
READER = Actor("anna", "here", "anna", frozenset({Right.READ}))
NOBODY = Actor("nobody", "here", "nobody")


def test_entries_of_a_tenant_and_of_the_installation(record: Record) -> None:
    here = record.installation
    assert [one.act for one in list_entries(here, ME)] == ["tenant.add"]
    about_it = list_entries(here, READER, record.tenant_id)
    assert about_it[0].act == "tenant.add"
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert list_entries(here, ME, record.tenant_id, tomorrow) == []
    assert list_entries(here, ME, record.tenant_id, tomorrow - timedelta(days=2)) == about_it


def test_who_may_not_read_sees_nothing(record: Record) -> None:
    here = record.installation
    with pytest.raises(NotAllowedError):
        list_entries(here, READER)
    with pytest.raises(UnknownError):
        list_entries(here, NOBODY, record.tenant_id)
    with pytest.raises(NotAllowedError):
        list(verify_chains(here, READER))


def test_chains_of_tenants_that_were_removed_are_proven_too(record: Record, databases: Server) -> None:
    here = record.installation
    assert {one.name for one in verify_chains(here, ME)} == {None, "Westerkade"}
    remove_tenant(here, ME, record.tenant_id)
    chains = {one.tenant_id: one for one in verify_chains(here, ME)}
    assert set(chains) == {INSTALLATION, record.tenant_id}
    assert all(one.broken is None and one.entries for one in chains.values())
    _change_first(databases, str(here.database.url.database), record.tenant_id)
    assert {one.tenant_id: one.broken for one in verify_chains(here, ME)} == {
        INSTALLATION: None,
        record.tenant_id: 1,
    }


def test_a_chain_that_was_cut_off_or_written_anew_does_not_go_with_what_was_kept_elsewhere(
    record: Record, databases: Server
) -> None:
    here, name = record.installation, str(record.installation.database.url.database)
    change_tenant(here, ME, record.tenant_id, About(region="Zeeland"))
    marks = {one.tenant_id: Mark(one.entries, one.newest) for one in verify_chains(here, ME)}
    change_tenant(here, ME, record.tenant_id, About(region="Drenthe"))
    assert broken(here, marks) == {}, "what came since is no break"
    _as_superuser(
        databases, name, "DELETE FROM audit_entry WHERE tenant_id = :id AND number > 1", record.tenant_id
    )
    assert broken(here, {}) == {}, "alone, the chain looks whole"
    assert broken(here, marks) == {record.tenant_id: 2}
    change_tenant(here, ME, record.tenant_id, About(region="Utrecht"))
    assert broken(here, {}) == {}
    assert broken(here, marks) == {record.tenant_id: 2}
    _as_superuser(databases, name, "DELETE FROM audit_entry WHERE tenant_id = :id", record.tenant_id)
    assert broken(here, marks) == {record.tenant_id: 1}
    gone = uuid.uuid4()
    assert broken(here, {gone: Mark(3, b"x")}) == {gone: 1}


def broken(here: Installation, marks: Mapping[uuid.UUID, Mark]) -> dict[uuid.UUID, int]:
    return {one.tenant_id: one.broken for one in verify_chains(here, ME, marks) if one.broken is not None}


def _change_first(databases: Server, database: str, tenant_id: uuid.UUID) -> None:
    statement = "UPDATE audit_entry SET act = 'nothing' WHERE tenant_id = :id AND number = 1"
    _as_superuser(databases, database, statement, tenant_id)


def _as_superuser(databases: Server, database: str, statement: str, tenant_id: uuid.UUID) -> None:
    with engine(databases.superuser.set(database=database)) as superuser, superuser.begin() as connection:
        connection.execute(text(statement), {"id": tenant_id})
