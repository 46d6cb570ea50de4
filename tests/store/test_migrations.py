"""The migrations make the schema that the program works with, whole or not at all."""

import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from tests.store.databases import Server, TestDatabase, engine

from securescore.errors import StoreError
from securescore.store import migrating
from securescore.store.embedded import APPLICATION_ROLE
from securescore.store.migrating import is_current, migrate, newest_version, version_of
from securescore.store.privileges import PRIVILEGES, SEQUENCES
from securescore.store.schema import METADATA

VERSIONS = Path(migrating.__file__).parent / "migrations" / "versions"
_MIGRATES = """
import sys
from sqlalchemy import create_engine, text
from securescore.store.migrating import migrate
with create_engine(sys.argv[1]).begin() as connection:
    migrate(connection, "securescore_app")
    print("migrated", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def empty(databases: Server) -> Iterator[TestDatabase]:
    """A database without a schema."""
    with databases.database(template="template0") as one:
        databases.as_superuser(f"ALTER DATABASE {one.owner.database} OWNER TO securescore_owner")
        with engine(one.superuser) as superuser, superuser.begin() as connection:
            connection.execute(text("ALTER SCHEMA public OWNER TO securescore_owner"))
        yield one


def test_the_migrations_and_the_tables_say_the_same(fresh: TestDatabase) -> None:
    with engine(fresh.owner) as owner, owner.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_name": _ours},
        )
        assert compare_metadata(context, METADATA) == []


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """The queue's tables are procrastinate's, and its migration is proven equal to what procrastinate ships."""
    return kind != "table" or not str(name).startswith("procrastinate_")


def test_the_queue_is_exactly_what_the_installed_procrastinate_ships() -> None:
    """A newer procrastinate with another schema needs a migration that brings its own changes."""
    sql = (VERSIONS / "0002_jobs.sql").read_text(encoding="utf-8")
    _, frozen, _ = sql.split("-" * 120 + "\n")
    assert frozen == resources.files("procrastinate").joinpath("sql", "schema.sql").read_text(
        encoding="utf-8"
    )


def test_the_constraints_are_the_same_too(fresh: TestDatabase, databases: Server) -> None:
    """Checks, which Alembic does not compare: the database's own words for both."""
    with databases.database(template="template0") as other:
        with engine(other.superuser) as superuser:
            METADATA.create_all(superuser)
        assert constraints(fresh) == constraints(other)


def constraints(database: TestDatabase) -> list[tuple[str, str]]:
    with engine(database.superuser) as superuser, superuser.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' "
                "AND conrelid::regclass::text NOT LIKE 'procrastinate_%' "
                "AND contype <> 'n' ORDER BY 1, 2"
            )
        )
        return [(row[0], row[1]) for row in rows]


def test_an_empty_database_gets_the_newest_schema(empty: TestDatabase) -> None:
    with engine(empty.owner) as owner, owner.begin() as connection:
        assert version_of(connection) is None
        assert not is_current(connection)
        migrate(connection, APPLICATION_ROLE)
        assert is_current(connection)


def test_migrating_twice_changes_nothing(fresh: TestDatabase) -> None:
    with engine(fresh.owner) as owner, owner.begin() as connection:
        migrate(connection, APPLICATION_ROLE)
        assert version_of(connection) == newest_version()


def test_a_schema_of_a_newer_program_is_left_alone(fresh: TestDatabase) -> None:
    with engine(fresh.owner) as owner, owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(StoreError, match="9999, which a newer securescore made"):
            migrate(connection, APPLICATION_ROLE)


def test_a_migration_that_is_killed_leaves_nothing_and_runs_again(empty: TestDatabase) -> None:
    url = empty.owner.render_as_string(hide_password=False)
    child = subprocess.Popen(
        [sys.executable, "-c", _MIGRATES, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "migrated\n"
        child.kill()
    with engine(empty.owner) as owner, owner.begin() as connection:
        assert version_of(connection) is None
        migrate(connection, APPLICATION_ROLE)
        assert is_current(connection)


def test_of_two_that_migrate_at_once_one_waits_for_the_other(empty: TestDatabase) -> None:
    errors: list[Exception] = []

    def run() -> None:
        try:
            with engine(empty.owner) as owner, owner.begin() as connection:
                migrate(connection, APPLICATION_ROLE)
        except (DBAPIError, StoreError) as error:
            errors.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_every_table_has_its_privileges_written_down(fresh: TestDatabase) -> None:
    with engine(fresh.superuser) as superuser, superuser.connect() as connection:
        assert set(kinds(connection, "r")) == set(PRIVILEGES)
        assert set(kinds(connection, "S")) - {"procrastinate_workers_id_seq"} == set(SEQUENCES)
        extensions = connection.execute(text("SELECT extname FROM pg_extension")).scalars()
        assert set(extensions) == {"plpgsql"}
        deletable = connection.execute(
            text(
                "SELECT table_name FROM information_schema.role_table_grants "
                "WHERE grantee = :role AND privilege_type IN ('DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')"
            ),
            {"role": APPLICATION_ROLE},
        ).scalars()
        assert set(deletable) == {name for name, rights in PRIVILEGES.items() if "DELETE" in rights}


def kinds(connection: Connection, kind: str) -> Iterable[str]:
    """Names of the tables (r) or sequences (S) of the database."""
    return connection.execute(
        text("SELECT relname FROM pg_class WHERE relkind = :kind AND relnamespace = 'public'::regnamespace"),
        {"kind": kind},
    ).scalars()


def test_every_migration_has_its_sql() -> None:
    scripts = {path.stem for path in VERSIONS.glob("0*.py")}
    assert scripts == {path.stem for path in VERSIONS.glob("0*.sql")}
