"""The commands that keep an installation running, as a person runs them: real processes, sockets and databases."""

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import PROGRAM, Answer, run
from tests.store.embedded.place import server_place
from tests.worker.tenants import wait_until


@dataclass
class Serving:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int = field(default=0)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def event(self, event: str) -> dict[str, Any] | None:
        return next((line for line in self.lines() if line["event"] == event), None)

    def ready(self) -> bool:
        with (
            suppress(OSError),
            closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as asking,
        ):
            asking.request("GET", "/health/ready")
            return asking.getresponse().status == 200
        return False

    def await_ready(self) -> None:
        wait_until(lambda: self.event("the server runs") is not None, "the server runs")
        running = self.event("the server runs")
        assert running
        self.port = int(running["listening"].rpartition(":")[2])
        wait_until(self.ready, "it is ready")

    def worker(self) -> int:
        return int([line for line in self.lines() if line["event"] == "the worker runs"][-1]["process"])

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def serving(place: Path, name: str, *options: str) -> Iterator[Serving]:
    log = place / f"{name}.log"
    environment = os.environ | environment_of(place) | {"SECURESCORE_LISTEN": "127.0.0.1:0"}
    with (
        log.open("wb") as to,
        subprocess.Popen([PROGRAM, "serve", *options], env=environment, stdout=to, stderr=to) as process,
    ):
        try:
            yield Serving(process, log)
        finally:
            if process.poll() is None:
                process.kill()


def environment_of(place: Path) -> dict[str, str]:
    return {"SECURESCORE_DATA_DIR": str(place / "data")}


@pytest.fixture
def place() -> Iterator[Path]:
    with server_place() as folder:
        yield folder


def is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.slow
def test_two_servers_share_one_installation_and_either_may_go(place: Path) -> None:
    with serving(place, "first") as first, serving(place, "second") as second:
        first.await_ready()
        second.await_ready()
        listen = {"SECURESCORE_LISTEN": f"127.0.0.1:{second.port}"}
        assert run("health", **environment_of(place), **listen).out == "ready\n"
        assert first.stop() == 0
        assert second.ready()
        assert second.stop() == 0
        assert not is_alive(second.worker())
        assert run("health", **environment_of(place), **listen).code == 3
    assert not (place / "data" / "postgres" / "data" / "postmaster.pid").exists()


@pytest.mark.slow
def test_a_worker_that_is_killed_is_begun_again_and_a_killed_server_leaves_none(place: Path) -> None:
    with serving(place, "server") as server:
        server.await_ready()
        first = server.worker()
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: server.worker() != first, "another worker runs")
        ended = server.event("the worker ended and is begun again")
        assert ended
        assert ended["exit_code"] == -signal.SIGKILL
        wait_until(server.ready, "it is ready again")
        second = server.worker()
        server.process.kill()
        server.process.wait()
        wait_until(lambda: not is_alive(second), "its worker is gone")
    with serving(place, "again") as again:
        again.await_ready()
        assert again.stop() == 0


@pytest.mark.slow
def test_a_server_without_a_worker_says_so(place: Path) -> None:
    with serving(place, "server", "--no-worker") as server:
        wait_until(lambda: server.event("the server runs") is not None, "the server runs")
        server.port = int(server.lines()[0]["listening"].rpartition(":")[2])
        listen = {"SECURESCORE_LISTEN": f"127.0.0.1:{server.port}"}
        wait_until(lambda: run("health", **environment_of(place), **listen).code == 1, "it answers")
        assert "worker: no worker gave a sign of life" in run("health", **environment_of(place), **listen).out
        assert server.stop() == 0


def test_a_server_that_would_be_read_along_is_refused_before_anything_is_made(place: Path) -> None:
    answer = run("serve", **environment_of(place), SECURESCORE_LISTEN="0.0.0.0:8480")
    assert answer.code == 2
    assert answer.err.startswith("securescore: SECURESCORE_LISTEN=0.0.0.0:8480 would be plain http")
    assert answer.err.count("\n") == 1
    assert not (place / "data").exists()


@pytest.mark.slow
def test_from_the_first_start_to_a_restored_backup(place: Path) -> None:
    here, there = environment_of(place), {"SECURESCORE_DATA_DIR": str(place / "restored")}
    backup = place / "backup.tar"
    assert said(run("database", "migrate", **here)) == "The database has schema version 0002, the newest.\n"
    assert "fingerprint" not in said(run("backup", backup, **here))
    assert said(run("key", "rotate", **here)).startswith("The key ")
    assert run("key", "retire", **here).code == 2
    assert "chains are whole" in said(run("audit", "verify", **here))
    assert run("audit", "verify", "--format", "json", **here).json["chains"][0]["broken"] is None
    kept = place / "kept.json"
    kept.write_text(run("audit", "verify", "--format", "json", **here).out)
    assert "chains are whole" in said(run("audit", "verify", "--against", kept, **here))
    assert "is not what securescore audit verify" in run("audit", "verify", "--against", backup, **here).err
    acts = [one["act"] for one in run("audit", "list", "--format", "json", **here).json["entries"]]
    assert acts == ["installation.backup", "key.rotate"]
    assert "key.rotate" in said(run("audit", "list", "--since", "2020-01-01", **here))
    assert said(run("audit", "list", "--since", "2999-01-01", **here)).startswith("What was done to a tenant")
    assert said(run("restore", backup, **there)).startswith("Restored the backup of")
    assert "--replace" in run("restore", backup, **there).err
    shortened = run("audit", "verify", "--against", kept, **there)
    assert (shortened.code, "the installation: changed or missing from entry 2 on" in shortened.out) == (
        1,
        True,
    )
    assert "What was there before" in said(run("restore", backup, "--replace", **there))
    assert run("database", "adopt-folder", **there).code == 2
    told = run("doctor", "--format", "json", **there)
    assert told.code == 0
    assert {one["verdict"] for one in told.json["checks"]} <= {"ok", "warning"}


def test_the_doctor_leaves_with_1_when_there_is_a_problem(tmp_path: Path) -> None:
    nowhere = {
        "SECURESCORE_DATA_DIR": str(tmp_path),
        "SECURESCORE_DATABASE_URL": "postgresql://app:hunter2@127.0.0.1:1/securescore",
    }
    answer = run("doctor", **nowhere)
    assert answer.code == 1
    assert "problem  database: the database cannot be used: it cannot be reached" in answer.out
    assert "hunter2" not in answer.out + answer.err
    wrong = run("doctor", SECURESCORE_LOG_LEVEL="loud")
    assert (wrong.code, wrong.lines[0][:17]) == (1, "problem  settings")


def said(answer: Answer) -> str:
    assert answer.code == 0, answer.err
    return answer.out
