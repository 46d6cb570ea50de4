"""The one row about the installation itself."""

from datetime import date, datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert

from securescore.store.schema import installation
from securescore.store.schema import kept_content as kept


def key_fingerprint(connection: Connection) -> str | None:
    """The check value of the key that seals secrets; None before the first one was sealed. Locks the row."""
    query = select(installation.c.key_fingerprint).with_for_update()
    fingerprint: str | None = connection.execute(query).scalar_one()
    return fingerprint


def set_key_fingerprint(connection: Connection, fingerprint: str) -> None:
    """Remembers which key seals."""
    connection.execute(update(installation).values(key_fingerprint=fingerprint))


def lock(connection: Connection) -> None:
    """Lets nobody else change the row until the transaction ends."""
    connection.execute(select(installation.c.installation_id).with_for_update()).one()


def content_in_force(connection: Connection) -> tuple[str | None, date | None]:
    """The version of the content that tenants are assessed with, and the day from which the shipped one is."""
    row = connection.execute(select(installation.c.content_version, installation.c.content_due)).one()
    return row.content_version, row.content_due


def put_in_force(connection: Connection, version: str) -> None:
    """Tenants are assessed with that content from now on."""
    connection.execute(update(installation).values(content_version=version, content_due=None))


def put_off(connection: Connection, due: date | None) -> None:
    """The shipped content is in force from that day on; None: not before somebody says so."""
    connection.execute(update(installation).values(content_due=due))


def keep_content(connection: Connection, version: str, packed: bytes, at: datetime) -> None:
    """Keeps the content of a version; what is kept stays."""
    values = {"version": version, "packed": packed, "kept_at": at}
    connection.execute(insert(kept).values(values).on_conflict_do_nothing())


def kept_content(connection: Connection, version: str) -> bytes | None:
    """The packed content of a version; None when it was not kept."""
    packed: bytes | None = connection.execute(
        select(kept.c.packed).where(kept.c.version == version)
    ).scalar_one_or_none()
    return packed
