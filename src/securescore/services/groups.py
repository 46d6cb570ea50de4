"""Groups of tenants, to which grants, templates, alerts and reports apply."""

import uuid
from collections.abc import Iterable

from sqlalchemy import Connection

from securescore.errors import ConflictError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.services.naming import checked_name
from securescore.store import groups as rows
from securescore.store import tenants as tenant_rows
from securescore.store.groups import Group
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import Summary


def add_group(here: Installation, actor: Actor, name: str) -> Group:
    """A new group without tenants.

    Raises:
        ConflictError: there is one of that name.
    """
    actor.require(Right.MANAGE)
    group = Group(uuid.uuid4(), checked_name("group", name))
    with here.database.installation() as connection:
        if known := rows.find(connection, group.name):
            raise ConflictError(f"there is a group {known.name!r} already")
        _enter(connection, actor, group)
    return group


def ensure_groups(connection: Connection, actor: Actor, names: Iterable[str]) -> dict[str, Group]:
    """The groups of these names, by name; those that were missing are made."""
    found: dict[str, Group] = {}
    for name in names:
        group = rows.find(connection, name)
        if group is None:
            group = Group(uuid.uuid4(), checked_name("group", name))
            _enter(connection, actor, group)
        found[name] = group
    return found


def list_groups(here: Installation, actor: Actor) -> dict[Group, int]:
    """The groups that the actor has a role for, with how many tenants each holds; all of them for who may read everything.

    Who has a role for a single tenant is not told in which groups its provider put it.
    """
    with here.database.reader(actor.reader) as connection:
        members = rows.members_of(connection)
        return {
            group: len(members.get(group.group_id, ()))
            for group in rows.every(connection)
            if group.group_id in members or actor.may(Right.READ)
        }


def list_members(here: Installation, actor: Actor, name: str) -> list[Summary]:
    """The tenants of a group that the actor may read, by name.

    Raises:
        UnknownError: there is no such group, or none that the actor may see.
    """
    with here.database.reader(actor.reader) as connection:
        group = _found(connection, name)
        inside = rows.members_of(connection).get(group.group_id, set())
        if not inside and not actor.may(Right.READ):
            raise _unknown(name)
        return [one for one in tenant_rows.list_summaries(connection) if one.tenant_id in inside]


def put_into_group(here: Installation, actor: Actor, tenant_id: uuid.UUID, name: str) -> bool:
    """Puts a tenant into a group. Whoever has a role for the group has it for the tenant from then on.

    Returns:
        Whether it was not in it before.
    """
    actor.require(Right.MANAGE)
    with here.database.changing(tenant_id) as connection:
        tenant_rows.get(connection)
        return join(connection, actor, tenant_id, _found(connection, name))


def take_out_of_group(here: Installation, actor: Actor, tenant_id: uuid.UUID, name: str) -> bool:
    """Takes a tenant out of a group. Returns whether it was in it."""
    actor.require(Right.MANAGE)
    with here.database.changing(tenant_id) as connection:
        tenant_rows.get(connection)
        group = _found(connection, name)
        left = rows.leave(connection, group.group_id)
        if left:
            _write(connection, actor, tenant_id, "group.leave", group)
    return left


def join(connection: Connection, actor: Actor, tenant_id: uuid.UUID, group: Group) -> bool:
    """Puts the tenant of the transaction into a group. Returns whether it was not in it before."""
    joined = rows.join(connection, tenant_id, group.group_id)
    if joined:
        _write(connection, actor, tenant_id, "group.join", group)
    return joined


def _enter(connection: Connection, actor: Actor, group: Group) -> None:
    rows.add(connection, group)
    write_down(
        connection,
        actor,
        INSTALLATION,
        "group.add",
        str(group.group_id),
        after={"name": group.name},
    )


def _found(connection: Connection, name: str) -> Group:
    group = rows.find(connection, name)
    if group is None:
        raise _unknown(name)
    return group


def _unknown(name: str) -> UnknownError:
    return UnknownError(f"there is no group {name.strip()!r}")


def _write(connection: Connection, actor: Actor, tenant_id: uuid.UUID, act: str, group: Group) -> None:
    told = {"group_id": str(group.group_id), "name": group.name}
    write_down(
        connection,
        actor,
        tenant_id,
        act,
        str(tenant_id),
        before=told if act == "group.leave" else None,
        after=told if act == "group.join" else None,
    )
