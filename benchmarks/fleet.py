"""Many tenants in a real database: an installation of its own with the embedded server, filled in seconds.

Tenants are written through the functions of the store, many in one transaction; their days come from `benchmarks.packing`.
"""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, text

from benchmarks import packing
from securescore.model import Category
from securescore.scoring.change import Trigger
from securescore.services.installation import Installation, open_installation
from securescore.services.record.standing import totals_of
from securescore.services.tenants import SECRET
from securescore.settings import Settings
from securescore.store import grants, groups, kept_evidence, snapshots, tenants
from securescore.store.embedded import EmbeddedServer
from securescore.store.grants import Grant, Role
from securescore.store.groups import Group
from securescore.store.kept_evidence import NativeDay
from securescore.store.snapshots import Effects, Snapshot, Standing
from securescore.store.tenants import ConnectionRow, Health, Tenant, TenantState

NOW = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
_AT_ONCE = 500
_PAUSED_EVERY, _FAILING_EVERY, _INCOMPLETE_EVERY = 100, 15, 40
_IN_TURN = text("SELECT set_config('securescore.tenant', :tenant, true)")
_REFUSED = (
    "the login service gave no token (AADSTS700016): the tenant does not know this client_id: check client_id and "
    "tenant_id, and consent to the app there"
)


@dataclass(frozen=True)
class Place:
    """An installation with the server it runs on."""

    here: Installation
    server: EmbeddedServer

    @contextmanager
    def as_owner(self) -> Iterator[Connection]:
        """A connection of the schema's owner, outside a transaction."""
        engine = create_engine(self.server.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


@contextmanager
def new_place() -> Iterator[Place]:
    """An installation without tenants, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="securescore-fleet-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # where the server runs under an account of its own, that has to pass through
        settings = Settings(data_dir=folder / "data", database_url=None, migration_url=None, key_file=None)
        with open_installation(settings) as here, EmbeddedServer(settings.data_dir / "postgres") as server:
            yield Place(here, server)


def add_fleet(here: Installation, count: int) -> list[uuid.UUID]:
    """Small tenants that were read last night; some are paused, some cannot be read, some miss something."""
    fleet = [_tenant(number) for number in range(count)]
    sealer = here.sealer()
    for first in range(0, count, _AT_ONCE):
        some = fleet[first : first + _AT_ONCE]
        with here.database.tenant(some[0].tenant_id) as connection:
            for number, tenant in enumerate(some, first):
                connection.execute(_IN_TURN, {"tenant": str(tenant.tenant_id)})
                sealed = sealer.seal(b"not-a-secret", tenant=str(tenant.tenant_id), name=SECRET)
                tenants.add(connection, tenant)
                tenants.set_connection(connection, tenant.tenant_id, _connection(sealed))
                tenants.summarise(connection, **_summary(number))
    return [tenant.tenant_id for tenant in fleet]


def add_group(here: Installation, name: str, members: Sequence[uuid.UUID], readers: Sequence[str]) -> None:
    """A group of tenants, and who may read it."""
    group = Group(uuid.uuid4(), name)
    with here.database.installation() as connection:
        groups.add(connection, group)
        for tenant_id in members:
            connection.execute(_IN_TURN, {"tenant": str(tenant_id)})
            groups.join(connection, tenant_id, group.group_id)
    with here.database.people() as connection:
        for reader in readers:
            grants.add(
                connection, Grant(uuid.uuid4(), reader, Role.READER, None, group.group_id, NOW, "fleet")
            )


def add_history(
    here: Installation, fleet: Sequence[uuid.UUID], *, moving: int, seed: int, days: int = packing.DAYS
) -> int:
    """A snapshot a day of tenants to whom the same happens, the last one yesterday, each as a synchronisation writes it.

    Args:
        moving: how many of the 300 actions of `benchmarks.packing` move every day.

    Returns:
        The bytes of the packed actions and effects of one tenant alone.
    """
    before: Standing | None = None
    shift = NOW - timedelta(days=days) - packing.START
    for number, day in enumerate(packing.Tenant(moving, seed).days(days), 1):
        after = _standing(number, day, day.at + shift)
        for tenant_id in fleet:
            with here.database.changing(tenant_id) as connection:
                _write_day(connection, tenant_id, before, after, Effects(day.credited, day.verified))
        before = after
    with here.database.tenant(fleet[0]) as connection:
        return _packed(connection)


def _write_day(
    connection: Connection, tenant_id: uuid.UUID, before: Standing | None, after: Standing, moved: Effects
) -> None:
    run, number = after.snapshot.run_id, after.snapshot.number
    about = {"run": run, "records": _records(number)}
    snapshots.append(connection, tenant_id, before, after, moved, author="system:worker", about=about)
    kept_evidence.add_native_days(connection, tenant_id, [_native(after)])
    tenants.summarise(connection, snapshot=number, synced_at=after.snapshot.taken_at)


def _tenant(number: int) -> Tenant:
    tenant_id = uuid.uuid5(uuid.NAMESPACE_OID, f"fleet {number}")
    directory_id = str(uuid.uuid5(tenant_id, "directory"))
    state = TenantState.PAUSED if number % _PAUSED_EVERY == 0 else TenantState.ACTIVE
    return Tenant(tenant_id, directory_id, f"Customer {number:05} of the fleet", NOW, state, seats=40)


def _connection(sealed: bytes) -> ConnectionRow:
    client = "00000000-0000-4000-8000-000000000001"
    return ConnectionRow(client, "global", "client_secret", {}, None, None, sealed, NOW)


def _summary(number: int) -> dict[str, object]:
    health, problem = Health.FINE, None
    if number % _PAUSED_EVERY == 0:
        health = Health.PAUSED
    elif number % _FAILING_EVERY == 0:
        health, problem = Health.FAILING, _REFUSED
    elif number % _INCOMPLETE_EVERY == 0:
        health, problem = Health.INCOMPLETE, "sign_in_logs could not be read: the permission is missing"
    read = NOW - timedelta(minutes=number % 360)
    points = 100_000_000 + number % 97 * 1_000_000
    return {
        "health": health,
        "problem": problem,
        "tried_at": read,
        "synced_at": read,
        "snapshot": 1,
        "points": points,
        "verified": points - 7_500_000,
        "maximum": 250_000_000,
        "assessed_share": 0.9,
    }


def _standing(number: int, day: packing.Day, at: datetime) -> Standing:
    run = f"{at:%Y%m%dT%H%M%SZ}-{number:08x}"
    totals = totals_of(day.actions)
    return Standing(Snapshot(number, at, day.at, Trigger.SYNC, run, "1:0123456789ab", totals), day.actions)


def _records(number: int) -> list[dict[str, object]]:
    """On one day in ten a policy changed by hand, on the others only counts moved."""
    told: list[dict[str, object]] = [{"table": "device_configurations", "total": 60, "listed": []}]
    if number % 10:
        return told
    change = {
        "record": "CA003 Block legacy authentication",
        "kind": "changed",
        "property": "state",
        "before": "enabled",
        "after": "enabledForReportingButNotEnforced",
    }
    return [*told, {"table": "conditional_access_policies", "total": 1, "listed": [change]}]


def _native(after: Standing) -> NativeDay:
    totals = after.snapshot.totals
    points = tuple(one for one, _, _ in totals.categories)
    assert len(points) == len(Category)
    return NativeDay(after.snapshot.taken_at.date(), totals.points, totals.maximum, points, 190, 200)


def _packed(connection: Connection) -> int:
    query = text(
        "SELECT (SELECT sum(octet_length(actions)) FROM snapshot) + (SELECT sum(octet_length(effects)) FROM activity)"
    )
    return int(connection.execute(query).scalar_one())
