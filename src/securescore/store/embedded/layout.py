"""The folders and files of one embedded server, and whose they are.

What root writes belongs to root and lies in a folder that only root can change; the data, the log and the socket belong to
the server's account.
"""

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from securescore.errors import ConfigurationError
from securescore.evidence.files import writing
from securescore.store.embedded.account import (
    ROOT,
    Account,
    name_of,
    refuse_closed_folders,
    refuse_foreign_folder,
)

_SOCKET = ".s.PGSQL.5432"
_LONGEST_SOCKET = 103
"""Bytes that every system takes for the path of a socket; Linux takes four more."""
_SEPARATING = frozenset(",\"'\\")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a server lie. The folder is absolute and without symbolic links."""

    folder: Path

    @property
    def data(self) -> Path:
        """What PostgreSQL keeps."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """A file for each day of the week."""
        return self.folder / "log"

    @property
    def start_log(self) -> Path:
        """What the last start said before the log began."""
        return self.folder / "start.log"

    @property
    def passwords(self) -> Path:
        """Of the three roles; for the account that runs securescore only."""
        return self.folder / "passwords.json"

    @property
    def configuration(self) -> Path:
        """Written anew at each start of the server."""
        return self.folder / "postgresql.conf"

    @property
    def logins(self) -> Path:
        """Who may log in how: PostgreSQL's pg_hba.conf."""
        return self.folder / "pg_hba.conf"

    @property
    def start_lock(self) -> Path:
        """Held while the server is being started or stopped."""
        return self.folder / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by every process that uses the server."""
        return self.folder / "users.lock"

    @property
    def socket_folder(self) -> Path:
        """Beside the data, or in a short folder of its own where that path would be no good for a socket."""
        near = self.folder / "run"
        if _suits_a_socket(near):
            return near
        digest = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return _short_place() / f"securescore-{digest}"

    @property
    def socket(self) -> Path:
        """Where the server listens."""
        return self.socket_folder / _SOCKET

    @property
    def socket_claim(self) -> Path:
        """The file by which a server keeps others from its socket."""
        return self.socket_folder / f"{_SOCKET}.lock"


def make_folder(layout: Layout) -> None:
    """Makes the folder of the server where it is not there.

    Raises:
        ConfigurationError: it is another account's.
        EvidenceError: the disk refuses.
    """
    mode = 0o711 if os.geteuid() == ROOT else 0o700
    with writing(layout.folder):
        _make(layout.folder, mode)
        refuse_foreign_folder(layout.folder)
        layout.folder.chmod(mode)


def make_server_folders(layout: Layout, account: Account) -> None:
    """Makes the folders for socket and log, which are the server account's.

    Raises:
        ConfigurationError: the account cannot come there, or a folder is a stranger's.
        EvidenceError: the disk refuses.
    """
    refuse_closed_folders(layout.folder, account)
    for path in (layout.log, layout.socket_folder):
        with writing(path):
            path.mkdir(mode=0o700, exist_ok=True)
            _refuse_strange(path, account)
            account.give(path)


def remove_socket_folder(layout: Layout) -> None:
    """Removes the short folder, where there is one; the other stays."""
    if layout.socket_folder.parent != layout.folder:
        with suppress(OSError):
            layout.socket_folder.rmdir()


def _make(path: Path, mode: int) -> None:
    if not path.is_dir():
        _make(path.parent, mode)
        path.mkdir(exist_ok=True)
        path.chmod(mode)


def _refuse_strange(path: Path, account: Account) -> None:
    found = path.lstat()
    private = stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
    if not private or found.st_uid not in {os.geteuid(), account.uid}:
        raise ConfigurationError(
            f"{path}, of the account {name_of(found.st_uid)}, is no private folder of the database server: remove it, or "
            "choose another SECURESCORE_DATA_DIR"
        )


def _suits_a_socket(folder: Path) -> bool:
    text = str(folder)
    plain = text.isprintable() and not _SEPARATING & set(text)
    return plain and len(os.fsencode(folder / _SOCKET)) <= _LONGEST_SOCKET


def _short_place() -> Path:
    """The same for every process of the account, whatever its environment says."""
    run = Path("/run")
    return run if os.geteuid() == ROOT and run.is_dir() else Path(os.sep, "tmp")
