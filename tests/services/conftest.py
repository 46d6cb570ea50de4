import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.services.tenancy import Record, Tenancy, begin_record, begin_tenancy
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
def here(databases: Server, tmp_path: Path) -> Iterator[Installation]:
    """An installation without tenants."""
    with databases.database() as fresh, open_here(fresh, tmp_path / "data") as installation:
        yield installation


@contextmanager
def open_here(database: TestDatabase, folder: Path) -> Iterator[Installation]:
    settings = Settings(data_dir=folder, database_url=database.application_secret)
    with open_database(settings) as opened:
        yield Installation(settings, opened)


@pytest.fixture
def tenancy(here: Installation, tmp_path: Path) -> Iterator[Tenancy]:
    """One invented organisation that is kept up to date, on days of the test's choosing."""
    with begin_tenancy(here, tmp_path / "connection") as one:
        yield one


@pytest.fixture(scope="session")
def read_once(databases: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence of an organisation that was read and assessed once, to be copied."""
    folder = tmp_path_factory.mktemp("read-once")
    with (
        databases.database() as fresh,
        open_here(fresh, folder / "data") as here,
        begin_tenancy(here, folder / "connection") as one,
    ):
        one.sync()
        return one.here.evidence_path(one.tenant_id)


@pytest.fixture
def record(here: Installation, read_once: Path, tmp_path: Path) -> Record:
    """A tenant with one snapshot, whose cloud does not answer."""
    return copied_record(here, read_once, tmp_path / "connection")


def copied_record(here: Installation, evidence: Path, connection: Path) -> Record:
    """A tenant with a copy of the evidence, and one snapshot of it."""
    one = begin_record(here, connection)
    shutil.copytree(evidence, here.evidence_path(one.tenant_id))
    one.take()
    return one
