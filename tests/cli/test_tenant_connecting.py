"""`securescore tenant test`, `import` and `invite`, on a real database and the invented cloud."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.program import Program
from tests.services.applications import SECRET, write_application
from tests.store.databases import Server, running_server

from securescore.demo import InventedCloud, Organisation, write_tenant_file

A, B = (f"{letter * 8}-0000-4000-8000-000000000001" for letter in "ab")


@pytest.fixture(scope="module")
def databases() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def securescore(
    databases: Server, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Program]:
    """The program with an installation of its own."""
    with databases.database() as fresh:
        monkeypatch.setenv("SECURESCORE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("SECURESCORE_DATABASE_URL", fresh.application_secret.get_secret_value())
        monkeypatch.setenv("SECURESCORE_PUBLIC_URL", "https://score.example")
        yield program


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation.build(people=120)


@pytest.fixture
def cloud(organisation: Organisation) -> Iterator[InventedCloud]:
    with InventedCloud(organisation) as cloud:
        yield cloud


def narrow(lines: list[str]) -> bool:
    return all(len(line) <= 80 for line in lines)


def test_a_file_is_tried_without_a_database(
    program: Program, cloud: InventedCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECURESCORE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    file = write_tenant_file(cloud, tmp_path / "connection")
    answer = program("tenant", "test", file)
    assert (answer.code, answer.err) == (0, "")
    assert f"Connected to tenant {cloud.tenant_id}." in answer.out
    assert "missing" not in answer.out
    assert narrow(answer.lines)
    assert not (tmp_path / "data").exists()


def test_what_is_missing_is_said_with_its_consequence(
    program: Program, cloud: InventedCloud, tmp_path: Path
) -> None:
    cloud.granted -= {"Policy.Read.All", "SharePointTenantSettings.Read.All"}
    file = write_tenant_file(cloud, tmp_path / "connection")
    answer = program("tenant", "test", file)
    assert answer.code == 1
    assert narrow(answer.lines)
    assert "missing: Policy.Read.All" in answer.out
    report = program("tenant", "test", file, "--format", "json").json
    lacking = {one["name"]: one for one in report["permissions"] if one["state"] == "missing"}
    assert set(lacking) == {"Policy.Read.All", "SharePointTenantSettings.Read.All"}
    total = report["gain"]["points"]
    assert f"worth {total:.2f} points would be assessed as well" in answer.words
    for one in lacking.values():
        assert f"gains the assessment of {one['gain_points']:.2f} points" in answer.words
        assert one["gain_points"] <= total
    assert report["actions_assessed"] + len(report["gain"]["actions"]) <= report["actions"]


def test_a_wider_permission_is_named_in_its_place(
    program: Program, cloud: InventedCloud, tmp_path: Path
) -> None:
    cloud.granted.discard("User.Read.All")
    answer = program("tenant", "test", write_tenant_file(cloud, tmp_path / "connection"))
    assert answer.code == 0
    assert "User.Read.All (through Directory.Read.All)" in answer.words


def test_a_tenant_that_is_here_is_tried_too(
    securescore: Program, cloud: InventedCloud, tmp_path: Path
) -> None:
    file = write_tenant_file(cloud, tmp_path / "connection")
    assert securescore("tenant", "add", file, "--name", "Ours").code == 0
    assert securescore("tenant", "test", "Ours").code == 0
    cloud.directory_roles.clear()
    answer = securescore("tenant", "test", "ours")
    assert answer.code == 1
    assert "missing: Global Reader" in answer.out
    cloud.login.secret = "changed"
    refused = securescore("tenant", "test", "ours")
    assert refused.code == 3
    assert "the client secret is not right" in refused.err
    assert "Traceback" not in refused.err
    assert securescore("tenant", "test", "theirs").code == 2


def customers(folder: Path, content: str) -> Path:
    path = folder / "customers.csv"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_list_is_previewed_and_imported_once(securescore: Program, tmp_path: Path) -> None:
    listed = customers(tmp_path, f"tenant_id;name;group\n{A};Een;klanten\n{B};Twee;klanten\n")
    command = ("tenant", "import", listed, "--app", write_application(tmp_path / "app"))
    preview = securescore(*command, "--dry-run")
    assert preview.code == 0
    assert f"Een ({A}): new" in preview.out
    assert "Nothing was done. It would be: 2 added, 0 changed, 0 unchanged." in preview.out
    assert securescore("tenant", "list", "--format", "json").json["tenants"] == []
    done = securescore(*command)
    assert (done.code, done.lines[-1]) == (0, "2 added, 0 changed, 0 unchanged.")
    assert securescore(*command).lines == ["0 added, 0 changed, 2 unchanged."]
    customers(tmp_path, f"tenant_id;name;group\n{A};Een BV;klanten\n")
    report = securescore(*command, "--format", "json")
    assert report.json["changed"] == 1
    assert report.json["tenants"][0]["changes"] == {"name": {"before": "Een", "after": "Een BV"}}
    assert SECRET not in preview.out + done.out + report.out


def test_bad_lines_are_all_named_and_nothing_is_done(securescore: Program, tmp_path: Path) -> None:
    listed = customers(tmp_path, f"tenant_id,name\n{A},=1+1\n{B},Two\nnone,\x1b[31mred\n")
    command = ("tenant", "import", listed, "--app", write_application(tmp_path / "app"))
    refused = securescore(*command)
    assert refused.code == 2
    assert "line 2: name begins with '='" in refused.err
    assert "line 4: name holds characters that cannot be shown" in refused.err
    assert "\x1b" not in refused.err
    assert "nothing was imported, because 2 lines" in refused.err
    in_json = securescore(*command, "--format", "json")
    assert (in_json.code, [one["line"] for one in in_json.json["bad"]]) == (2, [2, 4])
    assert securescore("tenant", "list", "--format", "json").json["tenants"] == []
    skipped = securescore(*command, "--skip-bad")
    assert (skipped.code, skipped.lines[-1]) == (0, "1 added, 0 changed, 0 unchanged.")
    assert "line 2" in skipped.err


def test_an_invitation_is_printed_without_any_secret(
    securescore: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (
        "tenant",
        "invite",
        "--app",
        write_application(tmp_path / "app"),
        "--name",
        "Theirs",
        "--group",
        "g",
    )
    answer = securescore(*command)
    assert answer.code == 0
    assert answer.lines[0].startswith("https://login.microsoftonline.com/organizations/v2.0/adminconsent?")
    assert "https://score.example/consent" in answer.words
    assert SECRET not in answer.out + answer.err
    listed = securescore("tenant", "invitations")
    assert "Theirs" in listed.out
    assert max(map(len, listed.lines)) <= 80
    (one,) = securescore("tenant", "invitations", "--format", "json").json["invitations"]
    assert (one["name"], one["groups"]) == ("Theirs", ["g"])
    assert securescore("tenant", "uninvite", "theirs").lines == ["1 invitation is withdrawn."]
    assert securescore("tenant", "invitations").lines == ["No invitation is open."]
    assert "no open invitation" in securescore("tenant", "uninvite", "theirs").err
    monkeypatch.delenv("SECURESCORE_PUBLIC_URL")
    refused = securescore(*command)
    assert (refused.code, refused.out) == (2, "")
    assert "SECURESCORE_PUBLIC_URL is not set" in refused.err
