"""kill -9 at random moments: the next start goes on, and what was acknowledged is there."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from tests.store.embedded.place import command_line, processes
from tests.store.embedded.test_server import kept, server_pid
from tests.store.embedded.users import using, wait_until_ready

from securescore.store.embedded import EmbeddedServer

ROUNDS = 25
FIRST_STARTS = 12


@pytest.mark.slow
@pytest.mark.parametrize("start", range(FIRST_STARTS))
def test_the_first_start(folder: Path, place: Path, start: int) -> None:
    """Whoever starts is killed, alone or with all that it started, up to three times before it may finish."""
    dice = random.Random(start)
    for _ in range(dice.randint(1, 3)):
        with using(folder) as user:
            time.sleep(dice.uniform(0.3, 2.5))
            victims = processes(place) if dice.random() < 0.5 else [user.pid]
            for pid in victims:
                send(pid)
    with EmbeddedServer(folder) as server, psycopg.connect(server.start().application.conninfo) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("securescore",)
        assert list(folder.glob("new-*")) == []
    assert processes(place) == []


@pytest.mark.slow
def test_the_server_while_rows_are_written(made: Path, place: Path) -> None:
    dice = random.Random(4)
    acknowledged: list[int] = []
    with EmbeddedServer(made) as server:
        with psycopg.connect(server.start().owner.conninfo) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
        for _ in range(ROUNDS):
            with writing_rows(server, acknowledged):
                time.sleep(dice.uniform(0.0, 0.3))
                victim = dice.choice([server_pid(made), *backends(place)])
                send(victim)
            assert set(acknowledged) <= set(kept(server))
    assert len(acknowledged) > ROUNDS
    assert processes(place) == []


@pytest.mark.slow
def test_users_that_come_and_go(made: Path, place: Path) -> None:
    """Some leave, some are killed; whoever is there has a server."""
    dice = random.Random(4)
    for _ in range(ROUNDS):
        with using(made) as one, using(made) as two:
            if dice.random() < 0.5:
                time.sleep(dice.uniform(0.0, 1.0))
                one.kill()
            address = wait_until_ready(two).replace("+psycopg", "")
            with psycopg.connect(address) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    with EmbeddedServer(made):
        pass
    assert processes(place) == []


@contextmanager
def writing_rows(server: EmbeddedServer, acknowledged: list[int]) -> Iterator[None]:
    """A thread that writes rows one by one, and notes each that the server has acknowledged, until the server breaks."""
    conninfo, done = server.start().owner.conninfo, Event()

    def write() -> None:
        try:
            with psycopg.connect(conninfo, autocommit=True) as connection:
                while not done.is_set():
                    number = len(acknowledged)
                    connection.execute("INSERT INTO kept VALUES (%s)", [number])
                    acknowledged.append(number)
        except psycopg.OperationalError:
            pass

    thread = Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def backends(place: Path) -> list[int]:
    return [pid for pid in processes(place) if command_line(pid).startswith(b"postgres: ")]


def send(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
