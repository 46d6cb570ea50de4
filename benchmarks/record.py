"""The record of many tenants in the database: how large a year is, how long an overview and the list of all take.

Ten thousand small tenants, a group of three hundred, and a few with a whole year of which every day is written as a
synchronisation writes it. The time in the database is the server's own account of every statement that the use case
sends (EXPLAIN ANALYZE, making the answer included); beside it, how long the program waits for the answers, and how long
the whole use case takes.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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
_SIZE = (
    "SELECT relname, pg_total_relation_size(oid) FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)
_INDEXES = "SELECT sum(pg_indexes_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_EXPLAIN = "EXPLAIN (ANALYZE, SERIALIZE TEXT, FORMAT JSON) "
"""The server's own account, the making of the answer included."""


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
    before, indexes, half = _sizes(place), _indexes(place), len(fleet) // 2
    packed = [
        add_history(place.here, some, moving=MOVING, seed=seed)
        for seed, some in enumerate((fleet[:half], fleet[half:]), 1)
    ]
    _tidy(place)
    grown = {name: (size - before[name]) / len(fleet) for name, size in _sizes(place).items()}
    yield Value(
        "a tenant's year, 250 of 300 actions moving daily", "bytes", (sum(grown.values()),), _AIM_BYTES
    )
    for name in _TABLES:
        yield Value(f"  of it {name} with its indexes", "bytes", (grown[name],))
    yield Value("  of it all indexes", "bytes", ((_indexes(place) - indexes) / len(fleet),))
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

    asked = [_Asked(partial(overview, one), me.reader, str(one)) for one in fleet]
    yield from _timed(place, "overview of one tenant, 30 days", asked)


def _list(place: Place, folder: Path, runs: int) -> Iterator[Value]:
    partner = principal(place.here.database, "north@partner.example", "bench")
    for name, actor, count in (
        (f"list of all {FLEET:,}", operator("bench"), FLEET),
        (f"list of a group of {GROUP} among {FLEET:,}", partner, GROUP),
    ):
        asked = _Asked(partial(_listed, place, actor, count), actor.reader)
        yield from _timed(place, name, [asked] * runs)
    statement = _statements_of(place, asked)[-1].text
    limit = tuple(_without_policies(place, folder, statement) for _ in range(runs))
    yield Value(f"  list of all {FLEET:,} without row level security", "ms", limit, "limit")


def _listed(place: Place, actor: Actor, count: int) -> None:
    found = len(list_tenants(place.here, actor))
    if found != count:
        raise SystemExit(f"{found} tenants were listed instead of {count}")


@dataclass(frozen=True)
class _Asked:
    """A use case, and what its statements see."""

    call: Callable[[], None]
    reader: str
    tenant: str = ""


@dataclass(frozen=True)
class _Statement:
    text: str
    parameters: Any
    seconds: float


def _timed(place: Place, name: str, calls: Sequence[_Asked]) -> Iterator[Value]:
    calls[0].call()
    whole, waited, inside = [], [], []
    for asked in calls:
        started = time.perf_counter()
        statements = _statements_of(place, asked)
        whole.append(1000 * (time.perf_counter() - started))
        waited.append(1000 * sum(one.seconds for one in statements))
        inside.append(_explained(place, asked, statements))
    yield Value(f"{name}: in the database", "ms", tuple(inside), _AIM_MS)
    yield Value("  until the whole answer is with the program", "ms", tuple(waited))
    yield Value("  the whole call", "ms", tuple(whole))


def _statements_of(place: Place, asked: _Asked) -> list[_Statement]:
    """What a use case sends to the database, and how long each answer took."""
    engine: Engine = place.here.database._engine  # noqa: SLF001 - a benchmark may look inside
    begun: list[float] = []
    found: list[_Statement] = []

    def before(*_: Any) -> None:
        begun.append(time.perf_counter())

    def after(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found.append(_Statement(statement, parameters, time.perf_counter() - begun[-1]))

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        asked.call()
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)
    return found


def _explained(place: Place, asked: _Asked, statements: Sequence[_Statement]) -> float:
    """Planning and execution of the same statements, by the server's account."""
    seen = place.here.database._transaction(tenant=asked.tenant, reader=asked.reader)  # noqa: SLF001
    with seen as connection:
        plans = [
            connection.exec_driver_sql(_EXPLAIN + one.text, one.parameters).scalar_one() for one in statements
        ]
    return sum(map(_milliseconds, plans))


def _without_policies(place: Place, folder: Path, statement: str) -> float:
    """The same as the superuser, whom no policy binds."""
    answer = folder / "explained.json"
    with answer.open("wb") as stdout:
        place.server.run_tool(
            "psql", "--tuples-only", "--no-align", "--command", _EXPLAIN + statement, stdout=stdout
        )
    return _milliseconds(json.loads(answer.read_text()))


def _milliseconds(plan: Any) -> float:
    return float(plan[0]["Planning Time"] + plan[0]["Execution Time"])


def _sizes(place: Place) -> dict[str, int]:
    with place.as_owner() as connection:
        return {name: int(size) for name, size in connection.exec_driver_sql(_SIZE)}


def _indexes(place: Place) -> int:
    with place.as_owner() as connection:
        return int(connection.exec_driver_sql(_INDEXES).scalar_one())


def _tidy(place: Place) -> None:
    """As the server does by itself before long."""
    with place.as_owner() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
