"""The embedded server as securescore uses it: start, adopt, share, stop."""

import os
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from securescore.errors import StoreError
from securescore.store.embedded.account import File, server_account
from securescore.store.embedded.address import DATABASE, ServerAddress
from securescore.store.embedded.cluster import make_cluster, refuse_other_version, remove_drafts
from securescore.store.embedded.instance import Instance, SlowServerError
from securescore.store.embedded.layout import Layout, make_folder, make_server_folders
from securescore.store.embedded.locks import Use, alone
from securescore.store.embedded.passwords import make_passwords, read_passwords
from securescore.store.embedded.programs import packaged_programs, programs_for

_PATIENCE = 60.0


class EmbeddedServer:
    """The server whose data are in one folder. Any number of processes and objects may use it together.

    The first one starts it and the last one stops it. Those that are killed leave it running for the next, which adopts
    it. As a context manager it is started and stopped. A forked process has to call `start` for itself.
    """

    def __init__(self, folder: Path, *, patience: float = _PATIENCE) -> None:
        """Touches nothing yet.

        Args:
            folder: the server's own folder, `postgres` in the data folder of the installation.
            patience: how long to wait for the server, or for a process that starts or stops it, in seconds.
        """
        self._layout = Layout(folder.expanduser().resolve())
        self._patience = patience
        self._use = Use(self._layout.users_lock)
        self._instance: Instance | None = None
        self._one_thread = threading.Lock()

    def start(self) -> ServerAddress:
        """Sees to it that the server runs, with its roles and database. Again, when it was started and has died since.

        Raises:
            ConfigurationError: the folder, its data or this machine cannot be used.
            StoreError: the server does not start.
            EvidenceError: the disk refuses.
        """
        with self._one_thread:
            make_folder(self._layout)
            with alone(self._layout.start_lock, self._patience) as lock, ExitStack() as undo:
                instance = self._prepare(lock)
                self._use.take()
                undo.callback(self._leave, instance, lock)
                self._bring_up(instance, lock, undo)
                undo.pop_all()
            self._instance = instance
        return instance.address

    def stop(self) -> None:
        """No longer uses the server, and stops it when nobody else does. It does nothing when it was not started.

        Raises:
            StoreError: it does not stop.
        """
        with self._one_thread:
            instance, self._instance = self._instance, None
            if instance is None or not self._use.held:
                self._use.leave()
                return
            with alone(self._layout.start_lock, self._patience) as lock:
                self._leave(instance, lock)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def application_url(self) -> str:
        """For SQLAlchemy, as the application's role."""
        return self._started().address.application_url

    @property
    def owner_url(self) -> str:
        """For SQLAlchemy, as the owner of the database, for migrations."""
        return self._started().address.owner_url

    def run_tool(
        self,
        name: str,
        *arguments: str,
        stdin: File = subprocess.DEVNULL,
        stdout: File = subprocess.DEVNULL,
    ) -> None:
        """Runs `pg_dump`, `pg_restore` or `psql` as the superuser on our database, for backup and restore.

        The program runs under the server's account, which may be unable to open the files of ours: hand them over open.

        Raises:
            StoreError: it failed.
        """
        instance = self._started()
        login = instance.superuser(DATABASE)
        command: list[str | Path] = [instance.programs.path(name), "--no-password", *arguments]
        result = instance.account.run(command, environment=login.environment, stdin=stdin, stdout=stdout)
        if result.returncode:
            messages = os.fsdecode(result.stderr).strip().splitlines() or ["it was killed"]
            raise StoreError(
                f"{name} of the embedded database failed ({messages[-1]}): see to that, then do it again"
            )

    def _started(self) -> Instance:
        if self._instance is None:
            raise StoreError("the embedded database is not started: start it before it is used")
        return self._instance

    def _prepare(self, lock: int) -> Instance:
        """Everything that has to be there before the server can run."""
        layout = self._layout
        account = server_account(layout.data)
        make_server_folders(layout, account)
        programs = programs_for(account, layout.folder, packaged_programs())
        remove_drafts(layout)
        if layout.data.exists():
            refuse_other_version(layout)
            passwords = read_passwords(layout.passwords)
        else:
            passwords = make_passwords(layout.passwords)
            make_cluster(layout, account, programs, passwords.superuser, lock)
        return Instance(layout, account, programs, passwords, self._patience)

    def _bring_up(self, instance: Instance, lock: int, undo: ExitStack) -> None:
        try:
            instance.bring_up(lock)
        except SlowServerError:
            undo.pop_all()
            self._use.leave()
            raise

    def _leave(self, instance: Instance, lock: int) -> None:
        try:
            if self._use.is_last():
                instance.bring_down(lock)
        finally:
            self._use.leave()
