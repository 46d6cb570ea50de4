"""What needs somebody else who approves it: requested, and perhaps refused or withdrawn. Until approved it has no effect."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConflictError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import Accounts, Asked, Wanted, refuse_text, to_json, wanted_of
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.store import decisions, notices
from securescore.store import tenants as tenant_rows
from securescore.store.decisions import RequestOutcome, RequestRow

WAITS = timedelta(days=30)
"""So long a request can be approved."""


@dataclass(frozen=True)
class Request:
    """A decision, exclusion or declaration of accounts that waits for somebody who approves it.

    Attributes:
        lapses: the first day on which it can no longer be approved.
        lapsed: whether that day has come.
    """

    number: int
    asked: Wanted
    requested_by: str
    lapses: date
    lapsed: bool


def list_requests(here: Installation, actor: Actor, tenant_id: UUID) -> list[Request]:
    """The requests that nobody settled, oldest first; those that lapsed are among them."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        today = day_of(tenant_rows.get(connection), here.now())
        return [_request(row, today) for row in decisions.list_requests(connection)]


def enter_request(
    here: Installation, actor: Actor, tenant_id: UUID, wanted: Wanted
) -> tuple[RequestRow, bool]:
    """Asks somebody else to approve it. The second part says whether that is new."""
    with here.database.changing(tenant_id) as connection:
        return put_request(here, actor, connection, tenant_id, wanted)


def put_request(
    here: Installation, actor: Actor, connection: Connection, tenant_id: UUID, wanted: Wanted
) -> tuple[RequestRow, bool]:
    """The same, in a transaction that changes the tenant."""
    today = day_of(tenant_rows.get(connection), here.now())
    for row in decisions.list_requests(connection):
        if wanted_of(row.asked) == wanted and row.requested_by == actor.name and today < row.lapses:
            return row, False
    row = RequestRow(
        number=decisions.next_request(connection),
        asked=to_json(wanted),
        requested_by=actor.name,
        requested_at=here.now(),
        lapses=min(filter(None, [today + WAITS, _expires(wanted)])),
    )
    decisions.add_request(connection, tenant_id, row)
    _audit(connection, actor, tenant_id, "request.make", row, after=dict(row.asked))
    notices.send(connection, tenant_id, "request")
    return row, True


def refuse(here: Installation, actor: Actor, tenant_id: UUID, number: int, reason: str | None = None) -> None:
    """Refuses what somebody requested; whoever requested it withdraws it by this.

    Raises:
        UnknownError: no such request waits.
    """
    actor.require(Right.WRITE, tenant_id)
    refuse_text("reason", reason)
    with here.database.changing(tenant_id) as connection:
        request = waiting_request(connection, number)
        own = request.requested_by == actor.name
        outcome = RequestOutcome.WITHDRAWN if own else RequestOutcome.REFUSED
        settle(here, actor, connection, tenant_id, request, outcome, reason=reason)


def waiting_request(connection: Connection, number: int) -> RequestRow:
    """The request of that number that nobody settled. Raises UnknownError."""
    found = next((row for row in decisions.list_requests(connection) if row.number == number), None)
    if found is None:
        raise UnknownError(f"request {number} is not there, or somebody settled it already")
    return found


def settle(
    here: Installation,
    actor: Actor,
    connection: Connection,
    tenant_id: UUID,
    request: RequestRow,
    outcome: RequestOutcome,
    *,
    reason: str | None = None,
    decision: int | None = None,
) -> None:
    """Writes what became of a request, in a transaction that changes the tenant. Raises ConflictError."""
    settled = decisions.settle_request(
        connection, request.number, outcome, actor.name, here.now(), reason=reason, decision=decision
    )
    if not settled:
        raise ConflictError(f"somebody settled request {request.number} meanwhile: list the requests again")
    told = {"outcome": outcome, "reason": reason, "decision": decision}
    after = {name: value for name, value in told.items() if value is not None}
    _audit(
        connection, actor, tenant_id, f"request.{outcome}", request, before=dict(request.asked), after=after
    )
    notices.send(connection, tenant_id, "request")


def _audit(
    connection: Connection,
    actor: Actor,
    tenant_id: UUID,
    act: str,
    request: RequestRow,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any],
) -> None:
    write_down(
        connection,
        actor,
        tenant_id,
        act,
        _about(wanted_of(request.asked)),
        before=before and before | {"request": request.number},
        after=after | {"request": request.number},
    )


def _request(row: RequestRow, today: date) -> Request:
    return Request(row.number, wanted_of(row.asked), row.requested_by, row.lapses, row.lapses <= today)


def _expires(wanted: Wanted) -> date | None:
    return None if isinstance(wanted, Accounts) else wanted.expires


def _about(wanted: Wanted) -> str:
    """What the audit log says that a request is about."""
    if isinstance(wanted, Accounts):
        return wanted.account_class
    return wanted.action if isinstance(wanted, Asked) else ", ".join(sorted(wanted.actions))
