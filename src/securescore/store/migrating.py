"""Brings the schema of a database to the version of this program."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from securescore.errors import StoreError
from securescore.store.privileges import grant

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_318_004_001
"""Of all processes that start at once, one migrates and the others wait."""


def version_of(connection: Connection) -> str | None:
    """The version of the schema that is there; None in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def newest_version() -> str:
    """The version that this program works with."""
    return max(_known())


def is_current(connection: Connection) -> bool:
    """Whether the schema is the one that this program works with.

    Raises:
        StoreError: it is of a newer program.
    """
    found = version_of(connection)
    if found is not None and found not in _known():
        raise StoreError(
            f"the database has schema version {found}, which a newer securescore made: update this program to that "
            "version, or restore a backup from before"
        )
    return found == newest_version()


def migrate(connection: Connection, application_role: str) -> None:
    """Runs what is missing, and gives the application its rights. All of it belongs to the caller's transaction.

    Args:
        connection: as the owner's role, with a transaction begun.
        application_role: the role with which the program works.
    """
    upgrade(connection, "head")
    grant(connection, application_role)


def upgrade(connection: Connection, version: str) -> None:
    """Runs what is missing up to that version. All of it belongs to the caller's transaction, that of the owner's role."""
    from alembic import command  # noqa: PLC0415 - takes half a second to import, and is seldom needed
    from alembic.config import Config  # noqa: PLC0415

    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    is_current(connection)
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, version)


def _known() -> set[str]:
    """The versions this program has a migration to: their files begin with the number."""
    return {path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.sql")}
