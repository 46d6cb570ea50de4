"""The audit log: appended to inside the transaction of the act itself, and checked link by link."""

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, text

from securescore.store.schema import audit_entry

_APPEND = text("SELECT append_audit(:about, :actor, :origin, :act, :target, :before, :after)")


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to what, when and from where, with what was there before and after (JSON, without secrets)."""

    tenant_id: uuid.UUID
    number: int
    at: datetime
    actor: str
    origin: str
    act: str
    target: str
    before: str | None
    after: str | None
    previous: bytes
    hash: bytes

    def expected_hash(self, previous: bytes) -> bytes:
        """What the hash must be after that of the entry before it.

        SHA-256 of the hash before it and then, separated by commas, every field as `<bytes>:<text in UTF-8>`, `-`
        for none: tenant, number, moment (UTC, microseconds), actor, origin, act, target, before, after.
        """
        moment = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        told = (str(self.tenant_id), str(self.number), moment, self.actor, self.origin, self.act, self.target)
        fields = b",".join(_field(one) for one in (*told, self.before, self.after))
        return hashlib.sha256(previous + fields).digest()


def append(
    connection: Connection,
    about: uuid.UUID,
    *,
    actor: str,
    origin: str,
    act: str,
    target: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Writes one entry in the transaction of the act, so that neither is there without the other."""
    connection.execute(
        _APPEND,
        {
            "about": about,
            "actor": actor,
            "origin": origin,
            "act": act,
            "target": target,
            "before": _json(before),
            "after": _json(after),
        },
    )


def entries(connection: Connection, *, after: int = 0, most: int | None = None) -> Iterator[AuditEntry]:
    """The entries of the tenant of the transaction, oldest first."""
    query = select(audit_entry).where(audit_entry.c.number > after).order_by(audit_entry.c.number).limit(most)
    for row in connection.execute(query):
        yield AuditEntry(**row._mapping)  # noqa: SLF001 - the library's public name


def newest_of(connection: Connection, act: str) -> AuditEntry | None:
    """The last entry of the tenant of the transaction about such an act."""
    query = select(audit_entry).where(audit_entry.c.act == act)
    row = connection.execute(query.order_by(audit_entry.c.number.desc()).limit(1)).one_or_none()
    return AuditEntry(**row._mapping) if row else None  # noqa: SLF001 - the library's public name


def newest(connection: Connection) -> tuple[int, bytes]:
    """The number and hash of the last entry of the tenant of the transaction; 0 and nothing where there is none."""
    query = select(audit_entry.c.number, audit_entry.c.hash).order_by(audit_entry.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.number, row.hash) if row else (0, b"")


def hash_of(connection: Connection, number: int) -> bytes | None:
    """The hash of one entry; None when it is not there."""
    found: bytes | None = connection.execute(
        select(audit_entry.c.hash).where(audit_entry.c.number == number)
    ).scalar_one_or_none()
    return found


def first_break(connection: Connection) -> int | None:
    """The number of the first entry that was changed, or before which one is missing; None when the chain is whole."""
    previous = b""
    for number, entry in enumerate(entries(connection), 1):
        if (
            entry.number != number
            or entry.previous != previous
            or entry.hash != entry.expected_hash(previous)
        ):
            return number
        previous = entry.hash
    return None


def _field(value: str | None) -> bytes:
    if value is None:
        return b"-"
    encoded = value.encode()
    return str(len(encoded)).encode() + b":" + encoded


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
