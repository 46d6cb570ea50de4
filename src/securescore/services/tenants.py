"""Tenants: add, connect, list, pause, change, remove."""

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from securescore.connectors import Tenant as Readable
from securescore.connectors.stored_connection import secret_of, stored
from securescore.errors import ConfigurationError, UnknownError
from securescore.scoring.change import Trigger
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.services.record.recording import Declaration, Known, record_declaration
from securescore.store import tenants as rows
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import ConnectionRow, Health, Summary, Tenant, TenantState

SECRET = "connection"  # noqa: S105 - what the secret is for
"""The name under which the secret of a connection is sealed."""


@dataclass(frozen=True)
class About:
    """What is told about an organisation. None: not told, or leave as it is."""

    name: str | None = None
    time_zone: str | None = None
    industry: str | None = None
    seats: int | None = None
    region: str | None = None
    evidence_days: int | None = None
    device_days: int | None = None

    def given(self) -> dict[str, Any]:
        """What was told."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def add_tenant(here: Installation, actor: Actor, readable: Readable, about: About) -> Tenant:
    """A new tenant with its connection. Its secret is sealed before it is written.

    Args:
        readable: how it is read; its `tenant_id` must be Microsoft's id, not a domain name.

    Raises:
        ConflictError: the installation has it already.
    """
    actor.require(Right.MANAGE)
    refuse_nonsense(about)
    tenant = Tenant(
        tenant_id=uuid.uuid4(),
        directory_id=readable.tenant_id.casefold(),
        created_at=here.now(),
        **{"name": readable.tenant_id} | about.given(),
    )
    row = _sealed(here, tenant.tenant_id, readable)
    with here.database.changing(tenant.tenant_id) as connection:
        enter_tenant(connection, actor, tenant, row)
    return tenant


def enter_tenant(connection: Connection, actor: Actor, tenant: Tenant, row: ConnectionRow) -> None:
    """Writes a new tenant in a transaction that changes it. Raises ConflictError when the installation has it already."""
    rows.add(connection, tenant)
    rows.set_connection(connection, tenant.tenant_id, row)
    _write(connection, actor, tenant, "tenant.add", after=_described(tenant) | _in_the_open(row))


def connect_tenant(here: Installation, actor: Actor, tenant_id: uuid.UUID, readable: Readable) -> None:
    """Another way to read a tenant that is here. The secret of the old one is gone.

    Raises:
        ConfigurationError: the connection is to another tenant.
    """
    actor.require(Right.MANAGE, tenant_id)
    row = _sealed(here, tenant_id, readable)
    with here.database.changing(tenant_id) as connection:
        tenant = rows.get(connection)
        if tenant.directory_id != readable.tenant_id.casefold():
            raise ConfigurationError(
                f"the connection is to tenant {readable.tenant_id}, not to {tenant.name} ({tenant.directory_id}): add it "
                "as a tenant of its own (securescore tenant add)"
            )
        replace_connection(connection, actor, tenant, row)


def replace_connection(connection: Connection, actor: Actor, tenant: Tenant, row: ConnectionRow) -> None:
    """Writes how a tenant is read from now on, in a transaction that changes it."""
    before = rows.get_connection(connection)
    rows.set_connection(connection, tenant.tenant_id, row)
    _write(
        connection,
        actor,
        tenant,
        "tenant.connect",
        before=_in_the_open(before) if before else None,
        after=_in_the_open(row),
    )


def list_tenants(here: Installation, actor: Actor) -> list[Summary]:
    """Every tenant that the actor may read, by name."""
    with here.database.reader(actor.reader) as connection:
        return rows.list_summaries(connection)


def find_tenant(here: Installation, actor: Actor, name: str) -> Summary:
    """The tenant of that name, directory id or id, of those that the actor may read.

    Raises:
        UnknownError: none, or several of that name.
    """
    with here.database.reader(actor.reader) as connection:
        found = rows.find(connection, name)
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.directory_id for one in found)
        raise UnknownError(f"several tenants are called {name!r}: name one by its id ({ids})")
    raise UnknownError(f"there is no tenant {name!r}: securescore tenant list names those there are")


def get_tenant(here: Installation, actor: Actor, tenant_id: uuid.UUID) -> Tenant:
    """One tenant with what was told about it."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return rows.get(connection)


def describe_tenant(
    here: Installation, actor: Actor, tenant_id: uuid.UUID
) -> tuple[Tenant, ConnectionRow | None]:
    """One tenant with how it is read; without its secret."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        row = rows.get_connection(connection)
        return rows.get(connection), row and replace(row, sealed_secret=None)


def change_tenant(here: Installation, actor: Actor, tenant_id: uuid.UUID, about: About) -> Tenant:
    """Changes what is told about an organisation. Which devices count moves the score, so that is a snapshot too."""
    actor.require(Right.MANAGE, tenant_id)
    refuse_nonsense(about)

    def made(_connection: Connection, known: Known) -> Declaration | None:
        if known.standing is None or about.device_days in {None, known.tenant.device_days}:
            return None
        organisation = replace(known.organisation, device_days=about.device_days)
        told = {"device_days": about.device_days, "was": known.tenant.device_days}
        return Declaration(
            Trigger.EXCLUSION, organisation, lambda connection: _altered(connection, actor, about), told
        )

    if record_declaration(here, actor, tenant_id, made) is not None:
        return get_tenant(here, actor, tenant_id)
    with here.database.changing(tenant_id) as connection:
        return alter_tenant(connection, actor, about)


def _altered(connection: Connection, actor: Actor, about: About) -> None:
    alter_tenant(connection, actor, about)


def alter_tenant(connection: Connection, actor: Actor, about: About) -> Tenant:
    """Writes what was told about the tenant of the transaction, where it differs. Returns the tenant as it is then."""
    before = rows.get(connection)
    after = replace(before, **about.given())
    if after != before:
        rows.change(connection, **about.given())
        changes = (_described(before), _described(after))
        _write(connection, actor, before, "tenant.change", before=changes[0], after=changes[1])
    return after


def pause_tenant(here: Installation, actor: Actor, tenant_id: uuid.UUID, *, paused: bool) -> None:
    """Stops keeping a tenant up to date, or goes on with it. Nothing of it is lost meanwhile."""
    actor.require(Right.MANAGE, tenant_id)
    state = TenantState.PAUSED if paused else TenantState.ACTIVE
    with here.database.changing(tenant_id) as connection:
        before = rows.get(connection)
        if before.state is state:
            return
        rows.change(connection, state=state)
        rows.summarise(connection, health=Health.PAUSED if paused else Health.NEW)
        act = "tenant.pause" if paused else "tenant.resume"
        _write(connection, actor, before, act, before={"state": before.state}, after={"state": state})


def remove_tenant(here: Installation, actor: Actor, tenant_id: uuid.UUID) -> None:
    """Removes a tenant with everything known about it. Its audit entries stay, and one tells of its removal."""
    actor.require(Right.MANAGE)
    with here.database.changing(tenant_id) as connection:
        rows.get(connection)
        rows.remove(connection, tenant_id, actor.name, actor.origin)
    shutil.rmtree(here.evidence_path(tenant_id), ignore_errors=True)


def _sealed(here: Installation, tenant_id: uuid.UUID, readable: Readable) -> ConnectionRow:
    open_part, secret = stored(readable), secret_of(readable)
    sealed = None
    if secret is not None:
        sealed = here.sealer().seal(secret, tenant=str(tenant_id), name=SECRET)
    return ConnectionRow(**vars(open_part), sealed_secret=sealed, changed_at=here.now())


def _in_the_open(row: ConnectionRow) -> dict[str, Any]:
    """What the audit log tells of a connection: everything but the secret."""
    hidden = {"sealed_secret", "changed_at"}
    return {name: value for name, value in asdict(row).items() if name not in hidden and value is not None}


def _described(tenant: Tenant) -> dict[str, Any]:
    return {name: value for name, value in asdict(tenant).items() if value is not None}


def _write(
    connection: Connection,
    actor: Actor,
    tenant: Tenant,
    act: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Tells the tenant's audit log, and that of the installation where tenants come and go."""
    target = str(tenant.tenant_id)
    write_down(connection, actor, tenant.tenant_id, act, target, before=before, after=after)
    if act == "tenant.add":
        told = {"name": tenant.name, "directory_id": tenant.directory_id}
        write_down(connection, actor, INSTALLATION, act, target, after=told)


def refuse_nonsense(about: About) -> None:
    """Raises ConfigurationError when something told about an organisation cannot be so."""
    if about.name is not None and not about.name.strip():
        raise ConfigurationError("the name of a tenant cannot be empty")
    if about.time_zone is not None:
        try:
            ZoneInfo(about.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigurationError(
                f"{about.time_zone!r} is no time zone: write one such as Europe/Amsterdam or UTC"
            ) from None
    for name in ("seats", "evidence_days", "device_days"):
        value = getattr(about, name)
        if value is not None and value < 1:
            raise ConfigurationError(f"{name} must be a whole number from 1 on, not {value}")
