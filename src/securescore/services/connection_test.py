"""Tries a connection before it is relied on: what is granted, what is missing, and what that costs in points."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from uuid import UUID

from securescore.assess.scope import Scope, ScopeReason
from securescore.catalog import Action, Catalog, Service
from securescore.connectors import Clock
from securescore.connectors import Tenant as Readable
from securescore.connectors.permissions import DIRECTORY_ROLES, Permission, needed_permissions, tables_read
from securescore.connectors.probe import Carried, Probe, probe, wider
from securescore.connectors.registry import FROM_FILES_ONLY, SOURCES
from securescore.errors import ConfigurationError, SecureScoreError
from securescore.evidence import TABLES, Table
from securescore.evidence.schema import Api
from securescore.evidence.tables.microsoft_365.exchange_online import MANAGE_AS_APP
from securescore.facts import Fact
from securescore.model import Reason
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.content import Content
from securescore.services.installation import Installation
from securescore.services.sync import readable
from securescore.store import tenants as rows

_LONGEST_PROBLEM = 500
_OUTSIDE = frozenset({ScopeReason.NOT_LICENSED, ScopeReason.RETIRED})


class State(StrEnum):
    """Whether something is granted."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Need:
    """A permission of an interface, or the role of the directory that goes with it."""

    api: Api
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a need is met.

    Attributes:
        problem: why that is not known.
        through: the wider permission that is granted in its place.
    """

    state: State
    problem: str | None = None
    through: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One need, and what hangs on it.

    Attributes:
        tables: cannot be read without it.
        not_assessed: ids of the actions that are not assessed now, and cannot be without it. None of them when it is granted.
        gain: micropoints of the actions that nothing else keeps from being assessed.
    """

    need: Need
    standing: Standing
    tables: tuple[str, ...]
    not_assessed: tuple[str, ...] = ()
    gain: int = 0


@dataclass(frozen=True, slots=True)
class PlanFinding:
    """A service plan that the tenant owns, and what it unlocks.

    Attributes:
        name: what people call it.
        products: those that it licenses.
        actions: ids of the actions that it licenses, or whose tables are behind it.
        points: what they can be worth; several plans can unlock one action, so these must not be added up.
    """

    plan: str
    name: str
    products: tuple[str, ...]
    actions: tuple[str, ...]
    points: int


@dataclass(frozen=True, slots=True)
class Licences:
    """What the tenant owns.

    Attributes:
        owned: those plans that unlock anything; None when they could not be read.
        problem: why they could not.
        without: products that it owns no plan of.
    """

    owned: tuple[PlanFinding, ...] | None
    problem: str | None
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What a connection can do.

    Attributes:
        tenant_id: Microsoft's id of the tenant that answered.
        permissions: interface by interface, in each the one that unlocks most first.
        roles: the roles of the directory.
        assessed: how many actions can be assessed now, and `of` how many in this tenant.
        gain: micropoints of the actions that can be assessed when all that is missing is granted, and cannot now.
        gained: ids of these actions.
    """

    tenant_id: str
    permissions: tuple[Finding, ...]
    roles: tuple[Finding, ...]
    licences: Licences
    assessed: int
    of: int
    gain: int
    gained: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return all(one.standing.state is not State.MISSING for one in (*self.permissions, *self.roles))


def check_connection(actor: Actor, tenant: Readable, content: Content, clock: Clock) -> ConnectionReport:
    """Tries a connection that is not part of the installation yet. It changes nothing, so it is not written down.

    Raises:
        ConnectionRefusedByServiceError: no trust, no token or no answer.
        ConfigurationError: the credential is of another tenant.
    """
    actor.require(Right.MANAGE)
    return _tried(tenant, content, clock)


def check_tenant(here: Installation, actor: Actor, tenant_id: UUID) -> ConnectionReport:
    """Tries the connection of a tenant that is here, paused or not. That its secret was used is written down.

    Raises:
        ConnectionRefusedByServiceError: no trust, no token or no answer.
        ConfigurationError: it has no connection, or its secret cannot be opened.
    """
    actor.require(Right.MANAGE, tenant_id)
    with here.database.tenant(tenant_id) as transaction:
        tenant, connection = rows.get(transaction), rows.get_connection(transaction)
    if connection is None:
        raise ConfigurationError(
            f"nobody said how to read {tenant.name}: give it a connection (securescore tenant connect)"
        )
    try:
        with readable(here, tenant, connection) as source:
            found = _tried(source, here.content(), here.clock())
    except SecureScoreError as error:
        _write(here, actor, tenant_id, {"problem": str(error)[:_LONGEST_PROBLEM]})
        raise
    _write(here, actor, tenant_id, {"missing": [one.need.name for one in missing(found)]})
    return found


def _tried(tenant: Readable, content: Content, clock: Clock) -> ConnectionReport:
    return report(probe(tenant, clock), content.catalog, content.facts, clock.now().date())


def missing(found: ConnectionReport) -> list[Finding]:
    """What should be granted, permissions before roles."""
    return [one for one in (*found.permissions, *found.roles) if one.standing.state is State.MISSING]


def report(found: Probe, catalog: Catalog, facts: Mapping[str, Fact], day: date) -> ConnectionReport:
    """What was found, put beside what the catalog needs. Pure."""
    permissions = needed_permissions(catalog, facts, day)
    states = standings(found, permissions)
    reach = Reach(catalog, facts, found.plans)
    of_roles = [Need(api, role.name) for api, role in DIRECTORY_ROLES.items()]
    gained = reach.gained(states, missing_of(states))
    return ConnectionReport(
        tenant_id=found.tenant_id,
        permissions=tuple(reach.finding(Need(one.api, one.name), states, day) for one in permissions),
        roles=tuple(reach.finding(need, states, day) for need in of_roles),
        licences=_licences(found, reach, day),
        assessed=len(reach.assessable(granted_of(states))),
        of=len(reach.actions),
        gain=worth(gained, day),
        gained=tuple(one.id for one in gained),
    )


def standings(found: Probe, permissions: Iterable[Permission]) -> dict[Need, Standing]:
    """Whether each permission and each role of the directory is granted."""
    states = {Need(one.api, one.name): _permission(found.carried[one.api], one.name) for one in permissions}
    for api, role in DIRECTORY_ROLES.items():
        states[Need(api, role.name)] = _role(found)
    return states


def granted_of(states: Mapping[Need, Standing]) -> frozenset[Need]:
    """What to reckon with as granted. A role that cannot be told is: its permission alone decides then."""
    roles = {Need(api, role.name) for api, role in DIRECTORY_ROLES.items()}
    return frozenset(
        need
        for need, standing in states.items()
        if standing.state is State.GRANTED or (need in roles and standing.state is State.UNKNOWN)
    )


def missing_of(states: Mapping[Need, Standing]) -> frozenset[Need]:
    """What is known to be missing."""
    return frozenset(need for need, standing in states.items() if standing.state is State.MISSING)


def worth(actions: Iterable[Action], day: date) -> int:
    """Micropoints that the actions can be worth together on the day, each counted once."""
    return sum(action.maximum_on(day) or 0 for action in actions)


@dataclass(frozen=True)
class Reach:
    """Which actions can be assessed with which grants, in a tenant with these licences.

    Attributes:
        plans: service plans that it owns; None: not known, and then nothing passes for unlicensed.
    """

    catalog: Catalog
    facts: Mapping[str, Fact]
    plans: frozenset[str] | None

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Those we measure, of products that the tenant has or may have."""
        scope = Scope(None, None, self.plans, self.catalog.services)
        return tuple(
            one
            for one in self.catalog.actions.values()
            if one.measured and scope.reason(one.id, one.service, one, seen=True) not in _OUTSIDE
        )

    @cached_property
    def _tables(self) -> Mapping[str, tuple[Table, ...]]:
        """The tables that each action is measured with."""
        return {
            one.id: tuple(TABLES[name] for name in dict.fromkeys(tables_read(one.evidence, self.facts)))
            for one in self.actions
        }

    def assessable(self, granted: Collection[Need]) -> list[Action]:
        """The actions that can be assessed with these grants."""
        return [one for one in self.actions if not self._hindrances(one, granted)]

    def gained(self, states: Mapping[Need, Standing], more: Collection[Need]) -> list[Action]:
        """The actions that can be assessed with these grants on top, and not without them."""
        now = granted_of(states)
        return [
            one
            for one in self.actions
            if self._hindrances(one, now) and not self._hindrances(one, now | frozenset(more))
        ]

    def finding(self, need: Need, states: Mapping[Need, Standing], day: date) -> Finding:
        """One need with what hangs on it."""
        tables = tuple(table.name for table in TABLES.values() if need in needs_of(table))
        standing = states[need]
        if standing.state is State.GRANTED:
            return Finding(need, standing, tables)
        now = granted_of(states) - {need}
        waiting = [
            one
            for one in self.actions
            if any(need in needs_of(table) for table in self._hindrances(one, now))
        ]
        return Finding(
            need,
            standing,
            tables,
            tuple(one.id for one in waiting),
            worth(self.gained(states, {need}), day),
        )

    def unlocked_by(self, plan: str) -> list[Action]:
        """The actions that the plan licenses, or whose tables are behind it."""
        return [
            one
            for one in self.actions
            if plan in self.catalog.services[one.service].plans
            or any(plan in table.licence for table in self._tables[one.id])
        ]

    def _hindrances(self, action: Action, granted: Collection[Need]) -> list[Table]:
        """The tables that keep an action from being assessed; as the assessment decides it."""
        tables = self._tables[action.id]
        unread = [table for table in tables if not self._is_read(table, granted)]
        stands_in = (
            action.uniform
            and len(unread) < len(tables)
            and all(table.stand_in is not None for table in unread)
        )
        return [] if stands_in else unread

    def _is_read(self, table: Table, granted: Collection[Need]) -> bool:
        if table.name in FROM_FILES_ONLY:
            return False
        if table.licence and self.plans is not None and self.plans.isdisjoint(table.licence):
            return table.when_not_licensed is not None
        return needs_of(table) <= frozenset(granted)


@cache
def needs_of(table: Table) -> frozenset[Need]:
    """What has to be granted before a table can be read, with what the tables need that it is read for."""
    role = DIRECTORY_ROLES.get(table.api)
    own = {Need(table.api, table.permission)} if table.permission is not None else set()
    with_role = own | {Need(table.api, role.name)} if own and role else own
    return frozenset(with_role).union(*map(needs_of, _read_before(table)))


def _read_before(table: Table) -> Iterator[Table]:
    for source in SOURCES:
        if table in source.tables:
            yield from source.needs


def _permission(carried: Carried, name: str) -> Standing:
    if carried.permissions is None:
        return Standing(State.UNKNOWN, carried.problem)
    if name in carried.permissions:
        return Standing(State.GRANTED)
    through = next((one for one in wider(name) if one in carried.permissions), None)
    return Standing(State.GRANTED if through else State.MISSING, through=through)


def _role(found: Probe) -> Standing:
    """Exchange itself tells: whoever it lets read its settings holds a role that is enough."""
    record = found.exchange
    if record.state == "collected":
        return Standing(State.GRANTED)
    if MANAGE_AS_APP not in (found.carried[Api.EXCHANGE].permissions or ()):
        return Standing(State.UNKNOWN, f"it cannot be told before {MANAGE_AS_APP} is granted")
    if record.reason is Reason.NO_PERMISSION:
        return Standing(State.MISSING)
    return Standing(State.UNKNOWN, record.error)


def _licences(found: Probe, reach: Reach, day: date) -> Licences:
    if found.plans is None:
        return Licences(None, found.licences.error)
    services = reach.catalog.services.values()
    owned = (_plan(plan, reach, day) for plan in sorted(found.plans))
    without = [one.product for one in services if one.plans and found.plans.isdisjoint(one.plans)]
    return Licences(
        tuple(one for one in owned if one.products or one.actions), None, tuple(dict.fromkeys(without))
    )


def _plan(plan: str, reach: Reach, day: date) -> PlanFinding:
    actions = reach.unlocked_by(plan)
    return PlanFinding(
        plan,
        reach.catalog.plans.get(plan, plan),
        _products(plan, reach.catalog.services.values()),
        tuple(one.id for one in actions),
        worth(actions, day),
    )


def _products(plan: str, services: Iterable[Service]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.product for one in services if plan in one.plans))


def _write(here: Installation, actor: Actor, tenant_id: UUID, after: Mapping[str, object]) -> None:
    with here.database.changing(tenant_id) as transaction:
        write_down(
            transaction,
            actor,
            tenant_id,
            "tenant.test",
            str(tenant_id),
            after=after,
        )
