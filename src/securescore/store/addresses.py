"""Where the database is: two roles, two addresses."""

from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from securescore.errors import ConfigurationError
from securescore.settings import Settings

_DRIVER = "postgresql+psycopg"
_NAMES = frozenset({"postgresql", "postgres", _DRIVER})


@dataclass(frozen=True)
class Addresses:
    """The database as the application's role, and as its owner's role where that is known here."""

    application: URL
    owner: URL | None


def external(settings: Settings) -> Addresses | None:
    """The addresses that the settings give; None when they give none, so that the embedded server is meant.

    Raises:
        ConfigurationError: one cannot be read, or both name the same role.
    """
    if settings.database_url is None:
        if settings.migration_url is not None:
            raise ConfigurationError(
                "SECURESCORE_MIGRATION_URL is set, but SECURESCORE_DATABASE_URL is not: give both, or neither for the "
                "embedded database"
            )
        return None
    application = _url(settings.database_url, "SECURESCORE_DATABASE_URL")
    owner = _url(settings.migration_url, "SECURESCORE_MIGRATION_URL") if settings.migration_url else None
    if owner is not None and owner.username == application.username:
        raise ConfigurationError(
            f"SECURESCORE_DATABASE_URL and SECURESCORE_MIGRATION_URL both name the role {owner.username!r}: make two, an "
            "owner for migrations and one for the application that owns nothing"
        )
    return Addresses(application, owner)


def _url(given: SecretStr, name: str) -> URL:
    try:
        url = make_url(given.get_secret_value())
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"{name} is no address: write postgresql://role@host/database") from None
    if url.drivername not in _NAMES:
        raise ConfigurationError(
            f"{name} begins with {url.drivername}://, but securescore keeps its record in PostgreSQL only: write "
            "postgresql://role@host/database"
        )
    if not url.username:
        raise ConfigurationError(f"{name} names no role: write postgresql://role@host/database")
    return url.set(drivername=_DRIVER)
