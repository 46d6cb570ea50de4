"""Databases of earlier versions: dumps of their schemas with rows in them, brought up to date."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests.store.databases import Server, TestDatabase, engine
from tests.store.test_migrations import constraints

from securescore.store import audit, snapshots, tenants
from securescore.store.embedded import APPLICATION_ROLE
from securescore.store.migrating import is_current, migrate, newest_version, version_of

DUMPS = sorted((Path(__file__).parent / "dumps").glob("*.sql"))
"""Made with pg_dump --inserts of a database with two tenants (`tests/store/rows.py`), one for each schema that was given out."""


def load(databases: Server, database: TestDatabase, dump: Path) -> None:
    """As the owner, who for once may pass the rules that hold for it too."""
    owner = database.owner.username
    with engine(database.superuser) as one, one.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
    databases.as_superuser(f"ALTER ROLE {owner} BYPASSRLS")
    try:
        conninfo = database.owner.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(conninfo) as connection:
            connection.execute(dump.read_bytes())
    finally:
        databases.as_superuser(f"ALTER ROLE {owner} NOBYPASSRLS")


@pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.stem)
def test_an_earlier_database_is_brought_up_to_date_with_its_rows(databases: Server, dump: Path) -> None:
    with databases.database() as today, databases.database(template="template0") as earlier:
        load(databases, earlier, dump)
        with engine(earlier.owner) as owner, owner.begin() as connection:
            assert version_of(connection) == dump.stem
            migrate(connection, APPLICATION_ROLE)
            assert is_current(connection)
        assert constraints(earlier) == constraints(today)
        with earlier.opened() as database:
            with database.reader("operator") as connection:
                found = tenants.list_summaries(connection)
            assert len(found) == 2
            for one in found:
                with database.tenant(one.tenant_id) as connection:
                    assert snapshots.newest_number(connection) == 1
                    assert audit.first_break(connection) is None


def test_the_schema_of_today_was_given_out_and_has_its_dump() -> None:
    """A migration that is on main may be in use: what is changed from now on is a migration of its own."""
    assert newest_version() in {dump.stem for dump in DUMPS}
