"""How many bytes a tenant's year takes in the database, and how long it takes to pack and to read back.

`python -m benchmarks.packing`: an invented tenant of 200 people and 220 devices with 300 actions, a snapshot a day.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from securescore.model import MICRO, Category, Coverage, Outcome, Scoring, Source, Status
from securescore.scoring.change import Basis, Change, Effect, Side, Trigger
from securescore.scoring.explain import explain
from securescore.scoring.flows import Flow, Flows
from securescore.scoring.points import earned
from securescore.scoring.totals import Pair
from securescore.store.packing import (
    ActionTable,
    StoredAction,
    StoredEffect,
    pack_changes,
    pack_effects,
    pack_full,
    replay,
    unpack_effects,
)

DAYS = 365
FULL_EVERY = 30
HISTORY = 90
START = datetime(2026, 1, 1, 3, 17, 42, 123456, tzinfo=UTC)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Day:
    """One snapshot and why it moved."""

    at: datetime
    actions: tuple[StoredAction, ...]
    credited: tuple[StoredEffect, ...] = ()
    verified: tuple[StoredEffect, ...] = ()


class Tenant:
    """An invented tenant whose days come one after the other.

    Args:
        moving: how many of its actions move every day.
        seed: of the dice.
    """

    def __init__(self, moving: int, seed: int = 1, actions: int = 300) -> None:
        self._dice = random.Random(seed)
        self._moving = moving
        self._scoring = {
            f"{kind}_{number}": Scoring.ALL_OR_NOTHING if number % 10 == 0 else Scoring.PROPORTIONAL
            for kind, number in (
                ("scid" if one % 5 else "EntraControlV", 2000 + 7 * one) for one in range(actions)
            )
        }
        self._movable = [one for one, how in self._scoring.items() if how is Scoring.PROPORTIONAL]
        self._actions = {one: self._first(one) for one in self._scoring}

    def days(self, count: int = DAYS) -> Iterator[Day]:
        yield Day(START, self._snapshot())
        for number in range(1, count):
            at = START + timedelta(days=number, microseconds=self._dice.randrange(10**9))
            before = dict(self._actions)
            credited, verified = self._move(at)
            self._actions = {
                one: replace(action, measured_at=at) if action is before[one] else action
                for one, action in self._actions.items()
            }
            yield Day(at, self._snapshot(), tuple(credited), tuple(verified))

    def _snapshot(self) -> tuple[StoredAction, ...]:
        return tuple(sorted(self._actions.values(), key=lambda action: action.id.casefold()))

    def _first(self, one: str) -> StoredAction:
        dice = self._dice
        total = 220 if one.startswith("scid") else dice.choice((200, 200, 12, 34))
        protected = dice.randrange(total + 1)
        measured = Coverage(protected, total - protected)
        excluded = dice.randrange(1, 6) if dice.random() < 0.15 and total - protected > 8 else 0
        coverage = replace(measured, exposed=measured.exposed - excluded, excluded=excluded)
        maximum = dice.choice((9, 8, 5, 3, 1, 6, 10)) * MICRO
        device = one.startswith("scid")
        action = StoredAction(
            id=one,
            service="MDATP" if device else "AzureAD",
            product="Defender for Endpoint" if device else "Microsoft Entra ID",
            title="",
            category=Category.DEVICE if device else Category.IDENTITY,
            outcome=Outcome.ASSESSED,
            reason=None,
            source=Source.EVIDENCE,
            stale=False,
            measured_at=START,
            status=Status.TO_ADDRESS,
            counted=True,
            scope="scored_at_microsoft",
            coverage=coverage,
            measured=measured,
            resolved=0,
            points=0,
            verified=0,
            maximum=maximum,
            evidence_lost=False,
            licensed=True,
            overtaken=False,
            uniform=False,
            declared_at_microsoft=None,
            native_points=dice.randrange(maximum),
            native_maximum=maximum,
        )
        return self._scored(action)

    def _scored(self, action: StoredAction) -> StoredAction:
        assert action.coverage
        assert action.measured
        assert action.maximum
        scoring = self._scoring[action.id]
        return replace(
            action,
            points=earned(scoring, action.coverage, action.maximum),
            verified=earned(scoring, action.measured, action.maximum),
        )

    def _move(self, at: datetime) -> tuple[list[StoredEffect], list[StoredEffect]]:
        """The same people join and leave everywhere; configurations move action by action."""
        dice = self._dice
        joined, left = dice.choice((0, 0, 1, 1, 2)), dice.choice((0, 0, 0, 1, 1, 2))
        credited: list[StoredEffect] = []
        verified: list[StoredEffect] = []
        for one in dice.sample(self._movable, self._moving):
            before = self._actions[one]
            assert before.coverage
            assert before.measured
            flows = self._flows(before.coverage, joined, left)
            moved = Coverage(flows.sum.protected, flows.sum.total - flows.sum.protected)
            after = self._scored(
                replace(
                    before,
                    measured_at=at,
                    coverage=_sum(before.coverage, moved),
                    measured=_sum(before.measured, moved),
                )
            )
            self._actions[one] = after
            credited += self._effects(before, after, flows, verified=False)
            verified += self._effects(before, after, flows, verified=True)
        return credited, verified

    def _flows(self, coverage: Coverage, joined: int, left: int) -> Flows:
        dice = self._dice
        large = coverage.total > 100
        come = joined if large else int(dice.random() < 0.1)
        go = min(left if large else int(dice.random() < 0.1), coverage.protected // 2, coverage.exposed // 2)
        come_protected = sum(dice.random() < 0.5 for _ in range(come))
        gone_protected = sum(dice.random() < 0.5 for _ in range(go))
        step = dice.choice((-3, -2, -1, -1, 1, 1, 1, 2, 3))
        step = max(
            -(coverage.protected - gone_protected), min(step, coverage.exposed - (go - gone_protected))
        )
        return Flows(
            joined=Flow(come_protected, come), left=Flow(-gone_protected, -go), configuration=Flow(step, 0)
        )

    def _effects(
        self, before: StoredAction, after: StoredAction, flows: Flows, *, verified: bool
    ) -> list[StoredEffect]:
        change = Change(
            before.id,
            Trigger.SYNC,
            _side(before, verified=verified),
            _side(after, verified=verified),
            self._scoring[before.id],
            flows,
        )
        return [_stored(effect) for effect in explain(change)]


def _side(action: StoredAction, *, verified: bool) -> Side:
    coverage = action.measured if verified else action.coverage
    achieved = action.verified if verified else action.points
    assert coverage
    assert achieved is not None
    assert action.maximum
    return Side(
        Pair(achieved, action.maximum), Basis.EVIDENCE, action.category, coverage.protected, coverage.total
    )


def _stored(effect: Effect) -> StoredEffect:
    return StoredEffect(
        effect.action_id, effect.cause, effect.category, effect.pair.achieved, effect.pair.maximum
    )


def _sum(one: Coverage, other: Coverage) -> Coverage:
    return Coverage(
        one.protected + other.protected,
        one.exposed + other.exposed,
        one.unknown + other.unknown,
        one.excluded + other.excluded,
    )


@dataclass(frozen=True)
class Year:
    """The packed rows of a tenant's days and what that took, in bytes and seconds of processor."""

    snapshots: list[bytes]
    effects: list[bytes]
    packed: float
    read: float
    explained: float

    @property
    def bytes(self) -> int:
        return sum(map(len, self.snapshots)) + sum(map(len, self.effects))


def measured(days: Sequence[Day]) -> Year:
    started = time.process_time()
    tables = [ActionTable.of(day.actions, day.at) for day in days]
    snapshots = [
        pack_full(day.actions, day.at)
        if number % FULL_EVERY == 0
        else pack_changes(tables[number - 1], tables[number], days[number - 1].at, day.at)
        for number, day in enumerate(days)
    ]
    effects = [
        pack_effects(day.credited, day.verified, before, after)
        for before, after, day in zip(tables, tables[1:], days[1:], strict=False)
    ]
    packed = time.process_time() - started
    rows = [(row, day.at) for row, day in zip(snapshots, days, strict=True)][:HISTORY]
    read, back = _timed(lambda: list(replay(rows)))
    explained, _ = _timed(
        lambda: [unpack_effects(*one) for one in zip(effects, back, back[1:], strict=False)]
    )
    if [tuple(table) for table in back] != [day.actions for day in days[:HISTORY]]:
        raise SystemExit("what was packed did not come back")
    return Year(snapshots, effects, packed, read, explained)


def _timed(work: Callable[[], _Answer]) -> tuple[float, _Answer]:
    """The best of three."""
    seconds = []
    for _ in range(3):
        started = time.process_time()
        answer = work()
        seconds.append(time.process_time() - started)
    return min(seconds), answer


def main() -> None:
    for name, moving in (("250 of 300 actions move every day", 250), ("5 of 300 actions move every day", 5)):
        year = measured(list(Tenant(moving).days()))
        changes = [len(row) for number, row in enumerate(year.snapshots) if number % FULL_EVERY]
        print(name)
        print(f"  a full snapshot    {len(year.snapshots[0]):9,} bytes")
        print(f"  changes of a day   {statistics.mean(changes):9,.0f} bytes")
        print(f"  effects of a day   {statistics.mean(map(len, year.effects)):9,.0f} bytes")
        print(f"  a year             {year.bytes:9,} bytes")
        print(f"  packing a year     {1000 * year.packed:9,.0f} ms of processor")
        print(
            f"  reading {HISTORY} days    {1000 * year.read:9,.0f} ms, their effects {1000 * year.explained:,.0f} ms"
        )


if __name__ == "__main__":
    main()
