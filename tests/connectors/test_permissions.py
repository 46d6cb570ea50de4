"""Permissions: read-only without exception, told with what they unlock, and scripts that hold up."""

import json
import re
import subprocess
from datetime import date

import pytest

from securescore.catalog import load_catalog
from securescore.cli.output import Format
from securescore.cli.permissions import permissions as command
from securescore.connectors.permissions import (
    ROLE_IDS,
    Permission,
    Script,
    is_read_only,
    needed_permissions,
    script,
    tables_read,
)
from securescore.errors import ConfigurationError
from securescore.evidence import TABLES
from securescore.facts import load_facts
from securescore.model import MICRO

DAY = date(2026, 11, 1)
NAMES = sorted({table.permission for table in TABLES.values() if table.permission})


@pytest.fixture(scope="module")
def needed() -> dict[str, Permission]:
    return {one.name: one for one in needed_permissions(load_catalog(), load_facts(), DAY)}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: str(table.name))
def test_no_table_needs_more_than_to_read(table: object) -> None:
    permission = getattr(table, "permission")  # noqa: B009
    assert permission is None or is_read_only(permission)


@pytest.mark.parametrize(
    "name",
    [
        "User.ReadWrite.All",
        "Mail.Write",
        "Sites.FullControl.All",
        "Exchange.ManageAsApp",
        "Directory.AccessAsUser.All",
        "Team.Create",
        "Mail.Send",
        "User.Read.All ",
        "Application.ReadWrite.OwnedBy",
        "user_impersonation",
        "",
    ],
)
def test_what_could_change_something_is_not_read_only(name: str) -> None:
    assert not is_read_only(name)


def test_every_permission_is_listed_with_its_tables(needed: dict[str, Permission]) -> None:
    assert sorted(needed) == NAMES == sorted(ROLE_IDS)
    fed = [table for permission in needed.values() for table in permission.tables]
    assert sorted(fed) == sorted(TABLES)
    assert "conditional_access_policies" in needed["Policy.Read.All"].tables


def test_role_ids_are_ids_and_no_two_are_equal() -> None:
    ids = [role for role in ROLE_IDS.values() if role]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", role) for role in ids)


def test_points_come_from_the_catalog_through_facts(needed: dict[str, Permission]) -> None:
    catalog, facts = load_catalog(), load_facts()
    policy = needed["Policy.Read.All"]
    worth = 0
    for action in catalog.actions.values():
        reads = set(tables_read(action.evidence, facts))
        if reads & set(policy.tables):
            assert action.id in policy.actions
            worth += action.maximum_on(DAY) or 0
    assert policy.unlocks == worth
    assert "conditional_access_policies" in set(tables_read(["sign_in_protection"], facts))


def test_what_unlocks_most_comes_first() -> None:
    unlocks = [one.unlocks for one in needed_permissions(load_catalog(), load_facts(), DAY)]
    assert unlocks == sorted(unlocks, reverse=True)


def test_the_command_prints_both_forms(
    capsys: pytest.CaptureFixture[str], needed: dict[str, Permission]
) -> None:
    command(Format.JSON)
    answer = json.loads(capsys.readouterr().out)
    listed = {one["name"]: one for one in answer["permissions"]}
    assert sorted(listed) == NAMES
    assert listed["User.Read.All"]["role_id"] == ROLE_IDS["User.Read.All"]
    assert listed["User.Read.All"]["unlocks_points"] * MICRO == needed["User.Read.All"].unlocks
    command(Format.TABLE)
    table = capsys.readouterr().out
    assert all(name in table for name in [*NAMES, *TABLES]), "no name is folded"
    assert max(len(line) for line in table.splitlines()) <= 80
    with pytest.raises(ConfigurationError, match="--remove goes with --script"):
        command(Format.TABLE, None, remove=True)


def test_the_table_has_units_and_counts_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (
        Permission("A.Read.All", None, ("users",), ("One",), 1_500_000),
        Permission("B.Read.All", None, ("conditional_access_policies",), ("One", "Two"), 1_234_560_000),
        Permission("OnPremDirectorySynchronization.Read.All", None, ("domains",), (), 0),
    )
    monkeypatch.setattr("securescore.cli.permissions.needed_permissions", lambda *_: rows)
    monkeypatch.setenv("COLUMNS", "80")
    command(Format.TABLE)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for number, ends in enumerate((" 1.50 points", " 1 action", " 1234.56 points", " 2 actions", " -"), 1):
        assert lines[number].endswith(ends)
    assert max(map(len, lines)) <= 80
    assert not any("\u2026" in line for line in lines)


def test_the_command_prints_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    command(Format.TABLE, Script.AZCLI)
    assert capsys.readouterr().out == script(Script.AZCLI)
    command(Format.TABLE, Script.AZCLI, remove=True)
    assert "az ad app delete" in capsys.readouterr().out


@pytest.mark.parametrize("remove", [False, True])
def test_bash_accepts_the_scripts(remove: bool) -> None:  # noqa: FBT001
    checked = subprocess.run(
        ["bash", "-n"], input=script(Script.AZCLI, remove=remove), text=True, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("kind", Script)
def test_scripts_grant_exactly_what_is_needed(kind: Script) -> None:
    text = script(kind)
    block = re.search(r"permissions ?= ?@?\(\n(.*?)\n\)", text, re.DOTALL)
    assert block is not None
    assert [line.strip().strip("'") for line in block[1].splitlines()] == NAMES
    assert "@PERMISSIONS@" not in text


@pytest.mark.parametrize("remove", [False, True])
def test_powershell_scripts_are_well_formed(remove: bool) -> None:  # noqa: FBT001
    text = script(Script.POWERSHELL, remove=remove)
    code = re.sub(r"<#.*?#>|^ *#.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    code = re.sub(r'@"\n.*?\n"@', "''", code, flags=re.DOTALL)
    code = re.sub(r"'(?:[^']|'')*'|\"(?:[^\"`]|`.)*\"", "''", code)
    closing: list[str] = []
    pairs = {"{": "}", "(": ")", "[": "]"}
    for char in code:
        if char in pairs:
            closing.append(pairs[char])
        elif char in pairs.values():
            assert closing.pop() == char
    assert closing == []
    assert "'" not in code.replace("''", "")
    assert '"' not in code
    assert all(not line.endswith("` ") for line in code.splitlines())
    assert "$ErrorActionPreference = 'Stop'" in text


def test_a_script_with_a_name_in_it_runs_to_its_first_check(tmp_path: object) -> None:
    """Without the tools it needs, the script stops before it changes anything, and says why."""
    run = subprocess.run(
        ["/bin/bash", "-s"],
        input=script(Script.AZCLI),
        text=True,
        capture_output=True,
        check=False,
        env={"PATH": "/nonexistent"},
        cwd=str(tmp_path),
    )
    assert run.returncode == 1
    assert "stopped: az is not installed" in run.stderr
