"""Which accounts each population holds: every class, in or out, as the reference says of the population.

"Enabled users" holds everybody who can sign in, whoever they are; "members" leaves guests out; "administrators" are
those who hold a role that administers something; "mailbox users" are people, not shared or room mailboxes; "licensed
users" hold a licence. A disabled account is in none of them, but for its mailbox while that takes mail
(docs/decisions/0022-mail-filtering.md).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.assess.collecting import collect
from tests.assess.hand_made import SHIPPED

from securescore.assess import Assessment, assess, read_organisation
from securescore.assess.entities import Entity, entities_of
from securescore.demo import AS_OF, AccountKind, InventedCloud, Organisation, organisation_file
from securescore.demo.frame import Json
from securescore.evidence import EvidenceFolder
from securescore.facts import load_facts
from securescore.model import AccountClass

IN, OUT, SOME = "in", "out", "those who hold a role"

POPULATIONS = {
    "enabled users": (
        *("BlockLegacyAuthentication", "SigninRiskPolicy", "UserRiskPolicy"),
        "AATP_AccountWithLeakedCredentials",
    ),
    "members": ("MFARegistrationV2", "SelfServicePasswordReset", "custom.stale_members"),
    "guests": ("custom.stale_guests",),
    "administrators": ("AdminMFAV2", "aad_admin_accounts_separate_unassigned_cloud_only"),
    "mailbox users": ("mdo_spamaction", "mdo_zapmalware", "mdo_blockmailforward", "mdo_safelinksforemail"),
    "licensed users": ("mip_sensitivitylabelspolicies",),
    "devices": ("scid_20000", "scid_2012", "scid_5090"),
}

CLASSES: Mapping[str, tuple[str, str, str, str, str, str]] = {
    # enabled users, members, guests, administrators, mailbox users, licensed users
    "guest": (IN, OUT, IN, SOME, OUT, OUT),
    "guest that counts as a member": (IN, IN, OUT, OUT, OUT, OUT),
    "disabled": (OUT, OUT, OUT, OUT, OUT, OUT),
    "disabled, with a mailbox": (OUT, OUT, OUT, OUT, IN, OUT),
    "shared mailbox": (OUT, OUT, OUT, OUT, OUT, OUT),
    "shared mailbox that can sign in": (IN, IN, OUT, OUT, OUT, OUT),
    "room mailbox": (OUT, OUT, OUT, OUT, OUT, OUT),
    "service": (IN, IN, OUT, OUT, OUT, OUT),
    "emergency access": (IN, IN, OUT, IN, OUT, OUT),
    "synchronisation": (IN, IN, OUT, OUT, OUT, OUT),
    "kiosk": (IN, IN, OUT, OUT, IN, IN),
}


def accounts(organisation: Organisation, name: str) -> list[Json]:
    """The accounts of a class, with the enabled ones and the others apart."""
    by_class = {
        "guest": [one for one in organisation.of_kind(AccountKind.GUEST) if one["accountEnabled"]],
        "guest that counts as a member": organisation.of_kind(AccountKind.EXTERNAL_MEMBER),
        "disabled": _disabled(organisation, with_mailbox=False),
        "disabled, with a mailbox": _disabled(organisation, with_mailbox=True),
        "shared mailbox": _mailboxes(organisation, can_sign_in=False),
        "shared mailbox that can sign in": _mailboxes(organisation, can_sign_in=True),
        "room mailbox": organisation.of_kind(AccountKind.ROOM),
        "service": organisation.of_kind(AccountKind.SERVICE),
        "emergency access": organisation.of_kind(AccountKind.EMERGENCY),
        "synchronisation": organisation.of_kind(AccountKind.SYNCHRONISATION),
        "kiosk": organisation.of_kind(AccountKind.KIOSK),
    }
    return by_class[name]


def _disabled(organisation: Organisation, *, with_mailbox: bool) -> list[Json]:
    boxes = {
        one["ExternalDirectoryObjectId"]
        for one in organisation.mail["Mailbox"]
        if one["RecipientTypeDetails"] == "UserMailbox"
    }
    return [
        one
        for kind in (AccountKind.STAFF, AccountKind.GUEST)
        for one in organisation.of_kind(kind)
        if not one["accountEnabled"] and (one["id"] in boxes) is with_mailbox
    ]


def _mailboxes(organisation: Organisation, *, can_sign_in: bool) -> list[Json]:
    shared = organisation.of_kind(AccountKind.SHARED_MAILBOX)
    return [one for one in shared if one["accountEnabled"] is can_sign_in]


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation.build(people=150)


@pytest.fixture(scope="module")
def assessment(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """What the product says when the organisation has declared its classes."""
    folder: Path = tmp_path_factory.mktemp("classes")
    evidence = EvidenceFolder(folder / "evidence")
    with InventedCloud(organisation) as cloud:
        collect(cloud, evidence, AS_OF)
    declared = folder / "organisation.toml"
    declared.write_text(organisation_file(organisation), "utf-8")
    return assess(evidence, SHIPPED, load_facts(), as_of=AS_OF, organisation=read_organisation(declared))


def entities(assessment: Assessment, action: str) -> dict[str, Entity]:
    one = assessment.get(action)
    assert one is not None
    found = {entity.id: entity for entity in entities_of(one)}
    assert found, f"{action} was not measured"
    return found


def cells() -> Iterator[tuple[str, str, str]]:
    for name, words in CLASSES.items():
        for population, word in zip(POPULATIONS, (*words, OUT), strict=True):
            yield name, population, word


@pytest.mark.parametrize(("name", "population", "word"), list(cells()), ids=str)
def test_a_class_is_in_or_out(
    organisation: Organisation, assessment: Assessment, name: str, population: str, word: str
) -> None:
    ids = {str(one["id"]) for one in accounts(organisation, name)}
    assert ids, "the class is empty, and the test could not fail"
    wanted = {IN: ids, OUT: set(), SOME: ids & organisation.administrators()}[word]
    assert word is not SOME or 0 < len(wanted) < len(ids)
    for action in POPULATIONS[population]:
        assert ids & entities(assessment, action).keys() == wanted, action


DECLARED = {
    AccountClass.EMERGENCY_ACCESS: "emergency access",
    AccountClass.SERVICE: "service",
    AccountClass.SYNCHRONISATION: "synchronisation",
    AccountClass.KIOSK: "kiosk",
}
OF_ACCOUNTS = [one for some in list(POPULATIONS.values())[:-1] for one in some]


@pytest.mark.parametrize("action", OF_ACCOUNTS)
def test_a_declared_class_leaves_the_credited_population_where_the_action_says_so(
    organisation: Organisation, assessment: Assessment, action: str
) -> None:
    found = entities(assessment, action)
    for account_class, name in DECLARED.items():
        listed = [found[one["id"]] for one in accounts(organisation, name) if one["id"] in found]
        left_out = account_class in SHIPPED.actions[action].leaves_out
        assert {one.excluded for one in listed} <= {left_out}, f"{action}: {name}"


def test_each_declared_class_is_left_out_somewhere_and_counted_somewhere(
    organisation: Organisation, assessment: Assessment
) -> None:
    for name in DECLARED.values():
        ids = {one["id"] for one in accounts(organisation, name)}
        seen = {
            entity.excluded
            for action in OF_ACCOUNTS
            for entity in entities(assessment, action).values()
            if entity.id in ids
        }
        assert seen == ({False} if name == "kiosk" else {True, False}), name


def test_devices_hold_no_account(organisation: Organisation, assessment: Assessment) -> None:
    machines = {one.id for one in organisation.devices}
    for action in POPULATIONS["devices"]:
        assert entities(assessment, action).keys() <= machines
