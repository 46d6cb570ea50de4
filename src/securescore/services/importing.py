"""Brings a service provider's list of customers into the record: what is missing is added, what differs is changed."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from securescore.connectors.stored_connection import StoredConnection, secret_of, stored
from securescore.connectors.tenant_file import Application
from securescore.errors import ConfigurationError, SecureScoreError
from securescore.services.actor import Actor, Right
from securescore.services.customer_list import Customer, CustomerList
from securescore.services.groups import ensure_groups, join
from securescore.services.installation import Installation
from securescore.services.tenants import (
    SECRET,
    alter_tenant,
    enter_tenant,
    list_tenants,
    replace_connection,
)
from securescore.store import groups as group_rows
from securescore.store import tenants as rows
from securescore.store.groups import Group
from securescore.store.sealing import Sealer
from securescore.store.secret_value import Secret
from securescore.store.tenants import ConnectionRow, Tenant

_MOST_NAMED = 20


class Effect(StrEnum):
    """What the import does, or would do, with a line."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of one line.

    Attributes:
        changes: by name, what was there before and what is there then. None of a tenant that is added.
    """

    customer: Customer
    effect: Effect
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of the list.

    Attributes:
        outcomes: in the order of the file.
        new_groups: names of groups that were not there before.
        written: False when it was a preview.
    """

    outcomes: tuple[Outcome, ...]
    new_groups: tuple[str, ...]
    written: bool

    def of(self, effect: Effect) -> list[Outcome]:
        """The lines of which that came."""
        return [one for one in self.outcomes if one.effect is effect]


def import_customers(
    here: Installation,
    actor: Actor,
    application: Application,
    listed: CustomerList,
    *,
    dry_run: bool = False,
    skip_bad: bool = False,
    reconnect: bool = False,
) -> ImportReport:
    """Adds the customers that are not here, and changes what is told about those that are.

    An empty cell leaves what is there; a group in the list is joined, and none is left. Each tenant is written by
    itself: an import that was broken off is finished by doing it again.

    Args:
        application: how those that are added are read.
        dry_run: say what would be done, and do nothing.
        skip_bad: do what can be done with the other lines.
        reconnect: read those that are here with this application too, instead of as they are read now.

    Raises:
        ConfigurationError: a line is bad and is not to be skipped; nothing was written.
    """
    actor.require(Right.MANAGE)
    if listed.bad and not skip_bad:
        raise ConfigurationError(_about_bad(listed))
    work = _Import(here, actor, application, reconnect=reconnect)
    plans = [work.planned(customer) for customer in listed.customers]
    new_groups = work.missing_groups(listed)
    if not dry_run:
        work.make_groups(listed)
        for plan in plans:
            work.carry_out(plan)
    return ImportReport(tuple(plans), new_groups, not dry_run)


def _about_bad(listed: CustomerList) -> str:
    named = "; ".join(str(one) for one in listed.bad[:_MOST_NAMED])
    more = len(listed.bad) - _MOST_NAMED
    rest = f"; and {more} more" if more > 0 else ""
    return f"nothing was imported, because of {named}{rest}. Correct them, or skip them (--skip-bad)"


class _Import:
    """One import while it is done."""

    def __init__(
        self, here: Installation, actor: Actor, application: Application, *, reconnect: bool
    ) -> None:
        self._here = here
        self._actor = actor
        self._reconnect = reconnect
        readable = application.within("")
        self._open: StoredConnection = stored(readable)
        secret = secret_of(readable)
        self._secret = None if secret is None else Secret(secret)
        self._ids = {one.directory_id: one.tenant_id for one in list_tenants(here, actor)}
        with here.database.installation() as connection:
            self._groups = {group.name.casefold(): group for group in group_rows.every(connection)}
        self._sealer: Sealer | None = None

    def planned(self, customer: Customer) -> Outcome:
        """What there is to do for one customer."""
        tenant_id = self._ids.get(customer.directory_id)
        if tenant_id is None:
            return Outcome(customer, Effect.ADDED, {})
        with self._here.database.tenant(tenant_id) as connection:
            changes = dict(self._differences(connection, tenant_id, customer))
        return Outcome(customer, Effect.CHANGED if changes else Effect.UNCHANGED, changes)

    def missing_groups(self, listed: CustomerList) -> tuple[str, ...]:
        """Names of groups that are to be made, as they are first written."""
        wanted: dict[str, str] = {}
        for customer in listed.customers:
            for name in customer.groups:
                wanted.setdefault(name.casefold(), name)
        return tuple(name for folded, name in wanted.items() if folded not in self._groups)

    def make_groups(self, listed: CustomerList) -> None:
        """Makes them."""
        missing = self.missing_groups(listed)
        if missing:
            with self._here.database.installation() as connection:
                made = ensure_groups(connection, self._actor, missing)
            self._groups |= {name.casefold(): group for name, group in made.items()}

    def carry_out(self, outcome: Outcome) -> None:
        """Does what was planned for one customer, in one transaction."""
        try:
            if outcome.effect is Effect.ADDED:
                self._add(outcome.customer)
            elif outcome.effect is Effect.CHANGED:
                self._change(outcome)
        except SecureScoreError as error:
            raise type(error)(
                f"the import stopped at line {outcome.customer.line}: {error}. The lines before it are done; import "
                "the list again to go on"
            ) from error

    def _add(self, customer: Customer) -> None:
        tenant = Tenant(
            tenant_id=uuid.uuid4(),
            directory_id=customer.directory_id,
            created_at=self._here.now(),
            **customer.about.given(),
        )
        row = self._row(tenant.tenant_id)
        with self._here.database.changing(tenant.tenant_id) as connection:
            enter_tenant(connection, self._actor, tenant, row)
            self._join(connection, tenant.tenant_id, customer)

    def _change(self, outcome: Outcome) -> None:
        tenant_id = self._ids[outcome.customer.directory_id]
        row = self._row(tenant_id) if "connection" in outcome.changes else None
        with self._here.database.changing(tenant_id) as connection:
            tenant = alter_tenant(connection, self._actor, outcome.customer.about)
            if row is not None:
                replace_connection(connection, self._actor, tenant, row)
            self._join(connection, tenant_id, outcome.customer)

    def _join(self, connection: Connection, tenant_id: uuid.UUID, customer: Customer) -> None:
        for name in customer.groups:
            join(connection, self._actor, tenant_id, self._groups[name.casefold()])

    def _differences(
        self, connection: Connection, tenant_id: uuid.UUID, customer: Customer
    ) -> Iterator[tuple[str, tuple[Any, Any]]]:
        there = asdict(rows.get(connection))
        for name, value in customer.about.given().items():
            if there[name] != value:
                yield name, (there[name], value)
        joined = group_rows.of_tenant(connection)
        new = [name for name in customer.groups if self._is_new(name, joined)]
        if new:
            yield "group", (None, "; ".join(new))
        if self._reconnect and not self._is_connected(rows.get_connection(connection), tenant_id):
            yield "connection", (None, self._open.client_id)

    def _is_new(self, name: str, joined: set[uuid.UUID]) -> bool:
        group: Group | None = self._groups.get(name.casefold())
        return group is None or group.group_id not in joined

    def _is_connected(self, row: ConnectionRow | None, tenant_id: uuid.UUID) -> bool:
        """Whether the tenant is read with this application already, its secret included."""
        if row is None or any(getattr(row, name) != value for name, value in vars(self._open).items()):
            return False
        return self._opened(row, tenant_id) == self._secret

    def _opened(self, row: ConnectionRow, tenant_id: uuid.UUID) -> Secret | None:
        if row.sealed_secret is None:
            return None
        try:
            return Secret(self._seal().open(row.sealed_secret, tenant=str(tenant_id), name=SECRET))
        except ConfigurationError:  # sealed with a key that is gone: another secret in any case
            return None

    def _row(self, tenant_id: uuid.UUID) -> ConnectionRow:
        sealed = None
        if self._secret is not None:
            sealed = self._seal().seal(self._secret, tenant=str(tenant_id), name=SECRET)
        return ConnectionRow(**vars(self._open), sealed_secret=sealed, changed_at=self._here.now())

    def _seal(self) -> Sealer:
        if self._sealer is None:
            self._sealer = self._here.sealer()
        return self._sealer
