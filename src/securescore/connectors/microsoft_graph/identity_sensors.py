"""Defender for Identity: sensors, servers that could take one, and health issues."""

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.microsoft_graph.read import listed
from securescore.evidence.tables.defender import (
    IDENTITY_HEALTH_ISSUES,
    IDENTITY_SENSOR_CANDIDATES,
    IDENTITY_SENSORS,
)

_ROOT = "/security/identities"

SOURCES = (
    listed(IDENTITY_SENSORS, f"{_ROOT}/sensors", service_class=ServiceClass.SECURITY, select=False),
    # offered in the global cloud only; elsewhere the table is missing, for a refusal is no empty list
    listed(
        IDENTITY_SENSOR_CANDIDATES,
        f"{_ROOT}/sensorCandidates",
        service_class=ServiceClass.SECURITY,
        select=False,
    ),
    listed(
        IDENTITY_HEALTH_ISSUES, f"{_ROOT}/healthIssues", service_class=ServiceClass.SECURITY, select=False
    ),
)
