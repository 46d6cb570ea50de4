"""What was recorded: the score over time, what moved it between two moments, and how it stood at one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from securescore.assess import Organisation
from securescore.errors import UnknownError
from securescore.model import Category
from securescore.scoring.account import Account, account, account_by_category
from securescore.scoring.change import Effect
from securescore.scoring.totals import Pair
from securescore.services.actor import Actor, Right
from securescore.services.installation import Installation
from securescore.services.record.declared import day_of, organisation
from securescore.store import snapshots, tenants
from securescore.store.packing import StoredEffect
from securescore.store.snapshots import Activity, Effects, Snapshot, Standing
from securescore.store.tenants import Tenant


@dataclass(frozen=True)
class Day:
    """One day of the tenant's zone: the last snapshot of it; None when none was taken, which is a gap."""

    day: date
    snapshot: Snapshot | None


@dataclass(frozen=True)
class Changes:
    """What moved the score between two moments, in both readings and by category.

    Attributes:
        before: the snapshot that stood at the earlier moment.
        after: the one that stood at the later.
        activities: what happened in between, oldest first.
    """

    before: Snapshot
    after: Snapshot
    activities: tuple[Activity, ...]
    credited: Account
    verified: Account
    credited_by_category: dict[Category, Account]
    verified_by_category: dict[Category, Account]

    def effects(self, *, verified: bool = False) -> list[Effect]:
        """Every effect in between."""
        return [effect for one in self.activities for effect in _effects(one, verified=verified)]


def read_history(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Day]:
    """Every day from the first snapshot to the last, oldest first. Days without any are gaps, and stay empty."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        tenant = tenants.get(connection)
        taken = snapshots.list_snapshots(connection, since=since, until=until)
    return _days(tenant, taken)


def read_news(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    action: str | None = None,
) -> list[Activity]:
    """What happened within a time, oldest first; of one action only, or of all."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        last = (
            snapshots.newest_number(connection) if until is None else snapshots.number_at(connection, until)
        )
        first = snapshots.number_at(connection, since) if since is not None else 0
        news = list(snapshots.list_activities(connection, after=first or 0, until=last or 0))
    if action is None:
        return news
    mine = (_of_action(one, action.casefold()) for one in news)
    return [one for one in mine if one.effects.credited or one.effects.verified or _named(one, action)]


def _of_action(activity: Activity, action: str) -> Activity:
    kept = (
        tuple(one for one in side if one.action_id.casefold() == action)
        for side in (activity.effects.credited, activity.effects.verified)
    )
    return replace(activity, effects=Effects(*kept))


def _named(activity: Activity, action: str) -> bool:
    told = str((activity.about or {}).get("action", ""))
    return told.casefold() == action.casefold()


def read_declared(here: Installation, actor: Actor, tenant_id: UUID) -> Organisation:
    """What is declared about a tenant now."""
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        return organisation(connection, tenants.get(connection))


def read_standing(
    here: Installation, actor: Actor, tenant_id: UUID, moment: datetime | None = None
) -> Standing:
    """The score with every action as it stood at a moment; the newest without one. Counts only: no entity is named.

    Raises:
        UnknownError: nothing was recorded yet at that moment.
    """
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        number = _number_at(connection, moment)
        return snapshots.standing(connection, number)


def read_changes(
    here: Installation,
    actor: Actor,
    tenant_id: UUID,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Changes:
    """Why the score moved between two moments; without `since` from the snapshot before the last one.

    From before the record begins means from its beginning.

    Raises:
        UnknownError: nothing was recorded until then.
    """
    actor.require(Right.READ, tenant_id)
    with here.database.tenant(tenant_id) as connection:
        last = _number_at(connection, until)
        first = max(last - 1, 1) if since is None else snapshots.number_at(connection, since) or 1
        ends = [snapshots.snapshot(connection, number) for number in (first, last)]
        between = tuple(snapshots.list_activities(connection, after=first, until=last))
    return _explained(ends[0], ends[1], between)


def _explained(before: Snapshot, after: Snapshot, between: tuple[Activity, ...]) -> Changes:
    credited, credited_by_category = _accounts(before, after, between, verified=False)
    verified, verified_by_category = _accounts(before, after, between, verified=True)
    return Changes(before, after, between, credited, verified, credited_by_category, verified_by_category)


def _accounts(
    before: Snapshot, after: Snapshot, between: Sequence[Activity], *, verified: bool
) -> tuple[Account, dict[Category, Account]]:
    effects = [effect for one in between for effect in _effects(one, verified=verified)]
    old, new = (one.totals.category_pairs(verified=verified) for one in (before, after))
    return account(_sum(old.values()), _sum(new.values()), effects), account_by_category(old, new, effects)


def _sum(pairs: Iterable[Pair]) -> Pair:
    return sum(pairs, Pair())


def _effects(activity: Activity, *, verified: bool) -> list[Effect]:
    stored = activity.effects.verified if verified else activity.effects.credited
    return [_effect(one) for one in stored]


def _effect(stored: StoredEffect) -> Effect:
    return Effect(stored.action_id, stored.cause, stored.category, Pair(stored.achieved, stored.maximum))


def _days(tenant: Tenant, taken: Sequence[Snapshot]) -> list[Day]:
    if not taken:
        return []
    by_day = {day_of(tenant, one.taken_at): one for one in _in_time(taken)}
    first, last = min(by_day), max(by_day)
    every = (first + timedelta(days=count) for count in range((last - first).days + 1))
    return [Day(day, by_day.get(day)) for day in every]


def _in_time(taken: Sequence[Snapshot]) -> list[Snapshot]:
    """Without those that a clock which was ahead dated later than the ones after them."""
    kept: list[Snapshot] = []
    for one in reversed(taken):
        if not kept or one.taken_at <= kept[-1].taken_at:
            kept.append(one)
    return kept[::-1]


def _number_at(connection: Connection, moment: datetime | None) -> int:
    """Without a moment the newest, whatever this machine's clock says."""
    if moment is None:
        newest = snapshots.newest_number(connection)
        if not newest:
            raise UnknownError("nothing was recorded of this tenant yet: read it first (securescore sync)")
        return newest
    number = snapshots.number_at(connection, moment)
    if number is None:
        raise UnknownError(
            f"nothing was recorded of this tenant before {moment:%Y-%m-%d %H:%M} UTC: its record begins on "
            f"{snapshots.snapshot(connection, 1).taken_at:%Y-%m-%d %H:%M} UTC"
        )
    return number
