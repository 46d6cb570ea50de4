"""The data of the server: made whole or not at all, and configured anew at each start."""

import os
import shutil
import tempfile
from pathlib import Path

from securescore.errors import ConfigurationError, StoreError
from securescore.evidence.files import flush, private_file, replace_file, writing
from securescore.store.embedded.account import Account
from securescore.store.embedded.address import SUPERUSER
from securescore.store.embedded.layout import Layout
from securescore.store.embedded.programs import MAJOR, Programs

_DRAFT = "new-"
_LOGINS = "local all all scram-sha-256\n"
_CONFIGURATION = """\
# Written by securescore at each start of the server: changes here are lost.
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
hba_file = '{logins}'
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = '128MB'
fsync = on
full_page_writes = on
synchronous_commit = on
jit = off
timezone = 'UTC'
lc_messages = 'C'
max_logical_replication_workers = 0
log_timezone = 'UTC'
logging_collector = on
log_directory = '{log}'
log_filename = 'server-%a.log'
log_file_mode = 0600
log_rotation_age = '1d'
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] '
log_checkpoints = off
log_statement = 'none'
log_min_duration_statement = -1
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def refuse_other_version(layout: Layout) -> None:
    """Raises ConfigurationError when the data were made by another PostgreSQL than ours, or are none."""
    try:
        found = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        raise ConfigurationError(
            f"{layout.data} holds no database of PostgreSQL: restore it from a backup, or choose another "
            "SECURESCORE_DATA_DIR"
        ) from None
    if found != MAJOR:
        raise ConfigurationError(
            f"{layout.data} was made by PostgreSQL {found}, and this securescore brings PostgreSQL {MAJOR}: back it up with "
            "the securescore that made it, and restore that into a new SECURESCORE_DATA_DIR"
        )


def remove_drafts(layout: Layout) -> None:
    """Removes what interrupted attempts to make the data have left."""
    for draft in layout.folder.glob(f"{_DRAFT}*"):
        with writing(draft):
            shutil.rmtree(draft)


def make_cluster(layout: Layout, account: Account, programs: Programs, password: str, lock: int) -> None:
    """Makes the data in a folder of their own and renames them into place when they are complete.

    Args:
        layout: where.
        account: whose they become.
        programs: with which initdb.
        password: of the superuser.
        lock: kept open by initdb, so that nobody begins again while it still runs without us.

    Raises:
        StoreError: initdb failed.
        EvidenceError: the disk refuses.
    """
    with writing(layout.folder):
        draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=layout.folder))
    try:
        _initialise(draft, account, programs, password, lock)
        with writing(layout.data):
            (draft / "data").rename(layout.data)
            flush(layout.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_configuration(layout: Layout) -> None:
    """Writes what the server reads when it starts. There is no secret in it."""
    text = _CONFIGURATION.format(
        sockets=_quoted(layout.socket_folder), logins=_quoted(layout.logins), log=_quoted(layout.log)
    )
    for path, content in ((layout.configuration, text), (layout.logins, _LOGINS)):
        replace_file(path, content.encode("utf-8", "surrogateescape"))
        with writing(path):
            path.chmod(0o644)


def _initialise(draft: Path, account: Account, programs: Programs, password: str, lock: int) -> None:
    secret = draft / "password"
    with private_file(secret) as file:
        file.write(password.encode())
    with writing(draft):
        account.give(secret)
        account.give(draft)
    result = account.run(
        [
            programs.path("initdb"),
            f"--pgdata={draft / 'data'}",
            f"--username={SUPERUSER}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
        ],
        keep_open=[lock],
    )
    if result.returncode:
        raise StoreError(
            f"the embedded database could not be made in {draft.parent} ({_reason(os.fsdecode(result.stderr))}): see to "
            "that, then run this again"
        )


def _reason(messages: str) -> str:
    """The line that says why, of all that initdb says."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()] or ["initdb was killed"]
    telling = [line for line in lines if "error:" in line or "FATAL:" in line or "PANIC:" in line]
    return (telling or lines)[-1]


def _quoted(path: Path) -> str:
    """As a value in PostgreSQL's configuration, between single quotes."""
    return str(path).replace("\\", "\\\\").replace("'", "''")
