"""Writing an organisation file: what is written is read as an equal, whatever people typed."""

import random
import tomllib
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from securescore.assess.organisation import (
    DEVICE_DAYS,
    Account,
    Attestation,
    Decision,
    Exclusion,
    Organisation,
    parse_organisation,
    read_organisation,
)
from securescore.assess.organisation_writing import organisation_toml
from securescore.errors import ConfigurationError
from securescore.model import AccountClass, Status

HOSTILE = [
    '"',
    '"""',
    "'''",
    "\\",
    "\\u0041",
    'x"\n[settings]\ndevice_days = 1\n#',
    "]\n[[decision]]\naction = 'injected'",
    "# no comment",
    "\r",
    "\r\n",
    "\0\x07\x1b[31m\x7f\x85",
    "\u2028\u2029",
    "\u202egnp.exe",
    "\ufeffmark",
    "e\u0301 \u00e9 \u00df \u0130",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U000e0041\ue000\uffff\U0010ffff",
]

texts = st.text(max_size=30) | st.sampled_from(HOSTILE)
said = texts.map(str.strip).filter(bool)
names = st.frozensets(said, min_size=1, max_size=8)
actions = said.map(str.casefold) | st.just("*")
maybe_text = st.none() | texts
maybe_day = st.none() | st.dates()
classes = st.sampled_from(AccountClass)

accounts = st.builds(Account, classes, names, maybe_text)
exclusions = st.builds(
    Exclusion, st.frozensets(actions, min_size=1, max_size=4), names, said, maybe_text, maybe_day
)
decisions = st.builds(
    Decision,
    action=actions,
    status=st.sampled_from([status for status in Status if status is not Status.COMPLETED]),
    order=st.just(0),
    decided=maybe_day,
    expires=maybe_day,
    entities=st.none() | names,
    account_class=st.none() | classes,
    note=maybe_text,
    plan=maybe_text,
    owner=maybe_text,
    due=maybe_day,
    evidence=maybe_text,
)
attestations = st.builds(
    lambda attested, days, **rest: Attestation(
        attested=attested, lapses=days and attested + timedelta(days=days), **rest
    ),
    attested=st.dates(max_value=date(9000, 1, 1)),
    days=st.none() | st.integers(1, 1000),
    action=said.map(str.casefold),
    note=maybe_text,
    evidence=maybe_text,
    by=maybe_text,
)


def organised(
    of_accounts: list[Account],
    of_exclusions: list[Exclusion],
    of_decisions: list[Decision],
    days: int,
    of_attestations: list[Attestation],
) -> Organisation:
    numbered = tuple(replace(one, order=order) for order, one in enumerate(of_decisions))
    return Organisation(tuple(of_accounts), tuple(of_exclusions), numbered, days, tuple(of_attestations))


organisations = st.builds(
    organised,
    st.lists(accounts, max_size=3),
    st.lists(exclusions, max_size=3),
    st.lists(decisions, max_size=4),
    st.just(DEVICE_DAYS) | st.integers(1, 3650),
    st.lists(attestations, max_size=2),
)

WHOLE = Organisation(
    (Account(AccountClass.KIOSK, frozenset({"kiosk-2@contoso.example", "Kiosk-1@contoso.example"})),),
    (
        Exclusion(
            frozenset({"mfaregistrationv2"}),
            frozenset(f"user-{number}@contoso.example" for number in range(4)),
            "Shared workstation",
            "m.devries@contoso.example",
            date(2026, 12, 31),
        ),
    ),
    (
        Decision(
            "signinriskpolicy",
            Status.THIRD_PARTY,
            0,
            decided=date(2026, 1, 10),
            expires=date(2027, 1, 10),
            entities=frozenset({"ada"}),
            account_class=AccountClass.SERVICE,
            note='First line\nand "second"',
            plan="none",
            owner="ada",
            due=date(2026, 6, 1),
            evidence="contract 12",
        ),
        Decision("adminmfav2", Status.PLANNED, 1),
    ),
    7,
)

WRITTEN = r"""[[account]]
class = "kiosk"
users = ["Kiosk-1@contoso.example", "kiosk-2@contoso.example"]

[[exclusion]]
actions = ["mfaregistrationv2"]
entities = [
    "user-0@contoso.example",
    "user-1@contoso.example",
    "user-2@contoso.example",
    "user-3@contoso.example",
]
reason = "Shared workstation"
owner = "m.devries@contoso.example"
expires = 2026-12-31

[[decision]]
action = "signinriskpolicy"
status = "resolved_through_third_party"
entities = ["ada"]
class = "service"
note = "First line\nand \"second\""
plan = "none"
owner = "ada"
due = 2026-06-01
evidence = "contract 12"
decided = 2026-01-10
expires = 2027-01-10

[[decision]]
action = "adminmfav2"
status = "planned"

[settings]
device_days = 7
"""


def noted(note: str) -> Organisation:
    return Organisation(decisions=(Decision("a", Status.PLANNED, 0, note=note),))


def test_it_reads_like_a_form_filled_in_with_care() -> None:
    assert organisation_toml(WHOLE) == WRITTEN
    assert parse_organisation(WRITTEN, "here") == WHOLE


def test_nothing_declared_is_nothing_written() -> None:
    assert organisation_toml(Organisation()) == ""


@given(organisation=organisations)
def test_what_is_written_is_read_as_an_equal(organisation: Organisation) -> None:
    text = organisation_toml(organisation)
    assert parse_organisation(text, "here") == organisation
    assert all(line.isprintable() for line in text.split("\n"))


@given(organisation=organisations, seed=st.randoms(use_true_random=False))
def test_equal_organisations_give_the_same_text(organisation: Organisation, seed: random.Random) -> None:
    """Whatever order the sets have, and in whatever order the decisions come."""
    text = organisation_toml(organisation)
    shuffled = list(organisation.decisions)
    seed.shuffle(shuffled)
    assert organisation_toml(replace(organisation, decisions=tuple(shuffled))) == text
    assert organisation_toml(parse_organisation(text, "here")) == text


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@given(organisation=organisations)
def test_it_survives_a_file(
    tmp_path_factory: pytest.TempPathFactory, newline: str, organisation: Organisation
) -> None:
    path = tmp_path_factory.getbasetemp() / "organisation.toml"
    path.write_text(organisation_toml(organisation), "utf-8", newline=newline)
    assert read_organisation(path) == organisation


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_text_stays_inside_its_quotes(text: str) -> None:
    document = tomllib.loads(organisation_toml(noted(text)))
    assert document == {"decision": [{"action": "a", "status": "planned", "note": text}]}


def test_decisions_with_gaps_in_their_order_keep_it() -> None:
    late, early = Decision("late", Status.PLANNED, 900), Decision("early", Status.PLANNED, -3)
    read = parse_organisation(organisation_toml(Organisation(decisions=(late, early))), "here")
    assert [(one.action, one.order) for one in read.decisions] == [("early", 0), ("late", 1)]


def test_a_moment_is_written_as_its_day() -> None:
    moment = datetime(2026, 1, 10, 9, 30)  # noqa: DTZ001 - what a database may hand out
    text = organisation_toml(Organisation(decisions=(Decision("a", Status.PLANNED, 0, due=moment),)))
    assert "due = 2026-01-10\n" in text


@pytest.mark.parametrize(
    ("organisation", "sentence"),
    [
        (noted("half \ud83d a smile"), "decision 1: 'note' holds half a character"),
        (
            Organisation(accounts=(Account(AccountClass.TEST, frozenset({"ada", "\udc80"})),)),
            "account 1: 'users' holds half a character",
        ),
        (
            Organisation(accounts=(Account(AccountClass.TEST, frozenset()),)),
            "account 1: 'users' must be a list of names, and not an empty one",
        ),
        (
            Organisation(exclusions=(Exclusion(frozenset({"*"}), frozenset({"a"}), " "),)),
            "exclusion 1: 'reason' is missing",
        ),
        (
            Organisation(decisions=(Decision("a", Status.PLANNED, 4, entities=frozenset()),)),
            "decision 1: 'entities' must be a list of names",
        ),
        (
            Organisation(decisions=(Decision("a", Status.COMPLETED, 0),)),
            "decision 1: the status 'completed' follows from the measurement",
        ),
        (Organisation(device_days=0), "settings: 'device_days' must be a whole number of days"),
    ],
)
def test_what_no_file_can_say(organisation: Organisation, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        organisation_toml(organisation)
    assert f"the organisation file to be written, {sentence}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a = [", "the organisation file yours is no valid TOML: "),
        ("zzz = 1", "yours: the key 'zzz' is not known"),
        ("[[account]]\nclass = 'service'", "yours, account 1: 'users' is missing"),
        ("settings = 1", "yours: write [settings] with one bracket"),
    ],
)
def test_a_text_without_a_file_has_the_name_it_was_given(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_organisation(text, "yours")
    assert str(caught.value).startswith(sentence)
