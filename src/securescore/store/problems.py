"""What the database says when it cannot, in sentences."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from securescore.errors import StoreError

_BY_STATE: Mapping[str, str] = {
    "28P01": "it does not accept the password: correct SECURESCORE_DATABASE_URL",
    "28000": "it does not accept the role: correct SECURESCORE_DATABASE_URL, and see to pg_hba.conf",
    "3D000": "there is no database of that name: create it, or correct SECURESCORE_DATABASE_URL",
    "42501": "the role lacks a right there: run the migrations as the owner (securescore database migrate)",
    "53100": "its disk is full: make room, then do it again; nothing of this was kept",
    "53300": "it takes no more connections: raise max_connections, or run fewer processes",
    "57P01": "it is being shut down: do it again when it is back",
    "57P03": "it is starting up: do it again in a moment",
    "25006": "it is read only, perhaps a standby: point SECURESCORE_DATABASE_URL at the primary",
}
_UNREACHABLE = "it cannot be reached: see that it runs, and, for a server of your own, that SECURESCORE_DATABASE_URL says where"


@contextmanager
def told() -> Iterator[None]:
    """What the database refuses inside the block becomes a StoreError of one sentence.

    Broken constraints stay what they are: whoever writes a row knows what each of them means.
    """
    try:
        yield
    except DBAPIError as error:
        problem = _problem(error)
        if problem is None:
            raise
        raise StoreError(f"the database cannot be used: {problem}") from error


def state_of(error: SQLAlchemyError) -> str | None:
    """The five letters by which PostgreSQL names what went wrong; None when there was no answer."""
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _problem(error: DBAPIError) -> str | None:
    state = state_of(error)
    if state is None:
        return (
            _unanswered(str(error.orig)) if error.connection_invalidated or _is_operational(error) else None
        )
    if state in _BY_STATE:
        return _BY_STATE[state]
    return _UNREACHABLE if state.startswith("08") else None


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ == "OperationalError"


def _unanswered(message: str) -> str:
    """Without a state there is only what the driver says: a refused login has its reason there."""
    if "password authentication failed" in message:
        return _BY_STATE["28P01"]
    if "does not exist" in message and "database" in message:
        return _BY_STATE["3D000"]
    if "starting up" in message or "shutting down" in message:
        return _BY_STATE["57P03"]
    return _UNREACHABLE
