"""Servers for the tests: one that many share for looking at, and places to break some."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.embedded.place import copy_server, server_place

from securescore.store.embedded import EmbeddedServer


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for the server of one test."""
    with server_place() as folder:
        yield folder


@pytest.fixture
def folder(place: Path) -> Path:
    """What `SECURESCORE_DATA_DIR/postgres` would be."""
    return place / "postgres"


@pytest.fixture(scope="session")
def stopped() -> Iterator[Path]:
    """The folder of a server that was started once and stopped; not to be changed."""
    with server_place() as place:
        with EmbeddedServer(place / "postgres"):
            pass
        yield place / "postgres"


@pytest.fixture
def made(stopped: Path, folder: Path) -> Path:
    """A folder whose server was started before and does not run now."""
    return copy_server(stopped, folder)


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedServer]:
    """A running server that no test of the module stops or harms."""
    with server_place() as folder, EmbeddedServer(folder / "postgres") as running:
        yield running
