"""Rows of tenants, of their connections and of their summaries."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Text, cast, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from securescore.errors import ConflictError, UnknownError
from securescore.store.schema import connection as connections
from securescore.store.schema import tenant as tenants
from securescore.store.schema import tenant_summary as summaries

EVIDENCE_DAYS = 30
"""How long evidence is kept, unless a tenant says otherwise."""


class TenantState(StrEnum):
    """Whether a tenant is kept up to date."""

    ACTIVE = "active"
    PAUSED = "paused"


class Health(StrEnum):
    """How the last attempt to read a tenant went."""

    NEW = "new"
    FINE = "fine"
    INCOMPLETE = "incomplete"
    FAILING = "failing"
    PAUSED = "paused"


@dataclass(frozen=True)
class Tenant:
    """One tenant.

    Attributes:
        tenant_id: our own id.
        directory_id: Microsoft's id of the tenant.
        time_zone: in which its days begin, as in the IANA database.
        evidence_days: how long its evidence is kept.
        device_days: devices not seen for so many days are not counted.
    """

    tenant_id: uuid.UUID
    directory_id: str
    name: str
    created_at: datetime
    state: TenantState = TenantState.ACTIVE
    time_zone: str = "Europe/Amsterdam"
    industry: str | None = None
    seats: int | None = None
    region: str | None = None
    evidence_days: int = EVIDENCE_DAYS
    device_days: int = 30


@dataclass(frozen=True)
class ConnectionRow:
    """How a tenant is read. The secret is sealed, or not there because none is needed."""

    client_id: str | None
    cloud: str
    credential_kind: str
    endpoints: Mapping[str, Any]
    ca_certificates: str | None
    credential_path: str | None
    sealed_secret: bytes | None
    changed_at: datetime


@dataclass(frozen=True)
class Summary:
    """What a view over many tenants shows of one. Points are micropoints; None before the first snapshot.

    Attributes:
        attempts: to read it, since the last that ended in a way that another attempt at once would not change.
        tried_at: when the last attempt began.
    """

    tenant_id: uuid.UUID
    directory_id: str
    name: str
    state: TenantState
    health: Health
    problem: str | None
    time_zone: str
    attempts: int
    tried_at: datetime | None
    synced_at: datetime | None
    snapshot: int | None
    points: int | None
    verified: int | None
    maximum: int | None
    assessed_share: float | None


def add(connection: Connection, tenant: Tenant) -> None:
    """A new tenant with its summary; in a transaction of that tenant.

    Raises:
        ConflictError: the installation has a tenant with that directory id.
    """
    try:
        connection.execute(insert(tenants).values(**asdict(tenant)))
    except IntegrityError as error:
        raise ConflictError(
            f"the tenant {tenant.directory_id} is here already: securescore tenant list names it"
        ) from error
    connection.execute(
        insert(summaries).values(
            tenant_id=tenant.tenant_id,
            directory_id=tenant.directory_id,
            name=tenant.name,
            state=tenant.state,
            health=Health.NEW,
            time_zone=tenant.time_zone,
        )
    )


def get(connection: Connection) -> Tenant:
    """The tenant of the transaction. Raises UnknownError when it was removed."""
    row = connection.execute(select(tenants)).one_or_none()
    if row is None:
        raise UnknownError("there is no such tenant any more: securescore tenant list names those there are")
    values = dict(row._mapping)  # noqa: SLF001 - the library's public name
    return Tenant(**values | {"state": TenantState(row.state)})


def change(connection: Connection, **values: Any) -> None:
    """Changes columns of the tenant, and of its summary where they stand there too."""
    connection.execute(update(tenants).values(**values))
    shared = {name: value for name, value in values.items() if name in summaries.c}
    if shared:
        summarise(connection, **shared)


def summarise(connection: Connection, **values: Any) -> None:
    """Changes columns of the tenant's summary."""
    connection.execute(update(summaries).values(**values))


def begin_attempt(connection: Connection, moment: datetime) -> None:
    """Writes that the tenant is being read from this moment on, so that an attempt that never ends is known of too."""
    summarise(connection, attempts=summaries.c.attempts + 1, tried_at=moment)


def summary(connection: Connection) -> Summary:
    """The summary of the tenant of the transaction."""
    return _summary(connection.execute(select(summaries)).one())


def list_summaries(connection: Connection) -> list[Summary]:
    """The summaries that the reader of the transaction may see, by name."""
    rows = connection.execute(
        select(summaries).order_by(func.lower(summaries.c.name), summaries.c.directory_id)
    )
    return [_summary(row) for row in rows]


def find(connection: Connection, name: str) -> list[Summary]:
    """Summaries whose id, directory id or name is that; of those that the reader may see."""
    wanted = name.strip().lower()
    where = (
        (func.lower(summaries.c.directory_id) == wanted)
        | (func.lower(summaries.c.name) == wanted)
        | (cast(summaries.c.tenant_id, Text) == wanted)
    )
    return [_summary(row) for row in connection.execute(select(summaries).where(where))]


def set_connection(connection: Connection, tenant_id: uuid.UUID, row: ConnectionRow) -> None:
    """Writes the connection of the tenant in the place of what was there."""
    values = asdict(row)
    done = connection.execute(update(connections).values(**values))
    if not done.rowcount:
        connection.execute(insert(connections).values(tenant_id=tenant_id, **values))


def get_connection(connection: Connection) -> ConnectionRow | None:
    """How the tenant is read; None when nobody said."""
    row = connection.execute(
        select(*(column for column in connections.c if column.name != "tenant_id"))
    ).one_or_none()
    return ConnectionRow(**row._mapping) if row else None  # noqa: SLF001 - the library's public name


def remove(connection: Connection, tenant_id: uuid.UUID, actor: str, origin: str) -> None:
    """Removes every row of the tenant but its audit entries, and writes who did it."""
    connection.execute(
        text("SELECT remove_tenant(:tenant, :actor, :origin)"),
        {"tenant": tenant_id, "actor": actor, "origin": origin},
    )


def _summary(row: Any) -> Summary:
    values = dict(row._mapping)  # noqa: SLF001 - the library's public name
    return Summary(**values | {"state": TenantState(row.state), "health": Health(row.health)})
