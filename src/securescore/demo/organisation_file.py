"""What the invented organisation itself would declare: account classes, exclusions, decisions."""

from datetime import date, timedelta
from typing import Any

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

_Entry = dict[str, Any]


def organisation_file(organisation: Organisation) -> str:
    """The text of a file for `securescore assess --organisation`.

    It holds four account classes, an exclusion, and decisions of every status that can be
    declared: one for named users, one for a class, and one that expired before the organisation's moment.
    """
    entries = [
        *(("account", entry) for entry in _accounts(organisation)),
        *(("exclusion", entry) for entry in _exclusions(organisation)),
        *(("decision", entry) for entry in _decisions(organisation)),
    ]
    return "\n".join(_table(kind, entry) for kind, entry in entries)


def _table(kind: str, entry: _Entry) -> str:
    lines = [f"[[{kind}]]", *(f"{name} = {_value(value)}" for name, value in entry.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _day(frame: Frame, days: int) -> date:
    return (frame.as_of + timedelta(days=days)).date()


def _accounts(organisation: Organisation) -> list[_Entry]:
    return [
        {"class": name, "users": [user["userPrincipalName"] for user in organisation.of_kind(kind)]}
        for name, kind in _CLASSES.items()
    ]


def _exclusions(organisation: Organisation) -> list[_Entry]:
    frame = organisation.frame
    members = organisation.transitive_users(organisation.groups.id_of(EXCEPTIONS_WAREHOUSE))
    return [
        {
            "actions": ["MFARegistrationV2"],
            "users": [user["userPrincipalName"] for user in members[:5]],
            "reason": "Gedeelde terminals op de kade; aanmelding met pas volgt in het voorjaar",
            "owner": f"adm-1@{frame.initial_domain}",
            "expires": _day(frame, 120),
        }
    ]


def _first_holder(organisation: Organisation, role: str) -> str:
    held = next(one for one in organisation.roles.assignments if one["roleDefinitionId"] == TEMPLATES[role])
    return next(
        str(one["userPrincipalName"]) for one in organisation.users if one["id"] == held["principalId"]
    )


def _decisions(organisation: Organisation) -> list[_Entry]:
    frame = organisation.frame
    paying = _first_holder(organisation, "Billing Administrator")
    owner = f"adm-2@{frame.initial_domain}"
    decided: list[tuple[str, Status, str, int, _Entry]] = [
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
            {"users": [paying]},
        ),
        (
            "UserRiskPolicy",
            Status.ALTERNATE_MITIGATION,
            "Dienstaccounts mogen alleen vanaf het eigen netwerk",
            180,
            {"class": AccountClass.SERVICE},
        ),
    ]
    return [
        {
            "action": action,
            "status": status,
            "note": note,
            "owner": owner,
            "expires": _day(frame, days),
            **scope,
        }
        for action, status, note, days, scope in decided
    ]
