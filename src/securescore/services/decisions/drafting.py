"""The decisions of one tenant with changes to them that are not written yet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from securescore.errors import ConfigurationError, ConflictError, UnknownError
from securescore.model import Status
from securescore.scoring.change import Trigger
from securescore.services.actor import Actor
from securescore.services.auditing import write_down
from securescore.services.decisions.asked import Asked
from securescore.services.decisions.policy import read_policy
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of, decided
from securescore.services.record.recording import Declaration, Known, Overtaken
from securescore.store import declarations
from securescore.store.declarations import DecisionRow
from securescore.store.packing import StoredAction
from securescore.store.snapshots import Snapshot, Standing


@dataclass(frozen=True)
class _Act:
    """One entry of the audit log to be."""

    act: str
    target: str
    before: Sequence[DecisionRow]
    after: DecisionRow | None


class Draft:
    """The standing decisions of a tenant, with changes that are not written yet.

    Attributes:
        policy: what the tenant asks of decisions.
        today: the day that it is for the tenant.

    Raises:
        ConflictError: the tenant has no score yet.
    """

    def __init__(self, here: Installation, actor: Actor, connection: Connection, known: Known) -> None:
        self.known = known
        self._current = _current(known)
        self._here = here
        self._actor = actor
        self._rows = declarations.list_decisions(connection)
        self._next = declarations.next_decision(connection)
        self._acts: list[_Act] = []
        self.policy = read_policy(connection)
        self.today = day_of(known.tenant, here.now())

    @property
    def snapshot(self) -> Snapshot:
        """The newest that is stored."""
        return self._current.snapshot

    @property
    def author(self) -> str:
        """Who decides."""
        return self._actor.name

    @property
    def rows(self) -> tuple[DecisionRow, ...]:
        """The decisions that stand after the changes."""
        return tuple(self._rows)

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._acts)

    def action(self, action_id: str) -> StoredAction | None:
        """The action in the newest snapshot, by any of its ids."""
        in_catalog = self._here.content().catalog.get(action_id)
        return self._current.get(in_catalog.id if in_catalog else action_id)

    def named(self, asked: Asked) -> Asked:
        """With the action's id as the catalog or Microsoft writes it. Raises UnknownError."""
        action = self.action(asked.action)
        if action is None:
            raise UnknownError(
                f"there is no action {asked.action!r} in the score of {self.known.tenant.name}"
            )
        return replace(asked, action=action.id)

    def holding(self, asked: Asked) -> DecisionRow | None:
        """The standing decision about the same, unless a newer one about the whole action overruled it."""
        return next((one for one in reversed(self._about(asked)) if one.scope == asked.scope), None)

    def same(self, asked: Asked) -> DecisionRow | None:
        """The one that says the same."""
        row = self.holding(asked)
        return row if row is not None and asked.said_by(row) else None

    def nothing_to_undo(self, asked: Asked) -> bool:
        """Whether it asks for the status that an action without decisions has, and says nothing else."""
        bare = Asked(asked.action, Status.TO_ADDRESS, asked.entities, asked.account_class)
        return asked == bare and not self._overruled(asked)

    def is_completed(self, asked: Asked) -> bool:
        """Whether the status is locked: the measurement is full (5.2). What it has overtaken can be taken back."""
        action = self.action(asked.action)
        undoing = asked.status is Status.TO_ADDRESS and self._overruled(asked)
        return action is not None and action.status is Status.COMPLETED and not undoing

    def refuse(self, asked: Asked) -> None:
        """Refuses what cannot be decided now. Raises ConflictError or ConfigurationError."""
        if self.is_completed(asked):
            raise ConflictError(
                f"{asked.action} is completed: its status follows from the measurement and cannot be chosen"
            )
        if asked.expires is not None and asked.expires <= self.today:
            raise ConfigurationError(
                f"the decision would expire on {asked.expires}, which is not after today"
            )
        self.policy.refuse(self.known.tenant, asked, self.today)

    def make(self, asked: Asked, by: str, approved_by: str | None = None) -> DecisionRow:
        """Adds a decision in the place of those that it overrules."""
        ended = self._overruled(asked)
        row = self._row(asked, by, self.today, approved_by)
        self._rows = [one for one in self._rows if one not in ended]
        self._add(row, ended)
        return row

    def adopt(self, asked: Asked, decided_on: date) -> DecisionRow:
        """Adds a decision of an earlier day beside the others."""
        row = self._row(asked, self._actor.name, decided_on, None)
        self._add(row, [])
        return row

    def withdraw(self, row: DecisionRow) -> None:
        """Ends a decision."""
        self._rows.remove(row)
        self._acts.append(_Act("decision.withdraw", row.action, [row], None))

    def was(self, action_id: str) -> Status | None:
        """The status that the action has in the newest snapshot."""
        action = self.action(action_id)
        return action.status if action else None

    def declaration(
        self, about: Mapping[str, Any], also: Callable[[Connection], None] = lambda _: None
    ) -> Declaration:
        """The change as it is recorded; `also` writes what belongs into the same transaction."""
        organisation = replace(self.known.organisation, decisions=tuple(map(decided, self._rows)))
        ended = [row.number for one in self._acts for row in one.before]
        added = [one.after for one in self._acts if one.after is not None]

        def write(connection: Connection) -> None:
            if read_policy(connection) != self.policy:
                raise Overtaken
            declarations.end_decisions(connection, ended, self._actor.name, self._here.now())
            for row in added:
                declarations.add_decision(connection, self.known.tenant.tenant_id, row)
            for act in self._acts:
                self._audit(connection, act)
            also(connection)

        return Declaration(Trigger.DECISION, organisation, write, about)

    def _about(self, asked: Asked) -> list[DecisionRow]:
        return [one for one in self._rows if one.action.casefold() == asked.action.casefold()]

    def _overruled(self, asked: Asked) -> list[DecisionRow]:
        """What it takes the place of: the same scope, and everything about the action when it is about the whole."""
        return [one for one in self._about(asked) if asked.whole or one.scope == asked.scope]

    def _row(self, asked: Asked, by: str, day: date, approved_by: str | None) -> DecisionRow:
        entities = None if asked.entities is None else tuple(sorted(asked.entities))
        number, self._next = self._next, self._next + 1
        return DecisionRow(
            number=number,
            decided=day,
            decided_by=by,
            decided_at=self._here.now(),
            approved_by=approved_by,
            **asdict(asked) | {"entities": entities},
        )

    def _add(self, row: DecisionRow, ended: Sequence[DecisionRow]) -> None:
        self._rows.append(row)
        self._acts.append(_Act("decision.make", row.action, ended, row))

    def _audit(self, connection: Connection, act: _Act) -> None:
        write_down(
            connection,
            self._actor,
            self.known.tenant.tenant_id,
            act.act,
            act.target,
            before={"decisions": [described(one) for one in act.before]} if act.before else None,
            after=described(act.after) if act.after else None,
        )


def described(row: DecisionRow) -> dict[str, Any]:
    """What the decision says, in JSON's own types."""
    hidden = {"decided_at", "number"}
    told = {name: value for name, value in asdict(row).items() if name not in hidden and value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}


def about_one(draft: Draft, row: DecisionRow) -> dict[str, Any]:
    """What the activity of one decision tells."""
    return {"decision": row.number, "was": draft.was(row.action), **described(row)}


def numbers(rows: Iterable[DecisionRow]) -> list[int]:
    """The numbers of decisions."""
    return [row.number for row in rows]


def _current(known: Known) -> Standing:
    if known.standing is None:
        raise ConflictError(
            f"{known.tenant.name} has no score yet, so nothing can be decided about it: read it first "
            "(securescore sync)"
        )
    return known.standing
