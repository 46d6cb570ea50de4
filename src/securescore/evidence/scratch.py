"""Private folders inside a run for what is being made. One that a killed process left is told by its lock, which nobody holds."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = ".scratch-"


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """A folder that only its owner can enter, gone when the block ends."""
    with _locked(home):  # or somebody who clears up might meet the folder before its lock
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home)).resolve()
        held = _lock(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def remove_abandoned(home: Path) -> None:
    """Removes the folders that killed processes left in a run; those in use stay."""
    if not any(home.glob(f"{_PREFIX}*")):
        return
    with _locked(home):
        for folder in home.glob(f"{_PREFIX}*"):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        os.close(_lock(folder))
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _lock(folder: Path) -> int:
    """Raises BlockingIOError when another holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    descriptor = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
