"""One server, started by the first that needs it and stopped by the last."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from tests.store.embedded.place import command_line, processes
from tests.store.embedded.users import leave, using, wait_until_ready

from securescore.errors import StoreError
from securescore.store.embedded import EmbeddedServer
from securescore.store.embedded.layout import Layout


def server_pid(folder: Path) -> int:
    """Of the main process, as the file says."""
    return int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def keep(server: EmbeddedServer, number: int) -> None:
    """Acknowledged to us: it has to be there for ever."""
    with psycopg.connect(server.start().owner.conninfo) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number integer)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kept(server: EmbeddedServer) -> list[int]:
    with psycopg.connect(server.start().owner.conninfo) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM kept ORDER BY number")]


class TestOneProcess:
    def test_first_start_gives_both_logins(self, folder: Path) -> None:
        with EmbeddedServer(folder) as server:
            for url, role in (
                (server.application_url, "securescore_app"),
                (server.owner_url, "securescore_owner"),
            ):
                engine = create_engine(url)
                with engine.connect() as connection:
                    row = connection.execute(text("SELECT current_user, current_database()")).one()
                engine.dispose()
                assert tuple(row) == (role, "securescore")

    def test_stops_and_keeps_the_data(self, folder: Path, place: Path) -> None:
        with EmbeddedServer(folder) as server:
            keep(server, 1)
        assert processes(place) == []
        with EmbeddedServer(folder) as server:
            assert kept(server) == [1]

    def test_two_objects_share_one_server(self, made: Path, place: Path) -> None:
        first, second = EmbeddedServer(made), EmbeddedServer(made)
        assert first.start() == second.start()
        pid = server_pid(made)
        first.stop()
        keep(second, 1)
        assert server_pid(made) == pid
        second.stop()
        assert processes(place) == []

    def test_starting_twice_and_stopping_twice_is_once(self, made: Path, place: Path) -> None:
        server = EmbeddedServer(made)
        assert server.start() == server.start()
        server.stop()
        server.stop()
        assert processes(place) == []

    def test_threads_start_it_together(self, folder: Path, place: Path) -> None:
        servers = [EmbeddedServer(folder) for _ in range(4)]
        threads = [threading.Thread(target=server.start) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({server.application_url for server in servers}) == 1
        for server in servers:
            server.stop()
        assert processes(place) == []

    def test_not_started(self, folder: Path) -> None:
        with pytest.raises(StoreError, match="is not started: start it before it is used"):
            _ = EmbeddedServer(folder).application_url
        assert not folder.exists()

    def test_a_relative_folder_with_a_strange_name(
        self, place: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(place)
        strange = Path('d\'ata \\ "x", $HOME `id` ü')
        with EmbeddedServer(strange) as server:
            keep(server, 1)
            monkeypatch.chdir("/")
            with EmbeddedServer(place / strange) as again:
                assert kept(again) == [1]
        assert processes(place / strange) == []

    def test_a_changed_setting_reaches_an_old_folder(self, folder: Path) -> None:
        with EmbeddedServer(folder):
            pass
        (folder / "postgresql.conf").write_text("shared_buffers = 'nonsense'")
        with EmbeddedServer(folder) as server:
            keep(server, 1)


class TestManyProcesses:
    def test_the_second_adopts_and_the_last_stops(self, made: Path, place: Path) -> None:
        with using(made) as one:
            address = wait_until_ready(one)
            pid = server_pid(made)
            with using(made) as two:
                assert wait_until_ready(two) == address
                leave(one)
                assert server_pid(made) == pid
                with EmbeddedServer(made) as server:
                    keep(server, 1)
                assert b"/postgres -D " in command_line(pid)
                leave(two)
        assert processes(place) == []

    def test_all_start_at_once(self, folder: Path, place: Path) -> None:
        with using(folder) as one, using(folder) as two, using(folder) as three:
            users = (one, two, three)
            assert len({wait_until_ready(user) for user in users}) == 1
            for user in users:
                leave(user)
        assert processes(place) == []

    def test_a_killed_user_leaves_the_server_to_the_next(self, made: Path, place: Path) -> None:
        with using(made) as user:
            wait_until_ready(user)
            with EmbeddedServer(made) as server:
                keep(server, 1)
            pid = server_pid(made)
            user.kill()
            user.wait()
        with EmbeddedServer(made) as server:
            assert server_pid(made) == pid
            assert kept(server) == [1]
        assert processes(place) == []

    def test_an_interrupt_of_the_terminal_does_not_reach_the_server(self, made: Path) -> None:
        with using(made) as user:
            wait_until_ready(user)
            assert os.getsid(server_pid(made)) == server_pid(made)
            assert os.getsid(server_pid(made)) != os.getsid(user.pid)

    def test_a_forked_child_does_not_take_its_parents_server_away(self, made: Path) -> None:
        """A program of its own, since forking a process with threads is a matter of luck."""
        script = """
import os, sys
from pathlib import Path
from securescore.store.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.start()
before = Path(sys.argv[1], "data", "postmaster.pid").read_text()
child = os.fork()
if child == 0:
    server.stop()
    server.start()
    server.stop()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
assert Path(sys.argv[1], "data", "postmaster.pid").read_text() == before
server.stop()
assert not Path(sys.argv[1], "data", "postmaster.pid").exists()
"""
        subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(made)], check=True, timeout=120)

    def test_the_server_holds_no_lock_of_ours(self, made: Path) -> None:
        with EmbeddedServer(made):
            held = {
                str(path.readlink())
                for pid in processes(made)
                for path in Path("/proc", str(pid), "fd").iterdir()
            }
        assert not any(name.endswith(".lock") for name in held), held

    def test_waits_for_one_that_starts_and_says_so_in_the_end(self, made: Path) -> None:
        with EmbeddedServer(made):
            pass
        with using(made) as user:
            wait_until_ready(user)
            with Layout(made).start_lock.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                with pytest.raises(
                    StoreError, match=r"another process has been .* for 0 seconds .*start\.lock"
                ):
                    EmbeddedServer(made, patience=0.2).start()


class TestDeadServers:
    def test_kill_of_the_server_loses_nothing(self, made: Path) -> None:
        with EmbeddedServer(made) as server:
            for number in range(3):
                keep(server, number)
                os.kill(server_pid(made), signal.SIGKILL)
            assert kept(server) == [0, 1, 2]

    def test_a_stale_file_with_a_number_that_now_means_another(self, made: Path) -> None:
        with EmbeddedServer(made) as server:
            keep(server, 1)
            os.kill(server_pid(made), signal.SIGKILL)
            stand_in(made, os.getpid())
            assert kept(server) == [1]

    def test_a_stale_file_without_a_process(self, made: Path) -> None:
        with EmbeddedServer(made) as server:
            keep(server, 1)
        with subprocess.Popen(["/bin/true"]) as gone:
            gone.wait()
        (made / "data" / "postmaster.pid").write_text(f"{gone.pid}\n{made / 'data'}\n")
        with EmbeddedServer(made) as server:
            assert kept(server) == [1]

    def test_a_damaged_file(self, made: Path) -> None:
        """As a machine leaves it that lost its power."""
        for content in ("", "\n", "no number\n", "-17\n", "9" * 20, "1\n"):
            (made / "data" / "postmaster.pid").write_text(content)
            with EmbeddedServer(made) as server:
                keep(server, 1)

    def test_a_server_that_is_slow_is_left_to_go_on(self, made: Path) -> None:
        with using(made) as user:
            wait_until_ready(user)
        pid = server_pid(made)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(StoreError, match=r"does not answer after 1 seconds .* or read .*/log"):
            EmbeddedServer(made, patience=1).start()
        os.kill(pid, signal.SIGCONT)
        with EmbeddedServer(made) as server:
            keep(server, 1)
            assert server_pid(made) == pid

    @pytest.mark.slow
    def test_a_stop_that_gets_nowhere_is_made_at_once(self, made: Path) -> None:
        """As during recovery, where PostgreSQL may wait for a child of its own for ever."""
        with EmbeddedServer(made, patience=14) as server:
            keep(server, 1)
            connection = psycopg.connect(server.start().owner.conninfo)
            os.kill(connection.info.backend_pid, signal.SIGSTOP)
            pid = server_pid(made)
        connection.close()
        assert not Path(f"/proc/{pid}").exists()
        newest = max((made / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
        assert "received immediate shutdown request" in newest.read_text()
        with EmbeddedServer(made) as server:
            assert kept(server) == [1]

    def test_the_log_does_not_grow_for_ever(self, made: Path) -> None:
        old, long = made / "log" / "server-old.log", made / "log" / "server-long.log"
        old.touch()
        os.utime(old, (0, 0))
        long.touch()
        os.truncate(long, 20_000_000)
        with EmbeddedServer(made):
            assert not old.exists()
            assert not long.exists()


def stand_in(folder: Path, pid: int) -> None:
    """As if the system had given the dead server's number to this process."""
    for path in (folder / "data" / "postmaster.pid", Layout(folder).socket_claim):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
