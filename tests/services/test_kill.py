"""kill -9 at random moments: nothing acknowledged is lost, nothing is there by half, the next one goes on.

SECURESCORE_KILL_SEED repeats a run, SECURESCORE_KILL_ROUNDS=10 makes it ten times as long.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from tests.services.conftest import copied_record
from tests.services.deciding_people import exposed_of
from tests.services.killing import ACTIONS, SILENCE, Nursery, Order, on_clock
from tests.services.tenancy import FIRST_DAY, ME, Record, begin_tenancy
from tests.services.whole_record import Books
from tests.store.databases import Server, TestDatabase, engine
from tests.store.embedded.place import command_line, processes, server_place

from securescore.connectors.http.clock import utc_now
from securescore.demo import AccountKind, Organisation
from securescore.model import Status
from securescore.services.decisions.deciding import Asked, decide
from securescore.services.installation import Installation, open_installation
from securescore.services.sync import sync_tenant
from securescore.services.tenants import About, change_tenant, find_tenant
from securescore.settings import Settings
from securescore.store.migrating import newest_version

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("SECURESCORE_KILL_SEED") or random.SystemRandom().randrange(1 << 32))
MORE = float(os.environ.get("SECURESCORE_KILL_ROUNDS") or 1)
PATIENCE = 120.0
SOON = 30.0
"""Seconds within which the next decision must be through, however busy the machine: no lock is left."""

FEW = {
    "SecurityEvents.Read.All",
    "Directory.Read.All",
    "Organization.Read.All",
    "LicenseAssignment.Read.All",
    "Policy.Read.All",
    "AuditLog.Read.All",
}
_LOCKED = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def dice_of(name: str) -> random.Random:
    """Pytest shows the seed with every failure."""
    sys.stdout.write(f"SECURESCORE_KILL_SEED={SEED}\n")
    return random.Random(f"{SEED} {name}")


def rounds(number: int) -> range:
    return range(max(1, round(number * MORE)))


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.005)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@dataclass
class Victim:
    """A process that works, and what it has said."""

    pid: int
    told: Path

    def lines(self) -> list[dict[str, Any]]:
        """Everything that it said. Each line was written at once."""
        return [json.loads(line) for line in self.told.read_text().splitlines()] if self.told.exists() else []

    @property
    def acts(self) -> set[str]:
        return {line["act"] for line in self.lines() if "act" in line}

    def wait(self, what: str) -> None:
        wait_until(lambda: any(what in line for line in self.lines()), f"a process says {what!r}")


@dataclass
class Scene:
    """A tenant of an installation, processes that work on it, and all that these acknowledged."""

    settings: Settings
    tenant_id: UUID
    nursery: Nursery
    dice: random.Random
    folder: Path
    entities: list[str]
    ahead: timedelta = field(default_factory=lambda: FIRST_DAY + timedelta(hours=1) - utc_now())
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    proven: int = 1
    started: int = 0
    pace: float = 1.0

    def start(self, work: str) -> Victim:
        """A process that works, and is ready to."""
        self.started += 1
        told = self.folder / f"told-{self.started}"
        url = self.settings.database_url
        order = Order(
            work,
            str(told),
            self.dice.randrange(1 << 32),
            str(self.settings.data_dir),
            str(self.tenant_id),
            self.ahead.total_seconds(),
            tuple(self.entities),
            url.get_secret_value() if url else None,
        )
        victim = Victim(self.nursery.start(order), told)
        victim.wait("ready")
        return victim

    def let_work(self, url: URL, decisions: float) -> None:
        """Until a random moment: any, or one at which the tenant is being changed.

        Args:
            decisions: the longest, in the time that one decision takes.
        """
        longest = decisions * self.pace
        if self.dice.random() < 0.5:
            wait_until_locked(url, longest)
            longest = 0.02
        time.sleep(self.dice.uniform(0, longest))

    def end(self, *victims: Victim) -> None:
        for victim in victims:
            self.nursery.end(victim.pid)
        for victim in victims:
            lines = victim.lines()
            assert [line["traceback"] for line in lines if "traceback" in line] == []
            self.acknowledged += lines

    def work_until(self, work: str, acts: set[str]) -> None:
        """A process works until it has acknowledged these acts, however few the others came to, and is ended as they were."""
        victim = self.start(work)
        wait_until(lambda: acts <= victim.acts, f"a process that is to {work} has done {sorted(acts)}")
        self.end(victim)

    def at_its_time(self, here: Installation) -> Installation:
        return on_clock(here, self.ahead.total_seconds())

    def prove(self, here: Installation) -> Books:
        """Nothing is lost and nothing is there by half."""
        books = Books(self.at_its_time(here), self.tenant_id)
        self.proven = books.prove(since=self.proven)
        books.prove_kept(self.acknowledged)
        return books

    def go_on(self, here: Installation) -> None:
        """No lock is left: the next decision is through within seconds."""
        began = time.monotonic()
        asked = Asked(ACTIONS[0], Status.PLANNED, note=f"after {self.started}")
        made = decide(self.at_its_time(here), ME, self.tenant_id, asked)
        assert made.changed
        self.pace = time.monotonic() - began
        assert self.pace < SOON

    @property
    def acts(self) -> list[str]:
        return [line["act"] for line in self.acknowledged if "act" in line]


def wait_until_locked(url: URL, patience: float) -> None:
    """Until a transaction changes a tenant, at most so long."""
    end = time.monotonic() + patience
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with suppress(psycopg.OperationalError), psycopg.connect(conninfo, autocommit=True) as connection:
        while time.monotonic() < end:
            found = connection.execute(_LOCKED).fetchone()
            if found is not None and found[0]:
                return


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery.open(tmp_path_factory.mktemp("temporary")) as one:
        yield one


def test_a_process_that_decides_and_declares(
    here: Installation, read_once: Path, nursery: Nursery, tmp_path: Path
) -> None:
    record = copied_record(here, read_once, tmp_path / "connection")
    scene = scene_of(record, nursery, tmp_path, "decide")
    for _ in rounds(40):
        victim = scene.start("decide")
        scene.let_work(here.database.url, 5.0)
        scene.end(victim)
        scene.prove(here)
    scene.work_until("decide", {"decide", "declare"})
    scene.go_on(here)
    scene.prove(here)
    assert sessions_left(here) == 0


def scene_of(record: Record, nursery: Nursery, folder: Path, name: str) -> Scene:
    entities = exposed_of(record, ACTIONS[0])[:20]
    scene = Scene(record.here.settings, record.tenant_id, nursery, dice_of(name), folder, entities)
    scene.go_on(record.installation)
    return scene


def sessions_left(here: Installation) -> int:
    """Sessions in a transaction, but for the one that asks."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND state LIKE 'idle in transaction%%'"
    )
    with here.database.installation() as connection:
        return int(connection.exec_driver_sql(query).scalar_one())


@contextmanager
def read_tenancy(here: Installation, folder: Path) -> Iterator[tuple[Record, Organisation]]:
    """An organisation whose cloud answers; few of its tables may be read, so that it is read soon. It was read once."""
    with begin_tenancy(here, folder / "connection") as tenancy:
        tenancy.cloud.granted.clear()
        tenancy.cloud.granted |= FEW
        tenancy.sync()
        change_tenant(here, ME, tenancy.tenant_id, About(evidence_days=2))
        yield Record(here, tenancy.tenant_id), tenancy.organisation


def pass_a_day(scene: Scene, organisation: Organisation, number: int) -> None:
    """Something happens, so that there is something to record, and the oldest evidence may go."""
    scene.ahead += timedelta(days=1)
    staff = organisation.of_kind(AccountKind.STAFF)
    organisation.disable(staff[number % len(staff)]["userPrincipalName"])
    organisation.pass_time(utc_now() + scene.ahead)


def test_a_worker_that_synchronises_while_somebody_decides(
    here: Installation, nursery: Nursery, tmp_path: Path
) -> None:
    with read_tenancy(here, tmp_path) as (record, organisation):
        scene = scene_of(record, nursery, tmp_path, "work")
        began = time.monotonic()
        sync_tenant(scene.at_its_time(here), ME, scene.tenant_id)
        longest = 1.5 * (time.monotonic() - began) / scene.pace
        for number in rounds(15):
            pass_a_day(scene, organisation, number)
            wait_until(lambda: silence(here) > SILENCE, "the killed worker is taken for dead")
            victims = [scene.start("work")]
            if scene.dice.random() < 0.5:
                victims.append(scene.start("decide"))
            scene.let_work(here.database.url, longest)
            scene.end(*victims)
            scene.prove(here)
        scene.go_on(here)
        wait_until(lambda: silence(here) > SILENCE, "the killed worker is taken for dead")
        before = find_tenant(here, ME, str(scene.tenant_id)).snapshot or 0
        last = scene.start("work")
        last.wait("act")
        scene.end(last)
        assert "sync" in scene.acts
        books = scene.prove(here)
        assert books.taken[-1].number > before
        sync_tenant(scene.at_its_time(here), ME, scene.tenant_id)
        scene.prove(here).prove_no_leftovers()
        assert sessions_left(here) == 0


def silence(here: Installation) -> float:
    """Seconds since the last sign of life of any worker."""
    query = (
        "SELECT coalesce(min(extract(epoch FROM now() - last_heartbeat)), 3600) FROM procrastinate_workers"
    )
    with here.database.installation() as connection:
        return float(connection.exec_driver_sql(query).scalar_one())


def test_the_database_while_somebody_decides_and_synchronises(nursery: Nursery, tmp_path: Path) -> None:
    with server_place() as place, ExitStack() as stack:
        settings = Settings(data_dir=place)
        with open_installation(settings) as here:
            record, organisation = stack.enter_context(read_tenancy(here, tmp_path))
            scene = scene_of(record, nursery, tmp_path, "database")
            began = time.monotonic()
            sync_tenant(scene.at_its_time(here), ME, scene.tenant_id)
            longest = 2.5 * (time.monotonic() - began) / scene.pace
            url = here.database.url
        for number in rounds(14):
            pass_a_day(scene, organisation, number)
            syncs = number % 3 == 2
            victim = scene.start("sync" if syncs else "decide")
            scene.let_work(url, longest if syncs else 8.0)
            kill_database(place, scene.dice)
            with suppress(AssertionError):
                wait_until(lambda v=victim: gave_up(v), "it gives up", 3.0)  # type: ignore[misc]
            scene.end(victim)
            with open_installation(settings) as again:
                scene.prove(again)
        with open_installation(settings) as again:
            scene.work_until("decide", {"decide"})
            scene.work_until("sync", {"sync"})
            scene.prove(again)
            scene.go_on(again)
            sync_tenant(scene.at_its_time(again), ME, scene.tenant_id)
            scene.prove(again).prove_no_leftovers()
        problems = {line["problem"] for line in scene.acknowledged if "act" not in line and "problem" in line}
        assert problems
        assert all("database" in problem for problem in problems), problems


def gave_up(victim: Victim) -> bool:
    return any("act" not in line and "ready" not in line and "refused" not in line for line in victim.lines())


def kill_database(place: Path, dice: random.Random) -> None:
    """The postmaster with all its children at once, or alone, or one of the children."""
    every = [pid for pid in processes(place) if is_postgres(pid)]
    postmaster = [pid for pid in every if b" -D " in command_line(pid)]
    chosen = dice.choice([every, every, postmaster, [dice.choice(every)]])
    for pid in chosen:
        kill(pid)


def is_postgres(pid: int) -> bool:
    line = command_line(pid)
    return line.startswith(b"postgres: ") or b"/postgres -D " in line


def test_a_process_that_migrates(databases: Server, nursery: Nursery, tmp_path: Path) -> None:
    """The schema is there as a whole or not at all, and the next start brings it."""
    dice = dice_of("migrate")
    with databases.database() as whole:
        everything = tables(whole)
    lasts = None
    for number in rounds(12):
        with databases.database(template="template1") as fresh:
            data = tmp_path / f"data-{number}"
            for attempt in range(dice.randint(1, 3) if lasts else 0):
                victim = migrating(nursery, fresh, data, tmp_path / f"told-{number}-{attempt}")
                time.sleep(dice.uniform(0, (lasts or 0) * 1.2))
                if dice.random() < 0.3:
                    kill_backends(fresh)
                nursery.end(victim.pid)
                assert [line for line in victim.lines() if "traceback" in line] == []
                wait_until(lambda one=fresh: nobody_there(one), "its session has ended")  # type: ignore[misc]
                found = tables(fresh)
                assert found in (frozenset(), everything)
                assert found == everything or not any("act" in line for line in victim.lines())
            began = time.monotonic()
            last = migrating(nursery, fresh, data, tmp_path / f"told-{number}")
            last.wait("act")
            lasts = lasts or time.monotonic() - began
            nursery.end(last.pid)
            assert tables(fresh) == everything
            assert version(fresh) == newest_version()
            with open_installation(Settings(data_dir=data, database_url=fresh.application_secret)):
                pass


def migrating(nursery: Nursery, database: TestDatabase, data: Path, told: Path) -> Victim:
    urls = (database.application, database.owner)
    application, owner = (url.render_as_string(hide_password=False) for url in urls)
    order = Order("migrate", str(told), 0, str(data), database_url=application, migration_url=owner)
    return Victim(nursery.start(order), told)


def asked(database: TestDatabase, query: str) -> list[Any]:
    with engine(database.superuser) as one, one.begin() as connection:
        return list(connection.execute(text(query)).scalars())


def tables(database: TestDatabase) -> frozenset[str]:
    return frozenset(asked(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))


def version(database: TestDatabase) -> str:
    return str(asked(database, "SELECT version_num FROM alembic_version")[0])


def sessions(database: TestDatabase) -> list[int]:
    return asked(
        database,
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'",
    )


def nobody_there(database: TestDatabase) -> bool:
    """False while the server recovers, too."""
    try:
        return sessions(database) == []
    except OperationalError:
        return False


def kill_backends(database: TestDatabase) -> None:
    for pid in sessions(database):
        kill(pid)
