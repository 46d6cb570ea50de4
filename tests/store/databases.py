"""Real databases for tests: one server a worker, and for each test a new database with the schema in it."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.engine import URL
from tests.store.embedded.place import server_place
from tests.store.own_server import own_server

from securescore.store.database import Database
from securescore.store.embedded import APPLICATION_ROLE, OWNER_ROLE, EmbeddedServer
from securescore.store.embedded.address import SUPERUSER
from securescore.store.embedded.passwords import read_passwords
from securescore.store.migrating import migrate

_TEMPLATE = "migrated"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A running server with a template that has the schema."""

    superuser: URL
    owner: URL
    application: URL

    @contextmanager
    def database(self, *, template: str = _TEMPLATE) -> Iterator["TestDatabase"]:
        """A database of its own, gone at the end."""
        name = f"test_{next(_numbers)}"
        self.as_superuser(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE}")
        try:
            yield TestDatabase(
                self.owner.set(database=name),
                self.application.set(database=name),
                self.superuser.set(database=name),
            )
        finally:
            self.as_superuser(f"DROP DATABASE {name} WITH (FORCE)")

    def as_superuser(self, *statements: str) -> None:
        """Runs statements outside a transaction, in the maintenance database."""
        with (
            engine(self.superuser) as one,
            one.connect().execution_options(isolation_level="AUTOCOMMIT") as to,
        ):
            for statement in statements:
                to.execute(text(statement))


@dataclass(frozen=True)
class TestDatabase:
    """One database, by the roles that reach it."""

    __test__ = False

    owner: URL
    application: URL
    superuser: URL

    @property
    def application_secret(self) -> SecretStr:
        """As a setting."""
        return SecretStr(self.application.render_as_string(hide_password=False))

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """As the application's role."""
        database = Database(self.application)
        try:
            yield database
        finally:
            database.close()


@contextmanager
def engine(url: URL) -> Iterator[Engine]:
    """An engine without a pool."""
    one = create_engine(url, poolclass=NullPool)
    try:
        yield one
    finally:
        one.dispose()


@contextmanager
def running_server() -> Iterator[Server]:
    """A server of its own, with the template made: the embedded one, or that of the programs in TEST_POSTGRESQL."""
    programs = os.environ.get("TEST_POSTGRESQL")
    with server_place() as place, _own(place, Path(programs)) if programs else _embedded(place) as server:
        server.as_superuser(f"CREATE DATABASE {_TEMPLATE} OWNER {OWNER_ROLE}")
        with engine(server.owner.set(database=_TEMPLATE)) as as_owner, as_owner.begin() as connection:
            migrate(connection, APPLICATION_ROLE)
        yield server


@contextmanager
def _embedded(place: Path) -> Iterator[Server]:
    with EmbeddedServer(place / "postgres") as embedded:
        passwords = read_passwords(place / "postgres" / "passwords.json")
        owner = make_url(embedded.owner_url)
        superuser = owner.set(username=SUPERUSER, password=passwords.superuser, database=SUPERUSER)
        yield Server(superuser, owner, make_url(embedded.application_url))


@contextmanager
def _own(place: Path, programs: Path) -> Iterator[Server]:
    with own_server(place, programs) as superuser:
        owner, application = (
            superuser.set(username=role, password=f"of-{role}") for role in (OWNER_ROLE, APPLICATION_ROLE)
        )
        server = Server(superuser, owner, application)
        for one in (owner, application):
            server.as_superuser(
                f"CREATE ROLE {one.username} LOGIN PASSWORD '{one.password}' NOSUPERUSER NOBYPASSRLS"
            )
        yield server
