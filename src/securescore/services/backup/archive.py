"""The file: a tar archive, not compressed as a whole, because its large entries are compressed in themselves.

A file to be restored may be anything that somebody handed over. Only plain entries with the names of a backup are taken,
each once, no larger than the file itself; what each holds is compared with the manifest before any of it is used.
"""

import gzip
import hashlib
import io
import os
import secrets
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, Self

import msgspec

from securescore.errors import SecureScoreError
from securescore.evidence.files import flush, private_file, writing
from securescore.services.backup import manifest as manifests
from securescore.services.backup.manifest import BackupError, Manifest, Part

_CHUNK = 1 << 20
_PLAIN = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE})
_DAMAGE = (tarfile.TarError, EOFError, ValueError, OverflowError, zlib.error, gzip.BadGzipFile)


@dataclass
class Writer:
    """An archive on its way; its manifest comes last."""

    _tar: tarfile.TarFile
    parts: list[Part] = field(default_factory=list)

    def add_bytes(self, name: str, content: bytes) -> None:
        """One entry."""
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, file: BinaryIO, **about: object) -> None:
        """One entry with the content of an open file, as large as it is now."""
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self._add(name, file, size, **about)

    def finish(self, manifest: Manifest) -> None:
        """The last entry."""
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._tar.addfile(_entry(manifests.NAME, len(content)), io.BytesIO(content))

    def _add(self, name: str, file: BinaryIO, size: int, **about: object) -> None:
        hashed = _Hashed(file)
        self._tar.addfile(_entry(name, size), hashed)
        part = {"name": name, "size": size, "sha256": hashed.digest.hexdigest()} | about
        self.parts.append(msgspec.convert(part, Part))


class _Hashed:
    """A file whose content is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self.digest.update(part)
        return part


@contextmanager
def new_archive(path: Path) -> Iterator[Writer]:
    """A private file that is there under its name when the block ended without an error, whole and on the disk.

    Raises:
        BackupError: there is a file of that name.
        EvidenceError: the disk refuses.
    """
    if os.path.lexists(path):
        raise BackupError(f"{path} is there already: name a file that is not")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        with private_file(draft) as file, writing(draft), _writing_tar(file) as tar:
            yield Writer(tar)
        with writing(path):
            flush(draft)
            _publish(draft, path)
            flush(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _writing_tar(file: BinaryIO) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="w:", format=tarfile.GNU_FORMAT)


def _publish(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise BackupError(f"{path} is there already: name a file that is not") from None


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o600
    return entry


class Archive:
    """A file that was proven to be a whole backup. To be closed."""

    def __init__(
        self, path: Path, tar: tarfile.TarFile, entries: dict[str, tarfile.TarInfo], told: Manifest
    ) -> None:
        self.path = path
        self.manifest = told
        self._tar = tar
        self._entries = entries

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """Reads the file once from end to end.

        Raises:
            BackupError: it is no backup, not whole, or was changed.
        """
        with ExitStack() as stack:
            with _refusals(path):
                file = stack.enter_context(path.open("rb"))
                tar = stack.enter_context(_reading_tar(file))
                entries = _entries(tar, path.stat().st_size)
                archive = cls(path, tar, entries, _manifest(tar, entries))
                archive._refuse_changed()
            yield archive

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The content of an entry."""
        with _refusals(self.path):
            opened = self._opened(part)
        with opened:
            while chunk := self._read(opened):
                yield chunk

    @contextmanager
    def rows(self, part: Part) -> Iterator[Callable[[], bytes]]:
        """Gives the rows of a table as text, part by part: exactly as much as the manifest says."""
        left = part.unpacked or 0

        def read() -> bytes:
            nonlocal left
            with _refusals(self.path):
                chunk = unpacked.read(min(_CHUNK, left + 1))
                left -= len(chunk)
                if left < 0 or (not chunk and left):
                    raise BackupError(_changed(part.name))
            return chunk

        with self._opened(part) as file, gzip.GzipFile(fileobj=file) as unpacked:
            yield read

    def _read(self, opened: IO[bytes]) -> bytes:
        with _refusals(self.path):
            return opened.read(_CHUNK)

    def _opened(self, part: Part) -> IO[bytes]:
        opened = self._tar.extractfile(self._entries[part.name])
        if opened is None:
            raise BackupError(_changed(part.name))
        return opened

    def _refuse_changed(self) -> None:
        parts = {part.name: part for part in self.manifest.parts}
        if parts.keys() | {manifests.NAME} != self._entries.keys():
            raise BackupError("its entries are not those that its manifest names")
        for part in parts.values():
            with self._opened(part) as file:
                digest = hashlib.sha256()
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
            if self._entries[part.name].size != part.size or digest.hexdigest() != part.sha256:
                raise BackupError(_changed(part.name))


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """What is wrong with the file becomes a BackupError that names it. Errors about other things pass."""
    try:
        yield
    except BackupError as error:
        raise BackupError(
            f"the backup {path} cannot be used ({error}): nothing more was read of it"
        ) from None
    except SecureScoreError:
        raise
    except _DAMAGE:
        raise BackupError(f"{path} is no backup of securescore, or is damaged: use another one") from None
    except OSError as error:
        raise BackupError(
            f"the backup {path} cannot be read ({error.strerror}): see that it is there"
        ) from None


def _reading_tar(file: BinaryIO) -> tarfile.TarFile:
    return tarfile.open(fileobj=file, mode="r:")


def _entries(tar: tarfile.TarFile, size: int) -> dict[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    for entry in tar:
        if not manifests.is_known_name(entry.name) or entry.name in found:
            raise BackupError("it has an entry that no backup has")
        if entry.type not in _PLAIN or entry.sparse is not None:
            raise BackupError("it has an entry that is no plain file")
        if entry.size < 0 or entry.offset_data + entry.size > size:
            raise BackupError("it is cut off")
        found[entry.name] = entry
    return found


def _manifest(tar: tarfile.TarFile, entries: dict[str, tarfile.TarInfo]) -> Manifest:
    entry = entries.get(manifests.NAME)
    if entry is None:
        raise BackupError("it has no manifest, as it is cut off or no backup of securescore")
    if entry.size > manifests.LARGEST:
        raise BackupError("its manifest is too large to be one")
    opened = tar.extractfile(entry)
    return manifests.parse(opened.read() if opened else b"")


def _changed(name: str) -> str:
    return f"its entry {name} is not as it was written"
