"""What an installation holds, to be compared with what another one holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from tests.store.databases import TestDatabase, engine

from securescore.services.actor import operator
from securescore.settings import Settings

ME = operator("tester")
RUN = Path("runs", "20260302T060000Z-0001")


@dataclass(frozen=True)
class Place:
    """Where to restore to."""

    folder: Path
    database: TestDatabase

    @property
    def settings(self) -> Settings:
        owner = SecretStr(self.database.owner.render_as_string(hide_password=False))
        return Settings(
            data_dir=self.folder, database_url=self.database.application_secret, migration_url=owner
        )

    def tables(self) -> frozenset[str]:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        with engine(self.database.superuser) as superuser, superuser.begin() as connection:
            return frozenset(connection.execute(text(query)).scalars())


def everything(database: TestDatabase) -> dict[str, list[Any]]:
    """Every row of every table, as nobody but a superuser sees them together; without the queue."""
    with engine(database.superuser) as superuser, superuser.begin() as connection:
        names = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        return {
            name: sorted(connection.execute(text(f"SELECT t::text FROM {name} AS t")).scalars())
            for name in names
            if not name.startswith("procrastinate_")
        }


def rights(database: TestDatabase) -> list[Any]:
    """Who may do what, and which tables hold whom to their rules."""
    granted = (
        "SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants "
        "WHERE table_schema = 'public' ORDER BY 1, 2, 3"
    )
    forced = (
        "SELECT relname, relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    with engine(database.superuser) as superuser, superuser.begin() as connection:
        return [*connection.execute(text(granted)).all(), *connection.execute(text(forced)).all()]
