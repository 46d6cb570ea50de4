"""The files and statements with which it is run: what they name exists, and what they say works."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from pydantic import SecretStr
from sqlalchemy.engine import URL
from tests.store.databases import Server, running_server

from securescore.settings import PREFIX, Settings
from securescore.store.opening import open_database

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "securescore.service").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as one:
        yield one


def test_the_statements_for_ones_own_database_do(server: Server, tmp_path: Path) -> None:
    block = re.search(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert block
    statements = block[1].replace("DATABASE securescore", "DATABASE page").replace("securescore_", "page_")
    server.as_superuser(*statements.strip().split("\n"))
    owner = server.owner.set(username="page_owner", password="choose-one", database="page")
    application = server.owner.set(username="page_app", password="choose-another", database="page")
    settings = Settings(
        data_dir=tmp_path / "data", database_url=_secret(application), migration_url=_secret(owner)
    )
    with open_database(settings):
        pass
    with open_database(settings.model_copy(update={"migration_url": None})):
        pass
    server.as_superuser("DROP DATABASE page", "DROP ROLE page_owner", "DROP ROLE page_app")


def test_every_setting_is_on_the_page() -> None:
    assert [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in PAGE] == []


@pytest.mark.parametrize("text", [CONTAINER, UNIT, PAGE])
def test_every_setting_that_is_named_exists(text: str) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {"SECURESCORE_WORKERS"}
    assert set(re.findall(r"SECURESCORE_[A-Z_]+[A-Z]", text)) <= known


def test_the_container_is_nobody_special_and_takes_nothing_secret() -> None:
    lines = CONTAINER.splitlines()
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY") and "--from" not in line]
    assert all((ROOT / name).exists() for names in copied for name in names)
    assert "USER 10001:10001" in lines
    assert not any(line.startswith(("ARG", "ADD")) for line in lines)
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    assert {name for names in copied for name in names} == {one[1:] for one in ignored if one.startswith("!")}


def test_the_service_stops_the_server_only() -> None:
    assert {"KillMode=mixed", "User=securescore", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(
        UNIT.splitlines()
    )


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    program = which("systemd-analyze")
    if program is None:
        return
    unit = tmp_path / "securescore.service"
    unit.write_text(UNIT.replace("/opt/securescore/bin/securescore", "/bin/true"))
    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "securescore.service:" in line] == []


def _secret(url: URL) -> SecretStr:
    return SecretStr(url.render_as_string(hide_password=False))
