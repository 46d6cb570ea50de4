"""Intune: managed devices, and compliance policies with how many assignments each has."""

from collections.abc import Iterable, Iterator

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.microsoft_graph.read import JsonObject, count_of, decoded, listed
from securescore.connectors.source import Row
from securescore.evidence.tables.intune import COMPLIANCE_POLICIES, MANAGED_DEVICES

_TYPE = "#microsoft.graph."


def shape_policies(page: Iterable[bytes]) -> Iterator[Row]:
    """Rows of `compliance_policies`. A policy whose assignments did not come has a number that is not known."""
    for policy in map(decoded, page):
        kind = policy.get("@odata.type")
        yield {
            "policy_id": policy.get("id"),
            "policy_name": policy.get("displayName"),
            "kind": kind.removeprefix(_TYPE) if isinstance(kind, str) else kind,
            "assignments": _count(policy),
            "raw": policy,
        }


def _count(policy: JsonObject) -> object:
    """How many there are. Only a part of them is no number either, and is handed on to be rejected."""
    assignments = policy.get("assignments")
    whole = policy.get("assignments@odata.nextLink") is None
    return count_of(assignments) if whole else [assignments]


SOURCES = (
    listed(MANAGED_DEVICES, "/deviceManagement/managedDevices", service_class=ServiceClass.INTUNE),
    listed(
        COMPLIANCE_POLICIES,
        "/deviceManagement/deviceCompliancePolicies",
        params={"$expand": "assignments"},
        service_class=ServiceClass.INTUNE,
        shape=shape_policies,
    ),
)
