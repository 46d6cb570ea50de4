"""A worker in a process of its own, begun again whenever it dies, and ended with this process however that ends."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from securescore.logs import log

WORKER = (sys.executable, "-m", "securescore.cli.supervised", "worker")
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 60.0
_LASTING = 60.0
"""Seconds after which a worker that dies is taken to have died of something new."""
_GRACE = 40.0


class Supervisor:
    """Keeps one process running. To be stopped.

    The process reads from a pipe whose other end only this process holds: when this one is killed, the other sees its input
    end, and ends too. It is no member of our process group, so that Ctrl-C comes to us alone and to it through us.
    """

    def __init__(self, command: Sequence[str] = WORKER, *, first_wait: float = _FIRST_WAIT) -> None:
        self._command = command
        self._first_wait = first_wait
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Lets the process finish what it is doing, for a while, and ends it."""
        self._stopped.set()
        self._signal(signal.SIGTERM)
        self._thread.join(_GRACE)
        if self._thread.is_alive():
            self._signal(signal.SIGKILL)
            self._thread.join()

    @property
    def process_id(self) -> int | None:
        """Of the process, while it runs."""
        with self._lock:
            return None if self._process is None else self._process.pid

    def _keep_running(self) -> None:
        wait = self._first_wait
        while not self._stopped.is_set():
            began = time.monotonic()
            code = self._run()
            if self._stopped.is_set():
                return
            lasted = time.monotonic() - began
            wait = self._first_wait if lasted > _LASTING else wait
            log().error("the worker ended and is begun again", exit_code=code, seconds=wait)
            self._stopped.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT)

    def _run(self) -> int:
        with self._lock:
            if self._stopped.is_set():
                return 0
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=subprocess.PIPE, process_group=0
            )
        with self._process as process:
            log().info("the worker runs", process=process.pid)
            code = process.wait()
        with self._lock:
            self._process = None
        return code

    def _signal(self, number: int) -> None:
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._process is not None:
                self._process.send_signal(number)


@contextmanager
def supervised(command: Sequence[str] = WORKER) -> Iterator[Supervisor]:
    """Keeps a worker running until the block ends."""
    supervisor = Supervisor(command)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()
