"""Private files, checksums, and making sure that what was written is on the disk."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from securescore.errors import EvidenceError

_CHUNK = 1 << 20


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the disk refuses inside the block becomes an EvidenceError about this path."""
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> EvidenceError:
    """The error to raise when the disk refuses."""
    if isinstance(error, NotADirectoryError) or (isinstance(error, FileExistsError) and not path.is_dir()):
        return EvidenceError(
            f"{path} cannot be written, because a file stands where a folder should be: name another folder"
        )
    return EvidenceError(
        f"{path} cannot be written ({error.strerror}): see to the disk's space and to the folder's permissions, "
        "then run this again"
    )


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return files_sha256([path])


def files_sha256(paths: Iterable[Path], before: bytes = b"") -> str:
    """The SHA-256 of these bytes and then the files one after the other, in hexadecimal."""
    digest = hashlib.sha256(before)
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def is_within(path: Path, folder: Path) -> bool:
    """Whether the path is a plain file of the folder or below it, no symbolic link leading elsewhere."""
    found = path.resolve()
    return found.is_file() and found.is_relative_to(folder.resolve())


def refuse_outside(path: Path, folder: Path) -> None:
    """Raises EvidenceError unless the path is a plain file of the folder."""
    if not is_within(path, folder):
        raise EvidenceError(
            f"{path} is no plain file inside the evidence folder: do not use a folder that was tampered with"
        )


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner can read, on its way to the disk when the block ends.

    Raises:
        EvidenceError: it is there already, or the disk refuses.
    """
    with writing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    file = os.fdopen(descriptor, "wb", buffering=_CHUNK)
    try:
        yield file
        with writing(path):
            file.flush()
    finally:
        with suppress(OSError):  # closing writes what a full disk has refused already
            file.close()


def make_private_folder(path: Path) -> None:
    """Makes the folder, and those above it that are not there, so that only its owner can enter.

    A folder that is there is left as it is: it may be one that others use.
    """
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        flush(path.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Writes a private file so that readers see the old content or the new, never a part."""
    draft = path.with_name(f".{path.name}.new")
    with writing(draft):
        draft.unlink(missing_ok=True)
    with private_file(draft) as file, writing(draft):
        file.write(content)
    with writing(path):
        flush(draft)
        draft.rename(path)
        flush(path.parent)


def flush(path: Path) -> None:
    """Waits until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
