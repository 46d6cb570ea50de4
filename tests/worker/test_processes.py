"""Workers as processes: killed, stopped, started again, several at once."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from tests.store.databases import Server
from tests.worker.tenants import ME, Tenants, wait_until

from securescore.demo import Fault
from securescore.services.asking import ask_sync

SILENCE = 1.0
_WORKS = f"""
import logging
from securescore.services.installation import open_installation
from securescore.settings import load_settings
from securescore.worker.running import Pace, work

logging.getLogger().addHandler(logging.NullHandler())
with open_installation(load_settings()) as here:
    pace = Pace(poll=0.1, heartbeat=0.2, silence={SILENCE}, grace=0.2)
    work(here, lambda line: print(line, flush=True), pace)
"""
_PROGRAM = ("-m", "securescore.cli.main", "worker")

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tenants: Tenants) -> Iterator[Start]:
    """Starts a worker on the installation of the test."""
    settings = tenants.here.settings
    assert settings.database_url is not None
    environment = {
        "SECURESCORE_DATA_DIR": str(settings.data_dir),
        "SECURESCORE_DATABASE_URL": settings.database_url.get_secret_value(),
    }

    with ExitStack() as stack:

        def started(*arguments: str) -> subprocess.Popen[str]:
            worker = subprocess.Popen(
                [sys.executable, *(arguments or ("-c", _WORKS))],
                env=os.environ | environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            stack.enter_context(worker)
            stack.callback(worker.kill)
            return worker

        yield started


def hold(tenants: Tenants) -> Fault:
    """Lets every reading stop half-way, until the fault is taken away."""
    fault = Fault.throttled("*/secureScores", "1", times=None)
    tenants.cloud.faults.append(fault)
    return fault


def states(tenants: Tenants) -> list[Any]:
    """Of the jobs about tenants."""
    return [(job.status, job.lock) for job in tenants.jobs() if job.queue_name == "tenants"]


def silent(tenants: Tenants) -> float:
    """Seconds since the last sign of life of any worker."""
    with tenants.here.database.installation() as connection:
        return float(
            connection.exec_driver_sql(
                "SELECT coalesce(min(extract(epoch FROM now() - last_heartbeat)), 3600) FROM procrastinate_workers"
            ).scalar_one()
        )


@pytest.mark.slow
def test_what_a_killed_worker_was_reading_is_read_by_the_next_one_once(
    tenants: Tenants, start: Start
) -> None:
    tenant = tenants.add()
    fault = hold(tenants)
    ask_sync(tenants.here, ME, tenant)
    killed = start()
    wait_until(lambda: fault.struck > 0, "the reading has begun")
    killed.kill()
    killed.wait()
    assert states(tenants) == [("doing", f"tenant:{tenant}")]
    assert tenants.summary(tenant).snapshot is None
    assert tenants.here.evidence(tenant).runs() == []
    tenants.cloud.faults.clear()
    wait_until(lambda: silent(tenants) > SILENCE, "the killed worker is taken for dead")
    start()
    wait_until(lambda: states(tenants)[0][0] == "succeeded", "the next worker has read it")
    summary = tenants.summary(tenant)
    assert (summary.snapshot, summary.attempts) == (1, 0)
    assert len(tenants.here.evidence(tenant).runs()) == 1
    assert len(list((tenants.here.evidence_path(tenant) / "runs").iterdir())) == 1
    assert len(states(tenants)) == 1
    assert ask_sync(tenants.here, ME, tenant)
    wait_until(lambda: tenants.summary(tenant).snapshot == 2, "no lock is left")


@pytest.mark.slow
def test_a_stopped_worker_puts_back_what_it_cannot_finish(tenants: Tenants, start: Start) -> None:
    tenant = tenants.add()
    fault = hold(tenants)
    ask_sync(tenants.here, ME, tenant)
    stopped = start()
    wait_until(lambda: fault.struck > 0, "the reading has begun")
    stopped.send_signal(signal.SIGTERM)
    output, _ = stopped.communicate(timeout=60)
    assert (stopped.returncode, output) == (0, "Westerkade: stopped; the next worker begins it anew\n")
    assert [state for state, _ in states(tenants)] == ["todo"]
    assert tenants.summary(tenant).problem is None
    tenants.cloud.faults.clear()
    finished = start(*_PROGRAM, "--once")
    output, _ = finished.communicate(timeout=60)
    assert (finished.returncode, output) == (0, "Westerkade: read, 69 of 73 tables missing\n")
    assert tenants.summary(tenant).snapshot == 1


@pytest.mark.slow
def test_the_schedule_of_a_running_worker_finds_what_is_due(tenants: Tenants, start: Start) -> None:
    """The first look at the schedule is at the start, and of two workers one looks."""
    tenant = tenants.add()
    workers = [start(), start()]
    wait_until(lambda: tenants.summary(tenant).snapshot == 1, "it was read")
    for worker in workers:
        worker.send_signal(signal.SIGINT)
        worker.communicate(timeout=60)
        assert worker.returncode == 0
    assert [state for state, _ in states(tenants)] == ["succeeded"]
    with tenants.here.database.installation() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM procrastinate_workers").scalar_one()
    assert left == 0


def read_since(tenants: Tenants, tenant: uuid.UUID, snapshot: int) -> bool:
    """Whether a newer snapshot is there and nothing goes on."""
    newest = tenants.summary(tenant).snapshot or 0
    return newest > snapshot and not {state for state, _ in states(tenants)} & {"todo", "doing"}


def cut_off(databases: Server, tenants: Tenants, *, allowed: bool) -> None:
    """Ends every connection to the database of the test."""
    name = tenants.here.database.url.database
    databases.as_superuser(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(allowed).lower()}",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )


@pytest.mark.slow
def test_a_worker_gets_over_lost_connections_and_says_when_the_database_is_gone(
    databases: Server, tenants: Tenants, start: Start
) -> None:
    worker = start()
    tenant = tenants.add()
    for _ in range(2):
        before = tenants.summary(tenant).snapshot or 0
        wait_until(lambda: silent(tenants) < SILENCE, "the worker is there")
        cut_off(databases, tenants, allowed=True)
        wait_until(lambda: ask_sync(tenants.here, ME, tenant), "asked")
        wait_until(partial(read_since, tenants, tenant, before), "it was read")
    cut_off(databases, tenants, allowed=False)
    output, _ = worker.communicate(timeout=120)
    assert worker.returncode != 0
    assert "the worker lost the database" in output
    cut_off(databases, tenants, allowed=True)
