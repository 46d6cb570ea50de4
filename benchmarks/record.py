"""The record of many tenants in the database: how large a year is, how long an overview and the list of all take.

Ten thousand small tenants, a group of three hundred, and a few with a whole year of which every day is written as a
synchronisation writes it. The time in the database is that between a statement and its whole answer, as the program
waits for it: the way there and back is part of it.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.fleet import NOW, Place, add_fleet, add_group, add_history, new_place
from benchmarks.values import Value
from securescore.services.actor import Actor, operator, principal
from securescore.services.history import read_news, read_standing
from securescore.services.tenants import find_tenant, list_tenants

FLEET = 10_000
GROUP = 300
YEARS = 20
"""So many tenants have a whole year."""

MOVING = 250
_AIM_BYTES = "aim: 1,000,000"
_AIM_MS = "aim: 50"
_TABLES = ("snapshot", "activity", "native_day")
_CALLS = 20
_SIZE = (
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)
_LIST = (
    "SELECT tenant_id, directory_id, name, state, health, problem, time_zone, attempts, tried_at, synced_at, snapshot, "
    "points, verified, maximum, assessed_share FROM tenant_summary ORDER BY lower(name), directory_id"
)


def measure_record(folder: Path, runs: int) -> Iterator[Value]:
    """The size of a year, then the answers of a filled database."""
    with new_place() as place:
        started = time.perf_counter()
        fleet = add_fleet(place.here, FLEET)
        yield Value(f"filling in {FLEET:,} tenants", "s", (time.perf_counter() - started,))
        yield from _size(place, fleet[-YEARS:])
        add_group(place.here, "Customers of the north", fleet[:GROUP], ["north@partner.example"])
        _tidy(place)
        yield from _overview(place, fleet[-YEARS:])
        yield from _list(place, folder, max(runs, 5))


def _size(place: Place, fleet: Sequence[uuid.UUID]) -> Iterator[Value]:
    """Two invented years, each of half of the tenants."""
    _tidy(place)
    before, half = _sizes(place), len(fleet) // 2
    packed = [
        add_history(place.here, some, moving=MOVING, seed=seed)
        for seed, some in enumerate((fleet[:half], fleet[half:]), 1)
    ]
    _tidy(place)
    grown = {name: (size - before[name]) / len(fleet) for name, size in _sizes(place).items()}
    yield Value("a tenant's year, 250 of 300 actions moving daily", "bytes", (sum(grown.values()),), _AIM_BYTES)
    for name in _TABLES:
        yield Value(f"  of it {name} with its indexes", "bytes", (grown[name],))
    yield Value("  the packed actions and effects alone", "bytes", tuple(map(float, packed)))


def _overview(place: Place, fleet: Sequence[uuid.UUID]) -> Iterator[Value]:
    """The newest snapshot with its actions, and the activities of 30 days, of one tenant after the other."""
    me, here = operator("bench"), place.here

    def overview(tenant_id: uuid.UUID) -> None:
        find_tenant(here, me, str(tenant_id))
        if len(read_standing(here, me, tenant_id, NOW).actions) != 300:
            raise SystemExit("the standing is not whole")
        if len(read_news(here, me, tenant_id, since=NOW - timedelta(days=30), until=NOW)) < 28:
            raise SystemExit("activities are missing")

    yield from _timed(place, "overview of one tenant, 30 days", [lambda one=one: overview(one) for one in fleet])


def _list(place: Place, folder: Path, runs: int) -> Iterator[Value]:
    readers = {
        f"list of {FLEET:,}, as operator": (operator("bench"), FLEET),
        f"list of {GROUP} of {FLEET:,}, by a group": (
            principal(place.here.database, "north@partner.example", "bench"),
            GROUP,
        ),
    }
    for name, (actor, count) in readers.items():
        yield from _timed(place, name, [lambda actor=actor, count=count: _listed(place, actor, count)] * runs)
        yield Value(f"  {name}: EXPLAIN ANALYZE", "ms", tuple(_explained(place, actor) for _ in range(runs)), _AIM_MS)
    limit = tuple(_without_policies(place, folder) for _ in range(runs))
    yield Value(f"  list of {FLEET:,} without row level security", "ms", limit, "limit")


def _listed(place: Place, actor: Actor, count: int) -> None:
    found = len(list_tenants(place.here, actor))
    if found != count:
        raise SystemExit(f"{found} tenants were listed instead of {count}")


def _timed(place: Place, name: str, calls: Sequence[Callable[[], None]]) -> Iterator[Value]:
    calls[0]()
    whole, inside = [], []
    for call in calls:
        with _statements(place) as statements:
            started = time.perf_counter()
            call()
            whole.append(1000 * (time.perf_counter() - started))
        inside.append(1000 * sum(statements.seconds))
    yield Value(f"{name}: in the database", "ms", tuple(inside), _AIM_MS)
    yield Value(f"{name}: the whole call", "ms", tuple(whole))


@dataclass
class _Statements:
    """What was sent to the database, and how long each answer took."""

    seconds: list[float] = field(default_factory=list)
    begun: float = 0.0


@contextmanager
def _statements(place: Place) -> Iterator[_Statements]:
    engine: Engine = place.here.database._engine  # noqa: SLF001 - a benchmark may look inside
    found = _Statements()

    def before(*_: Any) -> None:
        found.begun = time.perf_counter()

    def after(*_: Any) -> None:
        found.seconds.append(time.perf_counter() - found.begun)

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _explained(place: Place, actor: Actor) -> float:
    with place.here.database.reader(actor.reader) as connection:
        return _milliseconds(connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {_LIST}").scalar_one())


def _without_policies(place: Place, folder: Path) -> float:
    """The same as the superuser, whom no policy binds."""
    answer = folder / "explained.json"
    statement = f"EXPLAIN (ANALYZE, FORMAT JSON) {_LIST}"
    with answer.open("wb") as stdout:
        place.server.run_tool("psql", "--tuples-only", "--no-align", "--command", statement, stdout=stdout)
    return _milliseconds(json.loads(answer.read_text()))


def _milliseconds(plan: Any) -> float:
    return float(plan[0]["Planning Time"] + plan[0]["Execution Time"])


def _sizes(place: Place) -> dict[str, int]:
    with place.as_owner() as connection:
        return {name: int(size) for name, size in connection.exec_driver_sql(_SIZE)}


def _tidy(place: Place) -> None:
    """As the server does by itself before long."""
    with place.as_owner() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
