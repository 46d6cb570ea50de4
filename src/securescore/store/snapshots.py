"""Rows of snapshots and activities: appended, read back, never changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select

from securescore.errors import UnknownError
from securescore.model import Category
from securescore.scoring.change import Trigger
from securescore.scoring.totals import Pair
from securescore.store.packing import (
    StoredAction,
    StoredEffect,
    pack_changes,
    pack_effects,
    pack_full,
    replay,
    unpack_effects,
)
from securescore.store.schema import activity as activities
from securescore.store.schema import snapshot as snapshots

FULL_EVERY = 30
"""So many snapshots at most have to be read to know the actions of one."""

CATEGORIES = tuple(Category)
_PLAIN = [column for column in snapshots.c if column.name != "actions"]


@dataclass(frozen=True)
class Totals:
    """What a snapshot adds up to, in micropoints.

    Attributes:
        scope_maximum: of everything in scope, also what was never seen and so is not in the total.
        assessed: of that, what rests on fresh, known entities.
        views: credited points of planned, current licence, achievable; None while licences are not known.
        verified_views: the same in verified points.
        categories: credited, verified and maximum of each, in the order of `Category`.
    """

    points: int
    verified: int
    maximum: int
    scope_maximum: int
    assessed: int
    views: tuple[int | None, ...]
    verified_views: tuple[int | None, ...]
    categories: tuple[tuple[int, int, int], ...]

    @property
    def credited_pair(self) -> Pair:
        return Pair(self.points, self.maximum)

    @property
    def verified_pair(self) -> Pair:
        return Pair(self.verified, self.maximum)

    def category_pairs(self, *, verified: bool = False) -> dict[Category, Pair]:
        """The pair of each category, in one of the two readings."""
        return {
            category: Pair(figures[1] if verified else figures[0], figures[2])
            for category, figures in zip(CATEGORIES, self.categories, strict=True)
        }

    @property
    def assessed_share(self) -> float | None:
        """Share (0 to 1) of what is in scope that rests on fresh, known entities."""
        return self.assessed / self.scope_maximum if self.scope_maximum else None


@dataclass(frozen=True)
class Snapshot:
    """The score of one tenant at one time, without its actions.

    Attributes:
        number: 1 is the first of the tenant.
        taken_at: when it was recorded.
        evidence_at: the moment as of which evidence was judged.
        run_id: the newest run it rests on.
    """

    number: int
    taken_at: datetime
    evidence_at: datetime
    trigger: Trigger
    run_id: str
    catalog_version: str
    totals: Totals


@dataclass(frozen=True)
class Standing:
    """A snapshot with every action."""

    snapshot: Snapshot
    actions: tuple[StoredAction, ...]

    def get(self, action_id: str) -> StoredAction | None:
        """The action of that id, whatever the case of its letters."""
        wanted = action_id.casefold()
        return next((action for action in self.actions if action.id.casefold() == wanted), None)


@dataclass(frozen=True)
class Effects:
    """What moved between a snapshot and the one before it, in both readings."""

    credited: tuple[StoredEffect, ...] = ()
    verified: tuple[StoredEffect, ...] = ()


@dataclass(frozen=True)
class Activity:
    """Why a snapshot was taken, by whom, and what it moved. Each snapshot has one.

    Attributes:
        about: what was decided, excluded or read; names and records, no secrets.
    """

    snapshot: int
    at: datetime
    author: str
    about: Mapping[str, Any] | None
    effects: Effects = field(default_factory=Effects)


def newest(connection: Connection) -> Standing | None:
    """The newest snapshot of the tenant; None before the first."""
    number = connection.execute(select(func.max(snapshots.c.number))).scalar_one()
    return None if number is None else standing(connection, number)


def newest_number(connection: Connection) -> int:
    """The number of the newest snapshot; 0 before the first."""
    number: int = connection.execute(select(func.coalesce(func.max(snapshots.c.number), 0))).scalar_one()
    return number


def number_at(connection: Connection, moment: datetime) -> int | None:
    """The number of the snapshot that stood at that moment; None before the first."""
    query = select(func.max(snapshots.c.number)).where(snapshots.c.taken_at <= moment)
    number: int | None = connection.execute(query).scalar_one()
    return number


def standing(connection: Connection, number: int) -> Standing:
    """The snapshot of that number with its actions."""
    full = (
        select(func.max(snapshots.c.number))
        .where(snapshots.c.number <= number, snapshots.c.whole)
        .scalar_subquery()
    )
    query = (
        select(snapshots)
        .where(snapshots.c.number >= full, snapshots.c.number <= number)
        .order_by(snapshots.c.number)
    )
    rows = connection.execute(query).all()
    if not rows or rows[-1].number != number:
        raise UnknownError(f"there is no snapshot {number} of this tenant")
    *_, table = replay((row.actions, row.evidence_at) for row in rows)
    return Standing(_snapshot(rows[-1]), tuple(table))


def snapshot(connection: Connection, number: int) -> Snapshot:
    """The snapshot of that number, without its actions."""
    row = connection.execute(select(*_PLAIN).where(snapshots.c.number == number)).one_or_none()
    if row is None:
        raise UnknownError(f"there is no snapshot {number} of this tenant")
    return _snapshot(row)


def list_snapshots(
    connection: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> list[Snapshot]:
    """The snapshots taken within a time, both ends included, oldest first; without their actions."""
    query = select(*_PLAIN).order_by(snapshots.c.number)
    if since is not None:
        query = query.where(snapshots.c.taken_at >= since)
    if until is not None:
        query = query.where(snapshots.c.taken_at <= until)
    return [_snapshot(row) for row in connection.execute(query)]


def append(
    connection: Connection,
    tenant_id: UUID,
    before: Standing | None,
    after: Standing,
    effects: Effects,
    *,
    author: str,
    about: Mapping[str, Any] | None,
) -> None:
    """Writes the next snapshot of the tenant with its activity."""
    number, whole = after.snapshot.number, before is None or after.snapshot.number % FULL_EVERY == 1
    previous = () if before is None else before.actions
    connection.execute(
        insert(snapshots).values(
            tenant_id=tenant_id,
            whole=whole,
            actions=_packed(before, after, whole=whole),
            **_columns(after.snapshot),
        )
    )
    connection.execute(
        insert(activities).values(
            tenant_id=tenant_id,
            snapshot=number,
            at=after.snapshot.taken_at,
            author=author,
            about=about,
            effects=pack_effects(effects.credited, effects.verified, previous, after.actions),
        )
    )


def list_activities(connection: Connection, *, after: int, until: int) -> Iterator[Activity]:
    """The activities of the snapshots after one number up to another, oldest first, with their effects."""
    states = _states(connection, after, until)
    query = (
        select(activities)
        .where(activities.c.snapshot > after, activities.c.snapshot <= until)
        .order_by(activities.c.snapshot)
    )
    for row in connection.execute(query).all():
        credited, verified = unpack_effects(row.effects, *states[row.snapshot])
        effects = Effects(tuple(credited), tuple(verified))
        yield Activity(row.snapshot, row.at, row.author, row.about, effects)


def _states(
    connection: Connection, after: int, until: int
) -> dict[int, tuple[Sequence[StoredAction], Sequence[StoredAction]]]:
    """The actions before and after each snapshot of a stretch."""
    full = (
        select(func.coalesce(func.max(snapshots.c.number), 1))
        .where(snapshots.c.number <= max(after, 1), snapshots.c.whole)
        .scalar_subquery()
    )
    query = (
        select(snapshots.c.number, snapshots.c.actions, snapshots.c.evidence_at)
        .where(snapshots.c.number >= full, snapshots.c.number <= until)
        .order_by(snapshots.c.number)
    )
    rows = connection.execute(query).all()
    found: dict[int, tuple[Sequence[StoredAction], Sequence[StoredAction]]] = {}
    previous: Sequence[StoredAction] = ()
    for row, table in zip(rows, replay((row.actions, row.evidence_at) for row in rows), strict=True):
        found[row.number] = (previous, table)
        previous = table
    return found


def _packed(before: Standing | None, after: Standing, *, whole: bool) -> bytes:
    if before is None or whole:
        return pack_full(after.actions, after.snapshot.evidence_at)
    return pack_changes(
        before.actions, after.actions, before.snapshot.evidence_at, after.snapshot.evidence_at
    )


def _columns(snapshot: Snapshot) -> dict[str, Any]:
    totals = snapshot.totals
    points, verified, maximum = zip(*totals.categories, strict=True)
    return {
        "number": snapshot.number,
        "taken_at": snapshot.taken_at,
        "evidence_at": snapshot.evidence_at,
        "trigger": snapshot.trigger.value,
        "run_id": snapshot.run_id,
        "catalog_version": snapshot.catalog_version,
        "points": totals.points,
        "verified": totals.verified,
        "maximum": totals.maximum,
        "scope_maximum": totals.scope_maximum,
        "assessed": totals.assessed,
        "views": list(totals.views),
        "verified_views": list(totals.verified_views),
        "category_points": list(points),
        "category_verified": list(verified),
        "category_maximum": list(maximum),
    }


def _snapshot(row: Row[Any]) -> Snapshot:
    categories = zip(row.category_points, row.category_verified, row.category_maximum, strict=True)
    totals = Totals(
        points=row.points,
        verified=row.verified,
        maximum=row.maximum,
        scope_maximum=row.scope_maximum,
        assessed=row.assessed,
        views=tuple(row.views),
        verified_views=tuple(row.verified_views),
        categories=tuple(categories),
    )
    return Snapshot(
        number=row.number,
        taken_at=row.taken_at,
        evidence_at=row.evidence_at,
        trigger=Trigger(row.trigger),
        run_id=row.run_id,
        catalog_version=row.catalog_version,
        totals=totals,
    )
