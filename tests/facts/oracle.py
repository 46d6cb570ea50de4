"""The rules of the facts once more, in plain Python: loops over users and policies, no SQL.

Slow and simple on purpose, and written from the rules (not from the SQL), so that a mistake has to be made
twice, in two ways, before it goes unseen. A tenant is a mapping of table name to rows; columns that a row
leaves out are null. Three values: True, False and None for "not known".
"""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]
Tenant = Mapping[str, list[dict[str, Any]]]
Answer = tuple[str, str, str | None]
"""Verdict, code, name of the policy."""

YES, NO, PERHAPS = True, False, None

GRANTS = {
    "block",
    "mfa",
    "compliantDevice",
    "domainJoinedDevice",
    "approvedApplication",
    "compliantApplication",
    "passwordChange",
    "riskRemediation",
}
GRANT_PARTS = ("grant_controls", "custom_controls", "terms_of_use", "unknown_controls")
CLIENTS = {"all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"}
EVERY_CLIENT = {"browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "other"}
LEVELS = {"low", "medium", "high", "none", "hidden"}
NO_ACCOUNT_HERE = {"b2bDirectConnectUser", "serviceProvider", "none"}


def all_of(answers: Iterable[bool | None]) -> bool | None:
    seen = list(answers)
    if NO in seen:
        return NO
    return PERHAPS if PERHAPS in seen else YES


def any_of(answers: Iterable[bool | None]) -> bool | None:
    seen = list(answers)
    if YES in seen:
        return YES
    return PERHAPS if PERHAPS in seen else NO


def opposite(answer: bool | None, /) -> bool | None:  # noqa: FBT001
    return None if answer is None else not answer


# --- whom a policy reaches ---------------------------------------------------------------------------------


def groups_of(tenant: Tenant, user_id: str) -> set[str]:
    return {row["group_id"] for row in tenant["group_members"] if row["user_id"] == user_id}


def template_of(tenant: Tenant, role_id: str) -> str:
    for definition in tenant["role_definitions"]:
        if definition["role_id"] == role_id:
            return definition.get("template_id") or role_id
    return role_id


def tenant_wide_roles(tenant: Tenant, user_id: str) -> set[str]:
    """Template ids of the roles that are active, for the whole tenant, directly or through a group."""
    holders = {user_id} | groups_of(tenant, user_id)
    return {
        template_of(tenant, row["role_id"])
        for row in tenant["role_assignments"]
        if row["principal_id"] in holders and row.get("scope") == "/"
    }


def is_guest(user: Row) -> bool | None:
    return None if user.get("user_type") is None else user["user_type"] == "Guest"


def is_external(user: Row) -> bool | None:
    return None if user.get("user_name") is None else "#EXT#" in user["user_name"]


def is_guest_of_kind(user: Row, kind: str | None) -> bool | None:
    guest, external = is_guest(user), is_external(user)
    kinds = {
        "all": any_of([guest, external]),
        "b2bCollaborationGuest": all_of([guest, external]),
        "internalGuest": all_of([guest, opposite(external)]),
        "b2bCollaborationMember": all_of([opposite(guest), external]),
        "otherExternalUser": all_of([guest, opposite(external), PERHAPS]),
        **dict.fromkeys(NO_ACCOUNT_HERE, NO),
    }
    return kinds.get(kind or "", all_of([any_of([guest, external]), PERHAPS]))


def is_meant(tenant: Tenant, user: Row, target: Row) -> bool | None:
    kind, target_id = target.get("kind"), target.get("target_id")
    if target.get("excluded") is None:
        return PERHAPS
    if kind in {"all_users", "none"}:
        return YES if kind == "all_users" else NO
    if kind == "guests":
        from_anywhere = YES if target.get("some_tenants") is False else PERHAPS
        return all_of([is_guest_of_kind(user, target.get("guest_kind")), from_anywhere])
    if kind not in {"user", "group", "role"} or target_id is None:
        return PERHAPS
    return target_id in belongings(tenant, user["user_id"], kind)


def belongings(tenant: Tenant, user_id: str, kind: str) -> set[str]:
    if kind == "user":
        return {user_id}
    return groups_of(tenant, user_id) if kind == "group" else tenant_wide_roles(tenant, user_id)


def is_included(tenant: Tenant, user: Row, policy: Row) -> bool | None:
    return any_of(is_meant(tenant, user, t) for t in targets(tenant, policy) if t.get("excluded") is not True)


def is_excluded(tenant: Tenant, user: Row, policy: Row) -> bool | None:
    return any_of(
        is_meant(tenant, user, t) for t in targets(tenant, policy) if t.get("excluded") is not False
    )


def targets(tenant: Tenant, policy: Row) -> list[dict[str, Any]]:
    return [row for row in tenant["conditional_access_targets"] if row["policy_id"] == policy["policy_id"]]


# --- what a policy asks for --------------------------------------------------------------------------------


def strength_is_mfa(tenant: Tenant, policy: Row) -> bool | None:
    for strength in tenant["authentication_strengths"]:
        if strength["strength_id"] == policy["authentication_strength_id"]:
            return {"mfa": YES, "none": NO}.get(strength.get("satisfies") or "", PERHAPS)
    return PERHAPS


def grant_is_absent(policy: Row) -> bool:
    return (
        policy.get("grant_operator") is None
        and policy.get("authentication_strength_id") is None
        and not any(policy.get(part) for part in GRANT_PARTS)
    )


def alternatives(
    tenant: Tenant, policy: Row, enough: set[str], *, mfa_counts: bool
) -> list[tuple[bool | None, bool]]:
    """For each control whether it is enough, and whether it is one we know."""
    found: list[tuple[bool | None, bool]] = [
        (control in enough, True) if control in GRANTS else (PERHAPS, False)
        for control in policy.get("grant_controls") or []
    ]
    found += [(NO, True) for part in ("custom_controls", "terms_of_use") if policy.get(part)]
    if policy.get("authentication_strength_id") is not None:
        found.append((strength_is_mfa(tenant, policy) if mfa_counts else NO, True))
    if policy.get("unknown_controls") or any(policy.get(part) is None for part in GRANT_PARTS):
        found.append((PERHAPS, False))
    return found


def asks_for(tenant: Tenant, policy: Row, enough: set[str], *, mfa_counts: bool) -> bool | None:
    """Whether nobody gets past the grant without one of the controls that are enough."""
    found = alternatives(tenant, policy, enough, mfa_counts=mfa_counts)
    if grant_is_absent(policy) or not found:
        return NO
    all_known = all(known for _, known in found)
    with_and = any_of(answer for answer, _ in found) if all_known else PERHAPS
    with_or = all_of(answer for answer, _ in found)
    by_operator = {"AND": with_and, "OR": with_or}
    same_anyway = with_and if with_and == with_or else PERHAPS
    return by_operator.get(policy.get("grant_operator") or "", same_anyway)


def is_empty(values: list[str] | None) -> bool | None:
    return None if values is None else not values


def applies_everywhere(policy: Row) -> bool | None:
    """All applications, all places, all devices."""
    nothing_strange = YES if policy.get("unknown_conditions") == [] else PERHAPS
    return all_of(
        [
            policy.get("all_applications"),
            is_empty(policy.get("exclude_applications")),
            is_empty(policy.get("user_actions")),
            is_empty(policy.get("authentication_contexts")),
            opposite(policy.get("narrowed_by_application_filter")),
            opposite(policy.get("narrowed_by_locations")),
            opposite(policy.get("narrowed_by_platforms")),
            opposite(policy.get("narrowed_by_devices")),
            opposite(policy.get("narrowed_by_authentication_flows")),
            nothing_strange,
        ]
    )


def covers_clients(policy: Row, needed: set[str]) -> bool | None:
    clients = policy.get("client_app_types")
    if clients is None:
        return PERHAPS
    if not clients or "all" in clients or needed <= set(clients):
        return YES
    return NO if set(clients) <= CLIENTS else PERHAPS


def covers_levels(levels: list[str] | None, needed: set[str]) -> bool | None:
    if levels is None:
        return PERHAPS
    if needed <= set(levels):
        return YES
    return NO if set(levels) <= LEVELS else PERHAPS


def grade(tenant: Tenant, policy: Row, aim: str) -> str:
    """What the policy does for the aim: protects, unknown, narrowed, report_only or nothing."""
    mfa, block = {"mfa", "block"}, {"block"}
    sign_in, user = policy.get("sign_in_risk_levels"), policy.get("user_risk_levels")
    meant: bool | None = YES
    clients = EVERY_CLIENT
    risk_free = [is_empty(sign_in), is_empty(user)]
    if aim == "mfa":
        asks = asks_for(tenant, policy, mfa, mfa_counts=True)
        wide = risk_free
    elif aim == "activesync":
        asks = asks_for(tenant, policy, block, mfa_counts=False)
        clients, wide = {"exchangeActiveSync"}, risk_free
    elif aim == "other":
        asks = asks_for(tenant, policy, block, mfa_counts=False)
        clients, wide = {"other"}, risk_free
    elif aim == "sign_in_risk":
        asks = asks_for(tenant, policy, mfa, mfa_counts=True)
        meant = opposite(is_empty(sign_in))
        wide = [covers_levels(sign_in, {"medium", "high"}), is_empty(user)]
    else:
        asks = asks_for(tenant, policy, {"passwordChange", "riskRemediation", "block"}, mfa_counts=False)
        meant = opposite(is_empty(user))
        wide = [covers_levels(user, {"high"}), is_empty(sign_in)]
    whole = all_of([*wide, applies_everywhere(policy), covers_clients(policy, clients)])
    return graded(policy.get("state"), meant=meant, asks=asks, whole=whole)


def graded(state: str | None, *, meant: bool | None, asks: bool | None, whole: bool | None) -> str:
    if state == "disabled" or meant is NO or asks is NO:
        return "nothing"
    if state == "enabled" and whole is NO:
        return "narrowed" if meant is YES else "nothing"
    if whole is NO:
        return "nothing"
    if state == "enabledForReportingButNotEnforced":
        return "report_only"
    certain = state == "enabled" and meant is YES and asks is YES and whole is YES
    return "protects" if certain else "unknown"


# --- the answer for one user -------------------------------------------------------------------------------

ORDER = [
    "security_defaults",
    "policy",
    "per_user_mfa",
    "federated",
    "unknown_condition",
    "excluded",
    "narrowed",
    "report_only",
    "no_policy",
]
VERDICT = dict.fromkeys(ORDER[:3], "protected") | dict.fromkeys(ORDER[3:5], "unknown")
BADNESS = {"protected": 0, "unknown": 1, "exposed": 2}

Reason = tuple[int, tuple[bool, str, str], str | None]


def reason(code: str, policy: Row | None = None) -> Reason:
    """Sorts from the strongest; among policies the first by name."""
    if policy is None:
        return (ORDER.index(code), (True, "~", "~"), None)
    name = policy.get("policy_name")
    return (ORDER.index(code), (name is None, name or "", policy["policy_id"]), name)


def reason_of_policy(tenant: Tenant, user: Row, policy: Row, aim: str) -> Reason | None:
    grade_ = grade(tenant, policy, aim)
    included, excluded = is_included(tenant, user, policy), is_excluded(tenant, user, policy)
    reached = all_of([included, opposite(excluded)])
    if grade_ == "protects" and reached is YES:
        return reason("policy", policy)
    if grade_ in {"protects", "unknown"} and reached is not NO:
        return reason("unknown_condition", policy)
    if grade_ == "protects" and included is YES and excluded is YES:
        return reason("excluded", policy)
    if grade_ in {"narrowed", "report_only"} and reached is YES:
        return reason(grade_, policy)
    return None


def reason_of_security_defaults(tenant: Tenant) -> Reason | None:
    states = [row.get("enabled") for row in tenant["security_defaults"]]
    if YES in states:
        return reason("security_defaults")
    return reason("unknown_condition") if not states or None in states else None


def reason_of_per_user_mfa(tenant: Tenant, user: Row) -> Reason | None:
    for row in tenant["per_user_mfa"]:
        if row["user_id"] == user["user_id"]:
            known = {"enforced": reason("per_user_mfa"), "enabled": None, "disabled": None}
            return known.get(row.get("state") or "", reason("unknown_condition"))
    return None


def reason_of_domain(tenant: Tenant, user: Row) -> Reason | None:
    if user.get("user_name") is None:
        return reason("unknown_condition")
    for domain in tenant["domains"]:
        if user["user_name"].lower().endswith("@" + domain["domain"].lower()):
            if domain.get("authentication") == "Federated":
                return reason("federated")
            return reason("unknown_condition") if domain.get("authentication") is None else None
    return None


def strongest(tenant: Tenant, user: Row, aim: str, others: Iterable[Reason | None]) -> Reason:
    policies = tenant["conditional_access_policies"]
    found = [*others, *(reason_of_policy(tenant, user, policy, aim) for policy in policies)]
    return min([each for each in found if each is not None], default=reason("no_policy"), key=sorting)


def sorting(each: Reason) -> tuple[int, bool, tuple[bool, str, str]]:
    """A named policy comes before none, of the same code."""
    return (each[0], each[1] == (True, "~", "~"), each[1])


def answer(each: Reason) -> Answer:
    code = ORDER[each[0]]
    return (VERDICT.get(code, "exposed"), code, each[2])


def sign_in_protection(tenant: Tenant) -> dict[tuple[str, str], Answer]:
    """The answer by user and protection."""
    found = {}
    for user in tenant["users"]:
        defaults = reason_of_security_defaults(tenant)
        own = [reason_of_per_user_mfa(tenant, user), reason_of_domain(tenant, user)]
        legacy = [strongest(tenant, user, aim, [defaults]) for aim in ("activesync", "other")]
        worst = max(BADNESS[answer(each)[0]] for each in legacy)
        deciding = [each for each in legacy if BADNESS[answer(each)[0]] == worst]
        by_protection = {
            "mfa": strongest(tenant, user, "mfa", [defaults, *own]),
            "legacy_authentication_blocked": min(deciding, key=sorting),
            "sign_in_risk": strongest(tenant, user, "sign_in_risk", []),
            "user_risk": strongest(tenant, user, "user_risk", []),
        }
        for protection, each in by_protection.items():
            found[user["user_id"], protection] = answer(each)
    return found
