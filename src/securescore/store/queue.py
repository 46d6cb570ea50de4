"""The queue of jobs, as those see it who ask for work or look after it. Workers take jobs out with procrastinate.

One job a tenant runs at a time (its lock), and the same thing is never asked for twice (its queueing lock, which holds
while the job waits). No job is ever put in for later: procrastinate lets a job that waits for its hour block every later one
with the same lock. What is to be tried again is put in again when its time has come.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

SYNC = "sync_tenant"
CHECK = "check_again"
RESCORE = "rescore_tenant"
TENANTS = "tenants"
"""The queue of the work on tenants."""

_BY_SCHEDULE = 0
_ASKED_FOR = 10
_MOST_ATTEMPTS = 5
"""A job during which so many workers died is likely what kills them."""

_PUT = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args) "
    "VALUES (:queue, :task, :priority, :lock, :queueing_lock, :args) "
    "ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING RETURNING id"
).bindparams(bindparam("queue", TENANTS), bindparam("args", type_=JSONB))
_RAISE = text(
    "UPDATE procrastinate_jobs SET priority = :priority "
    "WHERE queueing_lock = :queueing_lock AND status = 'todo' AND priority < :priority"
)
_GOING_ON = text(
    "SELECT DISTINCT args ->> 'tenant_id' FROM procrastinate_jobs "
    "WHERE task_name = :task AND status IN ('todo', 'doing')"
)
_ANY_WAITING = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE queue_name = :queue AND status = 'todo' "
    "AND coalesce(scheduled_at, now()) <= now())"
)
_STALLED = text(
    "SELECT j.id, j.attempts, EXISTS ("
    "    SELECT FROM procrastinate_jobs AS o WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo'"
    ") AS asked_again "
    "FROM procrastinate_jobs AS j LEFT JOIN procrastinate_workers AS w ON w.id = j.worker_id "
    "WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - CAST(:silence AS interval)) "
    "ORDER BY j.id FOR UPDATE OF j SKIP LOCKED"
)
_GIVE_BACK = text("SELECT procrastinate_retry_job_v2(:job, now(), NULL, NULL, NULL)")
_FINISH = text("SELECT procrastinate_finish_job_v1(:job, CAST(:status AS procrastinate_job_status), false)")
_PRUNE = text("SELECT procrastinate_prune_stalled_workers_v1(extract(epoch FROM CAST(:silence AS interval)))")
_TIDY = text(
    "DELETE FROM procrastinate_jobs AS j WHERE j.status NOT IN ('todo', 'doing') AND NOT EXISTS ("
    "    SELECT FROM procrastinate_events AS e WHERE e.job_id = j.id AND e.at > now() - CAST(:age AS interval)"
    ")"
)


def put_sync(connection: Connection, tenant_id: UUID, *, asked_for: bool = False) -> bool:
    """Puts in that a tenant be read as a whole. False when that waits in the queue already.

    Args:
        asked_for: somebody waits for it, so it comes before what the schedule put in.
    """
    args = {"tenant_id": str(tenant_id)}
    return _put(
        connection, SYNC, tenant_id, f"sync:{tenant_id}", args, _ASKED_FOR if asked_for else _BY_SCHEDULE
    )


def put_check(connection: Connection, tenant_id: UUID, action: str) -> bool:
    """Puts in that one action of a tenant be checked again. False when that waits in the queue already."""
    args = {"tenant_id": str(tenant_id), "action": action}
    return _put(connection, CHECK, tenant_id, f"check:{tenant_id}:{action.casefold()}", args, _ASKED_FOR)


def put_rescore(connection: Connection, tenant_id: UUID) -> bool:
    """Puts in that a tenant be scored again with the content in force. False when that waits already."""
    args = {"tenant_id": str(tenant_id)}
    return _put(connection, RESCORE, tenant_id, f"rescore:{tenant_id}", args, _BY_SCHEDULE)


def being_synced(connection: Connection) -> frozenset[UUID]:
    """The tenants whose synchronisation waits in the queue or goes on."""
    return frozenset(map(UUID, connection.execute(_GOING_ON, {"task": SYNC}).scalars()))


def any_waiting(connection: Connection) -> bool:
    """Whether work on tenants waits, perhaps for the end of other work on the same tenant."""
    return bool(connection.execute(_ANY_WAITING, {"queue": TENANTS}).scalar_one())


def give_back(connection: Connection, silence: timedelta) -> int:
    """Gives the jobs of dead workers back to the queue, with their locks. Returns how many there were.

    What was put in again meanwhile, or cost several workers their lives, is ended instead.

    Args:
        silence: a worker that gave no sign of life for so long is dead.
    """
    stalled = connection.execute(_STALLED, {"silence": silence}).all()
    for job in stalled:
        if job.asked_again:
            connection.execute(_FINISH, {"job": job.id, "status": "aborted"})
        elif job.attempts >= _MOST_ATTEMPTS:
            connection.execute(_FINISH, {"job": job.id, "status": "failed"})
        else:
            connection.execute(_GIVE_BACK, {"job": job.id})
    connection.execute(_PRUNE, {"silence": silence})
    return len(stalled)


def tidy(connection: Connection, age: timedelta) -> None:
    """Removes jobs that ended so long ago."""
    connection.execute(_TIDY, {"age": age})


def _put(
    connection: Connection,
    task: str,
    tenant_id: UUID,
    queueing_lock: str,
    args: dict[str, str],
    priority: int,
) -> bool:
    values = {
        "task": task,
        "priority": priority,
        "lock": f"tenant:{tenant_id}",
        "queueing_lock": queueing_lock,
        "args": args,
    }
    if connection.execute(_PUT, values).first() is not None:
        return True
    connection.execute(_RAISE, {"priority": priority, "queueing_lock": queueing_lock})
    return False
