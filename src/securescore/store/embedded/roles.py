"""The two roles and the database: made after the server's first start, or after one that was interrupted."""

from collections.abc import Callable

from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal

from securescore.store.embedded.address import APPLICATION_ROLE, DATABASE, OWNER_ROLE, SUPERUSER
from securescore.store.embedded.passwords import Passwords

_COMPLETE = "securescore: roles and rights, version 1"
_LOCK = 4_011_973
_IS_COMPLETE = "SELECT FROM pg_database WHERE datname = %s AND shobj_description(oid, 'pg_database') = %s"
_ATTRIBUTES = SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS")


def prepare_roles(connection: Connection, passwords: Passwords, connect: Callable[[str], Connection]) -> None:
    """Makes the roles and the database, as far as they are not there, and marks them as complete.

    Args:
        connection: of the superuser, in autocommit, to the database `postgres`.
        passwords: what the roles are to log in with.
        connect: opens such a connection to another database.
    """
    if _is_complete(connection):
        return
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # a killed launcher's statement may still run
    _make_role(connection, OWNER_ROLE, passwords.owner)
    _make_role(connection, APPLICATION_ROLE, passwords.application)
    _make_database(connection)
    with connect(DATABASE) as inside:
        inside.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", Identifier(DATABASE), Identifier(APPLICATION_ROLE))
    _run(connection, "COMMENT ON DATABASE {} IS {}", Identifier(DATABASE), Literal(_COMPLETE))


def _is_complete(connection: Connection) -> bool:
    return connection.execute(_IS_COMPLETE, [DATABASE, _COMPLETE]).fetchone() is not None


def _make_role(connection: Connection, role: str, password: str) -> None:
    """The server gets the password's SCRAM verifier, and never the password.

    What its sessions do wrong is told to them and not to the log: the messages may name people and secrets.
    """
    name = Identifier(role)
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
        _run(connection, "CREATE ROLE {}", name)
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    _run(connection, "ALTER ROLE {} {} PASSWORD {}", name, _ATTRIBUTES, Literal(verifier.decode()))
    _run(connection, "ALTER ROLE {} SET log_min_messages = 'log'", name)


def _make_database(connection: Connection) -> None:
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
        _run(connection, "CREATE DATABASE {} OWNER {}", Identifier(DATABASE), Identifier(OWNER_ROLE))
    for database in (DATABASE, SUPERUSER, "template1"):
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", Identifier(database))


def _run(connection: Connection, statement: str, *parts: Composable) -> None:
    connection.execute(SQL(statement).format(*parts))
