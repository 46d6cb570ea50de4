"""Which paths the invented cloud answers, from what, to whom, and with which licence."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from securescore.demo.frame import Json
from securescore.demo.odata import LARGEST_PAGE, USUAL, Paging
from securescore.demo.organisation import Organisation

P1 = ("AAD_PREMIUM", "AAD_PREMIUM_P2")
P2 = ("AAD_PREMIUM_P2",)

Found = list[Json] | Json | None
"""A list is answered page by page, an object whole, None as "not found"."""

Keys = Mapping[str, str]
"""What the placeholders of a path stand for."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Any of these plans must be owned; `code` is what the service says when none is."""

    plans: tuple[str, ...]
    code: str


PREMIUM = Gate(P1, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
ACCESS = Gate(P1, "AadPremiumLicenseRequired")
PRIVILEGED = Gate(P2, "AadPremiumLicenseRequired")
RISK = Gate(P2, "Forbidden")


@dataclass(frozen=True, slots=True)
class Route:
    """One path.

    Attributes:
        path: below the version; `{id}` is a placeholder.
        permissions: any of them opens it.
        default: properties that come without `$select`; none: all of them.
        filterable: properties that may be compared in `$filter`.
        takes: the query options that are heeded; others are passed over without a word.
        eventual: refuses without the header `ConsistencyLevel: eventual`.
        limited: counted with conditional access, one request a second.
    """

    path: str
    read: Callable[[Organisation, Keys], Found]
    permissions: tuple[str, ...]
    gate: Gate | None = None
    paging: Paging = USUAL
    default: tuple[str, ...] = ()
    filterable: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset({"select", "top"})
    eventual: bool = False
    limited: bool = False
    version: str | None = None

    @property
    def pattern(self) -> re.Pattern[str]:
        names = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path))
        return re.compile(f"^{names}$", re.IGNORECASE)


_DIRECTORY = "Directory.Read.All"
_NO_OPTIONS: frozenset[str] = frozenset()
_USER_DEFAULT = ("id", "userPrincipalName", "displayName", "givenName", "surname", "mail")


def _user(organisation: Organisation, keys: Keys) -> Json | None:
    wanted = keys["id"].lower()
    for user in organisation.users:
        if wanted in (user["id"], user["userPrincipalName"].lower()):
            return user
    return None


def _group(organisation: Organisation, keys: Keys) -> Json | None:
    return next((one for one in organisation.groups.items if one["id"] == keys["id"].lower()), None)


def _members(organisation: Organisation, keys: Keys) -> Found:
    group = _group(organisation, keys)
    return None if group is None else organisation.transitive_users(group["id"])


def _mixed_members(organisation: Organisation, keys: Keys) -> Found:
    group = _group(organisation, keys)
    if group is None:
        return None
    groups = {one["id"]: one for one in organisation.groups.items}
    inner = [groups[one] for one in organisation.groups.transitive(group["id"]) if one in groups]
    users = organisation.transitive_users(group["id"])
    return [
        {"@odata.type": f"#microsoft.graph.{kind}", **one}
        for kind, some in (("user", users), ("group", inner))
        for one in some
    ]


def _mfa_state(organisation: Organisation, keys: Keys) -> Found:
    user = _user(organisation, keys)
    return user and {"perUserMfaState": organisation.per_user_mfa.get(user["id"], "disabled")}


def _named(items: Callable[[Organisation], list[Json]]) -> Callable[[Organisation, Keys], Found]:
    """One of these by its id, whatever the case."""

    def read(organisation: Organisation, keys: Keys) -> Found:
        return next((one for one in items(organisation) if one["id"].lower() == keys["id"].lower()), None)

    return read


def _filterable(*names: str) -> dict[str, Any]:
    return {"filterable": frozenset(names), "takes": frozenset({"select", "top", "filter"})}


_PEOPLE = (
    Route(
        "/users",
        lambda organisation, _: organisation.users,
        ("User.Read.All", _DIRECTORY),
        default=_USER_DEFAULT,
    ),
    Route("/users/{id}", _user, ("User.Read.All", _DIRECTORY), default=_USER_DEFAULT),
    Route("/users/{id}/authentication/requirements", _mfa_state, ("Policy.Read.All",), version="beta"),
    Route(
        "/groups",
        lambda organisation, _: organisation.groups.items,
        ("GroupMember.Read.All", "Group.Read.All", _DIRECTORY),
        **_filterable("groupTypes"),
    ),
    Route("/groups/{id}", _group, ("GroupMember.Read.All", "Group.Read.All", _DIRECTORY)),
    Route(
        "/groups/{id}/transitiveMembers/microsoft.graph.user",
        _members,
        ("GroupMember.Read.All", _DIRECTORY),
        default=_USER_DEFAULT,
        eventual=True,
    ),
    Route("/groups/{id}/transitiveMembers", _mixed_members, ("GroupMember.Read.All", _DIRECTORY)),
    Route(
        "/reports/authenticationMethods/userRegistrationDetails",
        lambda organisation, _: organisation.registrations,
        ("AuditLog.Read.All",),
        gate=PREMIUM,
        paging=Paging(500, clamp=True),
    ),
    Route(
        "/identityProtection/riskDetections",
        lambda organisation, _: organisation.risk_detections,
        ("IdentityRiskEvent.Read.All",),
        gate=RISK,
        paging=Paging(20, 500),
        limited=True,
        **_filterable("riskState", "riskLevel", "riskEventType"),
    ),
)

_ROLES = tuple(
    Route(f"/roleManagement/directory/{path}", read, permissions, gate=gate)
    for path, read, permissions, gate in (
        (
            "roleDefinitions",
            lambda organisation, _: organisation.roles.definitions,
            ("RoleManagement.Read.Directory", _DIRECTORY),
            None,
        ),
        (
            "roleAssignments",
            lambda organisation, _: organisation.roles.assignments,
            ("RoleManagement.Read.Directory", _DIRECTORY),
            None,
        ),
        (
            "roleAssignmentScheduleInstances",
            lambda organisation, _: organisation.roles.schedules,
            ("RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory"),
            PRIVILEGED,
        ),
        (
            "roleEligibilityScheduleInstances",
            lambda organisation, _: organisation.roles.eligibilities,
            ("RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory"),
            PRIVILEGED,
        ),
    )
)

_POLICIES = tuple(
    Route(f"/policies/{path}", read, ("Policy.Read.All",))
    for path, read in (
        (
            "identitySecurityDefaultsEnforcementPolicy",
            lambda organisation, _: organisation.security_defaults,
        ),
        ("authorizationPolicy", lambda organisation, _: organisation.authorization_policy),
        ("authenticationMethodsPolicy", lambda organisation, _: organisation.authentication_methods),
        ("adminConsentRequestPolicy", lambda organisation, _: organisation.admin_consent_policy),
        ("authenticationStrengthPolicies", lambda organisation, _: organisation.strengths),
        ("crossTenantAccessPolicy/default", lambda organisation, _: organisation.cross_tenant_default),
        ("crossTenantAccessPolicy/partners", lambda organisation, _: organisation.cross_tenant_partners),
    )
)

_CONDITIONAL_ACCESS = tuple(
    Route(f"/identity/conditionalAccess/{path}", read, ("Policy.Read.All",), gate=ACCESS, limited=True)
    for path, read in (
        ("policies", lambda organisation, _: organisation.policies),
        ("namedLocations", lambda organisation, _: organisation.locations),
    )
)

_TENANT = (
    Route(
        "/organization",
        lambda organisation, _: [organisation.organization],
        ("Organization.Read.All", _DIRECTORY),
    ),
    Route(
        "/directory/onPremisesSynchronization",
        lambda organisation, _: organisation.synchronisation,
        ("OnPremDirectorySynchronization.Read.All",),
    ),
    Route(
        "/domains",
        lambda organisation, _: organisation.domains,
        ("Domain.Read.All", _DIRECTORY),
        paging=Paging(LARGEST_PAGE),
    ),
    Route(
        "/subscribedSkus",
        lambda organisation, _: organisation.subscribed_skus,
        ("LicenseAssignment.Read.All", "Organization.Read.All", _DIRECTORY),
        takes=_NO_OPTIONS,
    ),
    Route(
        "/groupSettings",
        lambda organisation, _: organisation.group_settings,
        ("GroupSettings.Read.All", _DIRECTORY),
        paging=Paging(LARGEST_PAGE),
    ),
)

_APPLICATIONS = (
    Route(
        "/applications",
        lambda organisation, _: organisation.applications.applications,
        ("Application.Read.All", _DIRECTORY),
    ),
    Route(
        "/servicePrincipals",
        lambda organisation, _: organisation.applications.principals,
        ("Application.Read.All", _DIRECTORY),
    ),
    Route(
        "/oauth2PermissionGrants",
        lambda organisation, _: organisation.applications.grants,
        (_DIRECTORY,),
    ),
)

_SCORE = ("SecurityEvents.Read.All",)
_SECURITY = (
    Route(
        "/security/secureScores",
        lambda organisation, _: organisation.native.scores,
        _SCORE,
        **_filterable("id", "azureTenantId"),
    ),
    Route("/security/secureScores/{id}", _named(lambda organisation: organisation.native.scores), _SCORE),
    Route(
        "/security/secureScoreControlProfiles",
        lambda organisation, _: organisation.native.profiles,
        _SCORE,
        paging=Paging(200),
        **_filterable("id", "service", "controlCategory"),
    ),
    Route(
        "/security/secureScoreControlProfiles/{id}",
        _named(lambda organisation: organisation.native.profiles),
        _SCORE,
    ),
)

ROUTES: Sequence[Route] = (
    *_PEOPLE,
    *_ROLES,
    *_POLICIES,
    *_CONDITIONAL_ACCESS,
    *_TENANT,
    *_APPLICATIONS,
    *_SECURITY,
)

ALL_PERMISSIONS = frozenset(permission for route in ROUTES for permission in route.permissions) | {
    "AuditLog.Read.All"
}
"""Every permission that opens anything here."""

_COMPILED = [(route.pattern, route) for route in ROUTES]


def route_to(version: str, path: str) -> tuple[Route, Keys] | None:
    """The route that answers a path below `v1.0` or `beta`, with what its placeholders stand for."""
    for pattern, route in _COMPILED:
        match = pattern.match(path)
        if match and route.version in (None, version):
            return route, match.groupdict()
    return None
