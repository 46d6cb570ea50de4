"""Who may log in, and what the roles may do: the least that works."""

import os
import stat
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql
from tests.store.embedded.place import command_line, processes

from securescore.store.embedded import EmbeddedServer, Login
from securescore.store.embedded.account import server_account
from securescore.store.embedded.layout import Layout
from securescore.store.embedded.passwords import Passwords, read_passwords


def superuser(server: EmbeddedServer, database: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(server._started().superuser(database).conninfo, autocommit=True)


def application(server: EmbeddedServer) -> psycopg.Connection:
    return psycopg.connect(server.start().application.conninfo, autocommit=True)


def passwords_of(server: EmbeddedServer) -> Passwords:
    return read_passwords(server._layout.passwords)


class TestRoles:
    @pytest.mark.parametrize("role", ["securescore_owner", "securescore_app"])
    def test_neither_role_is_above_the_rules(self, server: EmbeddedServer, role: str) -> None:
        query = (
            "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, "
            "(SELECT count(*) FROM pg_auth_members WHERE member = pg_roles.oid) FROM pg_roles WHERE rolname = %s"
        )
        with superuser(server) as connection:
            row = connection.execute(query, [role]).fetchone()
        assert row == (True, False, False, False, False, False, 0)

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TABLE public.mine (a integer)",
            "CREATE TEMPORARY TABLE mine (a integer)",
            "CREATE SCHEMA mine",
            "CREATE ROLE mine",
            "CREATE DATABASE mine",
            "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS $$SELECT 1$$",
            "ALTER ROLE securescore_app SUPERUSER",
            "SET ROLE securescore_owner",
            "SET log_min_messages = 'debug5'",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_read_file('postmaster.pid')",
            "SELECT rolpassword FROM pg_authid",
        ],
    )
    def test_the_application_may_not(self, server: EmbeddedServer, statement: str) -> None:
        with application(server) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(sql.SQL(statement))

    @pytest.mark.parametrize("database", ["postgres", "template1"])
    def test_our_roles_may_enter_no_other_database(self, server: EmbeddedServer, database: str) -> None:
        address = server.start()
        for login in (address.application, address.owner):
            elsewhere = Login(login.socket_folder, database, login.role, login.password)
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(elsewhere.conninfo)

    def test_the_application_reads_what_the_owner_grants(self, server: EmbeddedServer) -> None:
        with psycopg.connect(server.start().owner.conninfo) as owner:
            owner.execute("CREATE TABLE given (a integer)")
            owner.execute("GRANT USAGE ON SCHEMA public TO securescore_app")
            owner.execute("GRANT SELECT ON given TO securescore_app")
        with application(server) as connection:
            assert connection.execute("SELECT * FROM given").fetchall() == []
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("DELETE FROM given")


class TestLogins:
    @pytest.mark.parametrize("role", ["postgres", "securescore_owner", "securescore_app"])
    @pytest.mark.parametrize("password", ["wrong", ""])
    def test_only_with_the_password(self, server: EmbeddedServer, role: str, password: str) -> None:
        address = server.start().application
        database = "postgres" if role == "postgres" else "securescore"
        wrong = Login(address.socket_folder, database, role, password).conninfo
        with pytest.raises(psycopg.OperationalError, match=r"authentication failed|no password supplied"):
            psycopg.connect(wrong, passfile=os.devnull)

    def test_every_rule_asks_for_scram(self, server: EmbeddedServer) -> None:
        with superuser(server) as connection:
            rules = connection.execute("SELECT type, auth_method FROM pg_hba_file_rules").fetchall()
            verifiers = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
        assert rules == [("local", "scram-sha-256")]
        assert len(verifiers) == 3
        assert all(verifier.startswith("SCRAM-SHA-256$") for (verifier,) in verifiers)

    def test_no_port_is_open(self, server: EmbeddedServer) -> None:
        """Neither by the setting nor in the system's own list of the sockets of the server's processes."""
        with superuser(server) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        tcp = {
            line.split()[9]
            for name in ("tcp", "tcp6")
            for line in Path("/proc/net", name).read_text().splitlines()[1:]
        }
        assert not tcp & sockets(server._layout.folder)


class TestSecrets:
    def test_none_in_the_log_the_list_of_processes_and_what_the_server_can_read(
        self, server: EmbeddedServer
    ) -> None:
        with application(server) as connection:
            for statement in ("SELECT 'confidential'::integer", "SELECT confidential", "confidential"):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement)
        folder, passwords = server._layout.folder, passwords_of(server)
        secrets = [passwords.superuser, passwords.owner, passwords.application, "confidential"]
        written = b"".join(
            path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
            and path.name != "passwords.json"
            and not path.is_relative_to(folder / "data" / "base")
        )
        listed = b"".join(
            command_line(pid) + Path("/proc", str(pid), "environ").read_bytes() for pid in processes(folder)
        )
        assert b"ready to accept connections" in written
        assert b"config_file=" in listed
        for secret in secrets:
            assert secret.encode() not in written
            assert secret.encode() not in listed

    def test_the_processes_inherit_nothing(self, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECURESCORE_SECRET", "inherited")
        monkeypatch.setenv("PGOPTIONS", "-c log_statement=all")
        with EmbeddedServer(made):
            for pid in processes(made):
                assert b"inherited" not in Path("/proc", str(pid), "environ").read_bytes()

    def test_files_are_private(self, server: EmbeddedServer) -> None:
        layout = server._layout
        account = server_account(layout.data)
        for path, owner, mode in (
            (layout.passwords, os.geteuid(), 0o600),
            (layout.users_lock, os.geteuid(), 0o600),
            (layout.start_lock, os.geteuid(), 0o600),
            (layout.data, account.uid, 0o700),
            (layout.log, account.uid, 0o700),
            (layout.socket_folder, account.uid, 0o700),
        ):
            found = path.stat()
            assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (owner, mode), path

    def test_nothing_is_shown(self, server: EmbeddedServer) -> None:
        passwords = passwords_of(server)
        shown = repr(server.start()) + repr(server._started()) + repr(passwords)
        assert passwords.application not in shown
        assert passwords.superuser not in shown


class TestDurability:
    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("data_checksums", "on"),
            ("jit", "off"),
            ("log_statement", "none"),
            ("server_encoding", "UTF8"),
            ("TimeZone", "UTC"),
        ],
    )
    def test_setting(self, server: EmbeddedServer, setting: str, value: str) -> None:
        with application(server) as connection:
            assert connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(setting))).fetchone() == (
                value,
            )

    def test_text_sorts_by_code_points_whatever_the_machine_speaks(self, server: EmbeddedServer) -> None:
        query = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()"
        with application(server) as connection:
            assert connection.execute(query).fetchone() == ("b", "C.UTF-8")
            assert connection.execute("SELECT upper('é')").fetchone() == ("É",)


class TestInterruptedPreparation:
    @pytest.mark.parametrize(
        "damage",
        [
            ["DROP DATABASE securescore", "DROP ROLE securescore_owner", "DROP ROLE securescore_app"],
            ["DROP DATABASE securescore", "DROP ROLE securescore_app"],
            ["DROP DATABASE securescore"],
            [
                "COMMENT ON DATABASE securescore IS NULL",
                "REVOKE ALL ON DATABASE securescore FROM securescore_app",
                "GRANT ALL ON DATABASE securescore TO PUBLIC",
                "ALTER ROLE securescore_app SUPERUSER PASSWORD 'another'",
            ],
        ],
    )
    def test_is_completed_by_the_next_start(self, made: Path, damage: list[str]) -> None:
        with EmbeddedServer(made) as server:
            with superuser(server) as connection:
                for statement in damage:
                    connection.execute(sql.SQL(statement))
            with EmbeddedServer(made) as again, application(again) as connection:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute("CREATE TEMPORARY TABLE mine (a integer)")
                row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
                assert row.fetchone() == (False,)


def sockets(folder: Path) -> set[str]:
    """The numbers of all sockets that the server's processes have open."""
    links = [
        str(path.readlink()) for pid in processes(folder) for path in Path("/proc", str(pid), "fd").iterdir()
    ]
    found = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    assert found, Layout(folder)
    return found
