"""Rows of what people declared: classes of accounts, exclusions, decisions. What ended stays, with who ended it."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from securescore.model import AccountClass, Status
from securescore.store.schema import account as accounts
from securescore.store.schema import decision as decisions
from securescore.store.schema import exclusion as exclusions


@dataclass(frozen=True)
class AccountRow:
    """One account of a class."""

    account_class: AccountClass
    name: str
    declared_by: str
    declared_at: datetime
    note: str | None = None


@dataclass(frozen=True)
class ExclusionRow:
    """Entities that actions are not about."""

    number: int
    actions: tuple[str, ...]
    entities: tuple[str, ...]
    reason: str
    owner: str | None
    expires: date | None
    declared_by: str
    declared_at: datetime


@dataclass(frozen=True)
class DecisionRow:
    """A status given by a person, for an action or for some of its entities.

    Attributes:
        decided: the day, in the tenant's time zone.
        expires: the first day on which it no longer holds.
    """

    number: int
    action: str
    status: Status
    entities: tuple[str, ...] | None
    account_class: AccountClass | None
    note: str | None
    plan: str | None
    owner: str | None
    due: date | None
    evidence: str | None
    decided: date
    expires: date | None
    decided_by: str
    decided_at: datetime
    approved_by: str | None = None

    @property
    def scope(self) -> tuple[frozenset[str] | None, AccountClass | None]:
        """What of the action it is about; (None, None) is the whole."""
        return (frozenset(self.entities) if self.entities is not None else None, self.account_class)


def list_accounts(connection: Connection) -> list[AccountRow]:
    """Every declared account of the tenant."""
    rows = connection.execute(select(accounts).order_by(accounts.c.account_class, accounts.c.name))
    return [
        AccountRow(AccountClass(row.account_class), row.name, row.declared_by, row.declared_at, row.note)
        for row in rows
    ]


def list_exclusions(connection: Connection) -> list[ExclusionRow]:
    """The exclusions that nobody ended, expired ones among them, oldest first."""
    return [
        ExclusionRow(
            **_without_end(row) | {"actions": tuple(row.actions), "entities": tuple(row.entities)},
        )
        for row in connection.execute(_standing(exclusions))
    ]


def list_decisions(connection: Connection, action: str | None = None) -> list[DecisionRow]:
    """The decisions that nothing ended, expired ones among them, oldest first; of one action or of all."""
    query = _standing(decisions)
    if action is not None:
        query = query.where(func.lower(decisions.c.action) == action.lower())
    return [
        DecisionRow(
            **_without_end(row)
            | {
                "status": Status(row.status),
                "entities": None if row.entities is None else tuple(row.entities),
                "account_class": None if row.account_class is None else AccountClass(row.account_class),
            },
        )
        for row in connection.execute(query)
    ]


def add_accounts(connection: Connection, tenant_id: UUID, rows: Iterable[AccountRow]) -> None:
    """Declares accounts."""
    values = [asdict(row) | {"tenant_id": tenant_id} for row in rows]
    if values:
        connection.execute(insert(accounts), values)


def remove_accounts(connection: Connection, account_class: AccountClass, names: Sequence[str]) -> None:
    """Takes declarations of accounts back."""
    connection.execute(
        delete(accounts).where(accounts.c.account_class == account_class, accounts.c.name.in_(names))
    )


def add_exclusion(connection: Connection, tenant_id: UUID, row: ExclusionRow) -> None:
    """Declares an exclusion; its number is `next_number`'s."""
    values = asdict(row) | {"actions": list(row.actions), "entities": list(row.entities)}
    connection.execute(insert(exclusions).values(tenant_id=tenant_id, **values))


def add_decision(connection: Connection, tenant_id: UUID, row: DecisionRow) -> None:
    """Writes a decision; its number is `next_number`'s."""
    values = asdict(row) | {"entities": None if row.entities is None else list(row.entities)}
    connection.execute(insert(decisions).values(tenant_id=tenant_id, **values))


def end_exclusion(connection: Connection, number: int, by: str, at: datetime) -> bool:
    """Ends an exclusion; False when there is none of that number that still stands."""
    return _end(connection, exclusions, [number], by, at) == 1


def end_decisions(connection: Connection, numbers: Sequence[int], by: str, at: datetime) -> int:
    """Ends decisions, and says how many still stood."""
    return _end(connection, decisions, numbers, by, at)


def next_exclusion(connection: Connection) -> int:
    """The number of the next exclusion; the tenant must be locked."""
    return _next(connection, exclusions)


def next_decision(connection: Connection) -> int:
    """The number of the next decision; the tenant must be locked."""
    return _next(connection, decisions)


def _standing(table: Table) -> Any:
    return select(table).where(table.c.ended_at.is_(None)).order_by(table.c.number)


def _without_end(row: Any) -> dict[str, Any]:
    hidden = {"tenant_id", "ended_at", "ended_by"}
    return {name: value for name, value in row._mapping.items() if name not in hidden}  # noqa: SLF001 - public


def _end(connection: Connection, table: Table, numbers: Sequence[int], by: str, at: datetime) -> int:
    done = connection.execute(
        update(table)
        .where(table.c.number.in_(numbers), table.c.ended_at.is_(None))
        .values(ended_at=at, ended_by=by)
    )
    return done.rowcount


def _next(connection: Connection, table: Table) -> int:
    query = select(func.coalesce(func.max(table.c.number), 0) + 1)
    number: int = connection.execute(query).scalar_one()
    return number
