"""Changes the key that seals secrets, while everything runs on."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update

from securescore.errors import ConflictError
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.installation import Installation
from securescore.services.invitations import INVITATION_SECRET as INVITATION
from securescore.services.tenants import SECRET, list_tenants
from securescore.store import installation as installation_row
from securescore.store import key_file
from securescore.store import tenants as rows
from securescore.store.key_file import KeyFile
from securescore.store.schema import INSTALLATION, invitation
from securescore.store.sealing import SealedSecretError, Sealer, key_id_of

SETTLED = 300.0
"""Seconds after a rotation in which another process may still write what it sealed with the key before."""


@dataclass(frozen=True)
class Rotation:
    """What a rotation did.

    Attributes:
        key_id: of the key that seals now.
        resealed: so many secrets.
        resumed: an earlier rotation had been interrupted, and was brought to its end.
    """

    key_id: str
    resealed: int
    resumed: bool


def rotate_key(here: Installation, actor: Actor) -> Rotation:
    """Puts a new key into the key file and seals every secret with it. The old keys stay until they are retired.

    Each secret is one transaction. Interrupted anywhere, every secret can be opened; the next rotation goes on where
    this one ended.

    Raises:
        ConfigurationError: the key file cannot be used, or a secret cannot be opened.
    """
    actor.require(Right.MANAGE)
    path = here.settings.key_path
    here.sealer()
    with here.database.installation() as connection:
        known = installation_row.key_fingerprint(connection)
    keys = KeyFile.load(path)
    resumed = keys.fingerprint() != known
    if not resumed:
        keys = key_file.rotate(path)
    resealed = _reseal_all(here, actor, Sealer(path))
    with here.database.installation() as connection:
        installation_row.set_key_fingerprint(connection, keys.fingerprint())
        after = {"key": keys.fingerprint(), "resealed": resealed}
        _write(connection, actor, "key.rotate", before={"key": known}, after=after)
    return Rotation(keys.newest.id, resealed, resumed)


def retire_keys(here: Installation, actor: Actor) -> list[str]:
    """Removes the keys with which nothing is sealed any more, and returns their ids.

    Links of invitations that were signed with them work no more.

    Raises:
        ConflictError: secrets are still sealed with them, or the last rotation is too recent to tell.
        ConfigurationError: the key file cannot be used.
    """
    actor.require(Right.MANAGE)
    path = here.settings.key_path
    here.sealer()
    keys = KeyFile.load(path)
    if len(keys.keys) == 1:
        return []
    _refuse_recent(here)
    if older := {key_id_of(sealed) for sealed in _sealed(here, actor)} - {keys.newest.id}:
        raise ConflictError(
            f"secrets are still sealed with the key {min(older)}: run securescore key rotate, which brings the interrupted "
            "rotation to its end"
        )
    removed = key_file.retire(path, keep=[])
    with here.database.installation() as connection:
        _write(connection, actor, "key.retire", before={"keys": removed})
    return removed


def unopenable(here: Installation, actor: Actor) -> list[str]:
    """The names of the tenants whose secret cannot be opened with the key file.

    Raises:
        ConfigurationError: the key file cannot be used at all.
    """
    sealer = here.sealer()
    found = []
    for one in list_tenants(here, actor):
        sealed = _sealed_of(here, one.tenant_id)
        try:
            if sealed is not None:
                sealer.open(sealed, tenant=str(one.tenant_id), name=SECRET)
        except SealedSecretError:
            found.append(one.name)
    return found


def _reseal_all(here: Installation, actor: Actor, sealer: Sealer) -> int:
    tenants = sum(_reseal_tenant(here, sealer, one.tenant_id) for one in list_tenants(here, actor))
    return tenants + sum(_reseal_invitation(here, sealer, nonce) for nonce in _invitations(here))


def _reseal_tenant(here: Installation, sealer: Sealer, tenant_id: UUID) -> bool:
    with here.database.changing(tenant_id) as connection:
        row = rows.get_connection(connection)
        if row is None or row.sealed_secret is None or not sealer.needs_resealing(row.sealed_secret):
            return False
        sealed = sealer.reseal(row.sealed_secret, tenant=str(tenant_id), name=SECRET)
        rows.set_connection(connection, tenant_id, replace(row, sealed_secret=sealed))
    return True


def _reseal_invitation(here: Installation, sealer: Sealer, nonce: str) -> bool:
    this = invitation.c.nonce == nonce
    with here.database.installation() as connection:
        sealed = connection.execute(
            select(invitation.c.sealed_secret).where(this).with_for_update()
        ).scalar_one_or_none()
        if sealed is None or not sealer.needs_resealing(sealed):
            return False
        again = sealer.reseal(sealed, tenant=nonce, name=INVITATION)
        connection.execute(update(invitation).where(this).values(sealed_secret=again))
    return True


def _sealed(here: Installation, actor: Actor) -> Iterator[bytes]:
    for one in list_tenants(here, actor):
        sealed = _sealed_of(here, one.tenant_id)
        if sealed is not None:
            yield sealed
    yield from _invitations(here).values()


def _sealed_of(here: Installation, tenant_id: UUID) -> bytes | None:
    with here.database.tenant(tenant_id) as connection:
        row = rows.get_connection(connection)
    return None if row is None else row.sealed_secret


def _invitations(here: Installation) -> dict[str, bytes]:
    """What is sealed for invitations, by nonce."""
    query = select(invitation.c.nonce, invitation.c.sealed_secret).where(
        invitation.c.sealed_secret.is_not(None)
    )
    with here.database.installation() as connection:
        return {row.nonce: row.sealed_secret for row in connection.execute(query)}


def _refuse_recent(here: Installation) -> None:
    age = time.time() - here.settings.key_path.stat().st_mtime
    if age < SETTLED:
        raise ConflictError(
            f"the key file was changed {max(age, 0):.0f} seconds ago, and what was sealed before may still be on its way: "
            f"retire keys {SETTLED / 60:.0f} minutes after the rotation"
        )


def _write(
    connection: Connection,
    actor: Actor,
    act: str,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> None:
    write_down(
        connection,
        actor,
        INSTALLATION,
        act,
        "key file",
        before=before,
        after=after,
    )
