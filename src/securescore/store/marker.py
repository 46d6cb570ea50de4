"""The marker that proves that folder and database belong together: both hold the id of the installation."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from securescore.errors import ConfigurationError
from securescore.evidence.files import make_private_folder, replace_file, writing
from securescore.store.schema import installation

_NAME = "installation"


def prove_together(connection: Connection, data_dir: Path, *, adopt: bool = False) -> uuid.UUID:
    """The id of the installation; makes it when folder and database are both new.

    Args:
        connection: as the application.
        data_dir: the data folder.
        adopt: take a folder without a marker for the lost one of this database.

    Raises:
        ConfigurationError: the folder is of another installation than the database.
    """
    with writing(data_dir):
        make_private_folder(data_dir)
    in_folder = marker_of(data_dir)
    in_database: uuid.UUID | None = connection.execute(
        select(installation.c.installation_id)
    ).scalar_one_or_none()
    if in_database is None:
        return _begin(connection, data_dir, in_folder)
    if in_folder is None:
        _refuse_strange(data_dir, adopt=adopt)
        write_marker(data_dir, in_database)
    elif in_folder != in_database:
        raise ConfigurationError(
            f"the data folder {data_dir} belongs to another installation than the database: every process of one "
            "installation needs the same SECURESCORE_DATA_DIR and the same SECURESCORE_DATABASE_URL"
        )
    return in_database


def _begin(connection: Connection, data_dir: Path, in_folder: uuid.UUID | None) -> uuid.UUID:
    """A new database. A folder that has a marker yet no evidence was begun and not finished."""
    if in_folder is not None and _holds_evidence(data_dir):
        raise ConfigurationError(
            f"the database is empty, but the data folder {data_dir} holds the evidence of an installation: point "
            "SECURESCORE_DATABASE_URL at its database, restore that (securescore restore), or choose an empty folder"
        )
    installation_id = in_folder or uuid.uuid4()
    connection.execute(
        insert(installation).values(installation_id=installation_id, created_at=datetime.now(UTC))
    )
    write_marker(data_dir, installation_id)
    return installation_id


def _refuse_strange(data_dir: Path, *, adopt: bool) -> None:
    if _holds_evidence(data_dir) or not adopt:
        raise ConfigurationError(
            f"the data folder {data_dir} has no marker of this installation: mount the folder that the other processes "
            "use; if it is lost, give an empty one and run: securescore database adopt-folder"
        )


def _holds_evidence(data_dir: Path) -> bool:
    evidence = data_dir / "evidence"
    return evidence.is_dir() and any(evidence.iterdir())


def marker_of(data_dir: Path) -> uuid.UUID | None:
    """The installation that the folder belongs to; None when it has no marker.

    Raises:
        ConfigurationError: the marker is damaged.
    """
    path = data_dir / _NAME
    try:
        return uuid.UUID(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"the marker {path} cannot be read ({error}): see to its permissions, or restore it from a backup"
        ) from error


def write_marker(data_dir: Path, installation_id: uuid.UUID) -> None:
    """From now on the folder belongs to that installation."""
    replace_file(data_dir / _NAME, f"{installation_id}\n".encode())
