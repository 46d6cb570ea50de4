"""Says that the clock is right, after it was ahead while something was recorded: the record goes on from now."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from securescore.errors import ConflictError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.services.record.clock import SET_RIGHT, TOLERANCE, latest_moment, mistimed_until
from securescore.store import kept_evidence, snapshots


@dataclass(frozen=True)
class SetRight:
    """What was recorded of later than now.

    Attributes:
        now: what the clock says.
        last: the newest moment that was recorded.
        runs: ids of the runs of evidence that went, newest first.
    """

    now: datetime
    last: datetime
    runs: tuple[str, ...]


def set_clock_right(here: Installation, actor: Actor, tenant_id: UUID) -> SetRight:
    """Lets the record of a tenant go on from now. What was recorded stays; evidence of later than now goes.

    Raises:
        ConflictError: nothing was recorded of later than now.
        EvidenceError: a run is being written, or the disk refuses.
    """
    actor.require(Right.MANAGE, tenant_id)
    folder, now = here.evidence(tenant_id), here.now()
    ahead = tuple(run.id for run in folder.runs() if run.ended > now + TOLERANCE)
    with here.database.changing(tenant_id) as connection:
        standing = snapshots.newest(connection)
        last = latest_moment(standing, mistimed_until(connection), folder.runs())
        if last is None or last <= now + TOLERANCE:
            raise ConflictError(
                f"nothing was recorded of later than {now:%Y-%m-%d %H:%M} UTC, which is now: there is nothing to set right"
            )
        for run_id in ahead:
            kept_evidence.unpin(connection, run_id)
        told = {"now": now.isoformat(), "snapshot": standing.snapshot.number if standing else 0}
        write_down(
            connection,
            actor,
            tenant_id,
            SET_RIGHT,
            str(tenant_id),
            before={"last": last.isoformat()},
            after=told | {"runs": list(ahead)},
        )
    folder.remove(ahead)  # after it is written down: where this fails, the same can be said again
    return SetRight(now, last, ahead)
