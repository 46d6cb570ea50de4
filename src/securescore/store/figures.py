"""Figures about the installation as a whole: none of them names a tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from securescore.store.schema import tenant_summary as summaries

_TENANTS = text(
    "SELECT health, count(*) AS tenants, coalesce(sum(snapshot), 0) AS snapshots, "
    "    extract(epoch FROM now() - min(synced_at) FILTER (WHERE state = 'active')) AS oldest "
    f"FROM {summaries.name} GROUP BY health"
)
_QUEUE = text(
    "SELECT count(*) FILTER (WHERE status = 'todo') AS waiting, count(*) FILTER (WHERE status = 'doing') AS running, "
    "    count(*) FILTER (WHERE status = 'failed') AS failed FROM procrastinate_jobs"
)
_DELAY = text(
    "SELECT coalesce(extract(epoch FROM now() - min(since.at)), 0) FROM procrastinate_jobs AS j "
    "JOIN LATERAL (SELECT max(e.at) AS at FROM procrastinate_events AS e WHERE e.job_id = j.id) AS since ON true "
    "WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()"
)
_DURATIONS = text(
    "SELECT j.task_name AS task, count(*) AS jobs, sum(ended.took) AS seconds, max(ended.took) AS longest "
    "FROM procrastinate_jobs AS j JOIN LATERAL ("
    "    SELECT extract(epoch FROM max(e.at) FILTER (WHERE e.type IN ('succeeded', 'failed', 'aborted'))"
    "        - max(e.at) FILTER (WHERE e.type = 'started')) AS took, max(e.at) AS at"
    "    FROM procrastinate_events AS e WHERE e.job_id = j.id"
    ") AS ended ON ended.took IS NOT NULL "
    "WHERE j.status IN ('succeeded', 'failed', 'aborted') AND ended.at > now() - interval '1 day' GROUP BY 1 ORDER BY 1"
)
_WORKERS = text(
    "SELECT count(*) FILTER (WHERE last_heartbeat > now() - make_interval(secs => :silence)) AS alive, "
    "    max(last_heartbeat) AS newest, extract(epoch FROM now() - max(last_heartbeat)) AS age FROM procrastinate_workers"
)
_SIZE = text("SELECT pg_database_size(current_database())")
_NOW = text("SELECT clock_timestamp()")


@dataclass(frozen=True)
class Fleet:
    """The tenants together.

    Attributes:
        by_health: how many there are of each health; those of which there is none are left out.
        snapshots: so many the tenants of today have.
        oldest: seconds since the active tenant that waits longest was read; None when none ever was.
    """

    by_health: Mapping[str, int]
    snapshots: int
    oldest: float | None


@dataclass(frozen=True)
class Queue:
    """The queue of jobs. `delay`: seconds that the job which waits longest has waited."""

    waiting: int
    running: int
    failed: int
    delay: float


@dataclass(frozen=True)
class Duration:
    """What jobs of one kind took that ended within a day, in seconds."""

    task: str
    jobs: int
    seconds: float
    longest: float


@dataclass(frozen=True)
class Workers:
    """Those that gave a sign of life lately, and how many seconds ago the last one was; None: never."""

    alive: int
    newest: datetime | None
    age: float | None


def fleet(connection: Connection) -> Fleet:
    """Of the tenants that the reader of the transaction may see."""
    rows = connection.execute(_TENANTS).all()
    waits = [float(row.oldest) for row in rows if row.oldest is not None]
    return Fleet(
        by_health={row.health: row.tenants for row in rows},
        snapshots=int(sum(row.snapshots for row in rows)),
        oldest=max(waits, default=None),
    )


def queue(connection: Connection) -> Queue:
    """The queue as it is now."""
    row = connection.execute(_QUEUE).one()
    return Queue(row.waiting, row.running, row.failed, float(connection.execute(_DELAY).scalar_one()))


def durations(connection: Connection) -> list[Duration]:
    """By kind of job."""
    return [
        Duration(row.task, row.jobs, float(row.seconds), float(row.longest))
        for row in connection.execute(_DURATIONS)
    ]


def workers(connection: Connection, silence: float) -> Workers:
    """Those alive: with a sign of life within so many seconds, by the database's clock."""
    row = connection.execute(_WORKERS, {"silence": silence}).one()
    return Workers(row.alive, row.newest, None if row.age is None else float(row.age))


def database_size(connection: Connection) -> int:
    """Bytes on the disk."""
    return int(connection.execute(_SIZE).scalar_one())


def database_time(connection: Connection) -> datetime:
    """What the database's clock says."""
    moment: datetime = connection.execute(_NOW).scalar_one()
    return moment
