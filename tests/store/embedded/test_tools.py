"""PostgreSQL's own programs for backup and restore."""

import tempfile
from pathlib import Path

import psycopg
import pytest

from securescore.errors import StoreError
from securescore.store.embedded import EmbeddedServer


def test_what_is_dumped_is_restored(server: EmbeddedServer, made: Path) -> None:
    """The owner's rules about rows do not hide any from the superuser, who dumps."""
    with psycopg.connect(server.start().owner.conninfo) as connection:
        connection.execute("CREATE TABLE hidden (a integer)")
        connection.execute("INSERT INTO hidden VALUES (1)")
        connection.execute("ALTER TABLE hidden ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE hidden FORCE ROW LEVEL SECURITY")
    with tempfile.TemporaryFile() as dump, EmbeddedServer(made) as other:
        server.run_tool("pg_dump", "--format=custom", stdout=dump)
        dump.seek(0)
        other.run_tool("pg_restore", "--dbname=securescore", "--exit-on-error", stdin=dump)
        with psycopg.connect(other._started().superuser("securescore").conninfo) as connection:
            assert connection.execute("SELECT a FROM hidden").fetchall() == [(1,)]


def test_what_fails_says_why(server: EmbeddedServer) -> None:
    with pytest.raises(
        StoreError, match=r"pg_dump of the embedded database failed \(pg_dump: error: no matching tables"
    ):
        server.run_tool("pg_dump", "--table=nowhere")
