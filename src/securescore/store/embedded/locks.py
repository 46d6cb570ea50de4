"""Locks between processes. The system lets go of them when a process dies, however it dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from securescore.errors import StoreError
from securescore.evidence.files import writing

_PAUSE = 0.02


@contextmanager
def alone(path: Path, patience: float) -> Iterator[int]:
    """Nobody else is in such a block for the same file.

    Gives the lock's descriptor: a child that keeps it open keeps the lock, even when this process is killed.

    Raises:
        StoreError: another was in it for longer than `patience`, in seconds.
    """
    descriptor = _open(path)
    try:
        _take(descriptor, path, patience)
        yield descriptor
    finally:
        os.close(descriptor)


class Use:
    """That this process uses something, said by a shared lock.

    A process that is forked while it is held does not hold it: it has to take its own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._process = 0

    def take(self) -> None:
        """Says so. While nobody is `last`, which the lock around both has to see to."""
        if self._descriptor is not None and self._process == os.getpid():
            return
        self._close()
        self._descriptor, self._process = _open(self._path), os.getpid()
        with writing(self._path):
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._descriptor is not None and self._process == os.getpid()

    def is_last(self) -> bool:
        """Whether nobody else uses it. Afterwards it has to be left."""
        return self._descriptor is not None and self.held and _try(self._descriptor, self._path)

    def leave(self) -> None:
        """No longer uses it."""
        if self._descriptor is not None and self.held:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(path: Path) -> int:
    with writing(path):
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _try(descriptor: int, path: Path) -> bool:
    with writing(path), suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _take(descriptor: int, path: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while not _try(descriptor, path):
        if time.monotonic() > end:
            raise StoreError(
                f"another process has been starting or stopping the embedded database for {patience:.0f} seconds (it "
                f"holds {path}): see what it waits for, then run this again"
            )
        time.sleep(_PAUSE)
