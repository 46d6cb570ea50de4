"""The organisation file: what it says, and one clear sentence for everything it cannot say."""

from datetime import date
from pathlib import Path

import pytest
from tests.assess.hand_made import declared

from securescore.assess import read_organisation
from securescore.demo import Organisation as Invented
from securescore.demo import organisation_file
from securescore.errors import ConfigurationError
from securescore.model import AccountClass, Status

WHOLE = """
[[account]]
class = "Emergency_Access"
users = ["Noodtoegang1@contoso.example", " spare@contoso.example "]
note = "in the safe"

[[exclusion]]
actions = ["MFARegistrationV2"]
entities = ["kiosk@contoso.example"]
users = ["lobby@contoso.example"]
reason = "Shared workstation"
owner = "m.devries@contoso.example"
expires = 2026-12-31

[[decision]]
action = "SigninRiskPolicy"
status = "Resolved through third party"
note = "Handled elsewhere"
plan = "none"
due = "2026-06-01"
evidence = "contract 12"
decided = 2026-01-10T09:00:00Z
expires = 2027-01-10
class = "service"
"""


def test_everything_it_can_say(tmp_path: Path) -> None:
    organisation = declared(tmp_path / "o.toml", WHOLE)
    assert organisation.members(AccountClass.EMERGENCY_ACCESS) == {
        "Noodtoegang1@contoso.example",
        "spare@contoso.example",
    }
    assert organisation.excluded("MFARegistrationV2", date(2026, 12, 30)) == {
        "kiosk@contoso.example",
        "lobby@contoso.example",
    }
    assert organisation.excluded("MFARegistrationV2", date(2026, 12, 31)) == set(), (
        "the day of expiry is the first without it"
    )
    (decision,) = organisation.decisions_on("SignInRiskPolicy", date(2027, 1, 9))
    assert (decision.status, decision.decided, decision.due) == (
        Status.THIRD_PARTY,
        date(2026, 1, 10),
        date(2026, 6, 1),
    )
    assert (decision.account_class, decision.evidence) == (AccountClass.SERVICE, "contract 12")
    assert organisation.decisions_on("SignInRiskPolicy", date(2027, 1, 10)) == []


def test_an_empty_file_declares_nothing(tmp_path: Path) -> None:
    organisation = declared(tmp_path / "o.toml", "# nothing yet\n")
    assert (organisation.accounts, organisation.exclusions, organisation.decisions) == ((), (), ())


def test_the_invented_organisations_file_is_one(tmp_path: Path) -> None:
    organisation = declared(tmp_path / "o.toml", organisation_file(Invented.build(people=120)))
    assert {one.status for one in organisation.decisions} == set(Status) - {
        Status.COMPLETED,
        Status.TO_ADDRESS,
    }
    assert organisation.members(AccountClass.EMERGENCY_ACCESS)


@pytest.mark.parametrize(
    ("spelling", "status"),
    [
        ("to_address", Status.TO_ADDRESS),
        ("planned", Status.PLANNED),
        ("Risk accepted", Status.RISK_ACCEPTED),
        ("third_party", Status.THIRD_PARTY),
        ("resolved_through_third_party", Status.THIRD_PARTY),
        ("alternate_mitigation", Status.ALTERNATE_MITIGATION),
        ("Resolved through alternative mitigation", Status.ALTERNATE_MITIGATION),
    ],
)
def test_spellings_of_a_status(tmp_path: Path, spelling: str, status: Status) -> None:
    organisation = declared(tmp_path / "o.toml", f'[[decision]]\naction = "A"\nstatus = "{spelling}"\n')
    assert organisation.decisions[0].status is status


EXCLUSION = '[[exclusion]]\nactions = ["*"]\nentities = ["a"]\n'
BAD = {
    "[[decision]]\nacton = 'A'": "decision 1: the key 'acton' is not known; did you mean 'action'?",
    "[[decisions]]\naction = 'A'": "the key 'decisions' is not known; did you mean 'decision'?",
    "zzz = 1": "the key 'zzz' is not known; known are account, attestation, decision, exclusion",
    "[decision]\naction = 'A'": "write [[decision]] with two brackets, once for each decision",
    "decision = [1]": "write [[decision]] with two brackets",
    "[[decision]]\nstatus = 'planned'": "decision 1: 'action' is missing",
    "[[decision]]\naction = 'A'": "decision 1: 'status' is missing",
    "[[decision]]\naction = 'A'\nstatus = 'done'": "the status 'done' is none of to_address, planned, risk_accepted",
    "[[decision]]\naction = 'A'\nstatus = 'Completed'": "follows from the measurement and cannot be given",
    "[[decision]]\naction = 1\nstatus = 'planned'": "decision 1: 'action' must be text",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nentities = 'ada'": "'entities' must be a list of names",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nentities = []": "'entities' must be a list of names",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nentities = [' ']": "'entities' must be a list of names",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nclass = 'ghost'": "there is no account class 'ghost'",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nexpires = 'soon'": "'expires' must be a date such as 2026-12-31",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nexpires = 20261231": "'expires' must be a date",
    "[[decision]]\naction = 'A'\nstatus = 'planned'\nexpires = 2026-02-30": "is no valid TOML",
    EXCLUSION: "exclusion 1: 'reason' is missing",
    f"{EXCLUSION}reason = '  '": "exclusion 1: 'reason' is missing",
    "[[exclusion]]\nentities = ['a']\nreason = 'r'": "'actions' and 'entities' say what is excluded from what",
    "[[account]]\nclass = 'service'": "account 1: 'users' is missing",
    "[[account]]\nusers = ['a']": "account 1: 'class' is missing",
    "[[account]\n": "is no valid TOML",
    f"a = {'[' * 20_000}": "is no valid TOML",
    f"a = {'9' * 5000}": "is no valid TOML",
}


@pytest.mark.parametrize(
    ("text", "sentence"), BAD.items(), ids=[text[-40:].strip() or "empty" for text in BAD]
)
def test_what_it_cannot_say(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        declared(tmp_path / "o.toml", text)
    assert sentence in str(caught.value)
    assert "o.toml" in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = '\x00'"])
def test_what_is_no_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "o.toml").write_bytes(content)
    with pytest.raises(ConfigurationError, match="is no valid TOML"):
        read_organisation(tmp_path / "o.toml")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        read_organisation(tmp_path / "o.toml")
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_organisation(tmp_path)
