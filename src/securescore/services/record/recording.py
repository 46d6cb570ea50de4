"""Brings the record of a tenant up to what is known at a moment, in one transaction that first locks the tenant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from securescore.assess import Assessment, Organisation, assess
from securescore.assess.changes import Step, effects_of
from securescore.errors import ConflictError
from securescore.scoring.change import Effect, Trigger
from securescore.services.actor import Actor
from securescore.services.installation import Installation
from securescore.services.record.chain import Chain, Moment
from securescore.services.record.clock import in_order, latest_moment, mistimed_until
from securescore.services.record.declared import day_of, organisation
from securescore.services.record.differences import told_differences
from securescore.services.record.standing import stored_actions
from securescore.store import notices, snapshots
from securescore.store import tenants as rows
from securescore.store.snapshots import Snapshot, Standing, Totals
from securescore.store.tenants import Tenant

_ATTEMPTS = 5
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Known:
    """What the database knew of a tenant when work on it began.

    Attributes:
        mistimed: snapshots up to this number may be of later than now, as somebody said; 0 when nobody did.
    """

    tenant: Tenant
    standing: Standing | None
    organisation: Organisation
    mistimed: int = 0


@dataclass(frozen=True)
class Declaration:
    """A change of what people declared.

    Attributes:
        trigger: of the snapshot that follows from it.
        organisation: everything declared, with the change.
        write: writes its rows, in the transaction of the snapshot.
        about: what the activity tells.
    """

    trigger: Trigger
    organisation: Organisation
    write: Callable[[Connection], None]
    about: Mapping[str, Any]


def read_known(connection: Connection) -> Known:
    """What the database knows of the tenant of the transaction."""
    tenant = rows.get(connection)
    return Known(
        tenant, snapshots.newest(connection), organisation(connection, tenant), mistimed_until(connection)
    )


def record_evidence(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    about: Mapping[str, Any] | None = None,
    also: Callable[[Connection], None] = lambda _: None,
) -> list[Snapshot]:
    """Takes the snapshots that lead to the evidence as it is now.

    Args:
        about: what the activity tells.
        also: writes what belongs into the same transaction.
    """

    def attempt() -> list[Snapshot]:
        with here.database.tenant(tenant_id) as connection:
            known = read_known(connection)
        chain = Recorder(here, actor, known).synchronised(about)
        with here.database.changing(tenant_id) as connection:
            write_chain(connection, known, chain)
            also(connection)
        return [link.standing.snapshot for link in chain.links]

    return _until_not_overtaken(attempt)


def record_declaration(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    made: Callable[[Connection, Known], Declaration | None],
) -> Snapshot | None:
    """Takes the snapshot that follows from a change of what people declared, in one transaction with its rows.

    Args:
        made: the change, from what is known; None when there is nothing to change. It is asked again when somebody
            else was faster.
    """

    def listed(connection: Connection, known: Known) -> list[Declaration]:
        declaration = made(connection, known)
        return [] if declaration is None else [declaration]

    return record_declarations(here, actor, tenant_id, listed)


def record_declarations(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    made: Callable[[Connection, Known], Sequence[Declaration]],
) -> Snapshot | None:
    """The same for several changes at once: a snapshot each, in one transaction. Returns the newest; None without any.

    Args:
        made: the changes, each with everything that those before it changed.
    """

    def attempt() -> Snapshot | None:
        with here.database.tenant(tenant_id) as connection:
            known = read_known(connection)
            declarations = made(connection, known)
        if not declarations:
            return None
        chain = Recorder(here, actor, known).declared(*declarations)
        with here.database.changing(tenant_id) as connection:
            write_chain(connection, known, chain)
            for declaration in declarations:
                declaration.write(connection)
        return chain.links[-1].standing.snapshot

    return _until_not_overtaken(attempt)


def foresee(
    here: Installation, actor: Actor, known: Known, declarations: Sequence[Declaration]
) -> tuple[Totals, Totals]:
    """What the score would be without and with these changes. Nothing is written.

    Raises:
        ConflictError: there is no score yet.
    """
    chain = Recorder(here, actor, known).declared(*declarations)
    standings = [known.standing, *(link.standing for link in chain.links)]
    before, after = (standings[place] for place in (-1 - len(declarations), -1))
    if before is None or after is None:
        raise ValueError("a score that is there has totals; read the tenant again")
    return before.snapshot.totals, after.snapshot.totals


def record_content(here: Installation, actor: Actor, tenant_id: UUID) -> list[Snapshot]:
    """Takes the snapshot that follows from the content in force, on the evidence of the newest one; none when it is the same."""

    def attempt() -> list[Snapshot]:
        with here.database.tenant(tenant_id) as connection:
            known = read_known(connection)
        chain = Recorder(here, actor, known).rescored()
        with here.database.changing(tenant_id) as connection:
            write_chain(connection, known, chain)
        return [link.standing.snapshot for link in chain.links]

    return _until_not_overtaken(attempt)


class Recorder:
    """Takes snapshots of one tenant at one moment, from its evidence and from what is declared."""

    def __init__(self, here: Installation, actor: Actor, known: Known) -> None:
        self._content = here.content()  # once: every link of a chain is of the same
        self._actor = actor
        self._known = known
        self._folder = here.evidence(known.tenant.tenant_id)
        self._now = in_order(here.now(), latest_moment(known.standing, known.mistimed, self._folder.runs()))
        self._today = day_of(known.tenant, self._now)

    def synchronised(self, about: Mapping[str, Any] | None = None) -> Chain:
        """The snapshots that lead to the evidence as it is now."""
        after = self._assess(self._now, self._today, self._known.organisation)
        chain = self._chain(after.newest.id)
        before = self._caught_up(chain)
        moved = effects_of(Step(Trigger.SYNC, before, after)) if before else ([], [])
        told = self._records(before, after, [*moved[0], *moved[1]]) if before else {}
        chain.synchronise(stored_actions(after), self._now, moved, about={**(about or {}), **told} or None)
        return chain

    def _records(self, before: Assessment, after: Assessment, moved: list[Effect]) -> dict[str, Any]:
        """The records that were configured differently, where some were."""
        records = told_differences(moved, before, after, self._content.facts)
        return {"records": records} if records else {}

    def declared(self, *declarations: Declaration) -> Chain:
        """The snapshots that lead to what is declared now, on the evidence of the newest snapshot."""
        standing = self._known.standing
        if standing is None:
            raise ConflictError(
                "this tenant has no score yet, so nothing can be decided about it: wait for its first synchronisation"
            )
        chain = self._chain(standing.snapshot.run_id)
        self._caught_up(chain)
        moment = self._evidence_at(standing)
        for one in declarations:
            after = self._assess(moment, self._today, one.organisation)
            chain.move(one.trigger, stored_actions(after), moment, about=one.about, always=True)
        return chain

    def rescored(self) -> Chain:
        """The snapshot that the content at hand makes of what was recorded last; nothing in it when it is the same."""
        standing = self._known.standing
        chain = self._chain(standing.snapshot.run_id if standing else "")
        self._with_content(chain)
        return chain

    def _with_content(self, chain: Chain) -> Assessment | None:
        """What the newest snapshot is with the content at hand."""
        standing = self._known.standing
        if standing is None:
            return None
        moment = self._evidence_at(standing)
        taken_on = day_of(self._known.tenant, standing.snapshot.taken_at)
        then = self._assess(moment, taken_on, self._known.organisation)
        chain.move(Trigger.CATALOG, stored_actions(then), moment)
        return then

    def _caught_up(self, chain: Chain) -> Assessment | None:
        """What the newest snapshot is with today's content, and then without what expired since."""
        standing, then = self._known.standing, self._with_content(chain)
        if standing is None or day_of(self._known.tenant, standing.snapshot.taken_at) == self._today:
            return then
        moment = self._evidence_at(standing)
        expired = self._assess(moment, self._today, self._known.organisation)
        chain.move(Trigger.EXPIRY, stored_actions(expired), moment)
        return expired

    def _evidence_at(self, standing: Standing) -> datetime:
        """The moment of its evidence; now, when a wrong clock made that later."""
        return min(standing.snapshot.evidence_at, self._now)

    def _chain(self, run_id: str) -> Chain:
        version = self._content.catalog.version
        return Chain(self._known.standing, Moment(self._now, run_id, version, self._actor.name))

    def _assess(self, moment: datetime, day: date, declared: Organisation) -> Assessment:
        return assess(
            self._folder,
            self._content.catalog,
            self._content.facts,
            as_of=moment,
            declared_on=day,
            organisation=declared,
        )


def write_chain(connection: Connection, known: Known, chain: Chain) -> None:
    """Writes what a chain holds, in a transaction that has locked the tenant.

    Raises:
        Overtaken: another snapshot was taken since `known` was read.
    """
    number = known.standing.snapshot.number if known.standing else 0
    if snapshots.newest_number(connection) != number:
        raise Overtaken
    before, tenant_id = known.standing, known.tenant.tenant_id
    for link in chain.links:
        snapshots.append(
            connection, tenant_id, before, link.standing, link.effects, author=link.author, about=link.about
        )
        before = link.standing
    if chain.links:
        _summarise(connection, chain.links[-1].standing)
        notices.send(connection, tenant_id, "snapshot")


class Overtaken(Exception):  # noqa: N818 - it asks for another attempt, and reaches nobody
    """What something was computed from is not what holds any more: the counts, or what the tenant asks of decisions."""


def _until_not_overtaken(attempt: Callable[[], _Result]) -> _Result:
    """Makes an attempt again while others change the same tenant."""
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Overtaken:
            continue
    raise ConflictError("others keep changing this tenant: try again in a moment")


def _summarise(connection: Connection, standing: Standing) -> None:
    totals = standing.snapshot.totals
    rows.summarise(
        connection,
        snapshot=standing.snapshot.number,
        points=totals.points,
        verified=totals.verified,
        maximum=totals.maximum,
        assessed_share=totals.assessed_share,
    )
