"""What a worker does: the jobs about tenants, and those that look after the queue."""

import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from securescore.connectors.http.clock import StoppedError
from securescore.errors import ConflictError, SecureScoreError, UnknownError
from securescore.logs import log
from securescore.services.actor import system
from securescore.services.catalogs import rescore_tenant
from securescore.services.installation import Installation
from securescore.services.sync import SyncReport, check_again, note_failure, sync_tenant
from securescore.services.tenants import get_tenant
from securescore.store import queue
from securescore.worker.schedule import queue_due

Tell = Callable[[str], object]

KEPT = timedelta(days=7)
"""How long jobs that ended stay in the queue's tables."""

_WORKER = system("worker")


class Jobs:
    """The jobs of one worker. Each tells one line, which names a tenant and nobody and nothing in it.

    Args:
        silence: another worker that gave no sign of life for so long is dead.
    """

    def __init__(self, here: Installation, tell: Tell, silence: timedelta) -> None:
        self._here = here
        self._tell = tell
        self._silence = silence

    def sync_tenant(self, tenant_id: str) -> None:
        """Reads a tenant as a whole. That it could not be read is an outcome, not a failure of the job."""
        self._told(UUID(tenant_id), self._sync)

    def check_again(self, tenant_id: str, action: str) -> None:
        """Reads what one action of a tenant is measured with."""
        self._told(UUID(tenant_id), lambda tenant: self._check(tenant, action))

    def rescore_tenant(self, tenant_id: str) -> None:
        """Scores what is known of a tenant again with the content in force."""
        self._told(UUID(tenant_id), self._rescore)

    def schedule(self, timestamp: int) -> None:  # noqa: ARG002 - the library's signature
        """Puts in what is due."""
        queue_due(self._here)

    def sweep(self, timestamp: int = 0) -> None:  # noqa: ARG002
        """Gives back what dead workers held."""
        with self._here.database.installation() as connection:
            found = queue.give_back(connection, self._silence)
        if found:
            self._tell(f"gave back {found} {'job' if found == 1 else 'jobs'} of workers that died")
            log().warning("jobs of workers that died were given back", count=found)

    def tidy(self, timestamp: int) -> None:  # noqa: ARG002
        """Forgets jobs that ended long ago."""
        with self._here.database.installation() as connection:
            queue.tidy(connection, KEPT)

    def _sync(self, tenant_id: UUID) -> str:
        with ExitStack() as stack:
            stack.push(partial(self._note_mistake, tenant_id))
            return _outcome(sync_tenant(self._here, _WORKER, tenant_id))

    def _note_mistake(
        self, tenant_id: UUID, _kind: object, error: BaseException | None, _trace: object
    ) -> None:
        """What sync itself does not tell of a tenant: an error that nobody foresaw. It goes on to whoever asked."""
        if isinstance(error, Exception) and not isinstance(error, SecureScoreError):
            note_failure(self._here, tenant_id, _mistake(error), may_pass=True)

    def _check(self, tenant_id: UUID, action: str) -> str:
        check_again(self._here, _WORKER, tenant_id, action)
        return f"checked {action} again"

    def _rescore(self, tenant_id: UUID) -> str:
        taken = rescore_tenant(self._here, _WORKER, tenant_id)
        return "scored again" if taken else "scored again, and nothing moved"

    def _told(self, tenant_id: UUID, job: Callable[[UUID], str]) -> None:
        """Does a job, and tells in one line what came of it. A tenant that was paused or removed is left alone."""
        with ExitStack() as stack:
            end = _End(tenant_id, self._tell)
            stack.push(end.told)
            end.name = get_tenant(self._here, _WORKER, tenant_id).name
            end.words = job(tenant_id)


@dataclass
class _End:
    """How a job about a tenant ended."""

    tenant_id: UUID
    tell: Tell
    name: str = ""
    words: str = "stopped half-way"
    began: float = field(default_factory=time.monotonic)

    def told(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        """Tells it. Only a tenant that is to be left alone is no error of the job."""
        words = self.words if error is None else self._of(error)
        self.tell(f"{self.name or self.tenant_id}: {words}")
        seconds = time.monotonic() - self.began
        log().info("work on a tenant ended", tenant=self.tenant_id, problem=words, seconds=seconds)
        return isinstance(error, ConflictError | UnknownError)

    def _of(self, error: BaseException) -> str:
        if isinstance(error, ConflictError | UnknownError):
            return f"left alone: {error}"
        if isinstance(error, StoppedError):
            return "stopped; the next worker begins it anew"
        if isinstance(error, SecureScoreError):
            return str(error)
        return _mistake(error) if isinstance(error, Exception) else self.words


def _outcome(report: SyncReport) -> str:
    if report.collection is None:
        return f"could not be read: {report.problem}"
    missing = len(report.collection.unexpected)
    return f"read, {missing} of {len(report.collection.tables)} tables missing" if missing else "read"


def _mistake(error: Exception) -> str:
    """An error that nobody foresaw, told without the data that caused it: by its kind and its place in our code."""
    *_, place = traceback.extract_tb(error.__traceback__)
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"an error in securescore itself ({type(error).__name__} at {where}); please report it"
