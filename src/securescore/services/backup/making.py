"""Makes a backup while the installation works on."""

import gzip
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from sqlalchemy import Connection, NullPool, create_engine, select

from securescore import __version__
from securescore.evidence import manifest as evidence_manifest
from securescore.evidence.files import writing
from securescore.services.actor import Actor, Right
from securescore.services.auditing import write_down
from securescore.services.backup import manifest as manifests
from securescore.services.backup.archive import Writer, new_archive
from securescore.services.backup.manifest import BackupError, Manifest
from securescore.services.installation import Installation
from securescore.services.tenants import list_tenants
from securescore.store import copying
from securescore.store.migrating import version_of
from securescore.store.problems import told
from securescore.store.schema import INSTALLATION, installation

_LEVEL = 6


@dataclass(frozen=True)
class BackupReport:
    """What is in a backup."""

    path: Path
    size: int
    manifest: Manifest

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(part.rows or 0 for part in self.manifest.parts)


def make_backup(here: Installation, actor: Actor, path: Path, *, with_evidence: bool = False) -> BackupReport:
    """Writes everything that must not be lost into a new file, without the key file.

    The database is as it was at one moment. Of the evidence every run is taken that is still there when its turn comes.

    Raises:
        BackupError: there is a file of that name.
        EvidenceError: the disk refuses.
        StoreError: the database does not answer.
    """
    actor.require(Right.MANAGE)
    with new_archive(path) as archive:
        _write_down(here, actor, path)
        with ExitStack() as stack:
            tables = {name: stack.enter_context(_Packed.beside(path)) for name in copying.TABLES}
            copied = _copy(here, {name: cast("BinaryIO", one) for name, one in tables.items()})
            archive.add_bytes(manifests.MARKER, f"{copied.installation}\n".encode())
            for name, packed in tables.items():
                _add_table(archive, name, packed, copied.rows[name])
        if with_evidence:
            for tenant in list_tenants(here, actor):
                _add_evidence(archive, here.settings.data_dir, here.evidence_path(tenant.tenant_id))
        known = _manifest(here.now(), copied, archive, with_evidence=with_evidence)
        archive.finish(known)
    return BackupReport(path, path.stat().st_size, known)


@dataclass(frozen=True)
class _Copied:
    """What one moment of the database held."""

    schema: str
    installation: UUID
    key_fingerprint: str | None
    rows: Mapping[str, int]


class _Packed:
    """A file without a name into which text goes packed."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.unpacked = 0
        self._packing = gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0)

    @classmethod
    @contextmanager
    def beside(cls, path: Path) -> Iterator["_Packed"]:
        """On the same disk as that file; gone at the end, however that comes."""
        with writing(path), tempfile.TemporaryFile(dir=path.parent) as file:
            yield cls(cast("BinaryIO", file))

    def write(self, part: bytes) -> None:
        self.unpacked += len(part)
        self._packing.write(part)

    def end(self) -> None:
        self._packing.close()


def _write_down(here: Installation, actor: Actor, path: Path) -> None:
    with here.database.installation() as connection:
        write_down(connection, actor, INSTALLATION, "installation.backup", path.name)


def _copy(here: Installation, to: Mapping[str, BinaryIO]) -> _Copied:
    with _one_moment(here) as connection:
        row = connection.execute(select(installation.c.installation_id, installation.c.key_fingerprint)).one()
        return _Copied(
            version_of(connection) or "",
            row.installation_id,
            row.key_fingerprint,
            copying.copy_out(connection, to),
        )


@contextmanager
def _one_moment(here: Installation) -> Iterator[Connection]:
    engine = create_engine(
        here.database.url,
        poolclass=NullPool,
        isolation_level="REPEATABLE READ",
        connect_args={"connect_timeout": 10, "application_name": "securescore backup"},
    )
    try:
        with told(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _add_table(archive: Writer, name: str, packed: _Packed, rows: int) -> None:
    packed.end()
    archive.add_file(
        manifests.name_of_table(name),
        packed.file,
        rows=rows,
        columns=copying.columns_of(name),
        unpacked=packed.unpacked,
    )


def _add_evidence(archive: Writer, root: Path, evidence: Path) -> None:
    for run in sorted(evidence.glob("runs/*")):
        if (run / evidence_manifest.NAME).is_file():
            _add_run(archive, root, run)


def _add_run(archive: Writer, root: Path, run: Path) -> None:
    """The manifest comes last, and not at all when the run was removed meanwhile: then the rest counts for nothing."""
    files = [one for one in sorted(run.iterdir()) if one.name != evidence_manifest.NAME]
    for file in [*files, run / evidence_manifest.NAME]:
        name = file.relative_to(root).as_posix()
        if not manifests.is_known_name(name) or file.is_symlink() or not file.is_file():
            continue
        try:
            opened = file.open("rb")
        except FileNotFoundError:
            return
        except OSError as error:
            raise BackupError(
                f"the evidence {file} cannot be read ({error.strerror}): run this as the account that runs the server"
            ) from None
        with opened:
            archive.add_file(name, opened)


def _manifest(made: datetime, copied: _Copied, archive: Writer, *, with_evidence: bool) -> Manifest:
    return Manifest(
        format=manifests.FORMAT,
        made=made,
        program=__version__,
        schema=copied.schema,
        installation=copied.installation,
        key_fingerprint=copied.key_fingerprint,
        evidence=with_evidence,
        left_out=list(manifests.LEFT_OUT),
        parts=archive.parts,
    )
