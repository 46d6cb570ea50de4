"""What a worker does with its jobs, on a real database and over https."""

import asyncio
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.worker.tenants import ME, Tenants, wait_until

from securescore.connectors import Clock
from securescore.demo import Fault
from securescore.services.actor import Actor
from securescore.services.asking import ask_check, ask_sync
from securescore.services.content import Content
from securescore.services.installation import Installation
from securescore.services.sync import SyncReport
from securescore.services.tenants import pause_tenant, remove_tenant
from securescore.store.tenants import Health
from securescore.worker import jobs
from securescore.worker.clocks import Clocks
from securescore.worker.jobs import Jobs
from securescore.worker.running import Pace, _Worker, work_once
from securescore.worker.schedule import AGAIN, moment_of, queue_due

QUICK = Pace(poll=0.05)
MINUTE = timedelta(minutes=1)


def at(here: Installation, moment: datetime) -> Installation:
    """The same at that moment, on a clock that waits for nothing."""
    return replace(here, clock=lambda: Clock(now=lambda: moment, sleep=lambda _: None))


def after_its_night(tenant: uuid.UUID) -> datetime:
    """Just after the moment at which the tenant is to be read."""
    today = datetime.now(UTC).date()
    return moment_of(tenant, ZoneInfo("Europe/Amsterdam"), today) + MINUTE


def once(here: Installation) -> list[str]:
    """The lines of a worker that does what is due and leaves."""
    lines: list[str] = []
    work_once(here, lines.append, QUICK)
    return lines


def test_what_is_due_is_read_once_and_no_other_tenant_is_touched(tenants: Tenants) -> None:
    tenant, other = tenants.add(), tenants.bare()
    pause_tenant(tenants.here, ME, other, paused=True)
    here = at(tenants.here, after_its_night(tenant))
    assert once(here) == ["Westerkade: read, 69 of 73 tables missing"]
    assert tenants.states() == [("sync_tenant", "succeeded")]
    assert tenants.summary(tenant).snapshot == 1
    assert tenants.summary(other).tried_at is None
    assert not tenants.here.evidence_path(other).exists()
    assert once(here) == []


def test_what_waiting_will_not_mend_waits_for_the_next_night(tenants: Tenants) -> None:
    tenant = tenants.bare()
    moment = after_its_night(tenant)
    (line,) = once(at(tenants.here, moment))
    assert "nobody said how to read Leeg" in line
    summary = tenants.summary(tenant)
    assert (summary.health, summary.attempts, summary.tried_at) == (Health.FAILING, 0, moment)
    assert queue_due(at(tenants.here, moment + timedelta(hours=22))) == 0
    assert queue_due(at(tenants.here, moment + timedelta(hours=26))) == 1


def test_what_may_pass_is_tried_again_ever_later(tenants: Tenants) -> None:
    tenant = tenants.add()
    moment = after_its_night(tenant)
    tenants.cloud.faults.append(Fault.failing("*/oauth2/v2.0/token", times=None))
    for attempts in (1, 2):
        (line,) = once(at(tenants.here, moment))
        assert "could not be read" in line
        assert tenants.summary(tenant).attempts == attempts
        assert queue_due(at(tenants.here, moment + AGAIN[attempts - 1] - MINUTE)) == 0
        moment += AGAIN[attempts - 1]
    tenants.cloud.faults.clear()
    assert once(at(tenants.here, moment)) == ["Westerkade: read, 69 of 73 tables missing"]
    summary = tenants.summary(tenant)
    assert (summary.attempts, summary.snapshot, summary.health) == (0, 1, Health.INCOMPLETE)


def test_a_mistake_of_ours_is_noted_without_data_and_tried_again(tenants: Tenants) -> None:
    def broken() -> Content:
        raise ValueError("anna@westerkade.example")

    tenant = tenants.add()
    (line,) = once(replace(at(tenants.here, after_its_night(tenant)), content=broken))
    assert "an error in securescore itself (ValueError at test_jobs.py:" in line
    assert "anna" not in line
    summary = tenants.summary(tenant)
    assert (summary.health, summary.attempts, summary.snapshot) == (Health.FAILING, 1, None)
    assert "an error in securescore itself" in (summary.problem or "")


def test_tenants_that_went_meanwhile_are_left_alone(tenants: Tenants) -> None:
    removed, paused = tenants.bare("Removed"), tenants.bare("Paused")
    queue_due(tenants.here)
    remove_tenant(tenants.here, ME, removed)
    pause_tenant(tenants.here, ME, paused, paused=True)
    lines = once(tenants.here)
    assert sorted("left alone" in line for line in lines) == [True, True]
    assert {state for _, state in tenants.states()} == {"succeeded"}
    assert tenants.summary(paused).health is Health.PAUSED


def test_of_a_tenant_that_is_removed_while_it_is_read_nothing_is_left(tenants: Tenants) -> None:
    tenant = tenants.add()
    tenants.cloud.faults.append(Fault.throttled("*/secureScores", "0.2", times=None))

    def remove() -> None:
        wait_until(lambda: tenants.cloud.faults[0].struck > 0, "the reading has begun")
        remove_tenant(tenants.here, ME, tenant)
        tenants.cloud.faults.clear()

    removing = threading.Thread(target=remove)
    removing.start()
    lines = once(tenants.here)
    removing.join()
    assert "left alone" in lines[0] or "could not be read" in lines[0]
    assert not tenants.here.evidence_path(tenant).exists()


def test_a_check_reads_a_few_tables_and_is_no_synchronisation(tenants: Tenants) -> None:
    tenant = tenants.add()
    once(tenants.here)
    before = tenants.summary(tenant)
    native = next(one.id for one in tenants.here.content().catalog.actions.values() if not one.evidence)
    assert ask_check(tenants.here, ME, tenant, native)
    assert once(tenants.here) == [f"Westerkade: checked {native} again"]
    assert set(tenants.here.evidence(tenant).runs()[0].manifest.tables) == {
        "native_scores",
        "native_controls",
        "native_averages",
        "native_profiles",
    }
    after = tenants.summary(tenant)
    assert replace(after, snapshot=1) == before
    assert after.snapshot == 2


def test_a_check_that_is_refused_records_nothing(tenants: Tenants) -> None:
    tenant = tenants.add()
    once(tenants.here)
    before = tenants.summary(tenant)
    assert ask_check(tenants.here, ME, tenant, "mcas_mda_enabled")
    (line,) = once(tenants.here)
    assert "tables could be read" in line
    assert tenants.states()[-1] == ("check_again", "failed")
    assert tenants.summary(tenant) == before


@dataclass
class Watched:
    """Stands in for the work itself, and sees what goes on at the same time."""

    going_on: Counter[uuid.UUID] = field(default_factory=Counter)
    most_of_one: int = 0
    most: int = 0
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, tenant: uuid.UUID) -> None:
        with self.lock:
            self.going_on[tenant] += 1
            self.most_of_one = max(self.most_of_one, self.going_on[tenant])
            self.most = max(self.most, self.going_on.total())
        time.sleep(0.05)
        with self.lock:
            self.going_on[tenant] -= 1
            self.done += 1


def test_two_workers_never_work_on_one_tenant_at_once(
    tenants: Tenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()

    def sync(_here: Installation, _actor: Actor, tenant: uuid.UUID) -> SyncReport:
        watched.work(tenant)
        return SyncReport(None, None, ())

    def check(_here: Installation, _actor: Actor, tenant: uuid.UUID, _action: str) -> None:
        watched.work(tenant)

    monkeypatch.setattr(jobs, "sync_tenant", sync)
    monkeypatch.setattr(jobs, "check_again", check)
    for number in range(4):
        tenant = tenants.bare(f"Tenant {number}")
        ask_sync(tenants.here, ME, tenant)
        for action in ("AdminMFAV2", "OneAdmin", "RoleOverlap"):
            assert ask_check(tenants.here, ME, tenant, action)

    async def both() -> None:
        await asyncio.gather(*(_Worker(tenants.here, lambda _: None, QUICK).once() for _ in range(2)))

    asyncio.run(both())
    assert watched.done == 16
    assert watched.most_of_one == 1
    assert 1 < watched.most <= 4
    assert {state for _, state in tenants.states()} == {"succeeded"}


def test_stopped_clocks_stop_those_made_later() -> None:
    clocks = Clocks(Clock)
    before = clocks()
    clocks.stop()
    stopped: list[Callable[[], None]] = [before.check, clocks().check]
    for check in stopped:
        with pytest.raises(Exception, match="interrupted"):
            check()


def test_jobs_tell_what_the_sweeper_found(tenants: Tenants) -> None:
    lines: list[str] = []
    ask_sync(tenants.here, ME, tenants.bare())
    tenants.execute("SELECT procrastinate_fetch_job_v2(NULL, procrastinate_register_worker_v1())")
    tenants.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    Jobs(tenants.here, lines.append, MINUTE).sweep()
    assert lines == ["gave back 1 job of workers that died"]
