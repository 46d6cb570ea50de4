"""Decisions that need somebody else: requested, and then approved, refused or withdrawn. Until then they have no effect."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConflictError, NotAllowedError, UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import Asked, from_json, refuse_text, to_json
from securescore.services.decisions.drafting import Draft, about_one
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.services.record.recording import Declaration, Known, record_declaration
from securescore.store import decisions, notices
from securescore.store import tenants as tenant_rows
from securescore.store.decisions import RequestOutcome, RequestRow
from securescore.store.declarations import DecisionRow

WAITS = timedelta(days=30)
"""So long a request can be approved."""


@dataclass(frozen=True)
class Request:
    """A decision that waits for somebody who approves it.

    Attributes:
        lapses: the first day on which it can no longer be approved.
        lapsed: whether that day has come.
    """

    number: int
    asked: Asked
    requested_by: str
    lapses: date
    lapsed: bool


def list_requests(here: Installation, actor: Actor, tenant_id: UUID) -> list[Request]:
    """The requests that nobody settled, oldest first; those that lapsed are among them."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        today = day_of(tenant_rows.get(connection), here.now())
        return [_request(row, today) for row in decisions.list_requests(connection)]


def enter_request(here: Installation, actor: Actor, tenant_id: UUID, asked: Asked) -> tuple[RequestRow, bool]:
    """Asks somebody else to approve a decision. The second part says whether that is new."""
    with here.database.changing(tenant_id) as connection:
        return put_request(here, actor, connection, tenant_id, asked)


def put_request(
    here: Installation, actor: Actor, connection: Connection, tenant_id: UUID, asked: Asked
) -> tuple[RequestRow, bool]:
    """The same, in a transaction that changes the tenant."""
    today = day_of(tenant_rows.get(connection), here.now())
    for row in decisions.list_requests(connection):
        if from_json(row.asked) == asked and row.requested_by == actor.name and today < row.lapses:
            return row, False
    row = RequestRow(
        number=decisions.next_request(connection),
        asked=to_json(asked),
        requested_by=actor.name,
        requested_at=here.now(),
        lapses=min(filter(None, [today + WAITS, asked.expires])),
    )
    decisions.add_request(connection, tenant_id, row)
    _audit(connection, actor, tenant_id, "request.make", row, after=dict(row.asked))
    notices.send(connection, tenant_id, "request")
    return row, True


def approve(here: Installation, actor: Actor, tenant_id: UUID, number: int) -> DecisionRow:
    """Approves what somebody else requested: it is decided from now on.

    Raises:
        UnknownError: no such request waits.
        NotAllowedError: the actor requested it.
        ConflictError: it has lapsed, or the action was completed meanwhile.
        ConfigurationError: it lacks what the tenant asks of decisions by now.
    """
    actor.require(Right.WRITE, tenant_id)
    done: list[tuple[RequestRow, DecisionRow]] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        request = _waiting(connection, number)
        draft = Draft(here, actor, connection, known)
        _refuse_approval(request, actor, draft.today)
        asked = draft.named(from_json(request.asked))
        same = draft.same(asked)
        if same is not None:
            done[:] = [(request, same)]
            return None
        draft.refuse(asked)
        row = draft.make(asked, request.requested_by, actor.name)
        done[:] = [(request, row)]
        return draft.declaration(
            about_one(draft, row) | {"request": number},
            lambda connection: _settle(
                here, actor, connection, tenant_id, request, RequestOutcome.APPROVED, decision=row.number
            ),
        )

    if record_declaration(here, actor, tenant_id, made) is None:
        request, row = done[0]
        with here.database.changing(tenant_id) as connection:
            _settle(here, actor, connection, tenant_id, request, RequestOutcome.APPROVED, decision=row.number)
    return done[0][1]


def refuse(here: Installation, actor: Actor, tenant_id: UUID, number: int, reason: str | None = None) -> None:
    """Refuses what somebody requested; whoever requested it withdraws it by this.

    Raises:
        UnknownError: no such request waits.
    """
    actor.require(Right.WRITE, tenant_id)
    refuse_text("reason", reason)
    with here.database.changing(tenant_id) as connection:
        request = _waiting(connection, number)
        own = request.requested_by == actor.name
        outcome = RequestOutcome.WITHDRAWN if own else RequestOutcome.REFUSED
        _settle(here, actor, connection, tenant_id, request, outcome, reason=reason)


def _refuse_approval(request: RequestRow, actor: Actor, today: date) -> None:
    if request.requested_by == actor.name:
        raise NotAllowedError(
            f"{actor.name} requested this decision: somebody else with the right to write has to approve it"
        )
    if request.lapses <= today:
        raise ConflictError(
            f"request {request.number} could be approved until {request.lapses}: decide it again, so that it is "
            "requested anew"
        )


def _waiting(connection: Connection, number: int) -> RequestRow:
    found = next((row for row in decisions.list_requests(connection) if row.number == number), None)
    if found is None:
        raise UnknownError(f"request {number} is not there, or somebody settled it already")
    return found


def _settle(
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
        str(request.asked["action"]),
        before=before and before | {"request": request.number},
        after=after | {"request": request.number},
    )


def _request(row: RequestRow, today: date) -> Request:
    return Request(row.number, from_json(row.asked), row.requested_by, row.lapses, row.lapses <= today)
