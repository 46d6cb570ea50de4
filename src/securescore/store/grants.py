"""Rows that say who may do what."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from securescore.errors import ConflictError, UnknownError
from securescore.store.schema import access_grant, tenant_group_member


class Role(StrEnum):
    """What a grant gives."""

    READER = "reader"
    WRITER = "writer"
    MANAGER = "manager"


@dataclass(frozen=True)
class Grant:
    """A role of a principal: for one tenant, for a group of them, or for all."""

    grant_id: uuid.UUID
    principal: str
    role: Role
    tenant_id: uuid.UUID | None
    group_id: uuid.UUID | None
    granted_at: datetime
    granted_by: str


def of_principal(connection: Connection, principal: str) -> list[Grant]:
    """The grants of a principal; in a transaction of that reader, or of people."""
    return _read(connection.execute(select(access_grant).where(access_grant.c.principal == principal)))


def every(connection: Connection) -> list[Grant]:
    """All grants that the transaction may see, by principal."""
    return _read(connection.execute(select(access_grant).order_by(access_grant.c.principal)))


def tenants_of(connection: Connection, groups: Iterable[uuid.UUID]) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """The tenants of each group; in a transaction of a reader who has a grant for it."""
    members = tenant_group_member.c
    rows = connection.execute(
        select(members.group_id, members.tenant_id).where(members.group_id.in_(list(groups)))
    )
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for group_id, tenant_id in rows:
        found.setdefault(group_id, set()).add(tenant_id)
    return {group_id: frozenset(tenants) for group_id, tenants in found.items()}


def add(connection: Connection, grant: Grant) -> None:
    """A new grant; in a transaction of people. Raises ConflictError when the principal has it already."""
    try:
        connection.execute(
            insert(access_grant).values({name: getattr(grant, name) for name in access_grant.c.keys()})  # noqa: SIM118
        )
    except IntegrityError as error:
        raise ConflictError(
            f"{grant.principal} has that role there already, or the tenant is gone"
        ) from error


def remove(connection: Connection, grant_id: uuid.UUID) -> None:
    """Takes a grant away; in a transaction of people."""
    done = connection.execute(delete(access_grant).where(access_grant.c.grant_id == grant_id))
    if not done.rowcount:
        raise UnknownError(f"there is no grant {grant_id}")


def _read(rows: Iterable[object]) -> list[Grant]:
    return [Grant(**dict(row._mapping) | {"role": Role(row.role)}) for row in rows]  # type: ignore[attr-defined]  # noqa: SLF001
