"""What the invented organisation itself would declare: account classes, exclusions, decisions."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypedDict

from securescore.assess.organisation import Account, Decision, Exclusion
from securescore.assess.organisation import Organisation as Declared
from securescore.assess.organisation_writing import organisation_toml
from securescore.demo.frame import Frame
from securescore.demo.groups import EXCEPTIONS_WAREHOUSE
from securescore.demo.organisation import Organisation
from securescore.demo.people import AccountKind
from securescore.demo.roles import TEMPLATES
from securescore.model import AccountClass, Status

_CLASSES = {
    AccountClass.EMERGENCY_ACCESS: AccountKind.EMERGENCY,
    AccountClass.SERVICE: AccountKind.SERVICE,
    AccountClass.SYNCHRONISATION: AccountKind.SYNCHRONISATION,
    AccountClass.KIOSK: AccountKind.KIOSK,
}


class _Scope(TypedDict, total=False):
    entities: frozenset[str]
    account_class: AccountClass


def organisation_file(organisation: Organisation) -> str:
    """The text of a file for `securescore assess --organisation`.

    It holds four account classes, an exclusion, and decisions of every status that can be
    declared: one for named users, one for a class, and one that expired before the organisation's moment.
    """
    return organisation_toml(
        Declared(_accounts(organisation), (_exclusion(organisation),), tuple(_decisions(organisation)))
    )


def _day(frame: Frame, days: int) -> date:
    return (frame.as_of + timedelta(days=days)).date()


def _names(users: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(user["userPrincipalName"] for user in users)


def _accounts(organisation: Organisation) -> tuple[Account, ...]:
    return tuple(Account(name, _names(organisation.of_kind(kind))) for name, kind in _CLASSES.items())


def _exclusion(organisation: Organisation) -> Exclusion:
    frame = organisation.frame
    members = organisation.transitive_users(organisation.groups.id_of(EXCEPTIONS_WAREHOUSE))
    return Exclusion(
        actions=frozenset({"MFARegistrationV2"}),
        entities=_names(members[:5]),
        reason="Gedeelde terminals op de kade; aanmelding met pas volgt in het voorjaar",
        owner=f"adm-1@{frame.initial_domain}",
        expires=_day(frame, 120),
    )


def _first_holder(organisation: Organisation, role: str) -> str:
    held = next(one for one in organisation.roles.assignments if one["roleDefinitionId"] == TEMPLATES[role])
    return next(
        str(one["userPrincipalName"]) for one in organisation.users if one["id"] == held["principalId"]
    )


def _decisions(organisation: Organisation) -> Iterable[Decision]:
    paying = frozenset({_first_holder(organisation, "Billing Administrator")})
    decided: list[tuple[str, Status, str, int, _Scope]] = [
        ("BlockLegacyAuthentication", Status.PLANNED, "Beleid staat op rapporteren; aan op 1 maart", 60, {}),
        ("aad_linkedin_connection_disables", Status.ALTERNATE_MITIGATION, "Geblokkeerd in de proxy", 200, {}),
        ("McasFirewallLogUpload", Status.THIRD_PARTY, "De firewall meldt dit zelf", 365, {}),
        ("aad_third_party_apps", Status.RISK_ACCEPTED, "Ontwikkelaars registreren zelf", 90, {}),
        ("mdo_safedocuments", Status.RISK_ACCEPTED, "Wacht op nieuwe werkplek", -20, {}),
        (
            "AdminMFAV2",
            Status.THIRD_PARTY,
            "Werkt alleen op de betaalwerkplek, met de pas van de bank",
            45,
            {"entities": paying},
        ),
        (
            "UserRiskPolicy",
            Status.ALTERNATE_MITIGATION,
            "Dienstaccounts mogen alleen vanaf het eigen netwerk",
            180,
            {"account_class": AccountClass.SERVICE},
        ),
    ]
    owner = f"adm-2@{organisation.frame.initial_domain}"
    for order, (action, status, note, days, scope) in enumerate(decided):
        expires = _day(organisation.frame, days)
        yield Decision(action, status, order, note=note, owner=owner, expires=expires, **scope)
