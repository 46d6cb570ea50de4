"""Whether this installation can do its work, and figures about it. Nothing here names a tenant."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from securescore.errors import ConfigurationError, SecureScoreError, StoreError
from securescore.services.actor import SYSTEM
from securescore.services.installation import Installation
from securescore.store import figures
from securescore.store.figures import Duration, Fleet, Queue, Workers
from securescore.store.marker import prove_together
from securescore.store.migrating import is_current, newest_version, version_of

SILENCE = 60.0
"""Seconds without a sign of life after which a worker is taken for dead."""


@dataclass(frozen=True)
class Figures:
    """What there is to measure. Sizes in bytes, times in seconds."""

    fleet: Fleet
    queue: Queue
    durations: list[Duration]
    workers: Workers
    database_size: int
    schema_version: str


def readiness(here: Installation) -> Mapping[str, str | None]:
    """For each part what is wrong with it, in one sentence without a secret; None: it works."""
    parts: dict[str, Callable[[Installation], None]] = {
        "database": _answers,
        "schema": _is_current,
        "folder": _folder_works,
        "worker": _worker_lives,
    }
    return {name: _problem(check, here) for name, check in parts.items()}


def measured(here: Installation) -> Figures:
    """The figures of this moment.

    Raises:
        StoreError: the database does not answer.
    """
    with here.database.reader(SYSTEM) as connection:
        return Figures(
            fleet=figures.fleet(connection),
            queue=figures.queue(connection),
            durations=figures.durations(connection),
            workers=figures.workers(connection, SILENCE),
            database_size=figures.database_size(connection),
            schema_version=version_of(connection) or "none",
        )


def refuse_unwritable(folder: Path) -> None:
    """Raises ConfigurationError when nothing can be written there. Leaves nothing behind."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"1")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ConfigurationError(
            f"nothing can be written to the data folder {folder} ({error.strerror}): see to the disk's space and to the "
            "folder's permissions"
        ) from None


def _problem(check: Callable[[Installation], None], here: Installation) -> str | None:
    try:
        check(here)
    except SecureScoreError as error:
        return str(error)
    except SQLAlchemyError:
        return "the database does not answer as it should: see its log"
    return None


def _answers(here: Installation) -> None:
    with here.database.installation() as connection:
        figures.database_time(connection)


def _is_current(here: Installation) -> None:
    with here.database.installation() as connection:
        if not is_current(connection):
            raise StoreError(
                f"the schema is of version {version_of(connection) or 'none'}, and this program needs "
                f"{newest_version()}: run securescore database migrate"
            )


def _folder_works(here: Installation) -> None:
    with here.database.installation() as connection:
        prove_together(connection, here.settings.data_dir)
    refuse_unwritable(here.settings.data_dir)


def _worker_lives(here: Installation) -> None:
    with here.database.installation() as connection:
        found = figures.workers(connection, SILENCE)
    if not found.alive:
        since = "since this database was made" if found.age is None else f"for {found.age:.0f} seconds"
        raise StoreError(f"no worker gave a sign of life {since}: start one (securescore worker)")
