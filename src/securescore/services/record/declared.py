"""What people declared, as assessments take it."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from securescore.assess.organisation import Account, Attestation, Decision, Exclusion, Organisation
from securescore.model import AccountClass
from securescore.store import decisions, declarations
from securescore.store.decisions import AttestationRow
from securescore.store.declarations import AccountRow, DecisionRow, ExclusionRow
from securescore.store.tenants import Tenant


def organisation(connection: Connection, tenant: Tenant) -> Organisation:
    """Everything that is declared about a tenant."""
    return Organisation(
        accounts=accounts_of(declarations.list_accounts(connection)),
        exclusions=tuple(map(excluded, declarations.list_exclusions(connection))),
        decisions=tuple(map(decided, declarations.list_decisions(connection))),
        device_days=tenant.device_days,
        attestations=tuple(map(attested, decisions.list_attestations(connection))),
    )


def day_of(tenant: Tenant, moment: datetime) -> date:
    """The day that it is for the tenant."""
    return moment.astimezone(ZoneInfo(tenant.time_zone)).date()


def decided(row: DecisionRow) -> Decision:
    """A stored decision as assessments take it."""
    return Decision(
        action=row.action.casefold(),
        status=row.status,
        order=row.number,
        decided=row.decided,
        expires=row.expires,
        entities=None if row.entities is None else frozenset(row.entities),
        account_class=row.account_class,
        note=row.note,
        plan=row.plan,
        owner=row.owner,
        due=row.due,
        evidence=row.evidence,
    )


def attested(row: AttestationRow) -> Attestation:
    """A stored attestation as assessments take it."""
    return Attestation(
        row.action.casefold(), row.attested, row.lapses, row.note, row.evidence, row.attested_by
    )


def accounts_of(rows: Iterable[AccountRow]) -> tuple[Account, ...]:
    """Stored accounts as assessments take them: those of one class and note together."""
    names: dict[tuple[AccountClass, str | None], set[str]] = {}
    for row in rows:
        names.setdefault((row.account_class, row.note), set()).add(row.name)
    return tuple(Account(one, frozenset(users), note) for (one, note), users in names.items())


def excluded(row: ExclusionRow) -> Exclusion:
    """A stored exclusion as assessments take it."""
    return Exclusion(
        actions=frozenset(action.casefold() for action in row.actions),
        entities=frozenset(row.entities),
        reason=row.reason,
        owner=row.owner,
        expires=row.expires,
    )
