"""Rows of the record that name a person."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, Text, and_, cast, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from securescore.store.schema import (
    access_grant,
    account,
    activity,
    attestation,
    audit_entry,
    decision,
    decision_request,
    exclusion,
)

ERASED = "(erased)"
_LISTS = ((exclusion, "entities"), (decision, "entities"))
_WORDS: dict[Table, tuple[str, ...]] = {
    account: ("name", "declared_by"),
    exclusion: ("owner", "reason", "declared_by", "ended_by"),
    decision: ("owner", "note", "plan", "evidence", "decided_by", "approved_by", "ended_by"),
    decision_request: ("asked", "requested_by", "settled_by", "reason"),
    attestation: ("note", "evidence", "attested_by", "ended_by"),
    activity: ("author", "about"),
    audit_entry: ("actor", "target", "before", "after"),
    access_grant: ("principal", "granted_by"),
}
_ERASABLE = {exclusion: ("owner",), decision: ("owner",)}


@dataclass(frozen=True)
class Mention:
    """A row that names somebody."""

    table: str
    row: dict[str, Any]


def mentions(connection: Connection, names: Collection[str]) -> Iterator[Mention]:
    """The rows of the tenant of the transaction in which one of the names stands, whatever its case."""
    wanted = [name.casefold() for name in names]
    for table, columns in _WORDS.items():
        texts = [func.lower(cast(table.c[column], Text)) for column in columns]
        texts += [func.lower(cast(table.c[column], Text)) for one, column in _LISTS if one is table]
        found = or_(*(text.contains(name, autoescape=True) for text in texts for name in wanted))
        for row in connection.execute(select(table).where(found)):
            yield Mention(table.name, {key: _plain(value) for key, value in row._mapping.items()})  # noqa: SLF001


def erase(connection: Connection, names: Collection[str]) -> int:
    """Takes the names out of account classes, exclusions and decisions, as entities and as owners. Returns how many rows changed.

    An exclusion or decision about nobody else stays, about nobody.
    """
    wanted = [name.casefold() for name in names]
    changed = connection.execute(delete(account).where(func.lower(account.c.name).in_(wanted))).rowcount
    for table, column in _LISTS:
        changed += _erase_entities(connection, table, column, wanted)
    for table, columns in _ERASABLE.items():
        for column in columns:
            statement = update(table).where(func.lower(table.c[column]).in_(wanted)).values({column: ERASED})
            changed += connection.execute(statement).rowcount
    return changed


def _erase_entities(connection: Connection, table: Table, column: str, wanted: list[str]) -> int:
    changed = 0
    rows = connection.execute(
        select(table.c.number, table.c[column]).where(
            and_(
                table.c[column].is_not(None),
                cast(func.lower(cast(table.c[column], Text)), ARRAY(Text)).overlap(
                    literal(wanted, ARRAY(Text))
                ),
            )
        )
    ).all()
    for number, entities in rows:
        left = [one for one in entities if one.casefold() not in wanted] or [ERASED]
        connection.execute(update(table).where(table.c.number == number).values({column: left}))
        changed += 1
    return changed


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
