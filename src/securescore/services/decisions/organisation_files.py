"""The organisation file of a tenant: what stands is exported, and what a file says is made to stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.assess import Organisation
from securescore.assess.organisation import Decision
from securescore.assess.organisation_writing import organisation_toml
from securescore.errors import ConflictError
from securescore.model import AccountClass
from securescore.services.actor import Actor, Right
from securescore.services.decisions.asked import Accounts, Asked, Excluded, Wanted, refuse_nonsense
from securescore.services.decisions.attesting import Attestations, list_rows
from securescore.services.decisions.drafting import Draft
from securescore.services.decisions.excluding import Exclusions, refuse_accounts, refuse_exclusion
from securescore.services.installation import Installation
from securescore.services.record.recording import (
    Declaration,
    Known,
    foresee,
    read_known,
    record_declarations,
)
from securescore.services.tenants import About, alter_tenant
from securescore.store import declarations, snapshots
from securescore.store.declarations import AccountRow, DecisionRow, ExclusionRow
from securescore.store.snapshots import Totals

_ACCOUNTS = "accounts"
_EXCLUSIONS = "exclusions"
_DECISIONS = "decisions"
_ATTESTATIONS = "attestations"


@dataclass
class Counts:
    """What becomes of one kind of thing that a file holds."""

    added: int = 0
    ended: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Import:
    """What a file changes.

    Attributes:
        kinds: accounts, exclusions, decisions and attestations, by name.
        device_days: before and after, when the file changes them.
        unknown: actions of decisions that are not in the score, and of attestations that are no tasks: these are left out.
        before: the score without the file.
        after: the score with it.
    """

    kinds: Mapping[str, Counts]
    device_days: tuple[int, int] | None
    unknown: tuple[str, ...]
    before: Totals
    after: Totals

    @property
    def changed(self) -> bool:
        """Whether it changes anything."""
        return self.device_days is not None or any(one.added or one.ended for one in self.kinds.values())


def export_organisation(here: Installation, actor: Actor, tenant_id: UUID) -> str:
    """The organisation file of what stands, with the ids of actions as they are known."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        known = read_known(connection).organisation
        rows = declarations.list_decisions(connection)
        exclusions = declarations.list_exclusions(connection)
        tasks = list_rows(connection)
    return organisation_toml(
        replace(
            known,
            exclusions=tuple(
                replace(one, actions=frozenset(row.actions))
                for one, row in zip(known.exclusions, exclusions, strict=True)
            ),
            decisions=tuple(
                replace(one, action=row.action) for one, row in zip(known.decisions, rows, strict=True)
            ),
            attestations=tuple(
                replace(one, action=row.action) for one, row in zip(known.attestations, tasks, strict=True)
            ),
        )
    )


def preview_import(here: Installation, actor: Actor, tenant_id: UUID, wanted: Organisation) -> Import:
    """What `import_organisation` would change. Nothing is written.

    Raises what it raises.
    """
    actor.require(Right.WRITE, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        known = read_known(connection)
        found = _Importing(here, actor, connection, known, wanted)
    changes = found.declarations()
    before, after = foresee(here, actor, known, changes) if changes else (found.totals, found.totals)
    return found.told(before, after)


def import_organisation(here: Installation, actor: Actor, tenant_id: UUID, wanted: Organisation) -> Import:
    """Makes what stands for a tenant equal to the file: what is not in it ends, and what is new is added.

    Everything is one transaction, with a snapshot for accounts and exclusions and one for decisions, as far as there is
    anything to change. What was exported changes nothing.

    Raises:
        ConfigurationError: the file says something that nobody can declare or that the tenant's policy refuses.
        ConflictError: a decision needs somebody who approves it, or there is no score yet.
        NotAllowedError: the file changes the age of devices, and the actor does not manage the tenant.
    """
    actor.require(Right.WRITE, tenant_id)
    done: list[_Importing] = []
    changes: list[Declaration] = []

    def made(connection: Connection, known: Known) -> Sequence[Declaration]:
        done[:] = [_Importing(here, actor, connection, known, wanted)]
        changes[:] = done[0].declarations()
        return changes

    snapshot = record_declarations(here, actor, tenant_id, made)
    if snapshot is None:
        return done[0].told(done[0].totals, done[0].totals)
    with here.database.tenant(tenant_id) as connection:
        before = snapshots.snapshot(connection, snapshot.number - len(changes)).totals
    return done[0].told(before, snapshot.totals)


@dataclass
class _Matched:
    """Decisions of one action and day: those that stay, those that end, those that are added."""

    unchanged: int = 0
    ended: list[DecisionRow] = field(default_factory=list)
    added: list[Asked] = field(default_factory=list)


class _Importing:
    """A file laid over what stands for a tenant."""

    def __init__(
        self, here: Installation, actor: Actor, connection: Connection, known: Known, wanted: Organisation
    ) -> None:
        self._actor = actor
        self._known = known
        self._wanted = wanted
        self._kinds = {name: Counts() for name in (_ACCOUNTS, _EXCLUSIONS, _DECISIONS, _ATTESTATIONS)}
        self._unknown: list[str] = []
        self._exclusions = Exclusions(here, actor, connection, known)
        self._draft = Draft(here, actor, connection, known)
        self._attestations = Attestations(here, actor, connection, known)
        self._take_accounts()
        self._take_exclusions()
        self._take_decisions()
        self._take_attestations()

    @property
    def totals(self) -> Totals:
        """The score as it is stored."""
        return self._draft.snapshot.totals

    def declarations(self) -> list[Declaration]:
        """The changes, in the order in which they follow on one another."""
        changes = []
        days = self._device_days()
        if self._exclusions.changed or days is not None:
            changes.append(self._exclusion(days))
        if self._draft.changed or self._attestations.changed:
            about = self._about(_DECISIONS, _ATTESTATIONS)
            told = self._draft.declaration(about, self._attestations.write)
            changes.append(replace(told, organisation=self._whole(told.organisation)))
        return changes

    def _whole(self, decided: Organisation) -> Organisation:
        return replace(
            self._organisation(),
            decisions=decided.decisions,
            attestations=self._attestations.organisation.attestations,
        )

    def told(self, before: Totals, after: Totals) -> Import:
        unknown = tuple(sorted(set(self._unknown), key=str.casefold))
        return Import(self._kinds, self._device_days(), unknown, before, after)

    def _exclusion(self, days: tuple[int, int] | None) -> Declaration:
        if days is not None:
            self._actor.require(Right.MANAGE, self._known.tenant.tenant_id)

        def also(connection: Connection) -> None:
            if days is not None:
                alter_tenant(connection, self._actor, About(device_days=days[1]))

        told = self._exclusions.declaration(self._about(_ACCOUNTS, _EXCLUSIONS), also)
        return replace(told, organisation=self._organisation())

    def _organisation(self) -> Organisation:
        """What is declared once accounts and exclusions are as in the file."""
        return replace(self._exclusions.organisation, device_days=self._wanted.device_days)

    def _device_days(self) -> tuple[int, int] | None:
        days = (self._known.tenant.device_days, self._wanted.device_days)
        return None if days[0] == days[1] else days

    def _about(self, *kinds: str) -> dict[str, Any]:
        return {
            "imported": {
                name: {"added": self._kinds[name].added, "ended": self._kinds[name].ended} for name in kinds
            }
        }

    def _take_accounts(self) -> None:
        counts = self._kinds[_ACCOUNTS]
        wanted = _by_account(self._wanted)
        standing = {(row.account_class, row.name.casefold()): row for row in self._exclusions.accounts}
        for one in AccountClass:
            gone = [row for key, row in standing.items() if key[0] is one and not _kept(row, wanted.get(key))]
            new = {key: value for key, value in wanted.items() if key[0] is one and key not in standing}
            changed = {(row.account_class, row.name.casefold()) for row in gone} & wanted.keys()
            new |= {key: wanted[key] for key in changed}
            self._exclusions.take_back(one, [row.name for row in gone])
            for note, names in _by_note(new.values()).items():
                refuse_accounts(one, names, note)
                self._refuse_unapproved(
                    Accounts(one, tuple(names), note), f"what it says of {one.replace('_', ' ')} accounts"
                )
                self._exclusions.declare(one, names, note)
            counts.ended += len(gone)
            counts.added += len(new)
        counts.unchanged = len(standing) - counts.ended

    def _take_exclusions(self) -> None:
        counts, left = self._kinds[_EXCLUSIONS], list(self._exclusions.exclusions)
        new = []
        for one in self._wanted.exclusions:
            actions = frozenset(map(self._named, one.actions))
            wanted = Excluded(actions, one.entities, one.reason, one.owner, one.expires)
            same = next((row for row in left if wanted.said_by(row)), None)
            if same is None:
                new.append(wanted)
            else:
                left.remove(same)
                counts.unchanged += 1
        self._change_exclusions(left, new)
        counts.added, counts.ended = len(new), len(left)

    def _change_exclusions(self, ended: Iterable[ExclusionRow], added: Iterable[Excluded]) -> None:
        for row in ended:
            self._exclusions.end(row)
        for one in added:
            refuse_exclusion(one)
            self._exclusions.policy.refuse_exclusion(self._known.tenant, one, self._draft.today)
            self._refuse_unapproved(one, f"the exclusion of {', '.join(sorted(one.entities))[:80]}")
            self._exclusions.exclude(one)

    def _named(self, action: str) -> str:
        """The id as it is known; an exclusion may also name what is not in the score."""
        found = self._draft.action(action)
        return found.id if found else action

    def _take_decisions(self) -> None:
        counts = self._kinds[_DECISIONS]
        added: list[tuple[Asked, date]] = []
        for (_, day), (standing, wanted) in self._groups().items():
            matched = _matched(standing, wanted)
            counts.unchanged += matched.unchanged
            counts.ended += len(matched.ended)
            for row in matched.ended:
                self._draft.withdraw(row)
            added += [(one, day) for one in matched.added]
        for asked, day in added:
            if self._draft.action(asked.action) is None:
                self._unknown.append(asked.action)
                continue
            self._adopt(self._draft.named(asked), day)
            counts.added += 1

    def _take_attestations(self) -> None:
        counts, left = self._kinds[_ATTESTATIONS], list(self._attestations.rows)
        for one in self._wanted.attestations:
            same = next((row for row in left if self._attestations.says(one, row)), None)
            if same is not None:
                left.remove(same)
                counts.unchanged += 1
            elif self._attestations.task(one.action) is None:
                self._unknown.append(one.action)
            else:
                self._attestations.adopt(one)
                counts.added += 1
        for row in left:
            self._attestations.take_back(row)
        counts.ended = len(left)

    def _adopt(self, asked: Asked, day: date) -> None:
        refuse_nonsense(asked)
        self._draft.policy.refuse(self._known.tenant, asked, self._draft.today)
        self._refuse_unapproved(asked, f"the decision about {asked.action}")
        self._draft.adopt(asked, day)

    def _refuse_unapproved(self, wanted: Wanted, what: str) -> None:
        if self._draft.policy.needs_approval(wanted):
            raise ConflictError(
                f"{what} needs somebody who approves it: leave it out of the file and request it (securescore decision, "
                "exclusion or account)"
            )

    def _groups(self) -> dict[tuple[str, date], tuple[list[DecisionRow], list[Asked]]]:
        """Standing and wanted decisions by action and day, each oldest first: only within a group the order counts."""
        groups: dict[tuple[str, date], tuple[list[DecisionRow], list[Asked]]] = {}
        for row in self._draft.rows:
            groups.setdefault((row.action.casefold(), row.decided), ([], []))[0].append(row)
        for one in sorted(self._wanted.decisions, key=lambda one: one.age):
            action = self._named(one.action).casefold()
            for asked in _asked(one):
                day = one.decided or self._day_of(action, asked)
                groups.setdefault((action, day), ([], []))[1].append(asked)
        return groups

    def _day_of(self, action: str, asked: Asked) -> date:
        """The day of a decision without one: that of the same decision which stands, else older than the others."""
        same = [row for row in self._draft.rows if row.action.casefold() == action and _says(asked, row)]
        if same:
            return same[0].decided
        named = (self._named(one.action).casefold() for one in self._wanted.decisions)
        dated = [
            one.decided for one, name in zip(self._wanted.decisions, named, strict=True) if name == action
        ]
        return min([self._draft.today, *filter(None, dated)])


def _matched(standing: Sequence[DecisionRow], wanted: Sequence[Asked]) -> _Matched:
    """As many of the wanted, from the first on, as stand in that order; what follows is added anew behind them."""
    matched, left = _Matched(), list(wanted)
    for row in standing:
        if left and _says(left[0], row):
            left.pop(0)
            matched.unchanged += 1
        else:
            matched.ended.append(row)
    matched.added = left
    return matched


def _says(asked: Asked, row: DecisionRow) -> bool:
    return asked.scope == row.scope and asked.said_by(row)


def _asked(decision: Decision) -> Iterable[Asked]:
    """The decision as it is kept; one about entities and a class as two."""
    if decision.entities is not None and decision.account_class is not None:
        yield from _asked(replace(decision, account_class=None))
        yield from _asked(replace(decision, entities=None))
        return
    yield Asked(
        action=decision.action,
        status=decision.status,
        entities=decision.entities,
        account_class=decision.account_class,
        note=decision.note,
        plan=decision.plan,
        owner=decision.owner,
        due=decision.due,
        evidence=decision.evidence,
        expires=decision.expires,
    )


_Wanted = tuple[str, str | None]


def _by_account(organisation: Organisation) -> dict[tuple[AccountClass, str], _Wanted]:
    """Name and note of each account, by its class and its name in lower case."""
    return {
        (one.account_class, name.casefold()): (name, one.note)
        for one in organisation.accounts
        for name in one.users
    }


def _kept(row: AccountRow, wanted: _Wanted | None) -> bool:
    return wanted is not None and wanted[1] == row.note


def _by_note(wanted: Iterable[_Wanted]) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for name, note in wanted:
        found.setdefault(note, []).append(name)
    return found
