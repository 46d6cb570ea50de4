"""Brings a backup back, whole or not at all: until the end the installation counts as incomplete and is not opened."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, make_url, select, text
from sqlalchemy.engine import URL

from securescore.errors import ConfigurationError, ConflictError
from securescore.evidence import manifest as evidence_manifest
from securescore.evidence.files import flush, make_private_folder, writing
from securescore.services.actor import Actor, Right
from securescore.services.audit_log import chains_within
from securescore.services.auditing import write_down
from securescore.services.backup.archive import Archive
from securescore.services.backup.making import make_backup
from securescore.services.backup.manifest import BackupError, Manifest, Part
from securescore.services.installation import open_installation
from securescore.settings import Settings
from securescore.store import copying
from securescore.store.addresses import Addresses, external
from securescore.store.embedded import EmbeddedServer
from securescore.store.incomplete import begin_restore, end_restore, is_incomplete
from securescore.store.key_file import KeyFile
from securescore.store.marker import marker_of, write_marker
from securescore.store.migrating import migrate, newest_version, upgrade
from securescore.store.problems import told
from securescore.store.schema import INSTALLATION, installation

_DRAFT = "restore-"
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :role AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True)
class RestoreReport:
    """What a restore did.

    Attributes:
        rows: of all tables; counted again in the database.
        chains: so many chains of the audit log were proven whole.
        runs: so many runs of evidence were put into place.
        before: the backup of what was there before.
        key: why secrets cannot be opened yet; None: the key file is there.
    """

    manifest: Manifest
    schema: str
    rows: int
    chains: int
    runs: int
    before: Path | None
    key: str | None


def restore_backup(settings: Settings, actor: Actor, path: Path, *, replace: bool = False) -> RestoreReport:
    """Brings back what the backup holds, brings its schema up to date, and proves that all of it is there.

    Args:
        replace: an installation that is there may go; a backup of it is made first.

    Raises:
        BackupError: the file is no whole backup, or of a newer program.
        ConflictError: an installation is there, or somebody works with it.
        ConfigurationError: the settings do not do for a restore.
        StoreError: the database refuses; nothing of it was changed.
    """
    actor.require(Right.MANAGE)
    with Archive.open(path) as archive:
        _refuse_newer(archive.manifest)
        before = _step_aside(settings, actor, archive.manifest, replace=replace)
        with _addresses(settings) as addresses:
            with writing(settings.data_dir):
                make_private_folder(settings.data_dir)
            with _alone(settings.data_dir):
                return _Restore(settings, actor, archive, addresses, before, replace=replace).run()


class _Restore:
    def __init__(
        self,
        settings: Settings,
        actor: Actor,
        archive: Archive,
        addresses: tuple[URL, URL],
        before: Path | None,
        *,
        replace: bool,
    ) -> None:
        self._settings = settings
        self._folder = settings.data_dir
        self._actor = actor
        self._archive = archive
        self._application, self._owner = addresses
        self._before = before
        self._may_clear = replace or is_incomplete(settings.data_dir)

    def run(self) -> RestoreReport:
        with self._evidence() as evidence:
            with _as_owner(self._owner) as connection:
                self._refuse_occupied(connection)
                with self._incomplete():
                    rows = self._load(connection)
                    chains = self._proven(connection)
            runs = self._place(evidence)
        write_marker(self._folder, self._archive.manifest.installation)
        end_restore(self._folder)
        return RestoreReport(
            manifest=self._archive.manifest,
            schema=newest_version(),
            rows=rows,
            chains=chains,
            runs=runs,
            before=self._before,
            key=_missing_key(self._settings, self._archive.manifest),
        )

    def _refuse_occupied(self, connection: Connection) -> None:
        if connection.execute(_OTHERS, {"role": self._application.username}).scalar_one():
            raise ConflictError(
                "somebody works with the database: stop every securescore serve and securescore worker, then restore again"
            )
        if copying.tables_there(connection) and not self._may_clear:
            raise ConflictError(
                "the database holds an installation already: restore into an empty one, or add --replace, which makes a "
                "backup of it first"
            )

    def _load(self, connection: Connection) -> int:
        """One transaction: the database holds everything of the backup afterwards, or what it held before."""
        manifest = self._archive.manifest
        copying.clear(connection)
        upgrade(connection, manifest.schema)
        forced = copying.lift_rules(connection)
        there = copying.tables_there(connection)
        for table, part in self._tables(there):
            self._load_table(connection, table, part)
        self._refuse_other_installation(connection)
        copying.lay_rules(connection, forced)
        migrate(connection, self._application.username or "")
        self._write_down(connection)
        return sum(part.rows or 0 for part in manifest.parts)

    def _tables(self, there: frozenset[str]) -> Iterator[tuple[str, Part]]:
        tables = self._archive.manifest.tables
        if not tables.keys() <= there:
            raise BackupError(
                f"the backup {self._archive.path} has tables that schema version {self._archive.manifest.schema} does not "
                "know: use another backup"
            )
        return ((name, tables[name]) for name in copying.TABLES if name in tables)

    def _load_table(self, connection: Connection, table: str, part: Part) -> None:
        with told(), self._archive.rows(part) as read:
            rows = copying.copy_in(connection, table, part.columns or [], read)
        if rows != part.rows:
            raise BackupError(
                f"the table {table} has {rows} rows after restoring, and had {part.rows}: the backup "
                f"{self._archive.path} is damaged, so use another one"
            )

    def _refuse_other_installation(self, connection: Connection) -> None:
        found = connection.execute(select(installation.c.installation_id)).scalar_one_or_none()
        if found != self._archive.manifest.installation:
            raise BackupError(
                f"the backup {self._archive.path} names another installation than the one whose rows it holds: use another "
                "backup"
            )

    def _write_down(self, connection: Connection) -> None:
        copying.see(connection, tenant=str(INSTALLATION))
        write_down(
            connection,
            self._actor,
            INSTALLATION,
            "installation.restore",
            self._archive.path.name,
            after={"made": self._archive.manifest.made, "schema": self._archive.manifest.schema},
        )

    def _proven(self, connection: Connection) -> int:
        """How many chains of the audit log there are, each of them whole."""
        chains = list(chains_within(connection))
        broken = [chain for chain in chains if chain.broken is not None]
        if broken:
            raise BackupError(
                f"the audit log in the backup {self._archive.path} was changed (tenant {broken[0].tenant_id}, entry "
                f"{broken[0].broken}): use an earlier backup"
            )
        return len(chains)

    @contextmanager
    def _incomplete(self) -> Iterator[None]:
        """From here on to the end of all nothing may be opened; unless this fails, and the database is as it was."""
        known = is_incomplete(self._folder)
        begin_restore(self._folder)
        with ExitStack() as undo:
            if not known:
                undo.callback(end_restore, self._folder)
            yield
            undo.pop_all()

    @contextmanager
    def _evidence(self) -> Iterator[Path]:
        """The evidence of the backup, unpacked beside its place."""
        with writing(self._folder):
            for leftover in self._folder.glob(f"{_DRAFT}*.new"):
                shutil.rmtree(leftover)
            self._refuse_full_disk()
            draft = Path(tempfile.mkdtemp(prefix=_DRAFT, suffix=".new", dir=self._folder))
        try:
            for part in self._archive.manifest.parts:
                if part.evidence:
                    self._unpack(part, draft)
            yield draft / "evidence"
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def _unpack(self, part: Part, draft: Path) -> None:
        target = draft / part.name
        with writing(target):
            make_private_folder(target.parent)
            with target.open("xb") as file:
                target.chmod(0o600)
                file.writelines(self._archive.chunks(part))
            flush(target)

    def _refuse_full_disk(self) -> None:
        needed = sum(part.size for part in self._archive.manifest.parts if part.evidence)
        free = shutil.disk_usage(self._folder).free
        if needed > free:
            raise ConfigurationError(
                f"the evidence in the backup needs {needed} bytes and {self._folder} has {free} left: make room, or restore "
                "to another SECURESCORE_DATA_DIR"
            )

    def _place(self, evidence: Path) -> int:
        """Puts the runs into place beside those that are there; those of another installation go."""
        place = self._settings.evidence
        with writing(place):
            if marker_of(self._folder) not in {None, self._archive.manifest.installation}:
                shutil.rmtree(place, ignore_errors=True)
            runs = [
                one for one in sorted(evidence.glob("*/runs/*")) if (one / evidence_manifest.NAME).is_file()
            ]
            for run in runs:
                target = place / run.relative_to(evidence)
                make_private_folder(target.parent)
                if not (target / evidence_manifest.NAME).exists():
                    shutil.rmtree(target, ignore_errors=True)
                    run.rename(target)
                    flush(target.parent)
        return len(runs)


def _step_aside(settings: Settings, actor: Actor, told_of: Manifest, *, replace: bool) -> Path | None:
    """Sees to it that nothing is lost that is there. Returns the backup of it, where one was made."""
    folder = settings.data_dir
    if is_incomplete(folder):
        return None
    marker = marker_of(folder)
    occupied = marker not in {None, told_of.installation} or (marker is None and _holds_evidence(settings))
    if occupied and not replace:
        raise ConflictError(
            f"the data folder {folder} belongs to another installation: name an empty SECURESCORE_DATA_DIR, or add "
            "--replace, which makes a backup of it first"
        )
    if not replace or (marker is None and not occupied):
        return None
    path = _unused(folder / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar")
    with open_installation(settings) as here:
        make_backup(here, actor, path, with_evidence=True)
    return path


def _unused(path: Path) -> Path:
    """That name, or the next with a number that nothing has: two restores may begin within a second."""
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(one for one in chain([path], numbered) if not one.exists())


def _holds_evidence(settings: Settings) -> bool:
    return settings.evidence.is_dir() and any(settings.evidence.iterdir())


def _refuse_newer(told_of: Manifest) -> None:
    if told_of.schema > newest_version():
        raise BackupError(
            f"the backup has schema version {told_of.schema}, which a newer securescore ({told_of.program}) made: restore it "
            "with that version or a newer one"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    path = folder / "restore.lock"
    with writing(path):
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _lock(lock, folder)
        yield
    finally:
        os.close(lock)  # and with it the lock


def _lock(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConflictError(f"another restore into {folder} is going on: wait until it has ended") from None


@contextmanager
def _addresses(settings: Settings) -> Iterator[tuple[URL, URL]]:
    """Of the application and of the owner."""
    found = external(settings)
    if found is None:
        with EmbeddedServer(settings.data_dir / "postgres") as server:
            yield make_url(server.application_url), make_url(server.owner_url)
        return
    yield found.application, _owner_of(found)


def _owner_of(found: Addresses) -> URL:
    if found.owner is None:
        raise ConfigurationError(
            "a restore makes tables, which only the owner of the database may do: set SECURESCORE_MIGRATION_URL too"
        )
    return found.owner


@contextmanager
def _as_owner(url: URL) -> Iterator[Connection]:
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"connect_timeout": 10, "application_name": "securescore restore"},
    )
    try:
        with told(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _missing_key(settings: Settings, told_of: Manifest) -> str | None:
    if told_of.key_fingerprint is None:
        return None
    try:
        KeyFile.load(settings.key_path).check(told_of.key_fingerprint)
    except ConfigurationError as error:
        return str(error)
    return None
