"""How long evidence is kept: a number of days, but for what is still needed and for what somebody pinned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from securescore.connectors.permissions import tables_read
from securescore.errors import UnknownError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.content import Content
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of
from securescore.store import kept_evidence, tenants
from securescore.store.kept_evidence import PinnedRun

_MONTHS_OF_A_QUARTER = 3


@dataclass(frozen=True)
class KeptRun:
    """A run whose evidence is here.

    Attributes:
        goes: the day from which it may be removed; None while it is pinned.
        pinned: why it is kept however old it is.
        ends_quarter: it is the last of a quarter of the year, worth keeping for an auditor.
    """

    run_id: str
    ended: datetime
    goes: date | None
    pinned: PinnedRun | None
    ends_quarter: bool


def retire_evidence(here: Installation, actor: Actor, tenant_id: UUID) -> list[str]:
    """Removes the runs that are older than the tenant keeps them. The newest run of each table stays, and of the tables
    that an action reads together; so do pinned runs. Returns the ids of what went.

    Raises:
        EvidenceError: a run is being written, or the disk refuses.
    """
    actor.require(Right.WRITE, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        days = tenants.get(connection).evidence_days
        pinned = [one.run_id for one in kept_evidence.list_pinned(connection)]
    since = here.now() - timedelta(days=days)
    return here.evidence(tenant_id).retire(since, pinned, _together(here.content()))


def list_runs(here: Installation, actor: Actor, tenant_id: UUID) -> list[KeptRun]:
    """The runs whose evidence is here, newest first."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        tenant = tenants.get(connection)
        pinned = {one.run_id: one for one in kept_evidence.list_pinned(connection)}
    runs = here.evidence(tenant_id).runs()
    days = [day_of(tenant, run.ended) for run in runs]
    return [
        KeptRun(
            run.id,
            run.ended,
            None if run.id in pinned else day + timedelta(days=tenant.evidence_days),
            pinned.get(run.id),
            _ends_quarter(day, days[place - 1] if place else None),
        )
        for place, (run, day) in enumerate(zip(runs, days, strict=True))
    ]


def pin_run(here: Installation, actor: Actor, tenant_id: UUID, run_id: str, reason: str) -> None:
    """Keeps the evidence of a run however old it is."""
    actor.require(Right.WRITE, tenant_id)
    if run_id not in {run.id for run in here.evidence(tenant_id).runs()}:
        raise UnknownError(
            f"the evidence of run {run_id!r} is not here: securescore evidence list names what is"
        )
    run = PinnedRun(run_id, reason, actor.name, here.now())
    with here.database.changing(tenant_id) as connection:
        if kept_evidence.pin(connection, tenant_id, run):
            _write(connection, actor, tenant_id, "evidence.pin", run_id, {"reason": reason})


def unpin_run(here: Installation, actor: Actor, tenant_id: UUID, run_id: str) -> None:
    """Lets the evidence of a run go when its time has come."""
    actor.require(Right.WRITE, tenant_id)
    with here.database.changing(tenant_id) as connection:
        if not kept_evidence.unpin(connection, run_id):
            raise UnknownError(f"run {run_id!r} is not pinned")
        _write(connection, actor, tenant_id, "evidence.unpin", run_id, None)


def _together(content: Content) -> Iterable[frozenset[str]]:
    """The sets of tables that actions read."""
    return {
        frozenset(tables_read(action.evidence, content.facts)) for action in content.catalog.actions.values()
    } - {frozenset()}


def _ends_quarter(day: date, next_day: date | None) -> bool:
    """Whether the next run is of another quarter; of the newest run nobody knows yet."""
    return next_day is not None and _quarter(day) != _quarter(next_day)


def _quarter(day: date) -> tuple[int, int]:
    return day.year, (day.month - 1) // _MONTHS_OF_A_QUARTER


def _write(
    connection: Connection,
    actor: Actor,
    tenant_id: UUID,
    act: str,
    run_id: str,
    after: dict[str, str] | None,
) -> None:
    write_down(connection, actor, tenant_id, act, run_id, after=after)
