"""A notice comes with the commit, or not at all."""

import uuid
from contextlib import closing, suppress

import pytest
from sqlalchemy import text
from tests.store import rows
from tests.store.databases import Server, TestDatabase, engine

from securescore.errors import StoreError
from securescore.store import notices
from securescore.store.database import Database
from securescore.store.notices import Notice, listen

SOON = 10.0


def test_what_is_committed_is_told(database: Database, fresh: TestDatabase) -> None:
    tenant_id = rows.add_tenant(database)
    with closing(listen(fresh.application, SOON)) as heard:
        assert next(heard) is None
        with database.changing(tenant_id) as connection:
            notices.send(connection, tenant_id, "snapshot")
        assert next(heard) == Notice(tenant_id, "snapshot")


def test_what_is_rolled_back_is_not(database: Database, fresh: TestDatabase) -> None:
    with closing(listen(fresh.application, 0.2)) as heard:
        next(heard)
        with suppress(RuntimeError), database.tenant(uuid.uuid4()) as connection:
            notices.send(connection, uuid.uuid4(), "snapshot")
            raise RuntimeError
        assert next(heard) is None


def test_a_database_that_goes_away_is_said(databases: Server) -> None:
    with databases.database() as fresh, closing(listen(fresh.application, SOON)) as heard:
        next(heard)
        with engine(fresh.superuser) as superuser, superuser.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%notices'"
                )
            )
        with pytest.raises(StoreError, match="went away"):
            next(heard)
