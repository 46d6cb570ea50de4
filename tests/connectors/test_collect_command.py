"""`securescore collect` as a program: exit codes, what it prints, and that it never prints a secret."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Task
from tests.connectors import tenant_data as data
from tests.connectors.conftest import TenantFile
from tests.connectors.stub import Reply, Stub, error, page
from tests.connectors.test_collect import FILLED

from securescore.cli import collect as command
from securescore.cli.main import main
from securescore.connectors import Event

LEAST = {"conditional_access_policies", "conditional_access_targets", "named_locations"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pace of the services is tested elsewhere; here nothing is to take seconds."""
    from securescore.connectors.http import limits  # noqa: PLC0415

    for name in limits.ServiceClass:
        monkeypatch.setitem(limits.LIMITS, name, limits.Limit(concurrent=8))


def run(*arguments: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["securescore", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
    return int(left.value.code or 0)


def test_everything_there(
    tenant_file: TenantFile, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.small(stub)
    assert run("collect", "--tenant", tenant_file(), "--out", tmp_path / "out") == 0
    printed = capsys.readouterr()
    assert f"{FILLED} of {FILLED} tables collected." in printed.out
    assert re.search(r"^users +3 +collected$", printed.out, re.MULTILINE)
    assert max(len(line) for line in printed.out.splitlines()) <= 80
    assert "users: 3 rows" in printed.err
    assert "s3cret-value" not in printed.out + printed.err


def test_lack_of_a_licence_is_said_and_is_no_failure(
    tenant_file: TenantFile, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.small(stub)
    stub.script("/v1.0/subscribedSkus", page())
    for path in ("policies", "namedLocations"):
        stub.script(f"/v1.0/identity/conditionalAccess/{path}", error(403, "AadPremiumLicenseRequired"))
    assert run("collect", "--tenant", tenant_file(), "--out", tmp_path / "out", "--format", "json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["complete"]
    missing = {table["name"]: table["reason"] for table in answer["tables"] if table["state"] == "missing"}
    assert missing == dict.fromkeys(LEAST, "no_licence")


def test_missing_tables_leave_with_4_and_the_run_is_there(
    tenant_file: TenantFile, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.small(stub)
    stub.script("/v1.0/domains", error(403, "Authorization_RequestDenied"))
    assert run("collect", "--tenant", tenant_file(), "--out", tmp_path / "out") == 4
    printed = capsys.readouterr().out
    assert re.search(r"^domains +- +missing, no permission$", printed, re.MULTILINE)
    assert "permission Domain.Read.All" in " ".join(printed.split())
    assert f"{FILLED - 1} of {FILLED} tables collected; 1 missing." in printed
    assert len(list((tmp_path / "out" / "runs").glob("*/manifest.json"))) == 1


def test_a_refusal_leaves_with_3_and_one_sentence(
    tenant_file: TenantFile, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.token_answers = [Reply(401, {"error": "invalid_client", "error_codes": [7000215]})]
    assert run("collect", "--tenant", tenant_file(), "--out", tmp_path / "out") == 3
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("securescore: the login service gave no token (AADSTS7000215)")
    assert "s3cret-value" not in printed.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_secret_that_others_may_read_is_told(
    tenant_file: TenantFile,
    stub: Stub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    mode: int,
    told: bool,  # noqa: FBT001
) -> None:
    data.empty(stub)
    tenant = tenant_file()
    (tmp_path / "secret.txt").chmod(mode)
    assert run("collect", "--tenant", tenant, "--out", tmp_path / "out", "--format", "json") == 0
    printed = capsys.readouterr()
    said = " ".join(printed.err.split())
    assert ("chmod 600 keeps it yours." in said) is told
    assert json.loads(printed.out)["complete"]


def test_a_mistake_in_the_file_leaves_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("collect", "--tenant", tmp_path / "none.toml", "--out", tmp_path / "out") == 2
    assert "none.toml: it cannot be read" in capsys.readouterr().err


def test_a_terminal_shows_a_row_for_each_table_being_read() -> None:
    console = Console(force_terminal=True, width=80, record=True)
    with command._told(console) as tell:
        tell(Event("users", "reading"))
        tell(Event("users", "reading", 1200))
        tell(Event("domains", "missing", note="refused"))
        shown = [(task.description, task.fields["rows"]) for task in _tasks(tell)]
        tell(Event("users", "collected", 1200))
        assert _tasks(tell) == []
    assert shown == [("users", "1,200")]


def _tasks(tell: Any) -> list[Task]:
    return list(tell.__self__._display.tasks)
