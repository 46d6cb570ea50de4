"""Reports about users: registered methods and open risk detections."""

from securescore.connectors.http.limits import ServiceClass
from securescore.connectors.microsoft_graph.read import listed
from securescore.evidence.tables.entra_id import REGISTRATION_DETAILS, RISK_DETECTIONS

SOURCES = (
    # the report documents $filter and $orderby only
    listed(
        REGISTRATION_DETAILS,
        "/reports/authenticationMethods/userRegistrationDetails",
        service_class=ServiceClass.REPORTS,
        select=False,
    ),
    # counted by the service together with conditional access
    listed(
        RISK_DETECTIONS,
        "/identityProtection/riskDetections",
        params={"$filter": "riskState eq 'atRisk' or riskState eq 'confirmedCompromised'"},
        service_class=ServiceClass.CONDITIONAL_ACCESS,
        select=False,
    ),
)
