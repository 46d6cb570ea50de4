"""Rows of invitations."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from securescore.store.schema import invitation as invitations


@dataclass(frozen=True)
class InvitationRow:
    """One invitation: what the tenant is to be called, and how it is to be read.

    Attributes:
        directory_id: the only tenant that may accept; None: any.
        sealed_secret: for the nonce; None when none is needed, or somebody accepted.
        invited_by: as it stands in the audit log.
        principal: whose rights decide whether the invitation still holds.
    """

    nonce: str
    name: str
    groups: tuple[str, ...]
    directory_id: str | None
    client_id: str | None
    cloud: str
    credential_kind: str
    endpoints: Mapping[str, Any]
    ca_certificates: str | None
    credential_path: str | None
    sealed_secret: bytes | None
    invited_by: str
    principal: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


def add(connection: Connection, row: InvitationRow) -> None:
    """A new invitation."""
    connection.execute(insert(invitations).values(asdict(row) | {"groups": list(row.groups)}))


def get(connection: Connection, nonce: str) -> InvitationRow | None:
    """The invitation of that nonce."""
    row = connection.execute(select(invitations).where(invitations.c.nonce == nonce)).one_or_none()
    return None if row is None else _row(row)


def list_open(connection: Connection, moment: datetime) -> list[InvitationRow]:
    """Those that can still be accepted, oldest first."""
    still = invitations.c.used_at.is_(None) & (invitations.c.expires_at > moment)
    query = select(invitations).where(still).order_by(invitations.c.created_at, invitations.c.nonce)
    return [_row(row) for row in connection.execute(query)]


def withdraw(connection: Connection, nonce: str) -> bool:
    """Removes an invitation that nobody accepted, with its secret. Returns False when somebody was faster."""
    unused = (invitations.c.nonce == nonce) & invitations.c.used_at.is_(None)
    return bool(connection.execute(delete(invitations).where(unused)).rowcount)


def use_up(connection: Connection, nonce: str, moment: datetime) -> bool:
    """Marks the invitation as used and forgets its secret. Returns False when somebody was faster."""
    unused = (invitations.c.nonce == nonce) & invitations.c.used_at.is_(None)
    done = connection.execute(update(invitations).where(unused).values(used_at=moment, sealed_secret=None))
    return bool(done.rowcount)


def forget_expired(connection: Connection, moment: datetime) -> None:
    """Removes what nobody can accept any more, with its secret."""
    connection.execute(delete(invitations).where(invitations.c.expires_at < moment))


def _row(row: Row[Any]) -> InvitationRow:
    values = dict(row._mapping)  # noqa: SLF001 - the library's public name
    return InvitationRow(**values | {"groups": tuple(row.groups)})
