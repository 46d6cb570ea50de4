"""When each tenant is read: once a day of its own, at a minute of its night."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from securescore.services.actor import system
from securescore.services.installation import Installation
from securescore.services.tenants import list_tenants
from securescore.store import queue
from securescore.store.tenants import TenantState

WINDOW = timedelta(hours=6)
"""From midnight of the tenant on, so that everything of its day before is in and its score is there when people begin.

Many tenants share the limits of one registered application, so they are spread evenly. Microsoft computes its own score at
about 01:00 Pacific, which is morning in Europe: the newest one at night is of the day before, and is shown with its date.
To wait for it would put the reading into working hours, where it competes for the limits of the tenant.
"""

AGAIN = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
"""How long after a failed attempt the next one is made. A tenant that failed more often waits for its next night."""

_MINUTE = timedelta(minutes=1)
_MINUTES = 10 * _MINUTE
"""By so much the clocks of workers may differ."""
_DAY = timedelta(days=1)


def due(tenant_id: UUID, time_zone: str, tried_at: datetime | None, attempts: int, now: datetime) -> bool:
    """Whether a tenant is to be read now.

    Whoever was missed, for however many days, is read once. A tenant that was never tried is due at once, and so is one
    whose last attempt lies ahead: a clock was wrong.

    Args:
        tried_at: when the last attempt began.
        attempts: see `Summary`.
    """
    if tried_at is None or not newest_moment(tenant_id, time_zone, now) <= tried_at <= now + _MINUTES:
        return True
    return 0 < attempts <= len(AGAIN) and now >= tried_at + AGAIN[attempts - 1]


def newest_moment(tenant_id: UUID, time_zone: str, now: datetime) -> datetime:
    """The last moment until now at which the tenant was to be read."""
    zone = _zone(time_zone)
    today = now.astimezone(zone).date()
    moments = (moment_of(tenant_id, zone, today - days * _DAY) for days in range(3))
    return max(moment for moment in moments if moment <= now)


def moment_of(tenant_id: UUID, zone: ZoneInfo, day: date) -> datetime:
    """The one moment of a day in the tenant's zone, in UTC.

    A minute that comes twice on that day means the first, one that does not come means as much after the change.
    """
    local = datetime.combine(day, time()) + minute_of(tenant_id) * _MINUTE
    return local.replace(tzinfo=zone).astimezone(UTC)


def minute_of(tenant_id: UUID) -> int:
    """The tenant's minute after midnight, always the same."""
    number = int.from_bytes(hashlib.sha256(tenant_id.bytes).digest()[:8])
    return number % (WINDOW // _MINUTE)


def queue_due(here: Installation) -> int:
    """Puts in every tenant whose time has come. Returns how many there were."""
    with here.database.installation() as connection:
        going_on = queue.being_synced(connection)
    now = here.now()
    found = [
        one.tenant_id
        for one in list_tenants(here, system("schedule"))
        if one.state is TenantState.ACTIVE
        and one.tenant_id not in going_on
        and due(one.tenant_id, one.time_zone, one.tried_at, one.attempts, now)
    ]
    with here.database.installation() as connection:
        return sum(queue.put_sync(connection, tenant_id) for tenant_id in found)


def _zone(name: str) -> ZoneInfo:
    """A zone that this machine does not know stops nobody: its tenants are read at night in UTC."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
