"""Who may do what: roles given and taken, for one tenant, for a group of them, or for all."""

import uuid
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from securescore.errors import ConfigurationError, ConflictError
from securescore.services.actor import OPERATOR, SYSTEM, Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.store import grants, groups
from securescore.store.grants import Grant, Role
from securescore.store.schema import INSTALLATION

_LONGEST = 320
_OURS = frozenset({OPERATOR, SYSTEM})


def give_role(
    here: Installation,
    actor: Actor,
    principal: str,
    role: Role,
    *,
    tenant_id: uuid.UUID | None = None,
    group: str | None = None,
) -> Grant:
    """Gives somebody a role: for a tenant, for the tenants of a group as they come and go, or for all.

    Raises:
        ConflictError: they have it there already.
        UnknownError: there is no such group or tenant.
        ConfigurationError: no such principal can be, or both a tenant and a group are named.
    """
    actor.require(Right.MANAGE)
    name = principal.strip()
    if not name or len(name) > _LONGEST or name.partition(":")[0] in _OURS or not name.isprintable():
        raise ConfigurationError(
            f"{principal!r} can be nobody's name: give a user principal name or a client's id"
        )
    if tenant_id is not None and group is not None:
        raise ConfigurationError("a role is for one tenant or for a group of them: name one of both")
    group_id = _group(here, actor, group)
    grant = Grant(uuid.uuid4(), name, role, tenant_id, group_id, here.now(), actor.name)
    with here.database.people() as connection:
        grants.add(connection, grant)
        _write(connection, actor, "role.give", name, after=_told(grant))
    return grant


def take_role(here: Installation, actor: Actor, grant_id: uuid.UUID) -> None:
    """Takes a role away again.

    Raises:
        ConflictError: it is the program's own.
        UnknownError: there is no such grant.
    """
    actor.require(Right.MANAGE)
    with here.database.people() as connection:
        found = [one for one in grants.every(connection) if one.grant_id == grant_id]
        if found and found[0].principal in _OURS:
            raise ConflictError("the program's own rights, and those of its operator, cannot be taken away")
        grants.remove(connection, grant_id)
        _write(connection, actor, "role.take", found[0].principal, before=_told(found[0]))


def list_roles(here: Installation, actor: Actor) -> list[Grant]:
    """Every role that somebody was given, by name."""
    actor.require(Right.MANAGE)
    with here.database.people() as connection:
        return [one for one in grants.every(connection) if one.principal not in _OURS]


def _group(here: Installation, actor: Actor, name: str | None) -> uuid.UUID | None:
    if name is None:
        return None
    with here.database.reader(actor.reader) as connection:
        group = groups.find(connection, name)
    if group is None:
        raise ConfigurationError(f"there is no group {name!r}: securescore group list names those there are")
    return group.group_id


def _told(grant: Grant) -> dict[str, Any]:
    return {name: str(value) for name, value in asdict(grant).items() if value is not None}


def _write(
    connection: Connection,
    actor: Actor,
    act: str,
    target: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    write_down(
        connection,
        actor,
        INSTALLATION,
        act,
        target,
        before=before,
        after=after,
    )
