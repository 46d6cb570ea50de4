from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.databases import Server, running_server
from tests.worker.tenants import Tenants, place_of

from securescore.demo import InventedCloud, Organisation
from securescore.services.installation import Installation
from securescore.settings import Settings
from securescore.store.opening import open_database

FEW = {"SecurityEvents.Read.All"}
"""Few tables are read, so that a synchronisation is short."""


@pytest.fixture(scope="session")
def databases() -> Iterator[Server]:
    """A server for all tests of this worker, each with a database of its own."""
    with running_server() as server:
        yield server


@pytest.fixture
def here(databases: Server, tmp_path: Path) -> Iterator[Installation]:
    """An installation without tenants."""
    with databases.database() as fresh:
        settings = Settings(data_dir=tmp_path / "data", database_url=fresh.application_secret)
        with open_database(settings) as database:
            yield Installation(settings, database)


@pytest.fixture(scope="session")
def organisation() -> Organisation:
    return Organisation.build(name="Westerkade", people=120)


@pytest.fixture
def cloud(organisation: Organisation) -> Iterator[InventedCloud]:
    with InventedCloud(organisation, granted=FEW) as cloud:
        yield cloud


@pytest.fixture
def tenants(here: Installation, cloud: InventedCloud, tmp_path: Path) -> Tenants:
    return Tenants(here, cloud, place_of(tmp_path))
