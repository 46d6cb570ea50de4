"""Microsoft's own score day by day: kept beside our history under its own name, never a part of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import Connection

from securescore.connectors.source import NATIVE_DAYS
from securescore.evidence import Run
from securescore.evidence.queries import query_table
from securescore.evidence.tables.native_score import NATIVE_CONTROLS, NATIVE_SCORES
from securescore.model import MICRO, Category
from securescore.services.actor import Actor, Right
from securescore.services.installation import Installation
from securescore.store import kept_evidence
from securescore.store.kept_evidence import NativeDay

_CATEGORIES = {category.value.casefold(): place for place, category in enumerate(Category)} | {
    "account": list(Category).index(Category.IDENTITY),
    "app": list(Category).index(Category.APPS),
}
_OVERLAP = 7
"""Days that are read once more, for Microsoft tells some of them late."""

_DAYS = """
    SELECT day::DATE, arg_max(points, day), arg_max(maximum, day), arg_max(active_users, day),
           arg_max(licensed_users, day)
    FROM rows WHERE points IS NOT NULL AND maximum > 0 GROUP BY ALL ORDER BY 1
"""
_PARTS = """
    WITH newest AS (SELECT max(day) AS day FROM rows GROUP BY day::DATE)
    SELECT day::DATE, lower(coalesce(category, '')), sum(points)
    FROM rows SEMI JOIN newest USING (day) WHERE points IS NOT NULL GROUP BY ALL
"""


def read_native_history(here: Installation, actor: Actor, tenant_id: UUID) -> list[NativeDay]:
    """The days of Microsoft's own score, oldest first; those that Microsoft never told are not there."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return kept_evidence.list_native_days(connection)


def days_wanted(connection: Connection, now: datetime) -> int:
    """How many days of its own score to ask Microsoft for: all that it keeps at first, then those not known yet.

    Args:
        connection: in a transaction that sees the tenant.
    """
    newest = kept_evidence.newest_native_day(connection)
    if newest is None:
        return NATIVE_DAYS
    return min(max((now.astimezone(UTC).date() - newest).days, 0) + _OVERLAP, NATIVE_DAYS)


def native_days(runs: Sequence[Run]) -> list[NativeDay]:
    """The days that the newest run with Microsoft's score tells of, as many as 90.

    Args:
        runs: newest first.

    Raises:
        EvidenceError: a file of evidence is damaged.
    """
    run = next((one for one in runs if one.has(NATIVE_SCORES.name, NATIVE_CONTROLS.name)), None)
    if run is None:
        return []
    days = query_table(run, NATIVE_SCORES.name, _DAYS)
    parts = query_table(run, NATIVE_CONTROLS.name, _PARTS)
    return [
        NativeDay(day, _micro(points), _micro(maximum), _categories(day, parts), active, licensed)
        for day, points, maximum, active, licensed in days
    ]


def _categories(day: object, parts: list[tuple[object, str, float]]) -> tuple[int, ...]:
    """Points by category; a category that is none of ours counts with Apps, as in the score."""
    sums = [0] * len(Category)
    for of_day, name, points in parts:
        if of_day == day:
            sums[_CATEGORIES.get(name, _CATEGORIES["app"])] += _micro(points)
    return tuple(sums)


def _micro(points: float) -> int:
    return round(Fraction(points) * MICRO)
