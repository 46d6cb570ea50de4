"""Transactions on the database, each for one tenant, for one reader of many, or for the installation."""

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL

from securescore.store.problems import told
from securescore.store.schema import INSTALLATION

_POOL = 8
_CONNECT_TIMEOUT = 10
_SETTINGS = text(
    "SELECT set_config('securescore.tenant', :tenant, true), set_config('securescore.reader', :reader, true), "
    "set_config('securescore.people', :people, true)"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('tenant ' || CAST(:tenant AS text), 0))")


class Database:
    """The database as the application's role. Thread-safe; to be closed."""

    def __init__(self, url: URL) -> None:
        self._engine: Engine = create_engine(
            url,
            pool_size=_POOL,
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
            connect_args={"connect_timeout": _CONNECT_TIMEOUT, "application_name": "securescore"},
        )

    @property
    def url(self) -> URL:
        """Where it is, with the password: for the driver of the queue alone."""
        return self._engine.url

    def close(self) -> None:
        """Closes every connection."""
        self._engine.dispose()

    def tenant(self, tenant_id: uuid.UUID) -> AbstractContextManager[Connection]:
        """A transaction that sees the rows of one tenant and no other."""
        return self._transaction(tenant=str(tenant_id))

    @contextmanager
    def changing(self, tenant_id: uuid.UUID) -> Iterator[Connection]:
        """The same, and nobody else changes the tenant until it ends."""
        with self.tenant(tenant_id) as connection:
            connection.execute(_LOCK, {"tenant": str(tenant_id)})
            yield connection

    def reader(self, principal: str) -> AbstractContextManager[Connection]:
        """A transaction that sees the summaries of the tenants granted to the principal."""
        return self._transaction(reader=principal)

    def people(self) -> AbstractContextManager[Connection]:
        """A transaction that sees and changes every grant."""
        return self._transaction(people="manage")

    def installation(self) -> AbstractContextManager[Connection]:
        """A transaction about the installation itself; it sees no tenant."""
        return self._transaction(tenant=str(INSTALLATION))

    def _transaction(
        self, *, tenant: str = "", reader: str = "", people: str = ""
    ) -> AbstractContextManager[Connection]:
        return _transaction(self._engine, {"tenant": tenant, "reader": reader, "people": people})


@contextmanager
def _transaction(engine: Engine, settings: dict[str, str]) -> Iterator[Connection]:
    with told(), engine.begin() as connection:
        connection.execute(_SETTINGS, settings)
        yield connection
