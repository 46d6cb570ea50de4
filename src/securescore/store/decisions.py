"""Rows around decisions: policies, requests, templates, tags, attestations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from securescore.model import Status
from securescore.store.schema import action_tag as tags
from securescore.store.schema import attestation as attestations
from securescore.store.schema import decision_policy as policies
from securescore.store.schema import decision_request as requests
from securescore.store.schema import decision_template as templates


@dataclass(frozen=True)
class PolicyRow:
    """What a tenant asks of decisions with one of the statuses.

    Attributes:
        months: after so many an expiry is proposed.
    """

    statuses: tuple[Status, ...]
    owner: bool
    evidence: bool
    expiry: bool
    approval: bool
    months: int


class RequestOutcome(StrEnum):
    """How a request ended."""

    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class RequestRow:
    """A decision that somebody asks another to approve.

    Attributes:
        asked: the decision, in JSON's own types.
        lapses: the first day on which it can no longer be approved.
    """

    number: int
    asked: Mapping[str, Any]
    requested_by: str
    requested_at: datetime
    lapses: date


@dataclass(frozen=True)
class TemplateRow:
    """Decisions that are made alike for many tenants, in JSON's own types."""

    name: str
    decisions: Sequence[Mapping[str, Any]]
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class AttestationRow:
    """Somebody's word that a task was done.

    Attributes:
        lapses: the first day on which it no longer counts.
    """

    number: int
    action: str
    attested: date
    lapses: date
    note: str | None
    evidence: str | None
    attested_by: str
    attested_at: datetime


def get_policy(connection: Connection) -> PolicyRow | None:
    """What the tenant asks of decisions; None when nobody said."""
    names = [column for column in policies.c if column.name not in {"tenant_id", "changed_by", "changed_at"}]
    row = connection.execute(select(*names)).one_or_none()
    if row is None:
        return None
    return PolicyRow(**_named(row) | {"statuses": tuple(map(Status, row.statuses))})


def set_policy(connection: Connection, tenant_id: UUID, row: PolicyRow, by: str, at: datetime) -> None:
    """Writes it in the place of what was asked before."""
    values = asdict(row) | {"statuses": list(row.statuses), "changed_by": by, "changed_at": at}
    query = insert(policies).values(tenant_id=tenant_id, **values)
    connection.execute(query.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


def list_requests(connection: Connection) -> list[RequestRow]:
    """The requests that nobody settled, lapsed ones among them, oldest first."""
    names = ("number", "asked", "requested_by", "requested_at", "lapses")
    query = select(*(requests.c[name] for name in names)).where(requests.c.outcome.is_(None))
    return [RequestRow(**_named(row)) for row in connection.execute(query.order_by(requests.c.number))]


def add_request(connection: Connection, tenant_id: UUID, row: RequestRow) -> None:
    """Writes a request; its number is `next_request`'s."""
    connection.execute(insert(requests).values(tenant_id=tenant_id, **asdict(row)))


def next_request(connection: Connection) -> int:
    """The number of the next request; the tenant must be locked."""
    number: int = connection.execute(select(func.coalesce(func.max(requests.c.number), 0) + 1)).scalar_one()
    return number


def settle_request(
    connection: Connection,
    number: int,
    outcome: RequestOutcome,
    by: str,
    at: datetime,
    *,
    reason: str | None = None,
    decision: int | None = None,
) -> bool:
    """Ends a request; False when there is none of that number that still waits."""
    query = (
        update(requests)
        .where(requests.c.number == number, requests.c.outcome.is_(None))
        .values(outcome=outcome, settled_by=by, settled_at=at, reason=reason, decision=decision)
    )
    return connection.execute(query).rowcount == 1


def find_template(connection: Connection, name: str) -> TemplateRow | None:
    """The template of that name, whatever the case of its letters."""
    query = select(templates).where(func.lower(templates.c.name) == func.lower(name.strip()))
    row = connection.execute(query).one_or_none()
    return TemplateRow(**_named(row)) if row else None


def list_templates(connection: Connection) -> list[TemplateRow]:
    """All templates, by name."""
    query = select(templates).order_by(func.lower(templates.c.name))
    return [TemplateRow(**_named(row)) for row in connection.execute(query)]


def put_template(connection: Connection, row: TemplateRow) -> None:
    """Writes a template in the place of the one of that name."""
    remove_template(connection, row.name)
    connection.execute(insert(templates).values(**asdict(row)))


def remove_template(connection: Connection, name: str) -> bool:
    """Removes a template; False when there is none of that name."""
    query = delete(templates).where(func.lower(templates.c.name) == func.lower(name.strip()))
    return connection.execute(query).rowcount == 1


def list_tags(connection: Connection) -> dict[str, tuple[str, ...]]:
    """The tags of each action that has some, in order."""
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(tags).order_by(func.lower(tags.c.action), func.lower(tags.c.tag))):
        found.setdefault(row.action, []).append(row.tag)
    return {action: tuple(names) for action, names in found.items()}


def add_tags(connection: Connection, tenant_id: UUID, action: str, names: Iterable[str]) -> None:
    """Puts tags on an action."""
    values = [{"tenant_id": tenant_id, "action": action, "tag": name} for name in names]
    if values:
        connection.execute(insert(tags).on_conflict_do_nothing(), values)


def remove_tags(connection: Connection, action: str, names: Iterable[str]) -> None:
    """Takes tags off an action."""
    connection.execute(delete(tags).where(tags.c.action == action, tags.c.tag.in_(list(names))))


def list_attestations(connection: Connection) -> list[AttestationRow]:
    """The attestations that nobody took back, lapsed ones among them, oldest first."""
    hidden = {"tenant_id", "ended_at", "ended_by"}
    columns = [column for column in attestations.c if column.name not in hidden]
    query = select(*columns).where(attestations.c.ended_at.is_(None)).order_by(attestations.c.number)
    return [AttestationRow(**_named(row)) for row in connection.execute(query)]


def add_attestation(connection: Connection, tenant_id: UUID, row: AttestationRow) -> None:
    """Writes an attestation; its number is `next_attestation`'s."""
    connection.execute(insert(attestations).values(tenant_id=tenant_id, **asdict(row)))


def next_attestation(connection: Connection) -> int:
    """The number of the next attestation; the tenant must be locked."""
    query = select(func.coalesce(func.max(attestations.c.number), 0) + 1)
    number: int = connection.execute(query).scalar_one()
    return number


def end_attestations(connection: Connection, numbers: Sequence[int], by: str, at: datetime) -> int:
    """Takes attestations back, and says how many still stood."""
    done = connection.execute(
        update(attestations)
        .where(attestations.c.number.in_(numbers), attestations.c.ended_at.is_(None))
        .values(ended_at=at, ended_by=by)
    )
    return done.rowcount


def _named(row: Any) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - the library's public name
