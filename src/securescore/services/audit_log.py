"""Reads the audit log, and proves that nothing in it was changed."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from securescore.services.actor import OPERATOR, Actor, Right
from securescore.services.installation import Installation
from securescore.store import audit
from securescore.store.audit import AuditEntry
from securescore.store.copying import see
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import list_summaries

_REMOVED = "tenant.remove"


@dataclass(frozen=True)
class Mark:
    """How far a chain went when somebody wrote that down elsewhere: the number of its newest entry, and its hash."""

    number: int
    hash: bytes


_NO_MARKS: Mapping[uuid.UUID, Mark] = {}


@dataclass(frozen=True)
class Chain:
    """The entries about one tenant, or about the installation.

    Attributes:
        name: of the tenant; None for the installation and for tenants that were removed.
        entries: the number of the newest, which is how many there are in a chain that is whole.
        newest: its hash; nothing where there is none.
        broken: the number of the first that was changed or before which one is missing; None: the chain is whole.
    """

    tenant_id: uuid.UUID
    name: str | None
    entries: int
    newest: bytes
    broken: int | None


def list_entries(
    here: Installation, actor: Actor, tenant_id: uuid.UUID | None = None, since: datetime | None = None
) -> list[AuditEntry]:
    """The entries about a tenant, or about the installation, oldest first."""
    if tenant_id is None:
        actor.require(Right.MANAGE)
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id or INSTALLATION) as connection:
        return [entry for entry in audit.entries(connection) if since is None or entry.at >= since]


def verify_chains(
    here: Installation, actor: Actor, marks: Mapping[uuid.UUID, Mark] = _NO_MARKS
) -> Iterator[Chain]:
    """Every chain there is: of the installation, of each tenant, and of those that were removed.

    Args:
        marks: how far chains went before. Without them nothing tells that a chain was cut off at its end, or written
            anew from some entry on.
    """
    actor.require(Right.MANAGE)
    with here.database.installation() as connection:
        yield _chain(connection, INSTALLATION, None, marks)
        removed = _removed(connection)
    with here.database.reader(actor.reader) as connection:
        names = _names(connection)
    marked = dict.fromkeys(marks.keys() - {INSTALLATION})
    for tenant_id, name in (marked | removed | names).items():
        with here.database.tenant(tenant_id) as connection:
            yield _chain(connection, tenant_id, name, marks)


def chains_within(connection: Connection) -> Iterator[Chain]:
    """The same inside one transaction, as it sees them."""
    see(connection, tenant=str(INSTALLATION))
    yield _chain(connection, INSTALLATION, None)
    removed = _removed(connection)
    see(connection, reader=OPERATOR)
    for tenant_id, name in (removed | _names(connection)).items():
        see(connection, tenant=str(tenant_id))
        yield _chain(connection, tenant_id, name)


def _names(connection: Connection) -> dict[uuid.UUID, str | None]:
    return {one.tenant_id: one.name for one in list_summaries(connection)}


def _removed(connection: Connection) -> dict[uuid.UUID, str | None]:
    return {uuid.UUID(one.target): None for one in audit.entries(connection) if one.act == _REMOVED}


def _chain(
    connection: Connection,
    tenant_id: uuid.UUID,
    name: str | None,
    marks: Mapping[uuid.UUID, Mark] = _NO_MARKS,
) -> Chain:
    last, newest = audit.newest(connection)
    broken, mark = audit.first_break(connection), marks.get(tenant_id)
    if broken is None and mark is not None and audit.hash_of(connection, mark.number) != mark.hash:
        broken = min(last + 1, mark.number)
    return Chain(tenant_id, name, last, newest, broken)
