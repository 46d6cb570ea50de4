"""Snapshots and effects as wild as their types allow, and one snapshot as they usually are."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from securescore.model import MICRO, Category, Coverage, Outcome, Reason, Source, Status
from securescore.scoring.change import Cause
from securescore.store.packing import StoredAction, StoredEffect
from securescore.store.packing.table import order_of

AT = datetime(2026, 11, 30, 3, 17, 42, 123456, tzinfo=UTC)
NEXT = AT + timedelta(days=1, microseconds=1)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
some_texts = texts | st.sampled_from(["AzureAD", "MDATP", "scored_at_microsoft", ""])
numbers = st.integers(0, 12) | st.integers(0, 10 * MICRO) | st.integers(-(2**60), 2**60)
moments = st.none() | st.just(AT) | st.just(NEXT) | st.datetimes(timezones=st.just(UTC))
coverages = st.builds(Coverage, *[st.integers(0, 9) | numbers] * 4)
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@st.composite
def actions(draw: st.DrawFn, action_id: str) -> StoredAction:
    coverage = draw(st.none() | coverages)
    return StoredAction(
        id=action_id,
        service=draw(some_texts),
        product=draw(some_texts),
        title=draw(some_texts),
        category=draw(st.sampled_from(Category)),
        outcome=draw(st.sampled_from(Outcome)),
        reason=draw(st.none() | st.sampled_from(Reason)),
        source=draw(st.none() | st.sampled_from(Source)),
        stale=draw(st.booleans()),
        measured_at=draw(moments),
        status=draw(st.sampled_from(Status)),
        counted=draw(st.booleans()),
        scope=draw(some_texts),
        coverage=coverage,
        measured=draw(st.just(coverage) | st.none() | coverages),
        resolved=draw(numbers),
        points=draw(st.none() | numbers),
        verified=draw(st.none() | numbers),
        maximum=draw(st.none() | numbers),
        evidence_lost=draw(st.booleans()),
        licensed=draw(st.none() | st.booleans()),
        overtaken=draw(st.booleans()),
        uniform=draw(st.booleans()),
        declared_at_microsoft=draw(st.none() | some_texts),
        native_points=draw(st.none() | numbers),
        native_maximum=draw(st.none() | numbers),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> tuple[StoredAction, ...]:
    chosen = draw(st.lists(ids, max_size=6, unique_by=str.casefold))
    return in_order([draw(actions(one)) for one in chosen])


@st.composite
def next_snapshots(draw: st.DrawFn, before: tuple[StoredAction, ...]) -> tuple[StoredAction, ...]:
    """Some removed, some with any fields of another, some as they were, some new."""
    kept = [action for action in before if draw(st.integers(0, 3))]
    moved = [draw(_moved(action)) if draw(st.booleans()) else action for action in kept]
    known = {action.id.casefold() for action in moved}
    new = [action for action in draw(snapshots()) if action.id.casefold() not in known]
    return in_order([*moved, *new])


@st.composite
def _moved(draw: st.DrawFn, action: StoredAction) -> StoredAction:
    other = draw(actions(action.id))
    names = draw(st.sets(st.sampled_from([field.name for field in fields(StoredAction)]), max_size=4))
    return replace(action, **{name: getattr(other, name) for name in names})


def effects(chosen: list[str]) -> st.SearchStrategy[list[StoredEffect]]:
    if not chosen:
        return st.just([])
    small = st.integers(-5, 5) | st.integers(-(10**7), 10**7) | st.integers(-(2**58), 2**58)
    return st.lists(
        st.builds(
            StoredEffect,
            st.sampled_from(chosen),
            st.sampled_from(Cause),
            st.sampled_from(Category),
            small,
            st.just(0) | small,
        ),
        max_size=8,
        unique_by=lambda effect: (effect.action_id, effect.cause, effect.category),
    )


def in_order(given: list[StoredAction]) -> tuple[StoredAction, ...]:
    return tuple(sorted(given, key=lambda action: order_of(action.id)))


def in_order_of_causes(given: list[StoredEffect]) -> tuple[StoredEffect, ...]:
    causes, categories = list(Cause), list(Category)
    return tuple(
        sorted(
            given,
            key=lambda effect: (
                order_of(effect.action_id),
                causes.index(effect.cause),
                categories.index(effect.category),
            ),
        )
    )


def usual(action_id: str, protected: int = 8, total: int = 10, maximum: int = 10 * MICRO) -> StoredAction:
    """As most actions are: measured now, its points follow from its counts."""
    coverage = Coverage(protected, total - protected)
    points = round(maximum * protected / total)
    return StoredAction(
        id=action_id,
        service="AzureAD",
        product="Microsoft Entra ID",
        title="",
        category=Category.IDENTITY,
        outcome=Outcome.ASSESSED,
        reason=None,
        source=Source.EVIDENCE,
        stale=False,
        measured_at=AT,
        status=Status.TO_ADDRESS,
        counted=True,
        scope="scored_at_microsoft",
        coverage=coverage,
        measured=coverage,
        resolved=0,
        points=points,
        verified=points,
        maximum=maximum,
        evidence_lost=False,
        licensed=True,
        overtaken=False,
        uniform=False,
        declared_at_microsoft=None,
        native_points=points,
        native_maximum=maximum,
    )


def many(count: int) -> tuple[StoredAction, ...]:
    return in_order([usual(f"scid_{number}", number % 10) for number in range(count)])
