"""Invented tenants, small and full of odd corners, one for each seed."""

from itertools import pairwise
from random import Random
from typing import Any

Rows = list[dict[str, Any]]

USERS = ["ada", "bo", "cy", "dee", "eve", "fay", "gus", "hal"]
GROUPS = ["staff", "admins", "breakglass", "sales"]
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
ROLES = ["global", "helpdesk", "reader", "custom"]
DOMAINS = ["north.example", "fed.example", "odd.example", "North.example"]
GUEST_KINDS = [
    "all",
    "internalGuest",
    "b2bCollaborationGuest",
    "b2bCollaborationMember",
    "otherExternalUser",
    "serviceProvider",
    "fromTheMoon",
    None,
]

PLAIN_POLICY: dict[str, Any] = {
    "state": "enabled",
    "all_applications": True,
    "exclude_applications": [],
    "user_actions": [],
    "authentication_contexts": [],
    "client_app_types": ["all"],
    "sign_in_risk_levels": [],
    "user_risk_levels": [],
    "narrowed_by_locations": False,
    "narrowed_by_platforms": False,
    "narrowed_by_devices": False,
    "narrowed_by_application_filter": False,
    "narrowed_by_authentication_flows": False,
    "unknown_conditions": [],
    "unknown_controls": [],
    "grant_operator": "OR",
    "grant_controls": ["mfa"],
    "custom_controls": [],
    "terms_of_use": [],
}

LEGACY = {"client_app_types": ["exchangeActiveSync", "other"], "grant_controls": ["block"]}
SIGN_IN_RISK = {"sign_in_risk_levels": ["high", "medium"]}
USER_RISK = {
    "user_risk_levels": ["high"],
    "grant_controls": ["mfa", "passwordChange"],
    "grant_operator": "AND",
}
PURPOSES: list[dict[str, Any]] = [
    {},
    LEGACY,
    SIGN_IN_RISK,
    USER_RISK,
    {"grant_controls": ["block"]},
    {"grant_controls": []},
]

# one odd property each; every column appears, most with null among its values
TWISTS: dict[str, list[Any]] = {
    "state": [*["enabledForReportingButNotEnforced"] * 4, "disabled", None, "paused"],
    "all_applications": [False, None],
    "exclude_applications": [["an app"], None],
    "user_actions": [["urn:user:registersecurityinfo"], None],
    "authentication_contexts": [["c1"], None],
    "client_app_types": [
        [],
        None,
        ["browser"],
        ["exchangeActiveSync"],
        ["other"],
        ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"],
        ["exchangeActiveSync", "somethingNew"],
        ["easSupported", "other"],
    ],
    "sign_in_risk_levels": [["high"], ["low", "medium", "high"], ["high", "somethingNew"], None],
    "user_risk_levels": [["high"], ["medium"], ["somethingNew"], None],
    "narrowed_by_locations": [True, None],
    "narrowed_by_platforms": [True, None],
    "narrowed_by_devices": [True, None],
    "narrowed_by_application_filter": [True, None],
    "narrowed_by_authentication_flows": [True, None],
    "unknown_conditions": [["agentRisk"], None],
    "unknown_controls": [["faceScan"], None],
    "grant_operator": ["AND", "OR", None],
    "grant_controls": [
        [],
        None,
        ["mfa"],
        ["mfa", "compliantDevice"],
        ["compliantDevice"],
        ["block"],
        ["passwordChange"],
        ["riskRemediation"],
        ["mfa", "somethingNew"],
        ["mfa", "passwordChange"],
    ],
    "custom_controls": [["third party"], None],
    "terms_of_use": [["terms"], None],
    "authentication_strength_id": ["phishing resistant", "weak", "strange", "deleted"],
}


def tenant(seed: int, policies_wanted: int | None = None) -> dict[str, Rows]:
    """Every table that the facts read; columns left out are null."""
    random = Random(seed)
    users = [_user(random, name) for name in USERS[: random.randint(1, len(USERS))]]
    how_many = random.choice([0, 1, 2, 3, 4, 5]) if policies_wanted is None else policies_wanted
    policies = [_policy(random, number) for number in range(how_many)]
    return {
        "users": users,
        "domains": _domains(random),
        "groups": [{"group_id": group, "group_name": group.title()} for group in GROUPS],
        "group_members": _members(random, users),
        "role_definitions": [_role(random, role) for role in ROLES if random.random() < 0.9],
        "role_assignments": _assignments(random),
        "role_assignment_schedules": _schedules(random),
        "role_eligibilities": _eligibilities(random),
        "conditional_access_policies": policies,
        "conditional_access_targets": [row for policy in policies for row in _targets(random, policy)],
        "authentication_strengths": [
            {"strength_id": "phishing resistant", "satisfies": "mfa"},
            {"strength_id": "weak", "satisfies": "none"},
            {"strength_id": "strange", "satisfies": random.choice([None, "somethingNew"])},
        ],
        "per_user_mfa": [_per_user(random, user) for user in users if random.random() < 0.2],
        "security_defaults": _security_defaults(random),
    }


def _user(random: Random, name: str) -> dict[str, Any]:
    mark = random.choice(["", "", "", "_else.example#EXT#"])
    user_name = f"{name}{mark}@{random.choice([*[DOMAINS[0]] * 5, *DOMAINS])}"
    return {
        "user_id": name,
        "user_name": None if random.random() < 0.03 else user_name,
        "user_type": random.choice(["Member", "Member", "Guest", None if random.random() < 0.3 else "Guest"]),
        "enabled": random.random() < 0.9,
        "synchronised": random.random() < 0.5,
    }


def _domains(random: Random) -> Rows:
    return [
        {"domain": "north.example", "authentication": "Managed"},
        {"domain": "fed.example", "authentication": "Federated"},
        *random.choice([[], [{"domain": "odd.example", "authentication": None}]]),
    ]


def _members(random: Random, users: Rows) -> Rows:
    """Members through groups in groups too, as the evidence has them."""
    direct = {group: {user["user_id"] for user in users if random.random() < 0.3} for group in GROUPS}
    inside = [(outer, inner) for outer, inner in pairwise(GROUPS) if random.random() < 0.3]
    for outer, inner in reversed(inside):
        direct[outer] |= direct[inner]
    return [{"group_id": group, "user_id": user} for group in GROUPS for user in sorted(direct[group])]


def _role(random: Random, role: str) -> dict[str, Any]:
    template = random.choice([f"{role} template", role, None, DIRECTORY_READERS])
    return {"role_id": role, "template_id": template, "role_name": role.title()}


def _holder(random: Random) -> dict[str, Any]:
    return {
        "principal_id": random.choice([*USERS, *GROUPS, "an application"]),
        "role_id": random.choice(ROLES),
        "scope": random.choice(["/", "/", "/", "/administrativeUnits/west", None]),
    }


def _assignments(random: Random) -> Rows:
    return [{"assignment_id": f"a{number}", **_holder(random)} for number in range(random.randint(0, 8))]


def _schedules(random: Random) -> Rows:
    return [
        {
            "assignment_id": f"s{number}",
            **_holder(random),
            "assignment_type": random.choice(["Assigned", "Activated", None]),
            "ends": random.choice([None, "2027-01-01T00:00:00"]),
        }
        for number in range(random.choice([0, 30]))
    ]


def _eligibilities(random: Random) -> Rows:
    return [
        {
            "eligibility_id": f"e{number}",
            **_holder(random),
            "member_type": random.choice(["Direct", "Group", "Inherited", None]),
            "ends": random.choice([None, "2027-01-01T00:00:00"]),
        }
        for number in range(random.choice([0, 4, 12]))
    ]


def _policy(random: Random, number: int) -> dict[str, Any]:
    twists = random.sample(list(TWISTS), random.choice([0, 0, 0, 1, 1, 2, 3]))
    if random.random() < 0.15:
        twists.append("state")
    return {
        "policy_id": f"policy {number}",
        "policy_name": random.choice([f"Policy {number}", f"Policy {9 - number}", "Same name", None]),
        **PLAIN_POLICY,
        **random.choice(PURPOSES),
        **{column: _twist(random, column) for column in twists},
    }


def _twist(random: Random, column: str) -> Any:
    known = [value for value in TWISTS[column] if value is not None]
    return random.choice(TWISTS[column] if random.random() < 0.3 else known)


def _targets(random: Random, policy: dict[str, Any]) -> Rows:
    wanted = [_target(random, excluded=False) for _ in range(random.choice([0, 1, 1, 2, 3]))]
    wanted += [_target(random, excluded=True) for _ in range(random.choice([0, 0, 1, 2]))]
    if random.random() < 0.6:
        wanted.append({"kind": "all_users", "excluded": False})
    if random.random() < 0.02:
        wanted.append({**_target(random, excluded=True), "excluded": None})
    return [
        {"policy_id": policy["policy_id"], "ordinal": number, **target}
        for number, target in enumerate(wanted)
    ]


def _target(random: Random, *, excluded: bool) -> dict[str, Any]:
    kind = random.choice([*["user", "group", "role"] * 3, *["guests", "all_users"] * 2, "none", "odd"])
    target: dict[str, Any] = {"kind": kind, "excluded": excluded}
    if kind == "odd":
        target["kind"] = random.choice(["unknown", None, "agents"])
    elif kind == "guests":
        target |= {
            "guest_kind": random.choice(GUEST_KINDS),
            "some_tenants": random.choice([False, False, True, None]),
        }
    elif kind in {"user", "group", "role"}:
        target["target_id"] = random.choice(_named(kind)) if random.random() < 0.97 else None
    return target


def _named(kind: str) -> list[str]:
    if kind == "user":
        return USERS
    if kind == "group":
        return [*GROUPS, "deleted group"]
    return [*ROLES, *(f"{role} template" for role in ROLES)]


def _per_user(random: Random, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "user_id": user["user_id"],
        "state": random.choice(["enforced", "enabled", "disabled", None, "somethingNew"]),
    }


def _security_defaults(random: Random) -> Rows:
    enabled = random.choice([False] * 20 + [True, None])
    return [] if random.random() < 0.02 else [{"policy_id": "the policy", "enabled": enabled}]
