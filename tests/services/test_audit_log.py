"""The audit log is shown to whom it concerns, and every chain of it is proven."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.services.tenancy import Record
from tests.store.databases import Server, engine

from securescore.errors import NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right, operator
from securescore.services.audit_log import list_entries, verify_chains
from securescore.services.tenants import remove_tenant
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


def _change_first(databases: Server, database: str, tenant_id: uuid.UUID) -> None:
    with engine(databases.superuser.set(database=database)) as superuser, superuser.begin() as connection:
        statement = "UPDATE audit_entry SET act = 'nothing' WHERE tenant_id = :id AND number = 1"
        connection.execute(text(statement), {"id": tenant_id})
