"""Opens the database of an installation: finds or starts it, brings it up to date, and proves that it is safe to use."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.engine import URL

from securescore.errors import ConfigurationError, StoreError
from securescore.settings import Settings
from securescore.store.addresses import Addresses, external
from securescore.store.database import Database
from securescore.store.embedded import EmbeddedServer
from securescore.store.incomplete import refuse_incomplete
from securescore.store.marker import prove_together
from securescore.store.migrating import is_current, migrate, newest_version, version_of
from securescore.store.problems import told

OLDEST_SERVER = 15
"""PostgreSQL before that lacks what the schema needs."""

_ROLE = text(
    "SELECT rolsuper OR rolbypassrls AS above_rules, "
    "       EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind = 'r') AS owns "
    "FROM pg_roles WHERE rolname = current_user"
)


@contextmanager
def open_database(settings: Settings, *, adopt_folder: bool = False) -> Iterator[Database]:
    """The database, ready for work, until the block ends.

    An embedded server is started, or adopted when it runs already, and stops with the last process that uses it. Its
    schema is brought up to date; that of an external one only where SECURESCORE_MIGRATION_URL is given.

    Raises:
        StoreError: it cannot be reached, is too old, or its schema is not the one of this program.
        ConfigurationError: settings, folder and database do not go together.
    """
    refuse_incomplete(settings.data_dir)
    with ExitStack() as stack:
        addresses = external(settings) or stack.enter_context(_embedded(settings))
        if addresses.owner is not None:
            _bring_up_to_date(addresses.owner, addresses.application)
        with _once(addresses.application) as connection:
            _refuse_unsafe(connection)
            _refuse_other_schema(connection)
            prove_together(connection, settings.data_dir, adopt=adopt_folder)
        database = Database(addresses.application)
        stack.callback(database.close)
        yield database


@contextmanager
def _embedded(settings: Settings) -> Iterator[Addresses]:
    with EmbeddedServer(settings.data_dir / "postgres") as server:
        yield Addresses(make_url(server.application_url), make_url(server.owner_url))


@contextmanager
def _once(url: URL) -> Iterator[Connection]:
    """One transaction on a connection of its own."""
    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10})
    try:
        with told(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _bring_up_to_date(owner: URL, application: URL) -> None:
    with _once(owner) as connection:
        _refuse_old_server(connection)
        if not is_current(connection):
            migrate(connection, application.username or "")


def _refuse_old_server(connection: Connection) -> None:
    version = connection.dialect.server_version_info or (0,)
    if int(version[0]) < OLDEST_SERVER:
        raise StoreError(
            f"the database is PostgreSQL {'.'.join(map(str, version))}, and securescore needs {OLDEST_SERVER} or newer: "
            "upgrade it, or leave SECURESCORE_DATABASE_URL out to use the embedded one"
        )


def _refuse_unsafe(connection: Connection) -> None:
    """A role above row level security would let every tenant see every other, whatever the policies say."""
    _refuse_old_server(connection)
    role = connection.execute(_ROLE).one()
    if role.above_rules or role.owns:
        what = "may ignore row level security" if role.above_rules else "owns tables"
        raise ConfigurationError(
            f"the role in SECURESCORE_DATABASE_URL {what}, so tenants could see each other: give a role that is neither "
            "superuser nor owner (docs/running.md)"
        )


def _refuse_other_schema(connection: Connection) -> None:
    if not is_current(connection):
        raise StoreError(
            f"the database has schema version {version_of(connection) or 'none'}, and this program needs "
            f"{newest_version()}: run securescore database migrate with SECURESCORE_MIGRATION_URL set"
        )
