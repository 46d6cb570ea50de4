"""kill -9 of `securescore serve` with a tenant to read, while somebody decides: nothing acknowledged is lost or left behind.

That of its worker at every moment of a reading is in tests/services/test_kill.py.
"""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.program import PROGRAM, Answer, run
from tests.cli.test_operations import Serving, environment_of, is_alive
from tests.services.tenancy import ME
from tests.store.embedded.place import server_place
from tests.worker.tenants import wait_until

from securescore.connectors.http.clock import utc_now
from securescore.demo import InventedCloud, Organisation, write_tenant_file
from securescore.services.asking import ask_sync
from securescore.services.installation import open_installation
from securescore.services.tenants import find_tenant
from securescore.settings import Settings

pytestmark = pytest.mark.slow

NAME, ACTION = "Westerkade", "MFARegistrationV2"
ROUNDS = 6


@contextmanager
def killed_server(place: Path, number: int) -> Iterator[Serving]:
    """A server whose worker runs, killed when the block ends."""
    log = place / f"server-{number}.log"
    environment = os.environ | environment_of(place) | {"SECURESCORE_LISTEN": "127.0.0.1:0"}
    with (
        log.open("wb") as to,
        subprocess.Popen([PROGRAM, "serve"], env=environment, stdout=to, stderr=to) as process,
    ):
        serving = Serving(process, log)
        try:
            wait_until(lambda: serving.event("the worker runs") is not None, "the worker runs")
            yield serving
        finally:
            process.kill()


def test_a_server_that_is_killed_at_any_moment() -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201 - to do it again
    dice = random.Random(seed)
    organisation = Organisation.build(name=NAME, people=120, as_of=utc_now().replace(microsecond=0))
    with server_place() as place, InventedCloud(organisation) as cloud:
        settings = Settings(data_dir=place / "data")

        def said(*arguments: object) -> Answer:
            answer = run(*arguments, **environment_of(place))
            assert answer.code == 0, answer.err
            return answer

        said("tenant", "add", write_tenant_file(cloud, place / "tenant"), "--name", NAME)
        said("sync", NAME)
        for number in range(ROUNDS):
            status = ("planned", "risk_accepted")[number % 2]
            with killed_server(place, number) as server:
                said("tenant", "change", NAME, "--region", f"Region {number}")
                with open_installation(settings) as here:
                    ask_sync(here, ME, find_tenant(here, ME, NAME).tenant_id)
                made = said("decision", "make", NAME, ACTION, status, "--note", f"number {number}")
                worker = server.worker()
                time.sleep(dice.uniform(0, 4))
            wait_until(lambda one=worker: not is_alive(one), "its worker ends")  # type: ignore[misc]
            assert f"(decision {number + 1})" in made.out
            (holds,) = said("decision", "list", NAME, "--format", "json").json["decisions"]
            assert (holds["number"], holds["note"]) == (number + 1, f"number {number}")
            assert "2 of 2 chains are whole" in said("audit", "verify").out
            assert f"Region {number}" in said("tenant", "show", NAME).out
        before = len(said("history", NAME, "--format", "json").json["activities"])
        said("sync", NAME)
        assert len(said("history", NAME, "--format", "json").json["activities"]) > before
        runs = list((place / "data" / "evidence").glob("*/runs/*"))
        assert all((one / "manifest.json").is_file() for one in runs)
