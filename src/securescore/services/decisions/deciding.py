"""Decides: gives an action, or part of its entities, one of the five statuses that people choose (reference 5.2)."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.decisions.asked import Asked, refuse_nonsense
from securescore.services.decisions.drafting import Draft, about_one
from securescore.services.decisions.requesting import enter_request
from securescore.services.installation import Installation
from securescore.services.record.recording import Declaration, Known, record_declaration
from securescore.store import declarations
from securescore.store.decisions import RequestRow
from securescore.store.declarations import DecisionRow
from securescore.store.snapshots import Snapshot

__all__ = ["Asked", "Decided", "decide", "list_decisions", "withdraw"]


@dataclass(frozen=True)
class Decided:
    """What came of it.

    Attributes:
        decision: the one that holds now; None when there is none.
        snapshot: the newest; the same as before when the decision held already.
        changed: whether anything was written.
        request: what waits for somebody else to approve it.
    """

    decision: DecisionRow | None
    snapshot: Snapshot
    changed: bool
    request: RequestRow | None = None


def decide(here: Installation, actor: Actor, tenant_id: UUID, asked: Asked) -> Decided:
    """Decides about an action. The same decision again changes nothing.

    Where the tenant asks for somebody who approves, the decision becomes a request, and has no effect until then.

    Raises:
        UnknownError: there is no such action.
        ConflictError: the action is completed, so that its status follows from the measurement.
        ConfigurationError: the decision contradicts itself, or lacks what the tenant asks of decisions.
    """
    actor.require(Right.WRITE, tenant_id)
    refuse_nonsense(asked)
    done: list[Decided] = []
    waiting: list[Asked] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        draft = Draft(here, actor, connection, known)
        wanted = draft.named(asked)
        same = draft.same(wanted)
        done[:], waiting[:] = [Decided(same, draft.snapshot, changed=False)], []
        if same is not None or draft.nothing_to_undo(wanted):
            return None
        draft.refuse(wanted)
        if draft.policy.needs_approval(wanted):
            waiting[:] = [wanted]
            return None
        row = draft.make(wanted, actor.name)
        done[:] = [Decided(row, draft.snapshot, changed=True)]
        return draft.declaration(about_one(draft, row))

    snapshot = record_declaration(here, actor, tenant_id, made)
    if waiting:
        request, new = enter_request(here, actor, tenant_id, waiting[0])
        return replace(done[0], changed=new, request=request)
    return replace(done[0], snapshot=snapshot or done[0].snapshot)


def withdraw(here: Installation, actor: Actor, tenant_id: UUID, number: int) -> Snapshot:
    """Takes a decision back: what was measured holds again.

    Raises:
        UnknownError: there is no such decision, or it has ended already.
    """
    actor.require(Right.WRITE, tenant_id)
    gone = UnknownError(f"decision {number} is not there, or has ended already")

    def made(connection: Connection, known: Known) -> Declaration:
        draft = Draft(here, actor, connection, known)
        row = next((one for one in draft.rows if one.number == number), None)
        if row is None:
            raise gone
        draft.withdraw(row)
        return draft.declaration({"withdrawn": row.number, "action": row.action})

    snapshot = record_declaration(here, actor, tenant_id, made)
    if snapshot is None:
        raise gone
    return snapshot


def list_decisions(here: Installation, actor: Actor, tenant_id: UUID) -> list[DecisionRow]:
    """The decisions that nothing ended, oldest first; those that expired are among them."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return declarations.list_decisions(connection)
