"""Directory roles of an invented organisation and who holds them.

Intended flaws: more than four Global Administrators, one of them an everyday account; roles on synchronised
everyday accounts; a guest with a role; somebody who left and kept one; administrators whose roles the policy
for administrators forgot (Billing and Teams).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from securescore.demo.frame import Frame, Json
from securescore.demo.groups import SERVICE_DESK, WORKPLACE, Groups, ordinary
from securescore.demo.people import AccountKind, Person

TEMPLATES = {
    "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Privileged Authentication Administrator": "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "Security Administrator": "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "Security Operator": "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "Security Reader": "5d6b6bb7-de71-4623-b4af-96380a352509",
    "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Helpdesk Administrator": "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "Authentication Administrator": "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Billing Administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "Password Administrator": "966707d0-3269-4727-9be2-8c3a10f19b9d",
    "Intune Administrator": "3a2c62db-5318-420d-8d74-23affee5d9d5",
    "Hybrid Identity Administrator": "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Directory Synchronization Accounts": "d29b2b05-8046-44ba-8758-1e26182fcf32",
    "Guest User": "10dae51f-b6af-4016-8d66-8c2a99b929b3",
    "User": "a0b1b346-4d3e-4e8b-98f8-753987be4970",
}
"""Built-in roles with their public template ids."""

CUSTOM_ROLE = "Servicedesk kade"
COLLECTOR_PRINCIPAL = "securescore collector"
DEPLOY_PRINCIPAL = "Uitrol kiosken"
_WHOLE_TENANT = "/"


@dataclass
class Roles:
    """What the role endpoints of the directory answer."""

    definitions: list[Json] = field(default_factory=list)
    assignments: list[Json] = field(default_factory=list)
    schedules: list[Json] = field(default_factory=list)
    eligibilities: list[Json] = field(default_factory=list)


@dataclass(frozen=True)
class _Holding:
    """A role in somebody's hands. `until`: hours from now after which an activation ends."""

    role: str
    principal: str
    scope: str = _WHOLE_TENANT
    until: int | None = None


def build_roles(frame: Frame, people: Sequence[Person], groups: Groups) -> Roles:
    roles = Roles(definitions=[_definition(name, template) for name, template in TEMPLATES.items()])
    roles.definitions.append(_custom_definition(frame))
    held = _held(frame, people, groups)
    roles.assignments = [_assignment(frame, holding) for holding in held]
    roles.schedules = [_schedule(frame, holding) for holding in held]
    roles.eligibilities = [_eligibility(frame, holding) for holding in _eligible(people, groups)]
    return roles


def _definition(name: str, template: str) -> Json:
    return {
        "id": template,
        "templateId": template,
        "displayName": name,
        "isBuiltIn": True,
        "isEnabled": True,
        "rolePermissions": [],
    }


def _custom_definition(frame: Frame) -> Json:
    own = frame.id("role", CUSTOM_ROLE)
    return _definition(CUSTOM_ROLE, own) | {"isBuiltIn": False}


def role_id(frame: Frame, role: str) -> str:
    return TEMPLATES.get(role) or frame.id("role", role)


def _of(people: Sequence[Person], kind: AccountKind) -> list[str]:
    return [person.id for person in people if person.kind is kind]


def _held(frame: Frame, people: Sequence[Person], groups: Groups) -> list[_Holding]:
    return [
        *_separate_accounts(people),
        *_everyday_accounts(frame, people),
        *_odd_accounts(people),
        _Holding("Helpdesk Administrator", groups.id_of(SERVICE_DESK)),
        _Holding("Global Reader", frame.id("service principal", COLLECTOR_PRINCIPAL)),
        _Holding("Application Administrator", frame.id("service principal", DEPLOY_PRINCIPAL)),
        _Holding("Directory Synchronization Accounts", _of(people, AccountKind.SYNCHRONISATION)[0]),
    ]


def _separate_accounts(people: Sequence[Person]) -> list[_Holding]:
    """Administrators as they should be: an account in the cloud that does nothing else."""
    adm = _of(people, AccountKind.ADMINISTRATOR)
    emergency = [_Holding("Global Administrator", one) for one in _of(people, AccountKind.EMERGENCY)]
    return [
        *emergency,
        _Holding("Global Administrator", adm[0]),
        _Holding("Global Administrator", adm[1]),
        _Holding("Exchange Administrator", adm[2]),
        _Holding("SharePoint Administrator", adm[3]),
        _Holding("Authentication Administrator", adm[5]),
        _Holding("Conditional Access Administrator", adm[7]),
        _Holding("Security Administrator", adm[2], until=5),
    ]


def _everyday_accounts(frame: Frame, people: Sequence[Person]) -> list[_Holding]:
    ict, finance = ordinary(people, "ICT"), ordinary(people, "Financiën")
    quay = "/administrativeUnits/" + frame.id("administrative unit", "Kade")
    return [
        _Holding("Global Administrator", ict[0].id),
        _Holding("Teams Administrator", ict[-1].id),
        _Holding("Billing Administrator", finance[0].id),
        _Holding("Billing Administrator", finance[1].id),
        _Holding("Security Reader", ict[1].id),
        _Holding("Compliance Administrator", ordinary(people, "Directie")[0].id),
        _Holding(CUSTOM_ROLE, ordinary(people, "Terminal")[0].id, scope=quay),
    ]


def _odd_accounts(people: Sequence[Person]) -> list[_Holding]:
    guest = next(one for one in people if one.kind is AccountKind.GUEST and one.user["accountEnabled"])
    left = next(one for one in people if one.kind is AccountKind.STAFF and not one.user["accountEnabled"])
    return [_Holding("User Administrator", guest.id), _Holding("Exchange Administrator", left.id)]


def _eligible(people: Sequence[Person], groups: Groups) -> list[_Holding]:
    adm = _of(people, AccountKind.ADMINISTRATOR)
    return [
        _Holding("Security Administrator", adm[2]),
        _Holding("Global Administrator", adm[7]),
        _Holding("Privileged Role Administrator", adm[0]),
        _Holding("Privileged Role Administrator", ordinary(people, "ICT")[0].id),
        _Holding("Intune Administrator", groups.id_of(WORKPLACE)),
    ]


def _assignment(frame: Frame, holding: _Holding) -> Json:
    return {
        "id": frame.id("assignment", holding.role, holding.principal).replace("-", "")[:27] + "-1",
        "principalId": holding.principal,
        "roleDefinitionId": role_id(frame, holding.role),
        "directoryScopeId": holding.scope,
    }


def _schedule(frame: Frame, holding: _Holding) -> Json:
    activated = holding.until is not None
    return _assignment(frame, holding) | {
        "assignmentType": "Activated" if activated else "Assigned",
        "memberType": "Direct",
        "startDateTime": frame.ago(hours=3) if activated else frame.ago(days=400),
        "endDateTime": frame.ago(hours=-holding.until) if holding.until is not None else None,
        "roleAssignmentOriginId": frame.id("origin", holding.role, holding.principal),
    }


def _eligibility(frame: Frame, holding: _Holding) -> Json:
    return {
        "id": frame.id("eligibility", holding.role, holding.principal),
        "principalId": holding.principal,
        "roleDefinitionId": role_id(frame, holding.role),
        "directoryScopeId": holding.scope,
        "memberType": "Direct",
        "startDateTime": frame.ago(days=120),
        "endDateTime": frame.ago(days=-245),
        "roleEligibilityScheduleId": frame.id("schedule", holding.role, holding.principal),
    }
