"""The jobs as procrastinate knows them."""

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job
from sqlalchemy.engine import URL

from securescore.connectors.http.clock import StoppedError
from securescore.store import queue
from securescore.worker.jobs import Jobs

UPKEEP = "upkeep"
"""The queue of the jobs that look after the others: however long a tenant takes, these do not wait for it."""

_SCHEDULE = "*/5 * * * *"
_SWEEP = "* * * * *"
_TIDY = "23 * * * *"


class _WhenStopped(BaseRetryStrategy):
    """Work that was stopped goes back to the queue at once. All else that fails is the schedule's to try again."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        return RetryDecision() if isinstance(exception, StoppedError) else None


def make_app(jobs: Jobs, url: URL, *, upkeep: bool) -> App:
    """The application, to be opened.

    Args:
        upkeep: it keeps the schedule and looks after the queue, as all that run for long do together.
    """
    app = App(connector=_connector(url))
    retry = _WhenStopped()
    app.task(name=queue.SYNC, queue=queue.TENANTS, retry=retry)(jobs.sync_tenant)
    app.task(name=queue.CHECK, queue=queue.TENANTS, retry=retry)(jobs.check_again)
    app.task(name=queue.RESCORE, queue=queue.TENANTS, retry=retry)(jobs.rescore_tenant)
    if upkeep:
        for cron, job in ((_SCHEDULE, jobs.schedule), (_SWEEP, jobs.sweep), (_TIDY, jobs.tidy)):
            name = job.__name__
            task = app.task(name=name, queue=UPKEEP, queueing_lock=name)(job)
            app.periodic(cron=cron)(task)
    return app


def _connector(url: URL) -> PsycopgConnector:
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return PsycopgConnector(
        conninfo=conninfo,
        min_size=1,
        max_size=4,
        timeout=10,
        kwargs={"application_name": "securescore worker"},
    )
