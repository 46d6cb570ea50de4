"""One server with its passwords: brought up, logged in to, brought down."""

import threading
import time
from dataclasses import dataclass, field

import psycopg

from securescore.errors import ConfigurationError, StoreError, first_line
from securescore.store.embedded.account import Account
from securescore.store.embedded.address import (
    APPLICATION_ROLE,
    DATABASE,
    OWNER_ROLE,
    SUPERUSER,
    Login,
    ServerAddress,
)
from securescore.store.embedded.cluster import write_configuration
from securescore.store.embedded.layout import Layout, remove_socket_folder
from securescore.store.embedded.passwords import Passwords
from securescore.store.embedded.postmaster import LastWords, Postmaster
from securescore.store.embedded.programs import Programs, remove_old_copies
from securescore.store.embedded.roles import prepare_roles

_PAUSE = 0.02
_LOGIN_TIMEOUT = 5
_STILL_ENDING = ("is still in use", "already exists")
"""What PostgreSQL says while the processes of a server that was killed are not all gone."""


class SlowServerError(StoreError):
    """The server runs and does not answer yet. It is left to go on: a recovery that is stopped begins again."""


@dataclass(frozen=True, slots=True)
class Instance:
    """The server over one data folder. Bringing it up and down needs the lock for that."""

    layout: Layout
    account: Account
    programs: Programs
    passwords: Passwords = field(repr=False)
    patience: float

    @property
    def address(self) -> ServerAddress:
        """What the application is given."""
        return ServerAddress(
            application=self._login(DATABASE, APPLICATION_ROLE, self.passwords.application),
            owner=self._login(DATABASE, OWNER_ROLE, self.passwords.owner),
        )

    def superuser(self, database: str) -> Login:
        """For maintenance, and for nothing that the application does."""
        return self._login(database, SUPERUSER, self.passwords.superuser)

    def bring_up(self, lock: int) -> None:
        """Adopts the server that runs, or starts one, and sees to its roles and database."""
        try:
            with self._running(lock) as connection:
                prepare_roles(connection, self.passwords, self._connect)
        except psycopg.Error as error:
            raise StoreError(
                f"the embedded database in {self.layout.folder} could not be prepared ({first_line(error)}): see "
                f"{self.layout.log}, then run this again"
            ) from error

    def bring_down(self, lock: int) -> None:
        """Stops it. `lock` stays held until that is done, even without us."""
        self._postmaster.stop(self.patience, lock)
        remove_socket_folder(self.layout)

    @property
    def _postmaster(self) -> Postmaster:
        return Postmaster(self.layout, self.account, self.programs)

    def _login(self, database: str, role: str, password: str) -> Login:
        return Login(self.layout.socket_folder, database, role, password)

    def _connect(self, database: str) -> psycopg.Connection:
        conninfo = self.superuser(database).conninfo
        timeout = min(_LOGIN_TIMEOUT, max(1, round(self.patience)))
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=timeout)

    def _running(self, lock: int) -> psycopg.Connection:
        """A connection to the server, which is started unless it runs. One that is ending and does not end is ended."""
        end = time.monotonic() + self.patience
        connection = self._answer()
        while connection is None:
            words = LastWords(self.layout)
            if self._postmaster.is_stopping():
                self._postmaster.stop(self.patience / 2, lock)
            reaper = None if self._postmaster.is_alive() else self._start()
            connection = self._wait(reaper, words, end)
            if connection is None and reaper is not None:
                self._refuse_failure(words, end)
        return connection

    def _start(self) -> threading.Thread:
        write_configuration(self.layout)
        remove_old_copies(self.layout.folder, self.programs)
        return self._postmaster.start()

    def _wait(
        self, reaper: threading.Thread | None, words: LastWords, end: float
    ) -> psycopg.Connection | None:
        """A connection as soon as the server takes it; None when its main process is gone."""
        lives = reaper.is_alive if reaper else self._postmaster.is_alive
        while lives():
            connection = self._answer() if self._postmaster.is_ready() else None
            if connection is not None:
                return connection
            if time.monotonic() > end:
                raise SlowServerError(
                    f"the embedded database in {self.layout.folder} does not answer after {self.patience:.0f} seconds "
                    f"({words}): it may still be recovering, so run this again later, or read {self.layout.log}"
                )
            time.sleep(_PAUSE)
        return None

    def _answer(self) -> psycopg.Connection | None:
        """A connection, when the server takes it now. Nobody but our server knows the password behind our socket."""
        if not self.layout.socket.exists():
            return None
        try:
            return self._connect(SUPERUSER)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise ConfigurationError(
                    f"the embedded database in {self.layout.folder} does not accept the passwords in "
                    f"{self.layout.passwords}: restore the file that belongs to these data from a backup"
                ) from None
            return None

    def _refuse_failure(self, words: LastWords, end: float) -> None:
        """Raises StoreError, unless another attempt may go better."""
        said = str(words)
        if self._postmaster.is_alive():
            return
        if time.monotonic() > end or not any(sign in said for sign in _STILL_ENDING):
            raise StoreError(
                f"the embedded database in {self.layout.folder} does not start ({said}): see to that, and read "
                f"{self.layout.log} for more"
            )
        time.sleep(_PAUSE)
