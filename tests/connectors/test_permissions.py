"""Permissions: read-only with one named exception, told with what they unlock, and scripts that hold up."""

import json
import re
import shlex
import subprocess
from dataclasses import replace
from datetime import date
from itertools import groupby

import pytest

from securescore.catalog import load_catalog
from securescore.cli.output import Format
from securescore.cli.permissions import permissions as command
from securescore.connectors.permissions import (
    DIRECTORY_ROLES,
    EXCEPTIONS,
    RESOURCES,
    ROLE_IDS,
    Permission,
    Script,
    is_read_only,
    needed_permissions,
    script,
    tables_read,
)
from securescore.errors import ConfigurationError
from securescore.evidence import TABLES, Table
from securescore.evidence.schema import Api
from securescore.facts import load_facts
from securescore.model import MICRO

DAY = date(2026, 11, 1)
NEEDED = sorted({(table.api, table.permission) for table in TABLES.values() if table.permission})
NAMES = [name for api in Api for of, name in NEEDED if of is api]


@pytest.fixture(scope="module")
def needed() -> dict[str, Permission]:
    return {one.name: one for one in needed_permissions(load_catalog(), load_facts(), DAY)}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_table_needs_more_than_to_read(table: Table) -> None:
    assert table.permission is None or is_read_only(table.permission) or table.permission in EXCEPTIONS


def test_the_one_exception_is_named_with_its_reason_and_bound_by_a_role() -> None:
    assert list(EXCEPTIONS) == ["Exchange.ManageAsApp"]
    assert "Global Reader reads and changes nothing" in EXCEPTIONS["Exchange.ManageAsApp"]
    assert {table.api for table in TABLES.values() if table.permission in EXCEPTIONS} == {Api.EXCHANGE}
    assert {api: role.name for api, role in DIRECTORY_ROLES.items()} == {Api.EXCHANGE: "Global Reader"}


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
        "Discovery.manage",
        "Discovery.readwrite",
        "discovery.read",
        "Machine.Read.Write",
        "",
    ],
)
def test_what_could_change_something_is_not_read_only(name: str) -> None:
    assert not is_read_only(name)


@pytest.mark.parametrize("name", ["User.Read.All", "OrgSettings-Forms.Read.All", "Discovery.read"])
def test_what_only_reads_says_so(name: str) -> None:
    assert is_read_only(name)


def test_every_permission_is_listed_with_its_tables(needed: dict[str, Permission]) -> None:
    listed = [(one.api, one.name) for one in needed.values()]
    assert (
        sorted(listed) == NEEDED == sorted((api, name) for api, names in ROLE_IDS.items() for name in names)
    )
    fed = [table for permission in needed.values() for table in permission.tables]
    assert sorted(fed) == sorted(name for name, table in TABLES.items() if table.permission)
    assert "conditional_access_policies" in needed["Policy.Read.All"].tables
    assert needed["Exchange.ManageAsApp"].directory_role is DIRECTORY_ROLES[Api.EXCHANGE]
    assert needed["User.Read.All"].directory_role is None


def test_a_name_that_two_interfaces_use_is_two_permissions(monkeypatch: pytest.MonkeyPatch) -> None:
    machines = replace(TABLES["machines"], name="machine_users", permission="User.Read.All")
    monkeypatch.setitem(TABLES, "machine_users", machines)
    found = [
        one for one in needed_permissions(load_catalog(), load_facts(), DAY) if one.name == "User.Read.All"
    ]
    assert [(one.api, one.tables, one.role_id is None) for one in found] == [
        (Api.GRAPH, ("users",), False),
        (Api.DEFENDER_ENDPOINT, ("machine_users",), True),
    ]


def test_role_ids_are_ids_and_no_two_are_equal() -> None:
    roles = [role for names in ROLE_IDS.values() for role in names.values() if role]
    ids = [*roles, *RESOURCES.values(), *(role.id for role in DIRECTORY_ROLES.values())]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", role) for role in ids)
    assert set(RESOURCES) == set(ROLE_IDS) == set(Api)


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


def test_what_unlocks_most_comes_first_in_its_interface() -> None:
    found = needed_permissions(load_catalog(), load_facts(), DAY)
    assert [api for api, _ in groupby(found, lambda one: one.api)] == list(Api)
    for _, of_it in groupby(found, lambda one: one.api):
        unlocks = [one.unlocks for one in of_it]
        assert unlocks == sorted(unlocks, reverse=True)


def test_the_command_prints_both_forms(
    capsys: pytest.CaptureFixture[str], needed: dict[str, Permission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command(Format.JSON)
    answer = json.loads(capsys.readouterr().out)
    listed = {one["name"]: one for one in answer["permissions"]}
    assert sorted(listed) == sorted(NAMES)
    assert listed["User.Read.All"]["role_id"] == ROLE_IDS[Api.GRAPH]["User.Read.All"]
    assert listed["User.Read.All"]["unlocks_points"] * MICRO == needed["User.Read.All"].unlocks
    assert listed["User.Read.All"]["resource"] == "Microsoft Graph"
    assert listed["User.Read.All"]["directory_role"] is None
    exchange = listed["Exchange.ManageAsApp"]
    assert exchange["resource"] == "Office 365 Exchange Online"
    assert exchange["resource_id"] == RESOURCES[Api.EXCHANGE]
    assert exchange["directory_role"] == {"name": "Global Reader", "id": DIRECTORY_ROLES[Api.EXCHANGE].id}
    assert exchange["reason"] == EXCEPTIONS["Exchange.ManageAsApp"]
    assert [name for name, one in listed.items() if not one["read_only"]] == ["Exchange.ManageAsApp"]
    command(Format.TABLE)
    table = capsys.readouterr().out
    fed = [name for permission in needed.values() for name in permission.tables]
    ids = [role for names in ROLE_IDS.values() for role in names.values() if role]
    assert all(name in table for name in [*NAMES, *fed, *ids]), "no name is folded"
    assert [table.index(f"\n{api} ") for api in list(Api)[1:]] == sorted(
        table.index(f"\n{api} ") for api in list(Api)[1:]
    )
    assert "with the directory role Global Reader" in table
    assert max(len(line) for line in table.splitlines()) <= 80
    assert all(line == line.rstrip() for line in table.splitlines() if line.startswith(" "))
    with pytest.raises(ConfigurationError, match="--remove goes with --script"):
        command(Format.TABLE, None, remove=True)


def test_the_list_has_units_and_counts_in_words(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (
        Permission("A.Read.All", Api.GRAPH, None, ("users",), ("One",), 1_500_000),
        Permission(
            "B.Read.All", Api.GRAPH, "id-b", ("conditional_access_policies",), ("One", "Two"), 1_234_560_000
        ),
        Permission("Discovery.read", Api.CLOUD_APPS, None, ("domains",), (), 0),
    )
    monkeypatch.setattr("securescore.cli.permissions.needed_permissions", lambda *_: rows)
    monkeypatch.setenv("COLUMNS", "80")
    command(Format.TABLE)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Microsoft Graph {RESOURCES[Api.GRAPH]}"
    heads = [line for line in lines if line.startswith("  ") and not line.startswith("   ")]
    assert [" ".join(line.split()) for line in heads] == [
        "A.Read.All 1.50 points, 1 action",
        "B.Read.All 1234.56 points, 2 actions",
        "Discovery.read -",
    ]
    assert {len(line) for line in heads} == {80}, "what they unlock stands below each other"
    assert lines.count("    look its id up by name") == 2
    assert "    id-b" in lines
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
    verbs = {"service", "Use-Service", "grant", "Add-Permission", "assign", "Add-DirectoryRole"}
    calls = [
        shlex.split(line) for line in text.splitlines() if line.split(" ")[0] in verbs and line.endswith("'")
    ]
    expected: list[list[str]] = []
    for api in Api:
        expected.append([api, RESOURCES[api]])
        expected += [[name] for of, name in NEEDED if of is api]
        expected += [[role.name, role.id] for of, role in DIRECTORY_ROLES.items() if of is api]
    assert [call[1:] for call in calls] == expected
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
