"""One invented organisation with its cloud, kept up to date by an installation on days that the test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.assess.hand_made import FakeTime

from securescore.connectors import Tenant as Readable
from securescore.connectors import load_tenant
from securescore.demo import InventedCloud, Organisation, write_tenant_file
from securescore.services.actor import Actor, operator
from securescore.services.installation import Installation
from securescore.services.record.recording import record_evidence
from securescore.services.sync import SyncReport, sync_tenant
from securescore.services.tenants import About, add_tenant
from securescore.store import audit, snapshots
from securescore.store.audit import AuditEntry
from securescore.store.packing import StoredAction
from securescore.store.snapshots import Activity, Snapshot, Standing

FIRST_DAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
ME = operator("tester")


@dataclass
class Record:
    """A tenant of an installation, at a moment that the test chooses."""

    installation: Installation
    tenant_id: UUID
    actor: Actor = ME
    moment: datetime = FIRST_DAY

    @property
    def here(self) -> Installation:
        """The installation as it is at the moment of the test."""
        moment = self.moment
        return replace(self.installation, clock=lambda: FakeTime(moment).clock())

    def take(self) -> list[Snapshot]:
        """Takes a snapshot of the evidence there is."""
        return record_evidence(self.here, self.actor, self.tenant_id)

    def later(self, **time: float) -> None:
        """Lets time pass."""
        self.moment += timedelta(**time)

    @property
    def standing(self) -> Standing:
        """The newest snapshot with its actions."""
        with self.here.database.tenant(self.tenant_id) as connection:
            known = snapshots.newest(connection)
        assert known is not None
        return known

    def action(self, action_id: str) -> StoredAction:
        """One action of the newest snapshot."""
        found = self.standing.get(action_id)
        assert found is not None
        return found

    def activities(self, after: int = 0) -> list[Activity]:
        """The activities of the snapshots after that number."""
        with self.here.database.tenant(self.tenant_id) as connection:
            until = snapshots.newest_number(connection)
            return list(snapshots.list_activities(connection, after=after, until=until))

    def audited(self) -> list[AuditEntry]:
        """The audit log of the tenant, which must be whole."""
        with self.here.database.tenant(self.tenant_id) as connection:
            assert audit.first_break(connection) is None
            return list(audit.entries(connection))


@dataclass
class Tenancy(Record):
    """The same, with the organisation and its cloud, so that it can be read."""

    organisation: Organisation = field(kw_only=True)
    cloud: InventedCloud = field(kw_only=True)

    def sync(self) -> SyncReport:
        """Reads the organisation at the moment of the test."""
        self.organisation.pass_time(self.moment)
        return sync_tenant(self.here, self.actor, self.tenant_id)


@contextmanager
def begin_tenancy(here: Installation, connection: Path, *, people: int = 120) -> Iterator[Tenancy]:
    """A tenant that was added and never read."""
    organisation = Organisation.build(name="Westerkade", people=people, as_of=FIRST_DAY)
    with InventedCloud(organisation) as cloud:
        readable = load_tenant(write_tenant_file(cloud, connection))
        tenant = add_tenant(here, ME, readable, About(name="Westerkade"))
        yield Tenancy(here, tenant.tenant_id, organisation=organisation, cloud=cloud)


def begin_record(here: Installation, connection: Path) -> Record:
    """A tenant that was added, and whose connection leads nowhere."""
    organisation = Organisation.build(name="Westerkade", people=120, as_of=FIRST_DAY)
    readable = nowhere(connection, organisation.tenant_id)
    return Record(here, add_tenant(here, ME, readable, About(name="Westerkade")).tenant_id)


def nowhere(connection: Path, directory_id: str) -> Readable:
    """A connection that nothing answers."""
    connection.mkdir(mode=0o700)
    (connection / "secret").write_text("not-a-secret")
    (connection / "secret").chmod(0o600)
    file = connection / "tenant.toml"
    file.write_text(
        f'tenant_id = "{directory_id}"\n'
        'client_id = "00000000-0000-4000-8000-000000000001"\nclient_secret_file = "secret"\n'
        '[endpoints]\nlogin = "127.0.0.1:1"\ngraph = "127.0.0.1:1"\n'
    )
    return load_tenant(file)
