from collections.abc import Iterator

import pytest
from tests.store.databases import Server, TestDatabase, running_server

from securescore.store.database import Database


@pytest.fixture(scope="session")
def databases() -> Iterator[Server]:
    """A server for all tests of this worker, each with a database of its own."""
    with running_server() as server:
        yield server


@pytest.fixture
def fresh(databases: Server) -> Iterator[TestDatabase]:
    """A database with the schema and nothing in it."""
    with databases.database() as one:
        yield one


@pytest.fixture
def database(fresh: TestDatabase) -> Iterator[Database]:
    """The same, opened as the application."""
    with fresh.opened() as opened:
        yield opened
