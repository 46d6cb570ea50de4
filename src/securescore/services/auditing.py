"""Writes what an actor does into the audit log, in the transaction of the act itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from securescore.services.actor import Actor
from securescore.store import audit


def write_down(
    connection: Connection,
    actor: Actor,
    about: UUID,
    act: str,
    target: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """One entry: who did what to what, from where, with what was there before and after.

    Args:
        connection: in a transaction that sees the tenant, or any for the installation.
        about: the tenant whose log it is, or `INSTALLATION`.
        before: without secrets, as `after`.
    """
    audit.append(
        connection,
        about,
        actor=actor.name,
        origin=actor.origin,
        act=act,
        target=target,
        before=before,
        after=after,
    )
