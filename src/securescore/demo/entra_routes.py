"""Paths of the invented Microsoft Graph about the directory: people, groups, roles, policies, applications."""

from collections.abc import Sequence

from securescore.demo.frame import Json
from securescore.demo.odata import LARGEST_PAGE, Paging
from securescore.demo.organisation import Organisation
from securescore.demo.route import ACCESS, PREMIUM, PRIVILEGED, RISK, Found, Keys, Route, filterable

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
        **filterable("groupTypes", "mail", "proxyAddresses"),
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
        **filterable("riskState", "riskLevel", "riskEventType"),
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

ROUTES: Sequence[Route] = (*_PEOPLE, *_ROLES, *_POLICIES, *_CONDITIONAL_ACCESS, *_TENANT, *_APPLICATIONS)
