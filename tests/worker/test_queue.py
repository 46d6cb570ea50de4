"""The queue: nothing twice, one job a tenant at a time, and what dead workers held comes back."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.worker.tenants import ME, Tenants

from securescore.errors import ConflictError, UnknownError
from securescore.services.asking import ask_check, ask_sync
from securescore.services.installation import Installation
from securescore.services.tenants import pause_tenant, remove_tenant
from securescore.store import queue
from securescore.worker.schedule import queue_due

SILENCE = timedelta(seconds=30)


def fetch(tenants: Tenants, worker: int) -> Any:
    """Takes a job as procrastinate does."""
    with tenants.here.database.installation() as connection:
        return connection.execute(
            text("SELECT * FROM procrastinate_fetch_job_v2(NULL, :worker)"), {"worker": worker}
        ).one()


def worker(tenants: Tenants, *, silent: int = 0) -> int:
    """A worker that gave its last sign of life so many seconds ago."""
    with tenants.here.database.installation() as connection:
        number: int = connection.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat) "
                "VALUES (now() - make_interval(secs => :silent)) RETURNING id"
            ),
            {"silent": silent},
        ).scalar_one()
    return number


def give_back(here: Installation) -> int:
    with here.database.installation() as connection:
        return queue.give_back(connection, SILENCE)


def test_the_same_is_never_asked_for_twice_and_who_waits_comes_first(tenants: Tenants) -> None:
    one, other = tenants.bare("One"), tenants.bare("Other")
    assert queue_due(tenants.here) == 2
    assert not ask_sync(tenants.here, ME, other)
    assert ask_check(tenants.here, ME, one, "AdminMFAV2")
    assert not ask_check(tenants.here, ME, one, "adminmfav2")
    assert queue_due(tenants.here) == 0
    assert len(tenants.jobs()) == 3
    number = worker(tenants)
    taken = [
        (job.task_name, uuid.UUID(job.args["tenant_id"]))
        for job in (fetch(tenants, number), fetch(tenants, number))
    ]
    assert taken == [("sync_tenant", other), ("check_again", one)]
    assert fetch(tenants, number).id is None


def test_a_job_holds_nothing_but_ids(tenants: Tenants) -> None:
    tenant = tenants.bare()
    ask_sync(tenants.here, ME, tenant)
    ask_check(tenants.here, ME, tenant, "AdminMFAV2")
    assert [job.args for job in tenants.jobs()] == [
        {"tenant_id": str(tenant)},
        {"tenant_id": str(tenant), "action": "AdminMFAV2"},
    ]
    assert {job.lock for job in tenants.jobs()} == {f"tenant:{tenant}"}


def test_paused_tenants_are_left_alone_and_what_is_unknown_is_refused(tenants: Tenants) -> None:
    tenant = tenants.bare()
    with pytest.raises(UnknownError, match="no action 'Nonsense'"):
        ask_check(tenants.here, ME, tenant, "Nonsense")
    pause_tenant(tenants.here, ME, tenant, paused=True)
    assert queue_due(tenants.here) == 0
    with pytest.raises(ConflictError, match="is paused"):
        ask_sync(tenants.here, ME, tenant)
    pause_tenant(tenants.here, ME, tenant, paused=False)
    assert queue_due(tenants.here) == 1
    remove_tenant(tenants.here, ME, tenant)
    with pytest.raises(UnknownError):
        ask_sync(tenants.here, ME, tenant)
    assert queue_due(tenants.here) == 0


def test_a_tenant_that_is_being_read_is_not_put_in_again(tenants: Tenants) -> None:
    tenants.bare()
    assert queue_due(tenants.here) == 1
    fetch(tenants, worker(tenants))
    assert queue_due(tenants.here) == 0


def test_what_a_dead_worker_held_comes_back(tenants: Tenants) -> None:
    dead, living = tenants.bare("Dead"), tenants.bare("Living")
    ask_sync(tenants.here, ME, dead)
    fetch(tenants, worker(tenants, silent=31))
    ask_sync(tenants.here, ME, living)
    fetch(tenants, worker(tenants))
    assert give_back(tenants.here) == 1
    assert [job.status for job in tenants.jobs()] == ["todo", "doing"]
    assert give_back(tenants.here) == 0
    assert fetch(tenants, worker(tenants)).args == {"tenant_id": str(dead)}


def test_what_was_put_in_again_meanwhile_is_done_once(tenants: Tenants) -> None:
    tenant = tenants.bare()
    ask_sync(tenants.here, ME, tenant)
    fetch(tenants, worker(tenants, silent=31))
    assert ask_sync(tenants.here, ME, tenant)
    assert give_back(tenants.here) == 1
    assert [job.status for job in tenants.jobs()] == ["aborted", "todo"]


def test_a_job_that_kills_every_worker_ends(tenants: Tenants) -> None:
    ask_sync(tenants.here, ME, tenants.bare())
    deaths = 0
    while fetch(tenants, worker(tenants, silent=31)).id is not None:
        deaths += give_back(tenants.here)
    assert deaths == 6
    assert [job.status for job in tenants.jobs()] == ["failed"]


def test_jobs_that_ended_long_ago_are_forgotten(tenants: Tenants) -> None:
    ask_sync(tenants.here, ME, tenants.bare())
    fetch(tenants, worker(tenants))
    ask_sync(tenants.here, ME, tenants.bare("Waits"))
    tenants.execute("SELECT procrastinate_finish_job_v1(min(id), 'succeeded', false) FROM procrastinate_jobs")
    for age, left in ((timedelta(hours=1), 2), (timedelta(0), 1)):
        with tenants.here.database.installation() as connection:
            queue.tidy(connection, age)
        assert len(tenants.jobs()) == left
