"""What people see: eighty columns, plain text without a terminal, the risk statement, and the same totals as the JSON."""

import os
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import Evidence, action, catalog_of, day, native, people
from tests.cli.program import PROGRAM, Answer, Program, in_process, run

from securescore.cli.output import RISK_STATEMENT
from securescore.demo import AS_OF, InventedCloud, Organisation, organisation_file
from securescore.evidence import EvidenceFolder

COMMANDS = (
    ["assess", "F", "--all"],
    ["explain", "F", "MFARegistrationV2", "--all"],
    ["explain", "F", "AdminMFAV2", "--language", "nl"],
    ["explain", "F", "scid_92"],
    ["reconcile", "F", "--all"],
    ["changes", "F"],
)
_USER = "0a6f3c1e-52d4-4f0b-8a77-91d0b7c4e001"
TOTALS = re.compile(r"Score +(\S+) % +(\S+) of (\S+) points")


@pytest.fixture(scope="module")
def noordhaven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An invented organisation, collected twice, with somebody who left and a policy that was switched on meanwhile."""
    path = tmp_path_factory.mktemp("noordhaven")
    organisation = Organisation.build(people=120)
    (path / "organisation.toml").write_text(organisation_file(organisation), encoding="utf-8")
    folder = EvidenceFolder(path / "evidence")
    with InventedCloud(organisation) as cloud:
        collect(cloud, folder, AS_OF)
        organisation.disable(organisation.users[40]["userPrincipalName"])
        report_only = next(one for one in organisation.policies if one["state"] != "enabled")
        organisation.change_policy(report_only["displayName"], state="enabled")
        collect(cloud, folder, AS_OF.replace(hour=9))
    return path


@pytest.fixture
def shell(program: Program, noordhaven: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """The program where the organisation's folder is called F and its file O."""
    named = {"F": noordhaven / "evidence", "O": noordhaven / "organisation.toml"}

    def call(*arguments: str) -> Answer:
        return program(*[named.get(one, one) for one in arguments])

    return call


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_eighty_columns_and_nothing_but_text(shell: Program, arguments: list[str]) -> None:
    answer = shell(*arguments, "--organisation", "O")
    assert answer.code == 0, answer.err
    assert max(map(len, answer.lines)) <= 80
    assert "\x1b" not in answer.out + answer.err
    assert "…" not in answer.out, "nothing is cut off"


@pytest.mark.parametrize("arguments", [["assess", "F"], ["reconcile", "F"], ["changes", "F"]], ids=" ".join)
def test_the_risk_statement_stands_under_every_score(shell: Program, arguments: list[str]) -> None:
    assert shell(*arguments).words.endswith(RISK_STATEMENT)


@pytest.mark.parametrize("more", [[], ["--organisation", "O"], ["--at", "2026-01-15T07:00:00Z"]], ids=len)
def test_printed_totals_equal_the_json(shell: Program, more: list[str]) -> None:
    printed, score = (
        shell("assess", "F", *more),
        shell("assess", "F", *more, "--format", "json").json["score"],
    )
    found = TOTALS.search(printed.out)
    assert found is not None
    assert found.groups() == tuple(f"{score[name]:.2f}" for name in ("percent", "points", "maximum"))
    assert f"{score['verified_points']:.2f} points without anything declared" in printed.out
    rows = [line.split() for line in printed.lines if line.startswith(tuple(score["categories"]))]
    assert f"{sum(Decimal(row[-3]) for row in rows)}" == f"{score['points']:.2f}"


def test_sums_of_the_json_are_exact(shell: Program) -> None:
    answer = shell("assess", "F", "--organisation", "O", "--format", "json").json
    for name in ("points", "verified_points", "maximum"):
        parts = [one[name] for one in answer["actions"] if one["counted"]]
        assert _sum(parts) == Decimal(str(answer["score"][name]))
        assert _sum([part[name] for part in answer["score"]["categories"].values()]) == _sum(parts)
    for one in answer["actions"]:
        if one["total"] is not None:
            assert one["protected"] + one["exposed"] + one["unknown"] == one["total"]


def _sum(parts: list[float | None]) -> Decimal:
    return sum((Decimal(str(part or 0)) for part in parts), Decimal())


def test_printed_causes_sum_to_the_printed_difference(shell: Program) -> None:
    printed, answer = shell("changes", "F"), shell("changes", "F", "--format", "json").json
    whole = next(line.split() for line in printed.lines if line.startswith("Difference"))
    start = printed.lines.index(next(line for line in printed.lines if line.startswith("Cause")))
    rows = []
    for line in printed.lines[start + 1 :]:
        if not line.strip():
            break
        rows.append(line.split())
    assert rows
    assert sum(Decimal(row[-2]) for row in rows) == Decimal(whole[1])
    assert sum(Decimal(row[-4]) for row in rows) == Decimal(whole[3])
    for reading in ("credited", "verified"):
        _adds_up(answer[reading])
    assert answer["records"], "the policy that was switched on is named"


def _adds_up(account: dict[str, Any]) -> None:
    for parts in (account["causes"], account["effects"]):
        assert _sum([part["points"] for part in parts]) == Decimal(str(account["points"]))
        assert _sum([part["percent"] for part in parts]) == Decimal(str(account["percent"]))
    moved = Decimal(str(account["after"]["points"])) - Decimal(str(account["before"]["points"]))
    assert moved == Decimal(str(account["points"]))


def test_printed_lines_of_reconcile_sum_to_the_printed_difference(shell: Program) -> None:
    printed, answer = shell("reconcile", "F"), shell("reconcile", "F", "--format", "json").json
    whole = next(line.split() for line in printed.lines if line.startswith("Difference"))
    rows = [line.split() for line in printed.lines if re.search(r"[+-]\d+\.\d\d %\s*$", line)]
    assert sum(Decimal(row[-2]) for row in rows) == Decimal(whole[1])
    assert sum(Decimal(row[-3]) for row in rows) == Decimal(whole[3])
    for name in ("points", "maximum"):
        assert _sum([one["difference"][name] for one in answer["actions"]]) == Decimal(
            str(answer["difference"][name])
        )
    assert _sum([one["percent"] for one in answer["actions"]]) == Decimal(str(answer["percent"]))


def test_the_json_of_explain(shell: Program) -> None:
    for language in ("en", "nl"):
        answer = shell(
            "explain",
            "F",
            "mfaregistrationv2",
            "--organisation",
            "O",
            "--language",
            language,
            "--format",
            "json",
        ).json
        counts, entities = answer["action"], answer["entities"]
        assert len(entities) == counts["total"] + counts["excluded"]
        assert all(one["text"] for one in entities)
        order = [(one["excluded"], one["verdict"] != "exposed") for one in entities if not one["resolved"]]
        assert order == sorted(order)
        assert sum(one["excluded"] for one in entities) == counts["excluded"] > 0


def test_explain_says_how_many_it_does_not_list(shell: Program) -> None:
    answer = shell("explain", "F", "MFARegistrationV2")
    assert "more entities; --all lists every one" in answer.err
    assert shell("explain", "F", "MFARegistrationV2", "--all").err == ""


@pytest.mark.parametrize("arguments", [["assess"], ["assess", "--format", "json"]], ids=len)
def test_a_pipe_that_closes_early_leaves_no_traceback(noordhaven: Path, arguments: list[str]) -> None:
    command = " ".join([str(PROGRAM), *arguments, str(noordhaven / "evidence"), "| head -1"])
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, env=os.environ, timeout=60, check=False
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_what_is_stale_lost_or_partial_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], evidence: Evidence
) -> None:
    program = in_process(monkeypatch, capsys, catalog_of(action("Sample"), action("Native", None)))
    evidence.run(day(0), {"users": people(ada=True)} | native(day(0), {"Sample": 5, "Native": 1}))
    evidence.run(day(5), {}, partial=True)
    later = program("assess", evidence.folder.path)
    assert "stale 01-12" in later.words
    assert "The newest run is partial" in later.words
    lost = program("assess", evidence.folder.path, "--at", "2026-02-20")
    assert "evidence lost" in lost.words
    assert "evidence lost" in program("explain", evidence.folder.path, "native", "--at", "2026-02-20").words


def test_the_moment_of_the_json_gives_the_same_answer_again(program: Program, evidence: Evidence) -> None:
    """A collection ends between two seconds; what `as_of` says must not come before it."""
    evidence.run(day(0), {"domains": []})
    evidence.run(day(1).replace(microsecond=700_000), {"domains": [{"domain": "a.example"}]})
    first = program("assess", evidence.folder.path, "--format", "json")
    again = program("assess", evidence.folder.path, "--at", first.json["as_of"], "--format", "json")
    assert again.out == first.out


def test_a_decision_about_no_action_is_told_and_spoils_no_json(program: Program, evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": []})
    organisation = evidence.folder.path / "o.toml"
    organisation.write_text('[[decision]]\naction = "AdminMFA2"\nstatus = "planned"\n', encoding="utf-8")
    answer = program("assess", evidence.folder.path, "--organisation", organisation, "--format", "json")
    assert answer.code == 0
    assert answer.json["schema_version"] == 1
    assert answer.err == (
        "Note: What was declared names the action 'adminmfa2', which does not exist and has no effect. "
        "Did you mean AdminMFAV2?\n"
    )


def test_a_name_that_fits_nobody_is_told(program: Program, evidence: Evidence) -> None:
    users = [{"user_id": _USER, "user_name": "ada@x.example"}]
    evidence.run(day(0), {"users": users})
    organisation = evidence.folder.path / "o.toml"
    organisation.write_text(
        f'[[account]]\nclass = "service"\nusers = ["ADA@x.example", "{_USER}", "nobody@x.example"]\n',
        encoding="utf-8",
    )
    answer = program("assess", evidence.folder.path, "--organisation", organisation, "--format", "json")
    assert answer.err == (
        "Note: What was declared names nobody@x.example: nobody and nothing of that name was found.\n"
    )


def test_what_expired_or_is_for_nobody_is_told(program: Program, evidence: Evidence) -> None:
    evidence.run(day(0), {"users": people(ada=True, bo=True)})
    organisation = evidence.folder.path / "o.toml"
    organisation.write_text(
        f"""
        [[decision]]
        action = "AdminMFAV2"
        status = "risk_accepted"
        expires = {day(0):%Y-%m-%d}
        [[decision]]
        action = "MFARegistrationV2"
        status = "planned"
        expires = {day(1):%Y-%m-%d}
        class = "kiosk"
        [[exclusion]]
        actions = ["AdminMFAV2"]
        users = ["ada@contoso.example"]
        reason = "x"
        expires = 2025-01-31
        """,
        encoding="utf-8",
    )
    answer = program("assess", evidence.folder.path, "--organisation", organisation, "--format", "json")
    assert answer.err.splitlines() == [
        "Note: What was declared holds a decision for the class kiosk, to which no account was declared: it has no effect.",
        "Note: Of what was declared this has expired and no longer counts: the decision on AdminMFAV2, an exclusion.",
    ]


def test_a_moment_before_the_first_run_and_one_long_after_are_told(
    program: Program, evidence: Evidence
) -> None:
    evidence.run(day(0), {"domains": []})
    early = program("assess", evidence.folder.path, "--at", "2020-01-01", "--format", "json")
    assert "Note: No run had ended by 2020-01-01 23:59" in early.err
    late = program("assess", evidence.folder.path, "--at", "2030-01-01", "--format", "json")
    assert "days before this moment. Collect again." in late.err


def test_a_date_alone_means_all_of_that_day(program: Program, evidence: Evidence) -> None:
    evidence.run(day(0), {"domains": []})
    answer = program("assess", evidence.folder.path, "--at", f"{day(0):%Y-%m-%d}", "--format", "json")
    assert answer.json["as_of"] == f"{day(0):%Y-%m-%d}T23:59:59Z"
    assert answer.err == ""


@pytest.mark.slow
def test_the_demonstration_shows_score_actions_and_one_explanation(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    answer = run("demo", "--folder", tmp_path)
    assert answer.code == 0, answer.err
    assert RISK_STATEMENT in answer.words
    assert "Why AdminMFAV2 has the points it has" in answer.out
    assert "exposed" in answer.out
    assert f"more: securescore assess {tmp_path}/evidence lists them all." in answer.out
    assert max(map(len, answer.lines)) <= 80 or str(tmp_path) in answer.out
    assert tmp_path.stat().st_mode & 0o777 == 0o755, "the rights of a folder that was there are left alone"
