"""One row in every table, for a tenant."""

import uuid
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from securescore.model import AccountClass, Category, Status
from securescore.scoring.change import Trigger
from securescore.store import audit, decisions, declarations, kept_evidence, snapshots, tenants
from securescore.store.database import Database
from securescore.store.decisions import AttestationRow, PolicyRow, RequestRow
from securescore.store.declarations import AccountRow, DecisionRow, ExclusionRow
from securescore.store.kept_evidence import NativeDay, PinnedRun
from securescore.store.snapshots import Effects, Snapshot, Standing, Totals
from securescore.store.tenants import ConnectionRow, Tenant

NOW = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
NO_POINTS = Totals(
    points=0,
    verified=0,
    maximum=0,
    scope_maximum=0,
    assessed=0,
    views=(0, None, None),
    verified_views=(0, None, None),
    categories=((0, 0, 0),) * len(Category),
)


def add_tenant(database: Database, directory_id: str = "11111111-2222-4333-8444-555555555555") -> uuid.UUID:
    """A tenant and nothing else."""
    tenant = Tenant(uuid.uuid4(), directory_id, name=f"Tenant {directory_id[:4]}", created_at=NOW)
    with database.changing(tenant.tenant_id) as connection:
        tenants.add(connection, tenant)
    return tenant.tenant_id


def fill(database: Database, tenant_id: uuid.UUID, secret: bytes = b"sealed") -> None:
    """A row of the tenant in every table that has one."""
    with database.changing(tenant_id) as connection:
        tenants.set_connection(
            connection,
            tenant_id,
            ConnectionRow("app", "global", "client_secret", {}, None, None, secret, NOW),
        )
        declarations.add_accounts(
            connection, tenant_id, [AccountRow(AccountClass.SERVICE, "svc@one.example", "me", NOW)]
        )
        declarations.add_exclusion(
            connection, tenant_id, ExclusionRow(1, ("*",), ("a@one.example",), "why", None, None, "me", NOW)
        )
        declarations.add_decision(connection, tenant_id, decision_row(1))
        fill_decisions(connection, tenant_id)
        snapshots.append(
            connection, tenant_id, None, Standing(empty_snapshot(1), ()), Effects(), author="me", about=None
        )
        kept_evidence.add_native_days(
            connection, tenant_id, [NativeDay(date(2026, 12, 1), 1, 2, (0,) * len(Category), None, None)]
        )
        kept_evidence.pin(connection, tenant_id, PinnedRun("run", "why", "me", NOW))
        audit.append(connection, tenant_id, actor="me", origin="here", act="test", target="it")


def fill_decisions(connection: Connection, tenant_id: uuid.UUID) -> None:
    """A row in every table around decisions."""
    asks = PolicyRow((Status.RISK_ACCEPTED,), True, False, True, False, 12)
    decisions.set_policy(connection, tenant_id, asks, "me", NOW)
    request = RequestRow(1, {"action": "A", "status": "planned"}, "me", NOW, date(2027, 1, 1))
    decisions.add_request(connection, tenant_id, request)
    decisions.add_tags(connection, tenant_id, "AdminMFAV2", ["2027"])
    attested = AttestationRow(1, "custom.task", date(2026, 12, 1), date(2027, 1, 1), None, None, "me", NOW)
    decisions.add_attestation(connection, tenant_id, attested)


def empty_snapshot(number: int, moment: datetime = NOW) -> Snapshot:
    return Snapshot(number, moment, moment, Trigger.SYNC, "run", "catalog", NO_POINTS)


def decision_row(number: int, action: str = "AdminMFAV2") -> DecisionRow:
    return DecisionRow(
        number=number,
        action=action,
        status=Status.PLANNED,
        entities=None,
        account_class=None,
        note="note",
        plan=None,
        owner=None,
        due=None,
        evidence=None,
        decided=date(2026, 12, 1),
        expires=None,
        decided_by="me",
        decided_at=NOW,
    )
