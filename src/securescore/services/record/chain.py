"""From the newest snapshot to what is known now: the consecutive snapshots, each with one trigger and its effects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from securescore.assess.scope import ScopeReason, inside
from securescore.scoring.account import account, account_by_category
from securescore.scoring.change import Basis, Cause, Change, Effect, Side, Trigger
from securescore.scoring.explain import explain
from securescore.scoring.totals import Pair
from securescore.services.record.standing import in_order, totals_of
from securescore.store.packing import StoredAction, StoredEffect
from securescore.store.snapshots import Effects, Snapshot, Standing, Totals


@dataclass(frozen=True)
class Moment:
    """What is the same for every snapshot that is taken at once."""

    taken_at: datetime
    run_id: str
    catalog_version: str
    author: str


@dataclass(frozen=True)
class Link:
    """One snapshot to be written, with why it differs from the one before."""

    standing: Standing
    effects: Effects
    author: str
    about: Mapping[str, Any] | None = None


@dataclass
class Chain:
    """Snapshots that follow on one another, from the newest that is stored.

    Attributes:
        last: the newest, stored or not; None for a tenant without any.
        links: those to be written.
    """

    last: Standing | None
    moment: Moment
    links: list[Link] = field(default_factory=list)

    def move(
        self,
        trigger: Trigger,
        actions: Sequence[StoredAction],
        evidence_at: datetime,
        *,
        about: Mapping[str, Any] | None = None,
        always: bool = False,
    ) -> None:
        """A snapshot whose whole difference belongs to its trigger; none when nothing moved, unless always."""
        before = self._actions()
        if not always and tuple(actions) == tuple(before):
            return
        effects = [_whole(trigger, before, actions, verified=verified) for verified in (False, True)]
        self._add(trigger, actions, evidence_at, effects, about)

    def synchronise(
        self,
        actions: Sequence[StoredAction],
        evidence_at: datetime,
        effects: Sequence[Sequence[Effect]],
        *,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """What was read. Actions that entered or left the scope have a snapshot of their own before it.

        Args:
            effects: what moved since the last snapshot, credited and verified; of no use for a first one.
        """
        before = self._actions()
        if self.last is None:
            gained = [_gained(actions, verified=verified) for verified in (False, True)]
            self._add(Trigger.SYNC, actions, evidence_at, gained, about)
            return
        moved = _crossed(before, actions)
        if moved:
            self.move(Trigger.SCOPE, _with(before, actions, moved), self.last.snapshot.evidence_at)
        stayed = [[one for one in side if one.action_id not in moved] for side in effects]
        self._add(Trigger.SYNC, actions, evidence_at, stayed, about)

    def _actions(self) -> Sequence[StoredAction]:
        return self.last.actions if self.last else ()

    def _add(
        self,
        trigger: Trigger,
        actions: Sequence[StoredAction],
        evidence_at: datetime,
        effects: Sequence[Sequence[Effect]],
        about: Mapping[str, Any] | None,
    ) -> None:
        totals = totals_of(actions)
        _prove(self.last.snapshot.totals if self.last else None, totals, effects)
        snapshot = Snapshot(
            number=self.last.snapshot.number + 1 if self.last else 1,
            taken_at=self.moment.taken_at,
            evidence_at=evidence_at,
            trigger=trigger,
            run_id=self.moment.run_id,
            catalog_version=self.moment.catalog_version,
            totals=totals,
        )
        self.last = Standing(snapshot, tuple(actions))
        credited, verified = (tuple(map(_stored, side)) for side in effects)
        self.links.append(Link(self.last, Effects(credited, verified), self.moment.author, about))


def _prove(before: Totals | None, after: Totals, effects: Sequence[Sequence[Effect]]) -> None:
    """Raises ValueError unless the causes sum exactly to the difference, as a whole and in every category."""
    for verified, side in zip((False, True), effects, strict=True):
        old = before.category_pairs(verified=verified) if before else {}
        account_by_category(old, after.category_pairs(verified=verified), side)
        account(sum(old.values(), Pair()), after.verified_pair if verified else after.credited_pair, side)


def _whole(
    trigger: Trigger, before: Iterable[StoredAction], after: Iterable[StoredAction], *, verified: bool
) -> list[Effect]:
    """Effects of a trigger to which the whole difference of each pair belongs."""
    old, new = _by_id(before), _by_id(after)
    return [
        effect
        for key in old | new
        for effect in explain(
            _change(trigger, old.get(key), new.get(key), verified=verified),
        )
    ]


def _gained(actions: Iterable[StoredAction], *, verified: bool) -> list[Effect]:
    """A first snapshot: everything was gained."""
    return [
        Effect(action.id, Cause.EVIDENCE_GAINED, action.category, pair)
        for action in actions
        if (pair := _pair(action, verified=verified))
    ]


def _change(
    trigger: Trigger, before: StoredAction | None, after: StoredAction | None, *, verified: bool
) -> Change:
    known = after or before
    if known is None:
        raise ValueError("an action that is on neither side cannot have moved; compare the two lists again")
    sides = [
        Side(_pair(action, verified=verified), Basis.EVIDENCE, action.category)
        if action
        else Side(Pair(), Basis.NONE, known.category)
        for action in (before, after)
    ]
    return Change(known.id, trigger, sides[0], sides[1])


def _pair(action: StoredAction, *, verified: bool) -> Pair:
    if not action.counted:
        return Pair()
    return Pair((action.verified if verified else action.points) or 0, action.maximum or 0)


def _crossed(before: Iterable[StoredAction], after: Iterable[StoredAction]) -> frozenset[str]:
    """Ids of the actions that entered or left the scope, on the newer side where they are there."""
    old, new = _by_id(before), _by_id(after)
    return frozenset(
        (new.get(key) or old[key]).id
        for key in old | new
        if _inside(old.get(key)) is not _inside(new.get(key))
    )


def _inside(action: StoredAction | None) -> bool:
    return action is not None and inside(ScopeReason(action.scope))


def _with(
    before: Iterable[StoredAction], after: Iterable[StoredAction], moved: frozenset[str]
) -> tuple[StoredAction, ...]:
    """The actions as they were, but for those that moved."""
    return in_order(
        [one for one in before if one.id not in moved] + [one for one in after if one.id in moved]
    )


def _by_id(actions: Iterable[StoredAction]) -> dict[str, StoredAction]:
    return {action.id.casefold(): action for action in actions}


def _stored(effect: Effect) -> StoredEffect:
    return StoredEffect(
        effect.action_id, effect.cause, effect.category, effect.pair.achieved, effect.pair.maximum
    )
