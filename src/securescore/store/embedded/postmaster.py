"""The server's main process: whether it is ours and alive, starting it, stopping it, and what it said last."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from securescore.errors import StoreError
from securescore.evidence.files import writing
from securescore.store.embedded.account import Account
from securescore.store.embedded.layout import Layout
from securescore.store.embedded.programs import Programs

_STATUS_LINE = 7
_LONGEST_NUMBER = 9
_DAY = 86400.0
_LOG_AGE = 6 * _DAY
_LOG_SIZE = 10_000_000
_OF_LOGINS = ("starting up", "shutting down", "not yet accepting", "password authentication failed")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The main process over one data folder, run by one account."""

    layout: Layout
    account: Account
    programs: Programs

    def is_alive(self) -> bool:
        """Whether postmaster.pid names a living process that is our server, and not one that was given its number."""
        lines = self._file()
        return bool(lines) and lines[0].isdecimal() and self._command_start() in _command_line(int(lines[0]))

    def is_ready(self) -> bool:
        """Whether the server says that it takes logins."""
        lines = self._file()
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE] == "ready"

    def is_stopping(self) -> bool:
        """Whether the server says that it ends."""
        lines = self._file()
        return len(lines) > _STATUS_LINE and lines[_STATUS_LINE] == "stopping"

    def start(self) -> threading.Thread:
        """Starts it in a session of its own, so that it outlives us. The thread ends when it does."""
        self._remove_stale()
        self._trim_log()
        with writing(self.layout.start_log), self.layout.start_log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 the program is the package's, the arguments our own
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self.account.options(),
            )
        reaper = threading.Thread(target=process.wait, name="postmaster", daemon=True)
        reaper.start()
        return reaper

    def stop(self, patience: float, lock: int) -> None:
        """Ends all sessions and stops it, at once if need be. It does nothing when it does not run.

        Raises:
            StoreError: it still runs after `patience`, in seconds.
        """
        data, timeout = f"--pgdata={self.layout.data}", f"--timeout={patience / 2:.0f}"
        # a fast stop during recovery may never end: PostgreSQL forgets a child of its own
        for mode in ("fast", "immediate"):
            if self.is_alive():
                options = (data, f"--mode={mode}", timeout)
                command: list[str | Path] = [self.programs.path("pg_ctl"), "stop", "--silent", *options]
                self.account.run(command, keep_open=[lock])
        if self.is_alive():
            raise StoreError(
                f"the embedded database in {self.layout.folder} has not stopped within {patience:.0f} seconds: it goes on "
                f"stopping by itself, and {self.layout.log} says what it waits for"
            )

    def _command(self) -> list[str | Path]:
        program, settings = self.programs.path("postgres"), f"config_file={self.layout.configuration}"
        return [program, "-D", self.layout.data, "-c", settings]

    def _command_start(self) -> bytes:
        return b"postgres -D " + os.fsencode(self.layout.data) + b" -c config_file="

    def _file(self) -> list[str]:
        return _lines(self.layout.data / "postmaster.pid")

    def _remove_stale(self) -> None:
        """PostgreSQL does not start while any process has the number in these files; we know that it is no server of ours.

        Should a server run nevertheless, the shared memory that belongs to the data still keeps a second one away.
        """
        for path in (self.layout.data / "postmaster.pid", self.layout.socket_claim):
            if _is_in_the_way(path):
                with writing(path):
                    path.unlink()

    def _trim_log(self) -> None:
        """PostgreSQL empties a file of the log only when it runs into the next day."""
        for path in self.layout.log.iterdir():
            found = path.lstat()
            if found.st_size > _LOG_SIZE or found.st_mtime < time.time() - _LOG_AGE:
                path.unlink()


class LastWords:
    """What the server writes from now on, to say why it failed."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._before: Mapping[Path, int] = {path: path.stat().st_size for path in layout.log.glob("*.log")}

    def __str__(self) -> str:
        lines = list(self._lines())
        fatal = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
        telling = [line for line in fatal if not any(words in line for words in _OF_LOGINS)]
        return (telling or fatal or lines or ["it said nothing"])[-1]

    def _lines(self) -> Iterator[str]:
        for path in (self._layout.start_log, *sorted(self._layout.log.glob("*.log"))):
            with path.open("rb") as file:
                before = self._before.get(path, 0)
                file.seek(before if before <= path.stat().st_size else 0)
                yield from (line.strip() for line in os.fsdecode(file.read()).splitlines() if line.strip())


def _is_in_the_way(claim: Path) -> bool:
    """Whether PostgreSQL would take the file for that of a living server, or could make nothing of it."""
    if not claim.exists():
        return False
    number = (_lines(claim) or [""])[0]
    if not number.lstrip("-").isdecimal() or len(number) > _LONGEST_NUMBER:
        return True
    return number.isdecimal() and _exists(int(number))


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line.strip() for line in content.splitlines()]


def _command_line(pid: int) -> bytes:
    """What a process was started as, its arguments separated by spaces; nothing when there is no such process."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            return b""
    return subprocess.run(  # noqa: S603 a number is the only argument that is not fixed
        ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], check=False, stdout=subprocess.PIPE
    ).stdout
