"""A PostgreSQL of the machine's own, such as Debian's, started for a test as an administrator would run it."""

import grp
import os
import pwd
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
"""Of the oldest version that securescore takes."""

_ACCOUNT = "nobody"
SUPERUSER = "postgres"


@contextmanager
def own_server(place: Path, programs: Path = PROGRAMS) -> Iterator[URL]:
    """A new server over a folder below `place`, on a socket only. The address of its superuser.

    It runs as the account of the test, or as one without rights where that is root, which PostgreSQL refuses.
    """
    home, account = place / "own", _account()
    home.mkdir(mode=0o700)
    password, secret = secrets.token_urlsafe(16), home / "password"
    secret.write_text(password)
    for path in (home, secret):
        if account:
            os.chown(path, account["user"], account["group"])
    data = home / "data"
    _run(
        [programs / "initdb", "-D", data, "-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={secret}"],
        account,
    )
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c max_connections=60"
    control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w"]
    _run([*control, "-l", home / "log", "-o", options, "start"], account)
    try:
        yield URL.create(
            "postgresql+psycopg", SUPERUSER, password, database=SUPERUSER, query={"host": str(home)}
        )
    finally:
        _run([*control, "-m", "immediate", "stop"], account)


def _account() -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    entry = pwd.getpwnam(_ACCOUNT)
    return {"user": entry.pw_uid, "group": grp.getgrgid(entry.pw_gid).gr_gid, "extra_groups": []}


def _run(command: Sequence[str | Path], account: dict[str, Any]) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [str(one) for one in command],
        check=True,
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        **account,
    )
