"""Without a tenant nothing is seen, with one only its own: every table, by looking into the database itself."""

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from tests.store import rows
from tests.store.databases import Server, TestDatabase, engine

from securescore.errors import StoreError
from securescore.store import grants
from securescore.store.database import Database
from securescore.store.grants import Grant, Role
from securescore.store.schema import INSTALLATION, METADATA, tenant_group, tenant_group_member
from securescore.store.tenants import list_summaries

ONE, OTHER = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
TABLES = sorted(name for name, table in METADATA.tables.items() if "tenant_id" in table.c)
APPEND_ONLY = ("snapshot", "activity", "native_day", "audit_entry")


Two = tuple[uuid.UUID, uuid.UUID]


@pytest.fixture(scope="module")
def fresh(databases: Server) -> Iterator[TestDatabase]:
    """One database for the whole module: what these tests try to do is refused, or adds what no other looks at."""
    with databases.database() as one:
        yield one


@pytest.fixture(scope="module")
def database(fresh: TestDatabase) -> Iterator[Database]:
    with fresh.opened() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def two(database: Database) -> Two:
    """Two tenants with a row in every table, and the same ids of users."""
    ids = (rows.add_tenant(database, ONE), rows.add_tenant(database, OTHER))
    group = uuid.uuid4()
    with database.people() as connection:
        connection.execute(tenant_group.insert().values(group_id=group, name="clients"))
    for tenant_id in ids:
        rows.fill(database, tenant_id)
        with database.tenant(tenant_id) as connection:
            connection.execute(tenant_group_member.insert().values(tenant_id=tenant_id, group_id=group))
        with database.people() as connection:
            grants.add(
                connection,
                Grant(uuid.uuid4(), "somebody", Role.READER, tenant_id, None, rows.NOW, "me"),
            )
    return ids


def count(connection: Connection, table: str, where: str = "true") -> int:
    found: int = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()
    return found


def test_the_list_of_tables_is_that_of_the_database(fresh: TestDatabase) -> None:
    with engine(fresh.superuser) as one, one.connect() as connection:
        found = connection.execute(
            text(
                "SELECT DISTINCT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "
                "WHERE c.relkind IN ('r', 'p') AND a.attname = 'tenant_id' AND c.relnamespace = 'public'::regnamespace"
            )
        ).scalars()
        assert sorted(found) == TABLES


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_closed_even_to_its_owner(fresh: TestDatabase, table: str) -> None:
    with engine(fresh.superuser) as one, one.connect() as connection:
        forced = connection.execute(
            text(
                "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = CAST(:name AS regclass)"
            ),
            {"name": table},
        ).scalar_one()
    assert forced


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ["application", "owner"])
def test_without_a_tenant_nothing_is_seen(fresh: TestDatabase, table: str, role: str) -> None:
    with engine(getattr(fresh, role)) as one, one.connect() as connection:
        assert count(connection, table) == 0


@pytest.mark.parametrize("table", TABLES)
def test_a_tenant_sees_its_own_rows_and_no_other(database: Database, two: Two, table: str) -> None:
    for mine, other in (two, two[::-1]):
        with database.tenant(mine) as connection:
            assert count(connection, table) > 0
            assert count(connection, table, f"tenant_id = '{other}'") == 0
            assert count(connection, table, f"tenant_id <> '{mine}'") == 0


@pytest.mark.parametrize("table", [name for name in TABLES if name not in APPEND_ONLY])
def test_rows_of_another_tenant_cannot_be_changed(database: Database, two: Two, table: str) -> None:
    mine, other = two
    with database.tenant(mine) as connection:
        changed = connection.execute(
            text(f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = :other"), {"other": other}
        )
        assert changed.rowcount == 0


def test_a_row_cannot_be_given_to_another_tenant(database: Database, two: Two) -> None:
    mine, other = two
    with pytest.raises(StoreError), database.tenant(mine) as connection:
        connection.execute(text("UPDATE exclusion SET tenant_id = :other"), {"other": other})


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("act", ["DELETE FROM {}", "UPDATE {} SET tenant_id = tenant_id", "TRUNCATE {}"])
def test_the_record_cannot_be_changed_by_the_application(
    database: Database, two: Two, table: str, act: str
) -> None:
    with pytest.raises(StoreError, match="lacks a right"), database.tenant(two[0]) as connection:
        connection.execute(text(act.format(table)))


def test_the_audit_log_takes_entries_through_its_function_only(database: Database, two: Two) -> None:
    with pytest.raises(StoreError, match="lacks a right"), database.tenant(two[0]) as connection:
        connection.execute(text("INSERT INTO audit_entry SELECT * FROM audit_entry"))


def test_an_entry_about_another_tenant_is_refused(database: Database, two: Two) -> None:
    with (
        pytest.raises(DBAPIError, match="another tenant is worked on"),
        database.tenant(two[0]) as connection,
    ):
        connection.execute(text("SELECT append_audit(:id, 'a', 'b', 'c', 'd', NULL, NULL)"), {"id": two[1]})


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE mine (a int)", "ALTER TABLE tenant ADD a int", "DROP TABLE account"]
)
def test_the_application_cannot_change_the_schema(database: Database, statement: str) -> None:
    with pytest.raises((StoreError, DBAPIError)), database.installation() as connection:
        connection.execute(text(statement))


def test_settings_do_not_outlive_their_transaction(database: Database, two: Two) -> None:
    """A pooled connection that was used for one tenant shows nothing of it to the next."""
    with database.tenant(two[0]):
        pass
    with database.reader("nobody") as connection:
        assert [count(connection, table) for table in TABLES] == [0] * len(TABLES)


def seen_by(database: Database, principal: str) -> set[uuid.UUID]:
    """The tenants of the one table that views over many tenants read."""
    with database.reader(principal) as connection:
        return {one.tenant_id for one in list_summaries(connection)}


def give(database: Database, principal: str, tenant: uuid.UUID | None, group: uuid.UUID | None) -> None:
    with database.people() as connection:
        grants.add(connection, Grant(uuid.uuid4(), principal, Role.READER, tenant, group, rows.NOW, "me"))


@pytest.fixture(scope="module")
def third(database: Database) -> uuid.UUID:
    return rows.add_tenant(database, "cccccccc-0000-4000-8000-000000000003")


@pytest.mark.usefixtures("third")
def test_a_reader_sees_what_was_granted(database: Database, two: Two) -> None:
    give(database, "of one", two[1], None)
    assert seen_by(database, "of one") == {two[1]}
    assert seen_by(database, "stranger") == set()


@pytest.mark.usefixtures("third")
def test_a_group_gives_its_tenants(database: Database, two: Two) -> None:
    with database.people() as connection:
        group = connection.execute(text("SELECT group_id FROM tenant_group")).scalar_one()
    give(database, "of a group", None, group)
    assert seen_by(database, "of a group") == set(two)


def test_a_grant_for_all_gives_all(database: Database, two: Two, third: uuid.UUID) -> None:
    give(database, "of all", None, None)
    assert seen_by(database, "of all") == {*two, third}


@pytest.mark.parametrize("principal", ["operator", "system"])
def test_the_program_itself_sees_all(database: Database, two: Two, third: uuid.UUID, principal: str) -> None:
    assert seen_by(database, principal) == {*two, third}


def test_a_reader_cannot_grant_itself_more(database: Database) -> None:
    grant = Grant(uuid.uuid4(), "somebody", Role.MANAGER, None, None, rows.NOW, "somebody")
    with pytest.raises(StoreError), database.reader("somebody") as connection:
        grants.add(connection, grant)


def test_removing_a_tenant_leaves_its_audit_and_nothing_else(databases: Server) -> None:
    with databases.database() as fresh, fresh.opened() as database:
        ids = (rows.add_tenant(database, ONE), rows.add_tenant(database, OTHER))
        for tenant_id in ids:
            rows.fill(database, tenant_id)
        check_removal(database, fresh, *ids)


def check_removal(database: Database, fresh: TestDatabase, gone: uuid.UUID, stays: uuid.UUID) -> None:
    with database.changing(gone) as connection:
        connection.execute(text("SELECT remove_tenant(:id, 'me', 'here')"), {"id": gone})
    with engine(fresh.superuser) as one, one.connect() as connection:
        left = {table: count(connection, table, f"tenant_id = '{gone}'") for table in TABLES}
        assert {table for table, number in left.items() if number} == {"audit_entry"}
        filled = set(TABLES) - {"access_grant", "tenant_group_member"}
        assert all(count(connection, table, f"tenant_id = '{stays}'") for table in filled)
    with database.installation() as connection:
        assert count(connection, "audit_entry", f"act = 'tenant.remove' AND target = '{gone}'") == 1
        assert count(connection, "audit_entry", f"tenant_id = '{INSTALLATION}'") == 1
