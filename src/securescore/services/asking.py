"""Asks the workers to do something about a tenant soon."""

from uuid import UUID

from securescore.errors import ConflictError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.installation import Installation
from securescore.store import queue
from securescore.store import tenants as rows
from securescore.store.tenants import TenantState


def ask_sync(here: Installation, actor: Actor, tenant_id: UUID) -> bool:
    """Asks that a tenant be read as a whole. False when that waits in the queue already.

    Raises:
        ConflictError: the tenant is paused.
    """
    actor.require(Right.WRITE, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        _refuse_paused(rows.get(connection))
        return queue.put_sync(connection, tenant_id, asked_for=True)


def ask_check(here: Installation, actor: Actor, tenant_id: UUID, action: str) -> bool:
    """Asks that one action be checked again. False when that waits in the queue already.

    Raises:
        ConflictError: the tenant is paused.
        UnknownError: there is no such action.
    """
    actor.require(Right.WRITE, tenant_id)
    known = here.content().catalog.get(action)
    if known is None:
        raise UnknownError(f"there is no action {action!r}: securescore catalog list names those there are")
    with here.database.tenant(tenant_id) as connection:
        _refuse_paused(rows.get(connection))
        return queue.put_check(connection, tenant_id, known.id)


def _refuse_paused(tenant: rows.Tenant) -> None:
    if tenant.state is TenantState.PAUSED:
        raise ConflictError(f"{tenant.name} is paused: go on with it first (securescore tenant resume)")
