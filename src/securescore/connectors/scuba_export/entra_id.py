"""Entra ID from an export: objects of Microsoft Graph whose names begin with a capital."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from securescore.connectors.microsoft_graph.conditional_access import (
    shape_policies,
    shape_targets,
)
from securescore.connectors.microsoft_graph.directory import shape_group_settings
from securescore.connectors.microsoft_graph.policies import shape_methods
from securescore.connectors.scuba_export.documents import Export, tenant_objects
from securescore.connectors.scuba_export.fillings import (
    Filling,
    NotThereError,
    Part,
    Row,
    converted,
    encoded,
    shaped,
)
from securescore.connectors.scuba_export.powershell import JsonObject, in_graph_shape, objects
from securescore.evidence.tables.entra_id import (
    AUTHENTICATION_METHODS,
    AUTHENTICATION_STRENGTHS,
    AUTHORIZATION_POLICY,
    CONDITIONAL_ACCESS_POLICIES,
    CONDITIONAL_ACCESS_TARGETS,
    DOMAINS,
    GROUP_SETTINGS,
    ORGANIZATION,
    SECURITY_DEFAULTS,
    SERVICE_PLANS,
)

_LISTS = frozenset(
    {
        *(
            f"{side}{kind}"
            for side in ("include", "exclude")
            for kind in ("Users", "Groups", "Roles", "Applications")
        ),
        *(
            f"{side}{kind}"
            for side in ("include", "exclude")
            for kind in ("Locations", "Platforms", "Targets")
        ),
        "includeUserActions",
        "includeAuthenticationContextClassReferences",
        "clientAppTypes",
        "signInRiskLevels",
        "userRiskLevels",
        "builtInControls",
        "customAuthenticationFactors",
        "termsOfUse",
        "allowedCombinations",
        "authenticationMethodConfigurations",
        "values",
        "permissionGrantPoliciesAssigned",
        "permissionGrantPolicyIdsAssignedToDefaultUserRole",
        "ipRanges",
        "countriesAndRegions",
    }
)
_SECURITY_DEFAULTS_ID = "00000000-0000-0000-0000-000000000005"
_SEVERAL = "00000000-0000-0000-0000-000000000000"
_SEATS = ("Enabled", "Warning")

TENANT = Part(("tenant_details",), "Get-MgBetaOrganization")
POLICIES = Part(("conditional_access_policies",), "Get-MgBetaIdentityConditionalAccessPolicy")
DIRECTORY_DOMAINS = Part(("domain_settings",), "Get-MgBetaDomain")
PLANS = Part(("service_plans",), "Get-MgBetaSubscribedSku")
LICENCES = Part(("license_information",), "Get-MgBetaSubscribedSku")
AUTHORIZATION = Part(("authorization_policies",), "Get-MgBetaPolicyAuthorizationPolicy")
SETTINGS = Part(("directory_settings",), "Get-MgBetaDirectorySetting")
METHODS = Part(("authentication_method",), "Get-MgBetaPolicyAuthenticationMethodPolicy")


def _graph(part: Part) -> Callable[[Export], list[JsonObject]]:
    return lambda export: in_graph_shape(part.of(export), _LISTS)


def _through(
    part: Part, shape: Callable[[Iterable[bytes]], Iterable[Row]]
) -> Callable[[Export], Iterable[Row]]:
    """The rows that the same objects give when the service sends them."""
    return lambda export: shape(encoded(in_graph_shape(part.of(export), _LISTS)))


def _organization(export: Export) -> list[JsonObject]:
    TENANT.of(export)
    found = tenant_objects(export.content)
    if not found:
        raise NotThereError(
            "the tenant_details of the export do not hold what Microsoft Graph says of the tenant"
        )
    return [in_graph_shape(item) for item in found]


def _authorization(export: Export) -> Iterator[JsonObject]:
    """What users may consent to stands beside their other permissions in the version that ScubaGear reads."""
    for policy in in_graph_shape(AUTHORIZATION.of(export), _LISTS):
        granted = policy.get("permissionGrantPolicyIdsAssignedToDefaultUserRole")
        permissions = policy.get("defaultUserRolePermissions")
        if granted is None or not isinstance(permissions, dict | None):
            yield policy
        else:
            told = {"permissionGrantPoliciesAssigned": granted, **(permissions or {})}
            yield policy | {"defaultUserRolePermissions": told}


def _strengths(export: Export) -> Iterator[JsonObject]:
    """Those that policies carry, which is all that decide about anybody."""
    seen = set()
    for policy in in_graph_shape(POLICIES.of(export), _LISTS):
        grant = policy.get("grantControls")
        strength = grant.get("authenticationStrength") if isinstance(grant, dict) else None
        if isinstance(strength, dict) and strength.get("id") is not None and str(strength["id"]) not in seen:
            seen.add(str(strength["id"]))
            yield strength


def _methods(export: Export) -> Iterator[Row]:
    policies = []
    for policy in METHODS.of(export):
        methods = policy.get("authentication_method_feature_settings")
        policies.append(
            policy if methods is None else {"AuthenticationMethodConfigurations": objects(methods)}
        )
    return iter(shape_methods(encoded(in_graph_shape(policies, _LISTS))))


def _security_defaults(export: Export) -> list[JsonObject]:
    """Microsoft lets no conditional access policy be enabled while security defaults are: one proves that they are off."""
    if any(policy.get("State") == "enabled" for policy in POLICIES.of(export)):
        return [{"id": _SECURITY_DEFAULTS_ID, "isEnabled": False}]
    raise NotThereError(
        "an export does not hold security defaults, and without an enabled conditional access policy they may be on"
    )


def _service_plans(export: Export) -> Iterator[Row]:
    """One row a plan. Of several subscriptions the export does not tell which a plan is of: then none is named."""
    plans = {str(plan.get("ServicePlanId")): plan for plan in PLANS.of(export)}
    for plan in plans.values():
        yield {
            **_subscription(LICENCES.of(export) if LICENCES.is_there(export) else []),
            "plan_id": plan.get("ServicePlanId"),
            "plan": plan.get("ServicePlanName"),
            "plan_status": plan.get("ProvisioningStatus"),
            "applies_to": plan.get("AppliesTo"),
        }


def _subscription(licences: list[JsonObject]) -> Row:
    seats = [_seats(licence.get("PrepaidUnits")) for licence in licences]
    status = "Suspended" if licences and all(number == 0 for number in seats) else None
    if len(licences) != 1:
        return {"sku_id": _SEVERAL, "sku_status": status}
    (licence,) = licences
    return {
        "sku_id": licence.get("SkuId"),
        "sku": licence.get("SkuPartNumber"),
        "sku_status": status,
        "seats": seats[0],
        "used": licence.get("ConsumedUnits"),
    }


def _seats(units: object) -> int | None:
    """Seats that are in use or in their grace period; None where that is not told, for in doubt a plan is owned."""
    counts = [units.get(name) for name in _SEATS] if isinstance(units, Mapping) else [None]
    numbers = [count for count in counts if type(count) is int]
    return sum(numbers) if len(numbers) == len(counts) else None


FILLINGS: tuple[Filling, ...] = (
    converted(ORGANIZATION, (TENANT,), _organization),
    converted(DOMAINS, (DIRECTORY_DOMAINS,), _graph(DIRECTORY_DOMAINS)),
    shaped(SERVICE_PLANS, (PLANS, LICENCES), _service_plans),
    shaped(CONDITIONAL_ACCESS_POLICIES, (POLICIES,), _through(POLICIES, shape_policies)),
    shaped(CONDITIONAL_ACCESS_TARGETS, (POLICIES,), _through(POLICIES, shape_targets)),
    converted(AUTHENTICATION_STRENGTHS, (POLICIES,), _strengths),
    shaped(AUTHENTICATION_METHODS, (METHODS,), _methods),
    converted(SECURITY_DEFAULTS, (POLICIES,), _security_defaults),
    converted(AUTHORIZATION_POLICY, (AUTHORIZATION,), _authorization),
    shaped(GROUP_SETTINGS, (SETTINGS,), _through(SETTINGS, shape_group_settings)),
)
