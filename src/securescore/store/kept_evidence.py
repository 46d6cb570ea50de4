"""Rows about evidence: the days of Microsoft's own score, and the runs that are kept."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from securescore.store.schema import native_day as native_days
from securescore.store.schema import pinned_run as pinned_runs


@dataclass(frozen=True)
class NativeDay:
    """Microsoft's own score of one day, in micropoints on Microsoft's scale.

    Attributes:
        categories: points of each, in the order of `Category`.
    """

    day: date
    points: int
    maximum: int
    categories: tuple[int, ...]
    active_users: int | None
    licensed_users: int | None


@dataclass(frozen=True)
class PinnedRun:
    """A run that somebody keeps."""

    run_id: str
    reason: str
    pinned_by: str
    pinned_at: datetime


def add_native_days(connection: Connection, tenant_id: UUID, days: Iterable[NativeDay]) -> int:
    """Writes the days that are not there yet, and says how many. What Microsoft once told of a day stays."""
    values = [
        {
            "tenant_id": tenant_id,
            "day": one.day,
            "points": one.points,
            "maximum": one.maximum,
            "category_points": list(one.categories),
            "active_users": one.active_users,
            "licensed_users": one.licensed_users,
        }
        for one in days
    ]
    if not values:
        return 0
    statement = insert(native_days).values(values).on_conflict_do_nothing().returning(native_days.c.day)
    return len(connection.execute(statement).all())


def newest_native_day(connection: Connection) -> date | None:
    """The last day that Microsoft told."""
    newest: date | None = connection.execute(select(func.max(native_days.c.day))).scalar_one()
    return newest


def list_native_days(connection: Connection) -> list[NativeDay]:
    """Every day that Microsoft told, oldest first."""
    rows = connection.execute(select(native_days).order_by(native_days.c.day))
    return [
        NativeDay(
            row.day, row.points, row.maximum, tuple(row.category_points), row.active_users, row.licensed_users
        )
        for row in rows
    ]


def list_pinned(connection: Connection) -> list[PinnedRun]:
    """The runs that are kept, oldest first."""
    rows = connection.execute(select(pinned_runs).order_by(pinned_runs.c.run_id))
    return [PinnedRun(row.run_id, row.reason, row.pinned_by, row.pinned_at) for row in rows]


def pin(connection: Connection, tenant_id: UUID, run: PinnedRun) -> bool:
    """Keeps a run; False when it is kept already."""
    statement = (
        insert(pinned_runs)
        .values(tenant_id=tenant_id, **asdict(run))
        .on_conflict_do_nothing()
        .returning(pinned_runs.c.run_id)
    )
    return connection.execute(statement).first() is not None


def unpin(connection: Connection, run_id: str) -> bool:
    """Keeps a run no longer; False when it was not kept."""
    return connection.execute(delete(pinned_runs).where(pinned_runs.c.run_id == run_id)).rowcount == 1
