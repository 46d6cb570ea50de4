"""A worker that dies is begun again, and none is left when its server is gone, however that went."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.worker.tenants import wait_until

from securescore.web.supervised import Supervisor, supervised

_PATIENT = """
import signal, sys, threading, os
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open(sys.argv[1], "a").write(f"{os.getpid()}\\n")
while sys.stdin.read(1):
    pass
"""


@pytest.fixture
def command(tmp_path: Path) -> tuple[list[str], Callable[[], list[int]]]:
    """A process that tells its id and stays until its input ends, and the ids told."""
    told = tmp_path / "told"
    told.touch()
    return [sys.executable, "-c", _PATIENT, str(told)], lambda: list(map(int, told.read_text().split()))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_runs_and_is_stopped(command: tuple[list[str], Callable[[], list[int]]]) -> None:
    arguments, told = command
    with supervised(arguments) as supervisor:
        wait_until(lambda: len(told()) == 1, "it runs")
        assert supervisor.process_id == told()[0]
    assert not is_alive(told()[0])
    assert supervisor.process_id is None


def test_it_is_begun_again_when_it_is_killed(command: tuple[list[str], Callable[[], list[int]]]) -> None:
    arguments, told = command
    supervisor = Supervisor(arguments, first_wait=0.01)
    supervisor.start()
    try:
        for times in (1, 2, 3):
            wait_until(lambda times=times: len(told()) == times, "it runs")  # type: ignore[misc]
            os.kill(told()[-1], signal.SIGKILL)
        wait_until(lambda: len(told()) == 4, "it runs again")
    finally:
        supervisor.stop()
    assert not any(map(is_alive, told()))


def test_stopping_while_it_waits_does_not_wait(tmp_path: Path) -> None:
    supervisor = Supervisor([sys.executable, "-c", ""], first_wait=1000)
    supervisor.start()
    wait_until(lambda: supervisor.process_id is None, "it ended")
    supervisor.stop()


def test_none_is_left_when_the_server_is_killed(command: tuple[list[str], Callable[[], list[int]]]) -> None:
    arguments, told = command
    code = (
        "import sys, time\nfrom securescore.web.supervised import Supervisor\n"
        "Supervisor(sys.argv[1:]).start()\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, *arguments]) as server:
        wait_until(lambda: len(told()) == 1, "it runs")
        server.kill()
        server.wait()
        wait_until(lambda: not is_alive(told()[0]), "the worker ended too")


def test_an_interrupt_of_the_terminal_reaches_the_server_only(
    command: tuple[list[str], Callable[[], list[int]]],
) -> None:
    arguments, told = command
    with supervised(arguments):
        wait_until(lambda: len(told()) == 1, "it runs")
        assert os.getpgid(told()[0]) != os.getpgid(0)
