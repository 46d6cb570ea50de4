"""`securescore decision`, `exclusion`, `account`, `task`, `template` and `organisation`, on a real database."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.program import Answer, Program
from tests.services.conftest import copied_record, open_here
from tests.services.deciding_people import exposed_of
from tests.services.tenancy import Record, begin_tenancy
from tests.store.databases import Server, running_server

from securescore.connectors.http.clock import utc_now

TENANT = "Westerkade"
ACTION = "MFARegistrationV2"


@pytest.fixture(scope="module")
def databases() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture(scope="module")
def record(databases: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """One tenant with a score, for all tests of this module; each looks at its own action."""
    folder = tmp_path_factory.mktemp("deciding")
    with (
        databases.database() as first,
        open_here(first, folder / "read") as here,
        begin_tenancy(here, folder / "cloud") as one,
    ):
        one.sync()
        evidence = one.here.evidence_path(one.tenant_id)
    with (
        databases.database() as fresh,
        open_here(fresh, folder / "data") as here,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SECURESCORE_DATA_DIR", str(folder / "data"))
        patch.setenv("SECURESCORE_DATABASE_URL", fresh.application_secret.get_secret_value())
        yield copied_record(here, evidence, folder / "connection")


@pytest.fixture
def securescore(record: Record, program: Program) -> Program:
    return program


def fine(answer: Answer) -> Answer:
    """It worked, and fits a narrow terminal."""
    assert (answer.code, answer.err) == (0, "")
    return answer


def test_decisions(securescore: Program) -> None:
    made = securescore("decision", "make", TENANT, ACTION.lower(), "third-party", "--note", "our gateway")
    told, moved = fine(made).lines
    assert told == f"{TENANT}: {ACTION} is resolved through third party (decision 1)."
    assert re.fullmatch(r"[\d.]+ -> [\d.]+ of [\d.]+ points \(\+\d+\.\d\d\)\.", moved)
    again = securescore(
        "decision", "make", TENANT, ACTION, "Resolved through third party", "--note", "our gateway"
    )
    assert "nothing to change" in fine(again).out
    part = (
        "--entity",
        "ada",
        "--entity",
        "bob",
        "--owner",
        "it@westerkade.example",
        "--expires",
        "2999-01-01",
    )
    fine(securescore("decision", "make", TENANT, ACTION, "risk_accepted", *part))
    listed = fine(securescore("decision", "list", TENANT))
    assert all(len(line) <= 80 for line in listed.lines)
    assert "2 entities" in listed.out
    told = fine(securescore("decision", "list", TENANT, "--format", "json")).json
    assert [(one["number"], one["status"], one["state"]) for one in told["decisions"]] == [
        (1, "resolved_through_third_party", "holds"),
        (2, "risk_accepted", "holds"),
    ]
    assert told["decisions"][1]["entities"] == ["ada", "bob"]
    for number in (1, 2):
        fine(securescore("decision", "withdraw", TENANT, number))
    assert "Nothing is decided" in fine(securescore("decision", "list", TENANT)).out
    gone = securescore("decision", "withdraw", TENANT, 2)
    assert (gone.code, gone.err) == (2, "securescore: decision 2 is not there, or has ended already\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("make", TENANT, ACTION, "done"), "the status 'done' is none of to_address"),
        (("make", TENANT, ACTION, "completed"), "follows from the measurement"),
        (("make", TENANT, ACTION, "planned", "--due", "soon"), "--due must be a date such as"),
        (("make", TENANT, ACTION, "planned", "--class", "robots"), "there is no account class 'robots'"),
        (("make", TENANT, ACTION, "planned", "--class", "guest"), "the directory itself"),
        (("make", "Nobody", ACTION, "planned"), "there is no tenant 'Nobody'"),
        (("approve", TENANT, 9), "request 9 is not there"),
    ],
)
def test_what_cannot_be_decided(securescore: Program, arguments: tuple[object, ...], sentence: str) -> None:
    answer = securescore("decision", *arguments)
    assert answer.code == 2
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_policy_and_a_request(securescore: Program) -> None:
    other = "BlockLegacyAuthentication"
    assert "asks nothing special" in fine(securescore("decision", "policy", TENANT)).out
    shown = fine(securescore("decision", "policy", TENANT, "--approval", "--owner", "--months", 6))
    assert shown.words.startswith(f"{TENANT} asks an owner, somebody else who approves of decisions:")
    asked = fine(securescore("decision", "policy", TENANT, "--no-owner", "--format", "json")).json
    assert (asked["owner"], asked["approval"], asked["months"]) == (False, True, 6)
    fine(securescore("decision", "make", TENANT, other, "risk_accepted"))
    listed = fine(securescore("decision", "list", TENANT))
    assert "Requested, without effect" in listed.out
    refused = securescore("decision", "approve", TENANT, 1)
    assert refused.code == 3
    assert "somebody else" in refused.err
    fine(securescore("decision", "refuse", TENANT, 1))
    fine(securescore("decision", "policy", TENANT, "--no-approval", "--months", 12))


def test_tags(securescore: Program) -> None:
    fine(securescore("decision", "tag", TENANT, ACTION, "--add", "board", "--add", "Q2"))
    assert fine(securescore("decision", "tag", TENANT, "--format", "json")).json["tags"] == {
        ACTION: ["board", "Q2"]
    }
    fine(securescore("decision", "tag", TENANT, ACTION, "--remove", "q2"))
    assert "Q2" not in fine(securescore("decision", "tag", TENANT, ACTION.lower())).out


def test_exclusions_and_accounts(securescore: Program) -> None:
    what = ("--action", ACTION, "--entity", "kiosk@westerkade.example", "--reason", "Nobody sits there")
    assert "exclusion 1 holds" in fine(securescore("exclusion", "add", TENANT, *what)).out
    assert "says the same" in fine(securescore("exclusion", "add", TENANT, *what)).words
    assert all(len(line) <= 80 for line in fine(securescore("exclusion", "list", TENANT)).lines)
    (one,) = fine(securescore("exclusion", "list", TENANT, "--format", "json")).json["exclusions"]
    assert (one["actions"], one["reason"]) == ([ACTION], "Nobody sits there")
    fine(securescore("exclusion", "end", TENANT, 1))
    assert "Nothing is excluded" in fine(securescore("exclusion", "list", TENANT)).out
    added = securescore(
        "account", "add", TENANT, "emergency-access", "glass1", "glass2", "--note", "in the safe"
    )
    assert "2 accounts are declared as emergency access" in fine(added).out
    assert "in the safe" in fine(securescore("account", "list", TENANT)).out
    told = fine(securescore("account", "list", TENANT, "--format", "json")).json
    assert [row["name"] for row in told["accounts"]] == ["glass1", "glass2"]
    gone = securescore("account", "remove", TENANT, "emergency_access", "GLASS1", "glass2")
    assert "2 accounts are no longer emergency access" in fine(gone).out


def test_templates(securescore: Program, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(
        f'[[decision]]\naction = "{ACTION}"\nstatus = "third_party"\n[[decision]]\naction = "NoSuch"\n'
        'status = "planned"\n'
    )
    fine(securescore("template", "save", "Gateway", file))
    assert "nothing to change" in fine(securescore("template", "save", "Gateway", file)).out
    assert ACTION in fine(securescore("template", "list")).out
    preview = fine(securescore("template", "preview", "gateway", TENANT))
    assert "Would make 1 decision in 1 tenant: +" in preview.words
    assert "nosuch: skipped, not in the score" in preview.words
    told = fine(securescore("template", "apply", "gateway", TENANT, "--format", "json")).json
    assert told["points"] > 0
    assert told["tenants"][0]["decided"] == [{"action": ACTION, "status": "resolved_through_third_party"}]
    again = fine(securescore("template", "apply", "gateway", TENANT))
    assert "Made 0 decisions in 1 tenant: +0.00 points." in again.words
    file.write_text('[[account]]\nclass = "test"\nusers = ["a"]\n')
    assert "holds more than decisions" in securescore("template", "save", "Gateway", file).err
    fine(securescore("template", "remove", "gateway"))
    assert "No template yet" in fine(securescore("template", "list")).out


def test_organisation_files(securescore: Program, tmp_path: Path) -> None:
    before, other = tmp_path / "before.toml", tmp_path / "other.toml"
    fine(securescore("organisation", "export", TENANT, "--out", before))
    other.write_text(
        f'[[account]]\nclass = "test"\nusers = ["t"]\n[[decision]]\naction = "{ACTION}"\nstatus = "planned"\n'
        '[[decision]]\naction = "NoSuch"\nstatus = "planned"\n'
    )
    foreseen = fine(securescore("organisation", "import", TENANT, other, "--dry-run"))
    assert "accounts: 1 would be added" in foreseen.out
    assert "left out: nosuch, which is not in the score" in foreseen.words
    assert fine(securescore("organisation", "export", TENANT)).out == before.read_text()
    assert "accounts: 1 added" in fine(securescore("organisation", "import", TENANT, other)).out
    told = fine(securescore("organisation", "import", TENANT, before, "--format", "json")).json
    assert (told["imported"], told["changed"], told["accounts"]["ended"]) == (True, True, 1)
    assert fine(securescore("organisation", "export", TENANT)).out == before.read_text()


def test_tasks(securescore: Program) -> None:
    assert "Nothing is attested" in fine(securescore("task", "list", TENANT)).out
    assert fine(securescore("task", "list", TENANT, "--format", "json")).json["attestations"] == []
    answer = securescore("task", "attest", TENANT, ACTION, "--on", "2026-01-01")
    assert answer.code == 2
    assert "there is no task" in answer.err


def test_somebody_else_on_the_machine_approves(securescore: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    fine(securescore("decision", "policy", TENANT, "--approval"))
    what = ("--action", ACTION, "--entity", "kiosk@westerkade.example", "--reason", "Nobody sits there")
    assert "Requested as number" in fine(securescore("exclusion", "add", TENANT, *what)).out
    assert "Requested as number" in fine(securescore("account", "add", TENANT, "service", "scanner")).out
    requests = fine(securescore("decision", "list", TENANT, "--format", "json")).json["requests"]
    assert [one["asked"]["kind"] for one in requests] == ["exclusion", "accounts"]
    listed = fine(securescore("decision", "list", TENANT))
    assert all(part in listed.out for part in ("exclusion", "service accounts", "scanner"))
    assert "service accounts scanner" in listed.words
    exclusion, accounts = (one["number"] for one in requests)
    monkeypatch.setenv("SUDO_USER", "nobody that is here")
    assert securescore("decision", "approve", TENANT, exclusion).code == 3
    monkeypatch.setenv("SUDO_USER", "daemon")
    assert "holds" in fine(securescore("decision", "approve", TENANT, exclusion)).out
    assert "are declared" in fine(securescore("decision", "approve", TENANT, accounts)).out
    acts = fine(securescore("audit", "list", "--tenant", TENANT, "--format", "json")).json["entries"]
    assert [(one["act"], one["actor"]) for one in acts[-2:]] == [
        ("account.declare", "operator:daemon"),
        ("request.approved", "operator:daemon"),
    ]
    (excluded,) = fine(securescore("exclusion", "list", TENANT, "--format", "json")).json["exclusions"]
    fine(securescore("exclusion", "end", TENANT, excluded["number"]))
    fine(securescore("account", "remove", TENANT, "service", "scanner"))
    fine(securescore("decision", "policy", TENANT, "--no-approval"))


def test_names_that_nobody_has_are_told(securescore: Program, record: Record) -> None:
    somebody = exposed_of(record, ACTION)[0]
    told = "Nobody and nothing is called"
    for name, unknown in ((somebody, False), ("nobody@x.example", True)):
        what = ("--action", ACTION, "--entity", name, "--reason", "why")
        assert (told in fine(securescore("exclusion", "add", TENANT, *what)).out) is unknown
        assert (told in fine(securescore("account", "add", TENANT, "test", name)).out) is unknown
        made = securescore("decision", "make", TENANT, ACTION, "planned", "--entity", name)
        assert (told in fine(made).out) is unknown
    for one in fine(securescore("exclusion", "list", TENANT, "--format", "json")).json["exclusions"]:
        fine(securescore("exclusion", "end", TENANT, one["number"]))
    for one in fine(securescore("decision", "list", TENANT, "--format", "json")).json["decisions"]:
        fine(securescore("decision", "withdraw", TENANT, one["number"]))
    fine(securescore("account", "remove", TENANT, "test", somebody, "nobody@x.example"))


def test_a_clock_that_was_ahead_is_said_to_be_right(securescore: Program, record: Record) -> None:
    """The last of this module: what it records lies ahead."""
    refused = securescore("tenant", "clock", TENANT, "--yes")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "there is nothing to set right" in refused.err
    record.moment = utc_now() + timedelta(days=900)
    record.take()
    made = securescore("decision", "make", TENANT, ACTION, "planned")
    assert "say so: securescore tenant clock" in made.err
    told = fine(securescore("tenant", "clock", TENANT, "--yes"))
    assert all(len(line) <= 80 for line in told.lines)
    assert told.lines[-1] == f"Read it again: securescore sync {TENANT}"
    assert "is planned" in fine(securescore("decision", "make", TENANT, ACTION, "planned")).out
