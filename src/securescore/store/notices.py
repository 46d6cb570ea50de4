"""Tells every process that listens what changed, when the transaction that changed it is done."""

import json
from collections.abc import Generator
from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL

from securescore.errors import StoreError

CHANNEL = "securescore"
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


def send(connection: Connection, tenant_id: UUID, what: str) -> None:
    """Announces that something of a tenant changed; with the commit, or not at all."""
    payload = json.dumps({"tenant": str(tenant_id), "what": what})
    connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": payload})


@dataclass(frozen=True)
class Notice:
    """Something of a tenant changed."""

    tenant_id: UUID
    what: str


def listen(url: URL, patience: float) -> Generator[Notice | None, None, None]:
    """Every notice from now on, of every tenant: whoever hands them on asks first who may know.

    Args:
        url: the database as the application's role.
        patience: seconds without a notice after which None is given, so that the caller can look whether to go on.

    Raises:
        StoreError: the database went away.
    """
    conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(conninfo, autocommit=True, application_name="securescore notices") as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            yield None  # from here on nothing is missed
            while True:
                for told in connection.notifies(timeout=patience, stop_after=1):
                    yield _notice(told.payload)
                    break
                else:
                    yield None
    except psycopg.OperationalError as error:
        raise StoreError("the database went away while its notices were listened to: do it again") from error


def _notice(payload: str) -> Notice:
    told = json.loads(payload)
    return Notice(UUID(told["tenant"]), told["what"])
