"""Finds the content in force, and puts the shipped one in its place."""

from collections.abc import Callable
from datetime import datetime

from securescore.errors import CatalogError
from securescore.services.actor import Actor, system
from securescore.services.auditing import write_down
from securescore.services.content import Content, packed_shipped, shipped, unpacked
from securescore.store import installation as rows
from securescore.store import queue
from securescore.store.database import Database
from securescore.store.schema import INSTALLATION
from securescore.store.tenants import list_summaries

_SYSTEM = system("content")


def content_in_force(database: Database, now: Callable[[], datetime]) -> Content:
    """What tenants are assessed with now. The first content that an installation meets is in force at once."""
    with database.installation() as connection:
        version, due = rows.content_in_force(connection)
    if version == shipped().version:
        return shipped()
    if version is None or (due is not None and due <= now().date()):
        put_in_force(database, now, _SYSTEM, None if version is None else "its day has come")
        return shipped()
    try:
        return _kept(database, version)
    except CatalogError:
        put_in_force(database, now, _SYSTEM, f"the content {version} cannot be read any more")
        return shipped()


def put_in_force(database: Database, now: Callable[[], datetime], actor: Actor, why: str | None) -> int:
    """Tenants are assessed with the shipped content from now on, and those with a score are scored again.

    Of processes that do this at once, the first does it. Returns how many tenants wait for their new score.
    """
    version = shipped().version
    with database.installation() as connection:
        rows.lock(connection)
        before, _ = rows.content_in_force(connection)
        if before == version:
            return 0
        rows.keep_content(connection, version, packed_shipped(), now())
        rows.put_in_force(connection, version)
        write_down(
            connection,
            actor,
            INSTALLATION,
            "content.apply",
            "content",
            before={"version": before} if before else None,
            after={"version": version, "why": why},
        )
    return _queue(database) if before is not None else 0


def _kept(database: Database, version: str) -> Content:
    """The content of a version that was in force. Raises CatalogError when it is not to be had."""
    with database.installation() as connection:
        packed = rows.kept_content(connection, version)
    if packed is None:
        raise CatalogError(f"the content {version} was not kept")
    return unpacked(packed)


def _queue(database: Database) -> int:
    """Puts in that every tenant be scored again; a paused one too, since nothing is read from it."""
    with database.reader(_SYSTEM.reader) as connection:
        scored = [one.tenant_id for one in list_summaries(connection) if one.snapshot is not None]
        for tenant_id in scored:
            queue.put_rescore(connection, tenant_id)
    return len(scored)
