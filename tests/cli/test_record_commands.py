"""A tenant from its first day on, as a person keeps it from the command line: added, read, looked at, mended, removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.program import Answer, Program
from tests.store.databases import Server, running_server

from securescore.demo import InventedCloud, Organisation, write_tenant_file

pytestmark = pytest.mark.slow

NAME = "Westerkade"
LEGACY = "CA003 Verouderde aanmelding blokkeren"


@dataclass
class Kept:
    """The program, on an installation that keeps one tenant of an invented cloud."""

    program: Program
    organisation: Organisation
    cloud: InventedCloud

    def __call__(self, *arguments: object) -> Answer:
        """It works, says nothing on the side, and fits a narrow terminal."""
        answer = self.program(*arguments)
        assert (answer.code, answer.err) == (0, ""), arguments
        if not answer.out.startswith("{"):
            assert [line for line in answer.lines if len(line) > 80 and " -> " not in line] == []
        return answer

    def refused(self, *arguments: object) -> str:
        """It does not work, and says why in one line."""
        answer = self.program(*arguments)
        assert answer.code in {1, 2, 3}
        assert answer.out == ""
        assert answer.err.startswith("securescore: ")
        assert answer.err.count("\n") == 1
        return answer.err


@pytest.fixture
def kept(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    organisation = Organisation.build(name=NAME, people=120, as_of=datetime.now(UTC))
    databases: Server
    with running_server() as databases, databases.database() as fresh, InventedCloud(organisation) as cloud:
        monkeypatch.setenv("SECURESCORE_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("SECURESCORE_DATABASE_URL", fresh.application_secret.get_secret_value())
        yield Kept(program, organisation, cloud)


def test_the_life_of_a_tenant(kept: Kept, tmp_path: Path) -> None:
    assert "No tenant yet" in kept("tenant", "list").out
    file = write_tenant_file(kept.cloud, tmp_path / "connection")
    assert "securescore sync" in kept("tenant", "add", file, "--name", NAME, "--seats", 120).out
    assert "is here already" in kept.refused("tenant", "add", file)
    assert "nothing was recorded" in kept.refused("changes", f"tenant:{NAME}")
    assert "never read as a whole" in kept.refused("check", NAME, "AdminMFAV2")

    assert f"{NAME}: " in kept("sync", NAME).out
    kept.organisation.change_policy(LEGACY, state="enabled")
    synced = kept("sync", NAME, "--format", "json").json
    assert [one["trigger"] for one in synced["snapshots"]] == ["sync"]
    after_two_days(kept)
    what_was_configured(kept)
    counts_and_names(kept)
    what_is_kept(kept)
    who_may_see_it(kept)
    what_is_told_about_it(kept)

    assert "Removed Westerkade" in kept("tenant", "remove", NAME, "--yes").out
    assert "there is no tenant" in kept.refused("sync", NAME)
    assert not any((tmp_path / "data" / "evidence").iterdir())
    assert "tenant.remove" in kept("audit", "list").out


def after_two_days(kept: Kept) -> None:
    history = kept("history", NAME)
    assert "The first reading:" in history.out
    assert "BlockLegacyAuthentication  configuration" in history.out
    days = kept("history", NAME, "--format", "json").json
    assert len(days["activities"]) == 2
    assert days["native"]
    assert "Microsoft's own" in kept("history", NAME, "--microsoft").out
    assert (
        len(
            kept("history", NAME, "--action", "BlockLegacyAuthentication", "--format", "json").json[
                "activities"
            ]
        )
        == 2
    )
    assert "Nothing was recorded" in kept("history", NAME, "--to", "2020-01-01").out


def what_was_configured(kept: Kept) -> None:
    changes = kept("changes", f"tenant:{NAME}", "--format", "json").json
    (effect,) = changes["credited"]["effects"]
    assert (effect["action"], effect["cause"]) == ("BlockLegacyAuthentication", "configuration")
    assert changes["credited"]["points"] == effect["points"] > 0
    (policies,) = [one for one in changes["records"] if one["table"] == "conditional_access_policies"]
    assert [one["after"] for one in policies["listed"]] == ["enabled"]
    assert "configuration" in kept("changes", f"tenant:{NAME}").out
    since = kept("changes", f"tenant:{NAME}", "--from", "2020-01-01", "--format", "json").json
    assert since["credited"]["points"] == changes["credited"]["points"], (
        "the record begins with the first reading"
    )
    assert "its record begins on" in kept.refused("assess", f"tenant:{NAME}", "--at", "2020-01-01")


def counts_and_names(kept: Kept) -> None:
    recorded = kept("assess", f"tenant:{NAME}", "--format", "json").json
    again = kept("assess", f"tenant:{NAME}", "--rescore", "--format", "json").json
    figures = ("points", "maximum", "percent", "verified_points", "assessed_share", "views", "categories")
    for name in figures:
        if name != "assessed_share":
            assert recorded["score"][name] == again["score"][name]
    assert recorded["score"]["assessed_share"] == pytest.approx(again["score"]["assessed_share"], abs=1e-5)
    now = {one["id"]: one for one in again["actions"]}
    for action in recorded["actions"]:
        for name in (
            "points",
            "maximum",
            "status",
            "outcome",
            "source",
            "protected",
            "exposed",
            "total",
            "title",
        ):
            assert action[name] == now[action["id"]][name]
    assert "counts only" in kept("assess", f"tenant:{NAME}").words
    assert "noodtoegang" in kept("explain", f"tenant:{NAME}", "BlockLegacyAuthentication", "--all").out
    assert "Microsoft" in kept("reconcile", f"tenant:{NAME}").out
    assert "AdminMFAV2: " in kept("check", NAME, "AdminMFAV2").out
    assert "points, as before" in kept("check", NAME, "AdminMFAV2").out
    told = kept("history", NAME).out
    assert "checked AdminMFAV2 (" in told
    assert "Nothing moved the score." in told


def what_is_kept(kept: Kept) -> None:
    runs = kept("evidence", "list", NAME, "--format", "json").json["runs"]
    assert len(runs) == 4
    kept("evidence", "pin", NAME, runs[-1]["run"], "--reason", "the first day")
    assert "the first day" in kept("evidence", "list", NAME).words
    kept("evidence", "unpin", NAME, runs[-1]["run"])
    assert "is not pinned" in kept.refused("evidence", "unpin", NAME, runs[-1]["run"])
    assert "Nothing waits" in kept("content", "upcoming").out
    assert "no new content waits" in kept.refused("content", "approve")
    person = kept.organisation.users[20]["userPrincipalName"]
    exported = kept("person", "export", NAME, person).json
    assert {one["table"] for one in exported["evidence"]} >= {"users"}
    assert "bring them back" in kept.refused("person", "erase", NAME, person, "--yes")


def who_may_see_it(kept: Kept) -> None:
    kept("group", "add", "Clients")
    assert "is now in the group" in kept("group", "join", "Clients", NAME).out
    assert NAME in kept("group", "show", "Clients").out
    kept("role", "give", "jan@provider.example", "reader", "--group", "Clients")
    (role,) = kept("role", "list", "--format", "json").json["roles"]
    assert (role["who"], role["role"], role["where"]) == ("jan@provider.example", "reader", "group Clients")
    assert "jan@provider" in kept("role", "list").out
    kept("role", "take", role["id"])
    assert "left" in kept("group", "leave", "Clients", NAME).out
    assert "no group 'Nobody'" in kept.refused(
        "role", "give", "jan@provider.example", "reader", "--group", "Nobody"
    )


def what_is_told_about_it(kept: Kept) -> None:
    kept("tenant", "change", NAME, "--region", "Zeeland", "--evidence-days", 60)
    shown = kept("tenant", "show", NAME)
    assert "Zeeland" in shown.out
    assert "60 days" in shown.out
    assert "client secret" in shown.out
    assert kept.cloud.client_secret not in kept("tenant", "show", NAME, "--format", "json").out
    assert "no time zone" in kept.refused("tenant", "change", NAME, "--time-zone", "Mars/Base")
    kept("tenant", "pause", NAME)
    assert "is paused" in kept.refused("sync", NAME)
    assert "paused" in kept("tenant", "list").out
    kept("tenant", "resume", NAME)
    assert kept("tenant", "list", "--format", "json").json["tenants"][0]["name"] == NAME
    assert "whole" in kept("audit", "verify").words
