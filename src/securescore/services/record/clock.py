"""The order of moments in a record: a clock may lag a little, and one that was ahead can be said to be right now."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from securescore.errors import ConfigurationError
from securescore.evidence import Run
from securescore.store import audit
from securescore.store.snapshots import Standing

SET_RIGHT = "tenant.clock"
"""The act by which somebody says that the clock is right, and that what was recorded of later than now is mistimed."""

TOLERANCE = timedelta(minutes=5)


def mistimed_until(connection: Connection) -> int:
    """The number of the newest snapshot when somebody last set the clock right; 0 when nobody did."""
    entry = audit.newest_of(connection, SET_RIGHT)
    return int(json.loads(entry.after)["snapshot"]) if entry and entry.after else 0


def latest_moment(standing: Standing | None, mistimed: int, runs: Sequence[Run]) -> datetime | None:
    """The newest moment that record and evidence know, but for a snapshot that is known to be mistimed.

    Args:
        runs: newest first.
    """
    moments = [run.ended for run in runs[:1]]
    if standing is not None and standing.snapshot.number > mistimed:
        moments.append(standing.snapshot.taken_at)
    return max(moments, default=None)


def in_order(now: datetime, last: datetime | None) -> datetime:
    """The clock, which may lag a little behind what was recorded last, as clocks that are set do.

    Raises:
        ConfigurationError: it lags far behind.
    """
    if last is None:
        return now
    if now < last - TOLERANCE:
        raise ConfigurationError(
            f"the clock of this machine says {now:%Y-%m-%d %H:%M} UTC, but something was recorded at "
            f"{last:%Y-%m-%d %H:%M} UTC: set the clock right; nothing was recorded. If it is right now, and was ahead "
            "then, say so: securescore tenant clock"
        )
    return max(now, last)
