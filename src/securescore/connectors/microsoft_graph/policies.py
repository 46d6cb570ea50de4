"""Tenant-wide policies: methods, strengths, defaults, consent, other tenants."""

from collections.abc import Iterable, Iterator

from securescore.connectors.microsoft_graph.read import (
    JsonObject,
    count_of,
    decoded,
    inside,
    listed,
    objects,
    single,
)
from securescore.connectors.source import Output, Reading, Row, Source
from securescore.evidence.tables.entra_id import (
    ADMIN_CONSENT_POLICY,
    AUTHENTICATION_METHODS,
    AUTHENTICATION_STRENGTHS,
    AUTHORIZATION_POLICY,
    CROSS_TENANT_ACCESS,
    SECURITY_DEFAULTS,
)

_EVERYBODY = "all_users"
_CROSS_TENANT = "/policies/crossTenantAccessPolicy"
_DEFAULT = "default"


def shape_methods(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for each method. `all_users` tells whether its targets include everybody."""
    for policy in map(decoded, page):
        for method in objects(policy.get("authenticationMethodConfigurations")):
            yield {
                "method": method.get("id"),
                "state": method.get("state"),
                "all_users": _for_everybody(method),
                "raw": method,
            }


def _for_everybody(method: JsonObject) -> bool | None:
    if method.get("includeTargets") is None:
        return None
    return any(target.get("id") == _EVERYBODY for target in objects(method["includeTargets"]))


def shape_admin_consent(page: Iterable[bytes]) -> Iterator[Row]:
    """The one policy. It has no id at the service, so its name stands for it."""
    for policy in map(decoded, page):
        yield {
            "policy_id": "adminConsentRequestPolicy",
            "enabled": policy.get("isEnabled"),
            "reviewers": count_of(policy.get("reviewers")),
        }


def fetch_cross_tenant(reading: Reading) -> Iterator[list[bytes]]:
    """The default, then every partner."""
    yield [reading.graph.one(f"{_CROSS_TENANT}/default")]
    yield from reading.graph.pages(f"{_CROSS_TENANT}/partners")


def shape_cross_tenant(page: Iterable[bytes]) -> Iterator[Row]:
    """One row for the default and for each partner. Null: the partner follows the default."""
    for policy in map(decoded, page):
        trust, partner = policy.get("inboundTrust"), policy.get("tenantId")
        yield {
            "partner": _DEFAULT if partner is None else partner,
            "mfa_trusted": inside(trust, "isMfaAccepted"),
            "compliant_device_trusted": inside(trust, "isCompliantDeviceAccepted"),
            "hybrid_device_trusted": inside(trust, "isHybridAzureADJoinedDeviceAccepted"),
            "inbound_access": inside(policy, "b2bCollaborationInbound", "usersAndGroups", "accessType"),
            "raw": policy,
        }


SOURCES = (
    listed(AUTHENTICATION_STRENGTHS, "/policies/authenticationStrengthPolicies", select=False),
    single(AUTHENTICATION_METHODS, "/policies/authenticationMethodsPolicy", shape=shape_methods),
    single(SECURITY_DEFAULTS, "/policies/identitySecurityDefaultsEnforcementPolicy"),
    single(AUTHORIZATION_POLICY, "/policies/authorizationPolicy"),
    single(ADMIN_CONSENT_POLICY, "/policies/adminConsentRequestPolicy", shape=shape_admin_consent),
    Source((Output(CROSS_TENANT_ACCESS, shape_cross_tenant),), fetch_cross_tenant),
)
