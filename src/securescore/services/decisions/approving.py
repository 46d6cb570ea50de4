"""Approves what somebody else requested: it holds from then on."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.errors import ConflictError, NotAllowedError
from securescore.services.actor import Actor, Right
from securescore.services.decisions.asked import Accounts, Asked, Excluded, Wanted, wanted_of
from securescore.services.decisions.drafting import Draft, about_one
from securescore.services.decisions.excluding import Exclusions, about_accounts, about_exclusion
from securescore.services.decisions.requesting import settle, waiting_request
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.services.record.recording import Declaration, Known, record_declaration
from securescore.store.decisions import RequestOutcome, RequestRow
from securescore.store.declarations import DecisionRow, ExclusionRow


@dataclass(frozen=True)
class Approved:
    """What holds now: a decision, an exclusion, or accounts of a class.

    Attributes:
        accounts: those for which that is new.
    """

    decision: DecisionRow | None = None
    exclusion: ExclusionRow | None = None
    accounts: Accounts | None = None

    @property
    def number(self) -> int | None:
        """Of the decision."""
        return self.decision.number if self.decision else None


def approve(here: Installation, actor: Actor, tenant_id: UUID, number: int) -> Approved:
    """Approves what somebody else requested. What holds already is approved without a snapshot.

    Raises:
        UnknownError: no such request waits.
        NotAllowedError: the actor requested it.
        ConflictError: it has lapsed, or the action was completed meanwhile.
        ConfigurationError: it lacks what the tenant asks of it by now.
    """
    actor.require(Right.WRITE, tenant_id)
    done: list[_Approval] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        request = waiting_request(connection, number)
        _refuse(request, actor, day_of(known.tenant, here.now()))
        done[:] = [_Approval(here, actor, connection, known, request)]
        return done[0].made

    if record_declaration(here, actor, tenant_id, made) is None:
        with here.database.changing(tenant_id) as connection:
            done[0].settle(connection)
    return done[0].approved


class _Approval:
    """One request with what comes of it.

    Attributes:
        approved: what holds then.
        made: the change that makes it hold, and settles the request; None when it holds already.
    """

    def __init__(
        self, here: Installation, actor: Actor, connection: Connection, known: Known, request: RequestRow
    ) -> None:
        self._here = here
        self._actor = actor
        self._connection = connection
        self._known = known
        self._request = request
        self.approved, self.made = self._of(wanted_of(request.asked))

    def settle(self, connection: Connection) -> None:
        settle(
            self._here,
            self._actor,
            connection,
            self._known.tenant.tenant_id,
            self._request,
            RequestOutcome.APPROVED,
            decision=self.approved.number,
        )

    def _of(self, wanted: Wanted) -> tuple[Approved, Declaration | None]:
        if isinstance(wanted, Asked):
            return self._decided(wanted)
        return self._excluded(wanted) if isinstance(wanted, Excluded) else self._declared(wanted)

    def _decided(self, asked: Asked) -> tuple[Approved, Declaration | None]:
        draft = Draft(self._here, self._actor, self._connection, self._known)
        wanted = draft.named(asked)
        same = draft.same(wanted)
        if same is not None:
            return Approved(decision=same), None
        draft.refuse(wanted)
        row = draft.make(wanted, self._request.requested_by, self._actor.name)
        return Approved(decision=row), draft.declaration(self._about(about_one(draft, row)), self.settle)

    def _excluded(self, wanted: Excluded) -> tuple[Approved, Declaration | None]:
        draft = self._exclusions()
        same = draft.same(wanted)
        if same is not None:
            return Approved(exclusion=same), None
        draft.refuse(wanted)
        row = draft.exclude(wanted)
        return Approved(exclusion=row), draft.declaration(self._about(about_exclusion(row)), self.settle)

    def _declared(self, wanted: Accounts) -> tuple[Approved, Declaration | None]:
        draft = self._exclusions()
        new = draft.declare(wanted.account_class, wanted.names, wanted.note)
        told = replace(wanted, names=tuple(new))
        declaration = draft.declaration(self._about(about_accounts(told)), self.settle) if new else None
        return Approved(accounts=told), declaration

    def _exclusions(self) -> Exclusions:
        return Exclusions(
            self._here, self._actor, self._connection, self._known, by=self._request.requested_by
        )

    def _about(self, what: dict[str, Any]) -> dict[str, Any]:
        return what | {"request": self._request.number, "approved_by": self._actor.name}


def _refuse(request: RequestRow, actor: Actor, today: date) -> None:
    if request.requested_by == actor.name:
        raise NotAllowedError(
            f"{actor.name} requested this: somebody else with the right to write has to approve it"
        )
    if request.lapses <= today:
        raise ConflictError(
            f"request {request.number} could be approved until {request.lapses}: ask for it again, so that it is "
            "requested anew"
        )
