"""Many small tenants, read and recorded by workers as they run at a customer's, beside reading and assessing alone.

The workers are `securescore worker` with nothing changed, the waits for Microsoft's limits included. The clouds of the
tenants are one process, the database is another; the processor time of each is told apart. Every tenant has a history of
one day at least, so that a reading is that of an ordinary night: something happened, and the record says what.

    python -m benchmarks.syncing FOLDER COUNT    the limit: reads and assesses so many tenants one after the other
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sqlalchemy import text

from benchmarks.fleet import Place, new_place
from benchmarks.process import python
from benchmarks.processor import parent, peak_memory, processor_seconds
from benchmarks.values import Value
from securescore.assess import assess
from securescore.connectors import load_tenant
from securescore.model import Scoring
from securescore.services.actor import operator, system
from securescore.services.asking import ask_sync
from securescore.services.catalogs import rescore_tenant
from securescore.services.content import Content, shipped
from securescore.services.tenants import About, add_tenant, list_tenants
from securescore.store import queue
from securescore.store.tenants import Health

TENANTS = int(os.environ.get("BENCH_TENANTS") or 24)
ASKED = 4
"""So many of them are asked for by a person while the others wait."""

LIMITED = 8
"""So many are read and assessed without a record, and assessed again after a change of the catalog."""

FLEET = 10_000
_NIGHT_MINUTES = 360
_WORKERS = (2, 4)
_PATIENCE = 3600.0
_ME = operator("bench")
_JOBS = text(
    "SELECT j.priority, j.status, min(e.at) FILTER (WHERE e.type = 'deferred') AS asked, "
    "       min(e.at) FILTER (WHERE e.type = 'started') AS begun, max(e.at) FILTER (WHERE e.type = 'succeeded') AS ended "
    "FROM procrastinate_jobs AS j JOIN procrastinate_events AS e ON e.job_id = j.id "
    "WHERE j.queue_name = 'tenants' AND j.id > :after GROUP BY j.id"
)


def measure_syncing(folder: Path, runs: int) -> Iterator[Value]:
    """A night with two workers and one with four, the limit, and a change of the catalog."""
    with new_place() as place, _clouds(folder) as clouds:
        fleet = [_added(place, folder / str(number)) for number in range(TENANTS)]
        with _workers(place, _WORKERS[0]):
            _until(lambda: _all_read(place), "the first reading")
        for count in _WORKERS:
            clouds.pass_day()
            yield from _limit(place, folder, fleet, "without queue and record", count)
            yield from _night(place, fleet, count, clouds)
        yield from _catalog_change(place, fleet[:LIMITED], runs)


@dataclass
class _Clouds:
    process: subprocess.Popen[str]

    def pass_day(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        print("day", file=self.process.stdin, flush=True)
        self.process.stdout.readline()


@contextmanager
def _clouds(folder: Path) -> Iterator[_Clouds]:
    command = python("-m", "benchmarks.many_clouds", str(folder), str(TENANTS))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        _until(lambda: (folder / "ready").exists() or process.poll() is not None, "the clouds answer")
        yield _Clouds(process)


@contextmanager
def _workers(place: Place, count: int) -> Iterator[list[int]]:
    """So many workers, ready for work. Their process ids."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SECURESCORE_")}
    environment = kept | {"SECURESCORE_DATA_DIR": str(place.here.settings.data_dir)}
    command = python("-m", "securescore.cli.main", "worker")
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
                )
            )
            for _ in range(count)
        ]
        for one in started:
            stack.callback(one.send_signal, signal.SIGTERM)
        # each worker registers for the work on tenants and for the upkeep of the queue
        _until(lambda: _counted(place, "procrastinate_workers") >= 2 * count, "the workers are ready")
        yield [one.pid for one in started]


def _night(place: Place, fleet: Sequence[uuid.UUID], count: int, clouds: _Clouds) -> Iterator[Value]:
    name = f"{TENANTS} tenants, {count} workers"
    with place.as_owner() as connection:
        database = parent(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    with _workers(place, count) as workers:
        after = _newest_job(place)
        before = [_spent(workers), _spent([database]), _spent([clouds.process.pid])]
        _put(place, fleet)
        _until(lambda: _left(place) == 0, name)
        spent = [_spent(workers), _spent([database]), _spent([clouds.process.pid])]
        memory = max(map(peak_memory, workers))
    seconds = [(now - then) / TENANTS for now, then in zip(spent, before, strict=True)]
    yield from _told(place, name, after)
    yield from _cost(name, seconds)
    yield Value(f"{name}: peak memory of a worker", "MiB", (memory,))


def _put(place: Place, fleet: Sequence[uuid.UUID]) -> None:
    """By the schedule, but for some that a person asks for once the work has begun."""
    for tenant_id in fleet[:-ASKED]:
        with place.here.database.installation() as connection:
            queue.put_sync(connection, tenant_id)
    _until(lambda: _left(place) <= TENANTS - 2 * ASKED, "some of it is done")
    for tenant_id in fleet[-ASKED:]:
        ask_sync(place.here, _ME, tenant_id)


def _told(place: Place, name: str, after: int) -> Iterator[Value]:
    """How fast it went, from what the queue itself wrote down."""
    with place.here.database.installation() as connection:
        jobs = connection.execute(_JOBS, {"after": after}).all()
    if failed := [one.status for one in jobs if one.status != "succeeded"]:
        raise SystemExit(f"{len(failed)} of {len(jobs)} readings failed")
    whole = max(one.ended for one in jobs) - min(one.asked for one in jobs)
    rate = len(jobs) / (whole.total_seconds() / 60)
    hours = f"{FLEET:,} take {FLEET / rate / 60:.1f} hours"
    yield Value(f"{name}: rate", "a minute", (rate,), beside=hours)
    scheduled, asked = (
        tuple((one.begun - one.asked).total_seconds() for one in jobs if (one.priority > 0) is by_person)
        for by_person in (False, True)
    )
    yield Value(f"{name}: queue delay, all put in at once", "s", scheduled)
    yield Value(f"{name}: queue delay, asked for by a person", "s", asked)


def _cost(name: str, seconds: Sequence[float]) -> Iterator[Value]:
    """Processor time a tenant, and how many cores a fleet needs within the hours of its night."""
    workers, database, clouds = seconds
    cores = FLEET * (workers + database) / (60 * _NIGHT_MINUTES)
    night = f"{FLEET:,} within {_NIGHT_MINUTES // 60} hours need {cores:.1f} cores"
    yield Value(f"{name}: processor of the workers", "s a tenant", (workers,), beside=night)
    yield Value(f"{name}: processor of the database", "s a tenant", (database,))
    yield Value(f"{name}: processor of the clouds, not ours", "s a tenant", (clouds,))


def _limit(place: Place, folder: Path, fleet: Sequence[uuid.UUID], what: str, count: int) -> Iterator[Value]:
    """The same reading and assessment of copies of the evidence, without queue, database and explanation."""
    for number, tenant_id in enumerate(fleet[:LIMITED]):
        copy = folder / str(number) / "evidence"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(place.here.evidence_path(tenant_id), copy)
    command = python("-m", "benchmarks.syncing", str(folder), str(LIMITED))
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    samples = tuple(json.loads(told))
    yield Value(f"the night before {count} workers: read and assess {what}", "s a tenant", samples)


def read_and_assess(folder: Path, count: int) -> None:
    """Prints the seconds of processor of each tenant."""
    from securescore.connectors import Clock
    from securescore.connectors.runner import collect
    from securescore.evidence import EvidenceFolder

    content, seconds = shipped(), []
    for number in range(count):
        evidence = EvidenceFolder(folder / str(number) / "evidence")
        tenant = load_tenant(folder / str(number) / "tenant.toml")
        started = time.process_time()
        collect(tenant, evidence, clock=Clock())
        assess(evidence, content.catalog, content.facts, as_of=Clock().now())
        seconds.append(time.process_time() - started)
    print(json.dumps(seconds))


def _catalog_change(place: Place, fleet: Sequence[uuid.UUID], runs: int) -> Iterator[Value]:
    """One action is measured otherwise, and then as before; the score of every tenant moves, in one process."""
    yield Value("limit: assess with one action measured otherwise", "s a tenant", _assessed(place, fleet))
    rates, seconds = [], []
    contents = (_changed(shipped()), shipped())
    for number in range(2 * min(runs, 2)):
        here = replace(place.here, content=partial(contents.__getitem__, number % 2))
        started, spent = time.perf_counter(), time.process_time()
        for tenant_id in fleet:
            if not rescore_tenant(here, system("bench"), tenant_id):
                raise SystemExit("the change of the catalog moved nothing")
        rates.append(60 * len(fleet) / (time.perf_counter() - started))
        seconds.append((time.process_time() - spent) / len(fleet))
    hours = f"{FLEET:,} take {FLEET / statistics.median(rates) / 60:.1f} hours in one process"
    yield Value("re-score after a catalog change: rate", "a minute", tuple(rates), beside=hours)
    yield Value("re-score after a catalog change: processor", "s a tenant", tuple(seconds))


def _assessed(place: Place, fleet: Sequence[uuid.UUID]) -> tuple[float, ...]:
    """The same without database, record and explanation."""
    content, seconds = _changed(shipped(), "otherwise"), []
    for tenant_id in fleet:
        spent = time.process_time()
        assess(place.here.evidence(tenant_id), content.catalog, content.facts)
        seconds.append(time.process_time() - spent)
    return tuple(seconds)


def _changed(content: Content, word: str = "changed") -> Content:
    """An action that was proportional becomes all or nothing."""
    catalog = content.catalog
    action = catalog.actions["MFARegistrationV2"]
    changed = replace(action, scoring=Scoring.ALL_OR_NOTHING, content_hash=f"{action.content_hash}-{word}")
    actions = {**catalog.actions, action.id: changed}
    return Content(replace(catalog, version=f"{catalog.version}-changed", actions=actions), content.facts)


def _all_read(place: Place) -> bool:
    """Whether the first reading is done. Raises SystemExit when a tenant could not be read."""
    found = list_tenants(place.here, _ME)
    if broken := [one.problem for one in found if one.health is Health.FAILING]:
        raise SystemExit(f"{len(broken)} tenants could not be read: {broken[0]}")
    return all(one.synced_at for one in found)


def _added(place: Place, folder: Path) -> uuid.UUID:
    tenant = load_tenant(folder / "tenant.toml")
    return add_tenant(place.here, _ME, tenant, About(name=f"Kade {folder.name}")).tenant_id


def _spent(pids: Sequence[int]) -> float:
    return sum(map(processor_seconds, pids))


def _left(place: Place) -> int:
    return _counted(place, "procrastinate_jobs WHERE queue_name = 'tenants' AND status IN ('todo', 'doing')")


def _newest_job(place: Place) -> int:
    with place.here.database.installation() as connection:
        return int(
            connection.execute(text("SELECT coalesce(max(id), 0) FROM procrastinate_jobs")).scalar_one()
        )


def _counted(place: Place, what: str) -> int:
    with place.here.database.installation() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def _until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"never: {what}")
        time.sleep(0.1)


if __name__ == "__main__":
    read_and_assess(Path(sys.argv[1]), int(sys.argv[2]))
