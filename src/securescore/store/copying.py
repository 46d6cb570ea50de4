"""The tables of the record as text, out of a database and into one, whatever the version of either server.

Reading needs no role above row level security: it goes from tenant to tenant, in one transaction that sees the database as it
was at one moment. Writing is the owner's, who lifts the rules for itself inside the transaction. The queue of jobs is
not part of the record: the schedule puts in again what is due.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import psycopg
from psycopg import Cursor
from psycopg import sql as written
from sqlalchemy import Connection, Table, text

from securescore.errors import StoreError
from securescore.store.schema import INSTALLATION, METADATA, access_grant, audit_entry

TABLES: Mapping[str, Table] = {str(table.name): table for table in METADATA.sorted_tables}
"""By name, those first that others refer to."""

_SETTINGS = text(
    "SELECT set_config('securescore.tenant', :tenant, true), set_config('securescore.reader', :reader, true), "
    "set_config('securescore.people', :people, true)"
)
_TENANTS = text("SELECT tenant_id FROM tenant_summary ORDER BY tenant_id")
_REMOVED = text("SELECT DISTINCT target FROM audit_entry WHERE act = 'tenant.remove' ORDER BY target")
_OWN_TABLES = text(
    "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
)
_CLEAR = text(
    """
    DO $$
    DECLARE
        one record;
    BEGIN
        FOR one IN SELECT oid::regclass AS name FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_has_role(relowner, 'USAGE') LOOP
            EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', one.name);
        END LOOP;
        FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace AND pg_has_role(proowner, 'USAGE') LOOP
            EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', one.name);
        END LOOP;
        FOR one IN SELECT oid::regtype AS name FROM pg_type
            WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'c') AND typrelid = 0
                AND pg_has_role(typowner, 'USAGE') LOOP
            EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
        END LOOP;
        FOR one IN SELECT c.oid::regclass AS name FROM pg_class AS c
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'c' AND pg_has_role(relowner, 'USAGE') LOOP
            EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
        END LOOP;
    END
    $$
    """
)


def copy_out(connection: Connection, to: Mapping[str, BinaryIO]) -> dict[str, int]:
    """Writes every row of every table, and returns how many there were.

    Args:
        connection: as the application's role, in a transaction that sees one moment throughout.
        to: a file for each table.
    """
    rows = dict.fromkeys(TABLES, 0)

    def copy(names: Iterable[str], **seen: str) -> None:
        see(connection, **seen)
        for name in names:
            rows[name] += _out(_cursor(connection), TABLES[name], to[name])

    copy([name for name in TABLES if not _is_scoped(name)])
    copy([access_grant.name], people="manage")
    for tenant_id in _tenants(connection):
        copy(filter(_is_of_tenant, TABLES), tenant=str(tenant_id))
    for tenant_id in (INSTALLATION, *_removed(connection)):
        copy([audit_entry.name], tenant=str(tenant_id))
    return rows


def see(connection: Connection, *, tenant: str = "", reader: str = "", people: str = "") -> None:
    """What the transaction sees from now on, and nothing else that it saw before."""
    connection.execute(_SETTINGS, {"tenant": tenant, "reader": reader, "people": people})


def columns_of(table: str) -> list[str]:
    """The columns in the order in which they are written."""
    return [str(column.name) for column in TABLES[table].columns]


def copy_in(connection: Connection, table: str, columns: Sequence[str], read: Callable[[], bytes]) -> int:
    """Writes the rows of one table into it, and returns how many are in it then. Between `lift_rules` and `lay_rules`.

    Args:
        columns: those of the text, in its order.
        read: gives the next part of the text; nothing at its end.
    """
    statement = written.SQL("COPY {} ({}) FROM STDIN").format(
        written.Identifier(table), written.SQL(", ").join(map(written.Identifier, columns))
    )
    with _refused(table), _cursor(connection) as cursor:
        with cursor.copy(statement) as copy:
            while part := read():
                copy.write(part)
        cursor.execute(written.SQL("SELECT count(*) FROM {}").format(written.Identifier(table)))
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def lift_rules(connection: Connection) -> list[str]:
    """Empties the tables of the record, and lets their owner write any row. Returns the tables that have rules."""
    forced = list(
        connection.execute(
            text("SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY relname")
        ).scalars()
    )
    there = sorted(TABLES.keys() & tables_there(connection))
    connection.execute(text(f"TRUNCATE {', '.join(map(_quoted, there))}"))
    for name in forced:
        connection.execute(text(f"ALTER TABLE {_quoted(name)} NO FORCE ROW LEVEL SECURITY"))
    return forced


def lay_rules(connection: Connection, forced: Iterable[str]) -> None:
    """Holds the owner to the rules again."""
    for name in forced:
        connection.execute(text(f"ALTER TABLE {_quoted(name)} FORCE ROW LEVEL SECURITY"))


def clear(connection: Connection) -> None:
    """Drops what the owner's role made: tables, functions and types, and nothing of anybody else."""
    connection.execute(_CLEAR)


def tables_there(connection: Connection) -> frozenset[str]:
    """The names of the tables of the schema."""
    return frozenset(connection.execute(_OWN_TABLES).scalars())


def _out(cursor: Cursor[Any], table: Table, to: BinaryIO) -> int:
    query = written.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(
        written.SQL(", ").join(written.Identifier(column.name) for column in table.columns),
        written.Identifier(table.name),
    )
    rows = 0
    with _refused(table.name), cursor, cursor.copy(query) as copy:
        for part in copy:
            rows += bytes(part).count(b"\n")
            to.write(part)
    return rows


@contextmanager
def _refused(table: str) -> Iterator[None]:
    """What the driver says may hold what is in the rows, so only its code is told."""
    try:
        yield
    except psycopg.Error as error:
        raise StoreError(
            f"the rows of the table {table} could not be copied ({error.sqlstate or 'the database went away'}): see that the "
            "database runs and that the backup is one that securescore wrote"
        ) from None


def _cursor(connection: Connection) -> Cursor[Any]:
    cursor: Cursor[Any] = connection.connection.cursor()  # type: ignore[assignment]
    return cursor


def _tenants(connection: Connection) -> list[uuid.UUID]:
    see(connection, reader="operator")
    return list(connection.execute(_TENANTS).scalars())


def _removed(connection: Connection) -> list[uuid.UUID]:
    see(connection, tenant=str(INSTALLATION))
    return [uuid.UUID(one) for one in connection.execute(_REMOVED).scalars()]


def _is_of_tenant(name: str) -> bool:
    return name != access_grant.name and "tenant_id" in TABLES[name].columns


def _is_scoped(name: str) -> bool:
    return "tenant_id" in TABLES[name].columns


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
