"""The account under which the server's programs run: PostgreSQL refuses root, so root hands them to another."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from securescore.errors import ConfigurationError

ROOT = 0
SERVICE_ACCOUNTS = ("securescore", "postgres", "nobody")
_CLEAN = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
_ENTER = 'for folder; do cd -- "$folder" 2>/dev/null || { printf %s "$folder"; exit 1; }; done'

File = IO[bytes] | int


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether this process runs as it."""
        return self.uid == os.geteuid()

    def options(self, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What makes `subprocess` run a program as this account, with nothing inherited but what it needs."""
        clean = {"env": _CLEAN | dict(environment or {}), "cwd": "/", "umask": 0o077}
        return clean if self.is_ours else clean | {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(
        self,
        command: Sequence[str | Path],
        *,
        environment: Mapping[str, str] | None = None,
        stdin: File = subprocess.DEVNULL,
        stdout: File = subprocess.PIPE,
        keep_open: Sequence[int] = (),
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a program of PostgreSQL to its end.

        Args:
            command: the program and its arguments.
            environment: what it needs beyond the search path and the language.
            stdin: what it reads.
            stdout: where it writes; by default into the result, as its messages always do.
            keep_open: descriptors that it keeps, such as that of a lock.
        """
        return subprocess.run(  # noqa: S603 the programs are those of the package, the arguments our own
            command,
            check=False,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            pass_fds=keep_open,
            **self.options(environment),
        )

    def give(self, path: Path) -> None:
        """Makes a file or folder of ours belong to this account."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(data: Path) -> Account:
    """Who runs the server: we ourselves, or for root the account that has the data, at first a service account.

    Raises:
        ConfigurationError: the data belong to an account that cannot run it from here.
    """
    us = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    if us != ROOT:
        _refuse_foreign(data, us if owner is None else owner)
        return _account(us)
    if owner == ROOT:
        raise ConfigurationError(
            f"{data} belongs to root, as whom PostgreSQL does not run: give it back with chown -R "
            f"{_service_account().name} {data}"
        )
    return _service_account() if owner is None else _account(owner)


def refuse_foreign_folder(folder: Path) -> None:
    """Raises ConfigurationError unless the folder is our own."""
    _refuse_foreign(folder, folder.stat().st_uid)


def refuse_closed_folders(folder: Path, account: Account) -> None:
    """Raises ConfigurationError when a folder above keeps the account from entering this one."""
    if account.is_ours:
        return
    way = [*reversed(folder.parents), folder]
    walk = account.run(["/bin/sh", "-c", _ENTER, "sh", *way])
    if walk.returncode:
        closed = os.fsdecode(walk.stdout)
        raise ConfigurationError(
            f"the database server runs as the account {account.name}, which cannot enter {closed}: choose another "
            f"SECURESCORE_DATA_DIR such as /var/lib/securescore, or let it pass with chmod o+x {closed}"
        )


def name_of(uid: int) -> str:
    """The account's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _refuse_foreign(path: Path, owner: int) -> None:
    us = os.geteuid()
    if owner != us:
        raise ConfigurationError(
            f"{path} belongs to the account {name_of(owner)}, and this is {name_of(us)}: run securescore as "
            f"{name_of(owner)}, or choose another SECURESCORE_DATA_DIR"
        )


def _account(uid: int) -> Account:
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        return Account(str(uid), uid, os.getegid() if uid == os.geteuid() else uid)
    return Account(found.pw_name, uid, found.pw_gid)


def _service_account() -> Account:
    for name in SERVICE_ACCOUNTS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != ROOT:
            return Account(name, found.pw_uid, found.pw_gid)
    raise ConfigurationError(
        "PostgreSQL does not run as root, and this machine has no other account for it: make one with useradd --system "
        "securescore, or set SECURESCORE_DATABASE_URL"
    )
