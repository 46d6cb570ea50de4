"""Rows of groups of tenants."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from securescore.errors import ConflictError
from securescore.store.schema import tenant_group as groups
from securescore.store.schema import tenant_group_member as members


@dataclass(frozen=True)
class Group:
    """Tenants that something applies to together. A tenant can be in any number of groups."""

    group_id: uuid.UUID
    name: str


def add(connection: Connection, group: Group) -> None:
    """A new group. Raises ConflictError when there is one of that name."""
    try:
        connection.execute(insert(groups).values(group_id=group.group_id, name=group.name))
    except IntegrityError as error:
        raise ConflictError(f"there is a group {group.name!r} already") from error


def every(connection: Connection) -> list[Group]:
    """All groups, by name."""
    return [Group(*row) for row in connection.execute(select(groups).order_by(func.lower(groups.c.name)))]


def find(connection: Connection, name: str) -> Group | None:
    """The group of that name, whatever the case of its letters."""
    wanted = func.lower(groups.c.name) == func.lower(name.strip())
    row = connection.execute(select(groups).where(wanted).limit(1)).one_or_none()
    return Group(*row) if row else None


def members_of(connection: Connection) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Tenants by the group they are in; those memberships that the reader of the transaction may see."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for group_id, tenant_id in connection.execute(select(members.c.group_id, members.c.tenant_id)):
        found.setdefault(group_id, set()).add(tenant_id)
    return found


def of_tenant(connection: Connection) -> set[uuid.UUID]:
    """The groups that the tenant of the transaction is in."""
    return set(connection.execute(select(members.c.group_id)).scalars())


def join(connection: Connection, tenant_id: uuid.UUID, group_id: uuid.UUID) -> bool:
    """Puts the tenant of the transaction into a group. Returns whether it was not in it before."""
    values = insert(members).values(tenant_id=tenant_id, group_id=group_id).on_conflict_do_nothing()
    return connection.execute(values.returning(members.c.group_id)).first() is not None


def leave(connection: Connection, group_id: uuid.UUID) -> bool:
    """Takes the tenant of the transaction out of a group. Returns whether it was in it."""
    return bool(connection.execute(delete(members).where(members.c.group_id == group_id)).rowcount)
