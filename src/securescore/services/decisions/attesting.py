"""Attestations: somebody's word that a task was done. It credits the task's points until its cadence is over."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.assess import Organisation
from securescore.assess.organisation import Attestation
from securescore.catalog import Action
from securescore.errors import ConfigurationError, ConflictError, UnknownError
from securescore.model import Kind
from securescore.scoring.change import Trigger
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import refuse_text
from securescore.services.installation import Installation
from securescore.services.record.declared import attested as as_declared
from securescore.services.record.declared import day_of
from securescore.services.record.recording import Declaration, Known, record_declaration
from securescore.store import decisions
from securescore.store.decisions import AttestationRow
from securescore.store.snapshots import Snapshot


class Attestations:
    """The standing attestations of a tenant, with changes that are not written yet."""

    def __init__(self, here: Installation, actor: Actor, connection: Connection, known: Known) -> None:
        self.rows = list_rows(connection)
        self.today = day_of(known.tenant, here.now())
        self._known = known
        self._here = here
        self._actor = actor
        self._next = decisions.next_attestation(connection)
        self._writes: list[Callable[[Connection], None]] = []

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._writes)

    @property
    def organisation(self) -> Organisation:
        """Everything declared, with the changes."""
        return replace(self._known.organisation, attestations=tuple(map(as_declared, self.rows)))

    def task(self, action_id: str) -> Action | None:
        """The task of that id; None when there is none."""
        action = self._here.content().catalog.get(action_id)
        return action if action is not None and action.kind is Kind.TASK else None

    def says(self, wanted: Attestation, row: AttestationRow) -> bool:
        """Whether the stored attestation says the same; who said so is no part of that."""
        task = self.task(wanted.action)
        return (
            (task.id if task else wanted.action).casefold() == row.action.casefold()
            and (wanted.attested, wanted.note, wanted.evidence) == (row.attested, row.note, row.evidence)
            and wanted.lapses in (None, row.lapses)
        )

    def adopt(self, wanted: Attestation) -> AttestationRow:
        """Adds an attestation. Raises UnknownError when there is no such task, ConfigurationError when it cannot be."""
        task = self._task(wanted.action)
        for name in ("note", "evidence"):
            refuse_text(name, getattr(wanted, name))
        if wanted.attested > self.today:
            raise ConfigurationError(
                f"{task.id} cannot be attested for {wanted.attested}, which is still to come: give the day on which "
                "it was done"
            )
        row = AttestationRow(
            number=self._next,
            action=task.id,
            attested=wanted.attested,
            lapses=wanted.lapses_on(task.cadence_days or 1),
            note=wanted.note,
            evidence=wanted.evidence,
            attested_by=self._actor.name,
            attested_at=self._here.now(),
        )
        self._next += 1
        self.rows.append(row)
        tenant_id = self._known.tenant.tenant_id
        self._writes.append(lambda connection: decisions.add_attestation(connection, tenant_id, row))
        self._audit("attestation.make", row, after=True)
        return row

    def take_back(self, row: AttestationRow) -> None:
        """Ends an attestation."""
        self.rows.remove(row)

        def write(connection: Connection) -> None:
            ended = decisions.end_attestations(connection, [row.number], self._actor.name, self._here.now())
            if not ended:
                raise ConflictError(f"attestation {row.number} was taken back meanwhile: list them again")

        self._writes.append(write)
        self._audit("attestation.take_back", row, after=False)

    def write(self, connection: Connection) -> None:
        """Writes the changes."""
        for one in self._writes:
            one(connection)

    def declaration(self, about: dict[str, Any]) -> Declaration:
        """The change as it is recorded."""
        return Declaration(Trigger.DECISION, self.organisation, self.write, about)

    def _task(self, action_id: str) -> Action:
        task = self.task(action_id)
        if task is None:
            raise UnknownError(
                f"there is no task {action_id!r}: only what no evidence can show is attested, everything else is measured"
            )
        return task

    def _audit(self, act: str, row: AttestationRow, *, after: bool) -> None:
        told = described(row)
        self._writes.append(
            lambda connection: write_down(
                connection,
                self._actor,
                self._known.tenant.tenant_id,
                act,
                row.action,
                before=None if after else told,
                after=told if after else None,
            )
        )


def attest(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    action: str,
    *,
    on: date | None = None,
    note: str | None = None,
    evidence: str | None = None,
) -> tuple[AttestationRow, bool]:
    """Says that a task was done, today unless `on` names another day. It counts until its cadence is over.

    Returns:
        The attestation, and whether it is new: the same again changes nothing.

    Raises:
        UnknownError: there is no such task.
        ConfigurationError: the day is still to come, or so long ago that it counts no more.
    """
    actor.require(Right.WRITE, tenant_id)
    done: list[tuple[AttestationRow, bool]] = []

    def made(connection: Connection, known: Known) -> Declaration | None:
        draft = Attestations(here, actor, connection, known)
        wanted = Attestation(action, on or draft.today, None, note, evidence)
        same = next((row for row in draft.rows if draft.says(wanted, row)), None)
        if same is not None:
            done[:] = [(same, False)]
            return None
        row = draft.adopt(wanted)
        if row.lapses <= draft.today:
            raise ConfigurationError(
                f"{row.action} done on {row.attested} counted until {row.lapses - timedelta(days=1)}: do it again, "
                "and attest that"
            )
        done[:] = [(row, True)]
        return draft.declaration({"attestation": row.number, **described(row)})

    record_declaration(here, actor, tenant_id, made)
    return done[0]


def take_attestation_back(here: Installation, actor: Actor, tenant_id: UUID, number: int) -> Snapshot:
    """Takes an attestation back.

    Raises:
        UnknownError: there is no such attestation, or it was taken back already.
    """
    actor.require(Right.WRITE, tenant_id)
    gone = UnknownError(f"attestation {number} is not there, or was taken back already")

    def made(connection: Connection, known: Known) -> Declaration:
        draft = Attestations(here, actor, connection, known)
        row = next((one for one in draft.rows if one.number == number), None)
        if row is None:
            raise gone
        draft.take_back(row)
        return draft.declaration({"taken_back": number, "action": row.action})

    snapshot = record_declaration(here, actor, tenant_id, made)
    if snapshot is None:
        raise gone
    return snapshot


def list_attestations(here: Installation, actor: Actor, tenant_id: UUID) -> list[AttestationRow]:
    """The attestations that nobody took back, oldest first; those that lapsed are among them."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return list_rows(connection)


def list_rows(connection: Connection) -> list[AttestationRow]:
    """The same in a transaction of the tenant."""
    return decisions.list_attestations(connection)


def described(row: AttestationRow) -> dict[str, Any]:
    """What the attestation says, in JSON's own types."""
    told = {
        "action": row.action,
        "attested": row.attested.isoformat(),
        "lapses": row.lapses.isoformat(),
        "note": row.note,
        "evidence": row.evidence,
        "by": row.attested_by,
    }
    return {name: value for name, value in told.items() if value is not None}
