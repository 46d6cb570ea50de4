"""A folder that the server's account can enter, and in which nothing is left running at the end."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE = 20.0


@contextmanager
def server_place() -> Iterator[Path]:
    """A short folder that every account may pass through. `EmbeddedServer(place / "postgres")` works as root and as others.

    pytest's own folders do not do: they are closed, and their paths are long.
    """
    place = Path(tempfile.mkdtemp(prefix="place-")).resolve()
    place.chmod(0o711)
    try:
        yield place
    finally:
        end_processes(place)
        shutil.rmtree(place)


def copy_server(source: Path, target: Path) -> Path:
    """A copy of the folder of a stopped server, each file with its owner: sooner there than a new one."""
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)
    return target


def end_processes(place: Path) -> None:
    """Ends every process that works in the folder. Servers end by themselves, so that they leave no shared memory."""
    for pid in processes(place):
        server = b"/postgres -D " in command_line(pid)
        _send(pid, signal.SIGQUIT if server else signal.SIGKILL)
        _send(pid, signal.SIGCONT)
    end = time.monotonic() + _PATIENCE
    while remaining := processes(place):
        if time.monotonic() > end:
            for pid in remaining:
                _send(pid, signal.SIGKILL)
        time.sleep(0.02)


def processes(place: Path) -> list[int]:
    """Those whose arguments name the folder or something in it, and those that stand in it."""
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if pid != os.getpid() and _works_in(pid, place)]


def command_line(pid: int) -> bytes:
    """What a process was started as, with spaces between; nothing for one that is gone."""
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return b""


def _works_in(pid: int, place: Path) -> bool:
    if os.fsencode(place) in command_line(pid):
        return True
    try:
        return Path("/proc", str(pid), "cwd").readlink().is_relative_to(place)
    except OSError:
        return False


def _send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
