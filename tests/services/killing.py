"""Processes to be killed: each does real work through the services in a loop, and says what came of each call once it returned.

Run as a program it is a nursery: it loads the program and its content once and then forks, so that a process to be killed
works after milliseconds. One line of JSON a command, one of JSON back.
"""

import json
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from tests.services.tenancy import ME

from securescore.connectors import Clock
from securescore.connectors.http.clock import utc_now
from securescore.errors import ConflictError, SecureScoreError
from securescore.model import AccountClass, Status
from securescore.services.actor import system
from securescore.services.asking import ask_sync
from securescore.services.content import shipped
from securescore.services.decisions.asked import Excluded
from securescore.services.decisions.attesting import attest
from securescore.services.decisions.deciding import Asked, decide, list_decisions, withdraw
from securescore.services.decisions.excluding import (
    add_exclusion,
    declare_accounts,
    end_exclusion,
    list_accounts,
    list_exclusions,
    take_back_accounts,
)
from securescore.services.decisions.tagging import change_tags
from securescore.services.installation import Installation, open_installation
from securescore.services.sync import sync_tenant
from securescore.settings import Settings
from securescore.store import snapshots
from securescore.store.opening import open_database
from securescore.worker.running import Pace, work

ROOT = Path(__file__).resolve().parents[2]
SILENCE = 1.0
ACTIONS = ("MFARegistrationV2", "AdminMFAV2", "SelfServicePasswordReset")
TASK = "NonOwnerAccess"
_CHOSEN = [status for status in Status if status is not Status.COMPLETED]


@dataclass(frozen=True)
class Order:
    """What a process is to do.

    Attributes:
        ahead: so many seconds is its clock ahead of that of the machine.
        entities: that decisions and exclusions may be about.
        largest: no file can grow beyond so many bytes, as on a full disk.
    """

    work: str
    told: str
    seed: int
    data_dir: str
    tenant_id: str = ""
    ahead: float = 0.0
    entities: tuple[str, ...] = ()
    database_url: str | None = None
    migration_url: str | None = None
    largest: int | None = None

    @property
    def settings(self) -> Settings:
        urls = (self.database_url, self.migration_url)
        database, migration = (SecretStr(url) if url else None for url in urls)
        return Settings(data_dir=Path(self.data_dir), database_url=database, migration_url=migration)


def on_clock(here: Installation, ahead: float) -> Installation:
    """The same with a clock that runs, so many seconds ahead."""
    by = timedelta(seconds=ahead)
    return replace(here, clock=lambda: Clock(now=lambda: utc_now() + by))


@dataclass
class Deciding:
    """Somebody who decides and declares without a pause."""

    here: Installation
    tenant_id: UUID
    entities: Sequence[str]
    dice: random.Random
    token: str = ""

    def forever(self) -> None:
        acts = [self.decide] * 4 + [self.decide_about_some, self.withdraw, self.exclude, self.include]
        acts += [self.declare, self.take_back, self.attest, self.tag]
        for number in count(1):
            self.token = f"{os.getpid()}-{number}"
            try:
                done = self.dice.choice(acts)()
            except ConflictError as error:
                tell(refused=str(error))
            else:
                if done:
                    tell(token=self.token, **done)

    @property
    def _of(self) -> tuple[Installation, Any, UUID]:
        return self.here, ME, self.tenant_id

    def decide(self, **scope: Any) -> Mapping[str, Any]:
        action, status = self.dice.choice(ACTIONS), self.dice.choice(_CHOSEN)
        made = decide(*self._of, Asked(action, status, note=self.token, **scope))
        assert made.decision is not None
        return {"act": "decide", "number": made.decision.number, "snapshot": made.snapshot.number}

    def decide_about_some(self) -> Mapping[str, Any]:
        return self.decide(entities=frozenset(self.dice.sample(self.entities, 2)))

    def withdraw(self) -> Mapping[str, Any] | None:
        rows = list_decisions(*self._of)
        if not rows:
            return None
        number = self.dice.choice(rows).number
        return {"act": "withdraw", "number": number, "snapshot": withdraw(*self._of, number).number}

    def exclude(self) -> Mapping[str, Any]:
        some = frozenset(self.dice.sample(self.entities, 2))
        wanted = Excluded(frozenset({self.dice.choice(ACTIONS)}), some, self.token)
        made = add_exclusion(*self._of, wanted)
        assert made.row is not None
        return {"act": "exclude", "number": made.row.number}

    def include(self) -> Mapping[str, Any] | None:
        rows = list_exclusions(*self._of)
        if not rows:
            return None
        number = self.dice.choice(rows).number
        return {"act": "include", "number": number, "snapshot": end_exclusion(*self._of, number).number}

    def declare(self) -> Mapping[str, Any]:
        names = self.dice.sample(self.entities, 2)
        declare_accounts(*self._of, AccountClass.SERVICE, names, self.token)
        return {"act": "declare", "names": names}

    def take_back(self) -> Mapping[str, Any] | None:
        rows = list_accounts(*self._of)
        if not rows:
            return None
        name = self.dice.choice(rows).name
        return {"act": "take_back", "names": take_back_accounts(*self._of, AccountClass.SERVICE, [name])}

    def attest(self) -> Mapping[str, Any]:
        return {"act": "attest", "number": attest(*self._of, TASK, note=self.token)[0].number}

    def tag(self) -> Mapping[str, Any]:
        change_tags(*self._of, self.dice.choice(ACTIONS), add=[self.token])
        return {"act": "tag"}


def tell(**what: Any) -> None:
    """One line that is out of this process when the call returns."""
    os.write(1, json.dumps(what).encode() + b"\n")


@contextmanager
def _opened(order: Order) -> Iterator[tuple[Installation, UUID]]:
    with open_installation(order.settings) as here:
        if order.largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest, order.largest))
        tell(ready=True)
        yield on_clock(here, order.ahead), UUID(order.tenant_id)


def _decide(order: Order) -> None:
    with _opened(order) as (here, tenant_id):
        Deciding(here, tenant_id, order.entities, random.Random(order.seed)).forever()


def _sync(order: Order) -> None:
    with _opened(order) as (here, tenant_id):
        while True:
            report = sync_tenant(here, system("worker"), tenant_id)
            tell(act="sync", snapshot=report.snapshots[-1].number, problem=report.problem)


def _sync_once(order: Order) -> None:
    with _opened(order) as (here, tenant_id):
        report = sync_tenant(here, system("worker"), tenant_id)
        tell(act="sync", snapshot=report.snapshots[-1].number, problem=report.problem)


def _work(order: Order) -> None:
    with _opened(order) as (here, tenant_id):

        def said(line: str) -> None:
            with here.database.tenant(tenant_id) as connection:
                number = snapshots.newest_number(connection)
            tell(line=line, **({"act": "sync", "snapshot": number} if ": read" in line else {}))
            ask_sync(here, ME, tenant_id)

        ask_sync(here, ME, tenant_id)
        work(here, said, Pace(poll=0.05, heartbeat=0.2, silence=SILENCE, grace=0.2))


def _migrate(order: Order) -> None:
    with open_database(order.settings):
        tell(act="migrate")


WORKS: Mapping[str, Callable[[Order], None]] = {
    "decide": _decide,
    "sync": _sync,
    "sync_once": _sync_once,
    "work": _work,
    "migrate": _migrate,
}


def _child(order: Order) -> None:
    """Never returns."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        told = os.open(order.told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(told, 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        WORKS[order.work](order)
    except SecureScoreError as error:
        tell(problem=str(error))
    except Exception:  # noqa: BLE001 - the test says that there is none
        tell(traceback=traceback.format_exc())
    finally:
        os._exit(0)


def _nursery() -> None:
    logging.getLogger().addHandler(logging.NullHandler())
    shipped()
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        command = json.loads(line)
        if "end" in command:
            os.kill(command["end"], signal.SIGKILL)
        if "wait" in command or "end" in command:
            _, status = os.waitpid(command.get("end") or command["wait"], 0)
            answer: int = os.waitstatus_to_exitcode(status)
        else:
            answer = os.fork()
            if answer == 0:
                _child(Order(**command["start"]))
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


@dataclass
class Nursery:
    """The nursery as the test sees it."""

    process: "subprocess.Popen[str]"

    @classmethod
    @contextmanager
    def open(cls, temporary: Path) -> Iterator["Nursery"]:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
        with subprocess.Popen(
            [sys.executable, "-m", "tests.services.killing"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            nursery = cls(process)
            nursery._answer()
            yield nursery

    def start(self, order: Order) -> int:
        """Starts a process. Returns its id."""
        return self._ask(start=vars(order))

    def end(self, pid: int) -> int:
        """Kills a process that may have ended, and waits for its end."""
        return self._ask(end=pid)

    def wait(self, pid: int) -> int:
        """Waits until a process has ended by itself."""
        return self._ask(wait=pid)

    def _ask(self, **command: Any) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


if __name__ == "__main__":
    _nursery()
