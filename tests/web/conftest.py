from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.databases import Server, TestDatabase, running_server

from securescore.services.installation import Installation
from securescore.settings import Settings
from securescore.store.opening import open_database


@pytest.fixture(scope="session")
def databases() -> Iterator[Server]:
    """A server for all tests of this worker, each with a database of its own."""
    with running_server() as server:
        yield server


@pytest.fixture
def fresh(databases: Server) -> Iterator[TestDatabase]:
    with databases.database() as one:
        yield one


@pytest.fixture
def here(fresh: TestDatabase, tmp_path: Path) -> Iterator[Installation]:
    """An installation without tenants."""
    settings = Settings(data_dir=tmp_path / "data", database_url=fresh.application_secret)
    with open_database(settings) as database:
        yield Installation(settings, database)
